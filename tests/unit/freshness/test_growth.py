"""A student is trained again only when what it is taught has grown by the recipe's factor."""

import pytest

from tests.declared_lake import perform, register, settle
from tests.unit.freshness.test_every_change import configured
from tierline.freshness import survey
from tierline.stages import STAGES

UNTIL = [stage.name for stage in STAGES[: [stage.name for stage in STAGES].index("l2_annotations") + 1] if stage.per_shard]


def changes_of_the_student(lake, configuration) -> list[str]:
    return [str(change) for one in survey(lake, configuration) if one.stage.name == "l2_student" for change in one.changes]


def add(lake, folder, configuration, *names: str, passed: bool = True) -> None:
    """More shards, each brought as far as its annotations."""
    for shard in register(lake, folder, names)[-len(names) :]:
        for stage in UNTIL:
            perform(lake, configuration, stage, shard, passed=passed or stage != "l2_annotations")


@pytest.fixture
def settled(lake, tmp_path):
    configuration = configured()
    settle(lake, configuration, register(lake, tmp_path, ("a", "b")))
    return lake, configuration


def test_new_shards_count_once_they_have_doubled_what_is_known(settled, tmp_path):
    lake, configuration = settled
    assert changes_of_the_student(lake, configuration) == []
    add(lake, tmp_path, configuration, "c")
    assert changes_of_the_student(lake, configuration) == [], "three judged rows for two"
    add(lake, tmp_path, configuration, "d")
    (change,) = changes_of_the_student(lake, configuration)
    assert "rows of l2_annotations" in change and "2" in change and "4" in change


def test_annotations_that_were_refused_are_not_counted(settled, tmp_path):
    lake, configuration = settled
    add(lake, tmp_path, configuration, "c", "d", passed=False)
    assert changes_of_the_student(lake, configuration) == []


def test_an_annotation_that_was_used_and_changed_counts_at_once(settled):
    lake, configuration = settled
    perform(lake, configuration, "l2_annotations", lake.promoted("l2_annotations")[0].shard, content="another row")
    (change,) = changes_of_the_student(lake, configuration)
    assert change.startswith("input l2_annotations/")
