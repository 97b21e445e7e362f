"""A drop that adds nothing is a finished run that says why; one that holds nothing readable is refused in one sentence."""

import json
from itertools import combinations, islice
from pathlib import Path

import dagster as dg
import pytest

from examples.features import FEATURES
from ingest import ingest
from tests.flow.test_refresh import environment, write_recipe
from tierline.crawl import CrawlRegistry
from tierline.gates.emptiness import FEW
from tierline.lake import Lake, standing
from tierline.stages import STAGES

PER_SHARD = [stage.name for stage in STAGES if stage.per_shard]
MIXES = [stage.name for stage in STAGES if stage.phase]
PAGES = ["\n\n".join(FEATURES[name] for name in page) for page in islice(combinations(sorted(FEATURES), 3), 0, 400, 40)]
DROPS = {
    "repeated": [json.dumps({"text": text, "url": f"https://again{n}.example/"}) for n, text in enumerate(PAGES)],
    "broken": ["{broken" + "n" * 300] * 6,
    "few": [json.dumps({"text": f"Just {n} words.", "url": f"https://few{n}.example/" + "p" * 300}) for n in range(5)],
    "many": [json.dumps({"text": f"Only {n} words.", "url": f"https://many{n}.example/"}) for n in range(FEW + 1)],
}


def write(file: Path, lines: list[str]) -> None:
    file.write_text("\n".join(lines))


class Dropped:
    """A lake of one good shard, and what came of four drops that add nothing to it."""

    def __init__(self, home) -> None:
        (home / "crawl").mkdir()
        write_recipe(home / "tiers.yaml")
        write(home / "crawl" / "first.jsonl", [json.dumps({"text": text, "url": f"https://s{n}.example/"}) for n, text in enumerate(PAGES)])
        first = ingest(str(home / "crawl"), shard_bytes=1_000)
        assert [outcome.failed for outcome in first] == [""] * len(first)
        self.lake = Lake(str(home / "lake"))
        (self.first,) = CrawlRegistry(self.lake).shards()
        self.mixes = self.digests()
        for name, lines in DROPS.items():
            write(home / "crawl" / f"{name}.jsonl", lines)
        self.outcomes = {outcome.shard: outcome for outcome in ingest(str(home / "crawl"), shard_bytes=1_000)}
        registry = CrawlRegistry(self.lake)
        self.shards = {Path(file).stem: shard for shard in registry.shards() for file in registry.files(shard)}

    def digests(self) -> dict[str, str]:
        """Mix -> digest of its rows."""
        return {one.table: one.digest for mix in MIXES for one in self.lake.promoted(mix)}

    def told(self, name: str) -> str:
        """What the run of the drop's shard said."""
        outcome = self.outcomes[self.shards[name]]
        assert not outcome.failed
        return str(outcome)

    def judged(self, name: str) -> set[str]:
        """The stages that have written and judged the drop's shard."""
        return {stage for stage in PER_SHARD if self.lake.verdict(stage, self.shards[name])}


@pytest.fixture(scope="module")
def dropped(tmp_path_factory):
    home = tmp_path_factory.mktemp("empty")
    with pytest.MonkeyPatch.context() as patch:
        environment(patch, home)
        yield Dropped(home)


def test_a_drop_that_repeats_earlier_pages_is_promoted_and_says_so(dropped):
    told, shard = dropped.told("repeated"), dropped.shards["repeated"]
    assert told.startswith(f"{shard} is promoted; nothing new: all {len(PAGES)} rows repeat rows of {dropped.first} (")
    assert "\n" not in told


def test_every_stage_below_runs_on_nothing_and_is_promoted(dropped):
    shard = dropped.shards["repeated"]
    assert dropped.judged("repeated") == set(PER_SHARD)
    for stage in PER_SHARD[1:]:
        assert standing(dropped.lake, stage, shard).promoted and dropped.lake.manifest(stage, shard).rows == 0, stage


def test_a_few_rows_that_rules_drop_to_the_last_are_explained(dropped):
    told, shard = dropped.told("few"), dropped.shards["few"]
    assert told.startswith(f"{shard} is promoted; nothing new: of 5 rows 5 dropped (")
    assert dropped.judged("few") == set(PER_SHARD)


def test_a_drop_of_which_nothing_can_be_read_is_refused_in_one_sentence(dropped):
    told, shard = dropped.told("broken"), dropped.shards["broken"]
    assert told.startswith(f"{shard} is quarantined at l0_raw: error_share is 1, must be at most 0.5") and "\n" not in told
    assert dropped.judged("broken") == {"l0_raw"}


def test_more_rows_than_a_few_that_rules_alone_drop_are_refused(dropped):
    told, shard = dropped.told("many"), dropped.shards["many"]
    assert told.startswith(f"{shard} is quarantined at l1_filtered: rows is 0, must be at least 1") and f"{FEW + 1} dropped (" in told
    assert dropped.judged("many") == {"l0_raw", "l1_filtered"}


def test_mixes_hold_the_same_rows_as_before(dropped):
    assert dropped.mixes and dropped.digests() == dropped.mixes


def test_no_run_of_them_has_failed(dropped):
    with dg.DagsterInstance.get() as instance:
        assert {run.status for run in instance.get_runs()} == {dg.DagsterRunStatus.SUCCESS}
