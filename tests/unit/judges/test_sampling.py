"""Which documents are judged: each domain in turn, the doubtful rather than the clear, the same however documents come."""

import pyarrow as pa
import pytest

from tierline.judges.annotate import draw_sample
from tierline.judges.sampling import preference
from tierline.students.prior import bundled_prior


def documents(texts: list[str], domains: list[str]) -> pa.Table:
    ids = [f"doc_{number:03d}" for number in range(len(texts))]
    columns = {"doc_id": ids, "domain": domains, "language": ["en"] * len(texts), "text": texts}
    return pa.table(columns, schema=pa.schema(dict.fromkeys(columns, pa.string())))


def test_each_domain_is_asked_before_any_is_asked_twice():
    texts = [f"Page {number} tells how bread is baked." for number in range(40)]
    domains = ["big.example"] * 37 + ["a.example", "b.example", "c.example"]
    order = preference(documents(texts, domains))
    assert len(order) == len(set(order)) == 40
    assert {"doc_037", "doc_038", "doc_039"} < set(order[:4])
    assert set(draw_sample(dict.fromkeys(order, "one"), 4, order)) == set(order[:4])


def test_doubtful_documents_are_preferred_and_clear_ones_stay_in_sight():
    clear = "WINNER!! Claim your FREE prize now, txt WIN to 80085 - cash 4 u!!! www.win.example"
    doubtful = "Welcome to our site, the best place for cheap tickets! We offer a wide range of offers."
    scores, _ = bundled_prior().read([clear, doubtful], ["en"] * 2)
    assert abs(scores[0] - 0.5) > abs(scores[1] - 0.5)
    rows = documents([clear, doubtful] * 200, ["a.example"] * 400)
    first = preference(rows)[:100]
    share = sum(int(doc_id[4:]) % 2 for doc_id in first) / 100
    assert 0.55 < share < 1


@pytest.mark.parametrize("size", [0, 1, 5])
def test_the_order_does_not_depend_on_how_documents_come(size):
    rows = documents([f"Text {number}" for number in range(size)], [f"{number % 2}" for number in range(size)])
    assert preference(rows) == preference(rows.take(pa.array(range(size - 1, -1, -1), pa.int64())))


def test_the_sample_takes_from_every_stratum_and_is_stable():
    strata = {f"doc_{number}": "big" for number in range(50)} | {"doc_x": "small", "doc_y": "tiny"}
    sample = draw_sample(strata, 6)
    assert {"doc_x", "doc_y"} <= set(sample) and sample == draw_sample(dict(reversed(strata.items())), 6)
    assert draw_sample(strata, 1000) == draw_sample(strata, len(strata))
