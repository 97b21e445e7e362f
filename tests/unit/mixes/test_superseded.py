"""Manuals of which a newer version exists."""

import pyarrow as pa
import pytest

from tests.conftest import rows_of
from tierline.mixes import MixRecipe, MixSource, read_pools
from tierline.mixes.draw import draw
from tierline.mixes.superseded import SUPERSEDED, newest_versions, superseded

LOCK = {"product": "Lock", "domain": "docs.example", "language": "en"}


def ruled(*manuals: dict) -> list[str | None]:
    rows = pa.Table.from_pylist([LOCK | manual for manual in manuals])
    return superseded(rows, newest_versions([rows])).to_pylist()


def test_the_newest_version_by_number_supersedes_the_others():
    versions = ["3.9", "3.10", "3.10", "2.0.1", "3.10rc1"]
    assert ruled(*({"version": version} for version in versions)) == [SUPERSEDED, None, None, SUPERSEDED, SUPERSEDED]


@pytest.mark.parametrize(
    "other",
    [{"product": "Weir"}, {"product": None}, {"domain": "other.example"}, {"language": "de"}, {"version": None}, {"version": "new"}],
)
def test_another_product_site_or_language_and_what_has_no_number_is_left_alone(other):
    assert ruled({"version": "4.0"}, {"version": "3.0"} | other) == [None, None]


def test_none_of_nothing():
    rows = rows_of("l4_manuals", [])
    assert superseded(rows, newest_versions([rows])).to_pylist() == []


def test_an_older_version_is_in_no_mix_whichever_shard_it_is_in_and_stays_readable(lake, commit):
    for shard, version in (("a", "3.0"), ("b", "3.1")):
        row = LOCK | {"section_id": f"sec_{version}", "parents": ["doc_1"], "version": version, "tokens": 10}
        commit(lake, "l4_manuals", [row], shard)
    recipe = MixRecipe("alignment", 100, (MixSource("l4_manuals", 1.0),), exclude_contaminated=False)
    with draw(recipe, read_pools(lake, recipe)) as drawn:
        (decisions,) = drawn.decisions()
    assert {row["related_id"]: row["rule"] for row in decisions.to_pylist()} == {"sec_3.0": SUPERSEDED, "sec_3.1": None}
    assert {row["related_id"]: row["outcome"] for row in decisions.to_pylist()} == {"sec_3.0": "dropped", "sec_3.1": "kept"}
    assert lake.read_promoted("l4_manuals", "a")[0].num_rows == 1
