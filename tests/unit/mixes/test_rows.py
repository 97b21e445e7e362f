"""A mix's rows are those that they have always been, whoever makes them, in however many ranges and parts."""

from itertools import pairwise

import pytest

from tests.unit.compute.test_workers import Elsewhere, whole
from tierline.compute.workers import IN_PROCESS
from tierline.lake.digest import content_digest
from tierline.mixes import MixRecipe, MixSource, draw, read_pools, rows, sample_mix
from tierline.mixes.recipe import CurriculumPart
from tierline.mixes.sample import tokens_by_table

CURRICULUM = (CurriculumPart("warm", 0.25, {"edits": 0.0}), CurriculumPart("decay", 0.75, {"questions": 3.0}))
SOURCES = (
    MixSource("l2_selected", 2.0, languages=("en",), domains_excluded=("d2.example",)),
    MixSource("l3_refined", 1.0, name="edits", kinds=("edit",), epochs_max=3),
    MixSource("l3_refined", 1.0, name="questions", kinds=("qa",)),
)
RECIPE = MixRecipe("midtrain", 700, SOURCES, epochs_max=2, seed=5, exclude_contaminated=False, curriculum=CURRICULUM)
DIGESTS = "2a264a76893eebf06af45ea9791ce9a3", "14893b4fd714decf0c4e80cde7817ae8"


@pytest.fixture
def edited(lake, commit):
    """Documents, edits of some and questions about others, in two shards."""
    for shard in ("s1", "s2"):
        documents = [
            {"doc_id": f"{shard}_{n}", "text": f"Text {n}. Ünï", "tokens": 5 + n, "language": "en", "domain": f"d{n % 5}.example"}
            for n in range(40)
        ]
        commit(lake, "l2_selected", documents, shard)
        made = [
            {"passage_id": f"psg_{shard}_{n}", "parents": [f"{shard}_{n}"], "kind": kind, "text": f"About {n}", "tokens": 3 + n}
            | {"question": f"What is {n}?" if kind == "qa" else None, "url": f"https://d.example/{n}"}
            for n, kind in enumerate(["edit", "qa"] * 10)
        ]
        commit(lake, "l3_refined", made, shard)
    return lake


def digests(result) -> tuple[str, str]:
    """Of the rows and of the decisions."""
    return tuple(content_digest(whole(table)) for table in (result.tables[RECIPE.stage], result.ledgers[RECIPE.stage][1]))


def test_rows_and_decisions_are_those_of_earlier_versions(edited):
    result = sample_mix(edited, RECIPE, read_pools(edited, RECIPE))
    result.check(RECIPE.stage)
    assert digests(result) == DIGESTS
    assert tokens_by_table(result.ledgers[RECIPE.stage][1]) == {
        "l2_selected": 2 * sum(5 + n for n in range(40) if n % 5 != 2),
        "l3_refined": 2 * sum(range(3, 23)),
    }


@pytest.mark.parametrize("workers", [IN_PROCESS, Elsewhere()], ids=["in process", "elsewhere"])
@pytest.mark.parametrize(("tokens", "most"), [(300, 2_000), (2_000, 2_000), (1, 3)], ids=["small parts", "large parts", "few ranges"])
def test_ranges_and_parts_change_no_row(edited, monkeypatch, workers, tokens, most):
    monkeypatch.setattr(rows, "RANGE_TOKENS", tokens)
    monkeypatch.setattr(rows, "RANGES_MOST", most)
    monkeypatch.setattr(draw, "BLOCK", 3)
    assert digests(sample_mix(edited, RECIPE, read_pools(edited, RECIPE), workers)) == DIGESTS


def test_a_range_ends_where_its_rows_have_the_tokens(edited, monkeypatch):
    monkeypatch.setattr(draw, "BLOCK", 1)
    with draw.draw(RECIPE, read_pools(edited, RECIPE)) as drawn:
        count, tokens = drawn.rows_and_tokens()
        bounds = drawn.bounds(100, 10)
        weights = [row + 10 for (row,) in drawn.database.execute("select tokens from drawn order by position").fetchall()]
    assert count == len(weights) and sum(weights) == tokens + 10 * count
    sizes = [sum(weights[start:end]) for start, end in pairwise([0, *bounds, count])]
    assert len(sizes) > 5 and max(sizes) < 100 + max(weights)
