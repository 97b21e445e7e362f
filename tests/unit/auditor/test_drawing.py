"""Pictures of lineage: everything stands within them, lines lead from what was read to what was made, much is summed up."""

import re

import pytest

from tierline.audit.find import Texts
from tierline.auditor.drawing import draw_narrow, draw_wide
from tierline.auditor.graph import Dot, Graph, lineage_graph
from tierline.auditor.kin import made_from
from tierline.lineage import trace


@pytest.fixture
def town(audited):
    node = trace(audited.lake, audited.documents[0], "l2_selected")
    texts = Texts(audited.lake)
    return lineage_graph(audited.lake, node, texts, made_from(texts, "l2_selected", node.row_id))


@pytest.mark.parametrize("draw", [draw_wide, draw_narrow])
def test_boxes_stand_apart_within_the_picture(town, draw):
    picture = draw(town)
    assert len(picture.boxes) == len(town.dots) and len(picture.paths) == len(town.lines)
    for number, one in enumerate(picture.boxes):
        assert one.x >= 0 and one.y >= 0 and one.x + one.width <= picture.width and one.y + one.height <= picture.height
        for other in picture.boxes[number + 1 :]:
            assert (
                one.x + one.width <= other.x
                or other.x + other.width <= one.x
                or one.y + one.height <= other.y
                or other.y + other.height <= one.y
            )
    numbers = [float(found) for path in picture.paths for found in re.findall(r"-?\d+", path)]
    assert min(numbers) >= 0 and max(numbers) <= max(picture.width, picture.height)


def test_lines_lead_to_the_right(town):
    boxes = {box.dot: box for box in draw_wide(town).boxes}
    assert len(town.lines) > 8
    for parent, child in town.lines:
        assert boxes[town.dots[parent]].x < boxes[town.dots[child]].x


def test_the_bytes_stand_first_and_lead_to_their_page(town, audited):
    first = draw_narrow(town).boxes[0].dot
    assert first.table == "bytes" and first.href == f"/audit/bytes/{audited.documents[0]}"
    assert [box.dot.table for box in draw_wide(town).boxes if box.dot.is_focus] == ["l2_selected"]


def test_many_rows_are_one_node_with_their_number(audited, monkeypatch):
    monkeypatch.setattr("tierline.auditor.graph.SHOWN", 1)
    node, texts = trace(audited.lake, audited.documents[0], "l2_selected"), Texts(audited.lake)
    graph = lineage_graph(audited.lake, node, texts, made_from(texts, "l2_selected", node.row_id))
    more = {dot.table: (dot.more, dot.href) for dot in graph.dots.values() if dot.more}
    assert more["l4_facts"] == (2, f"/audit/made/l2_selected/{node.row_id}?of=l4_facts")
    assert all(any(key in line for line in graph.lines) for key in graph.dots), "nothing stands alone"


def test_long_and_wide_texts_are_cut():
    graph = Graph({("l4_facts", "a"): Dot("l4_facts", "fact_" + "0" * 80, "橋" * 80, "/")})
    (box,) = draw_wide(graph).boxes
    assert len(box.title) <= 23 and len(box.says) <= 14 and box.says.endswith("…")
