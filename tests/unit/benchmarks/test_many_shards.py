"""A simulated shard counts like one that was run: up to date, traceable, with sound files, commits and seals."""

import pytest
from deltalake import DeltaTable

from benchmarks.simulated_shards import Pattern, Simulation, combine, commit, next_commit
from tierline.crawl import CrawlRegistry
from tierline.dedup import DedupRules, unreconciled
from tierline.freshness import survey
from tierline.freshness.settings import Settings
from tierline.lake import Lake
from tierline.lake.commit_log import read_commits
from tierline.lake.seal import Seal
from tierline.lineage.trace import trace
from tierline.stages import STAGES

PER_SHARD = [stage.name for stage in STAGES if stage.per_shard]
SHARED = [stage.name for stage in STAGES if not stage.per_shard]


@pytest.fixture(scope="module")
def configuration():
    return Settings.of_environment().configuration()


@pytest.fixture(scope="module")
def simulated(configuration, tmp_path_factory):
    """A lake of twelve shards, made in two steps."""
    root = tmp_path_factory.mktemp("simulated") / "lake"
    simulation = Simulation(root, configuration)
    simulation.extend(5)
    simulation.extend(12)
    lake = Lake(str(root))
    combine(lake, configuration)
    return lake


def test_all_shards_are_registered_promoted_reconciled_and_up_to_date(simulated, configuration):
    shards = CrawlRegistry(simulated).shards()
    assert len(shards) == 12 and survey(simulated, configuration) == []
    assert [one.shard for one in simulated.promoted("l4_claims")] == shards
    assert unreconciled(simulated, shards, DedupRules()) == []


def test_each_shard_has_a_row_of_its_own_that_leads_to_its_crawl_file(simulated):
    rows = {
        one.shard: simulated.read_promoted("l2_selected", one.shard)[0]["doc_id"][0].as_py() for one in simulated.promoted("l2_selected")
    }
    assert len(set(rows.values())) == 12
    shard, row = list(rows.items())[7]
    assert [(node.table, node.shard) for node in trace(simulated, row).walk()] == [
        (table, shard) for table in ("l2_selected", "l1_filtered", "l0_raw")
    ]


def test_logs_seals_and_commits_agree_for_other_readers(simulated):
    folder = simulated.delta.folder
    assert len(DeltaTable(str(folder / "activities")).file_uris()) == 12 * len(PER_SHARD) + len(SHARED)
    for table in ("activities", "verdicts", "decisions", "l1_filtered", "l4_claims"):
        assert list(Seal(folder, table).mismatches()) == []
    commits = read_commits(folder)
    assert [commit.version for commit in commits] == sorted({commit.version for commit in commits}) and len(commits) >= 12 * len(PER_SHARD)


def test_a_further_commit_is_judged_published_and_outdates_what_rests_on_it(simulated, configuration):
    shard = CrawlRegistry(simulated).shards()[4]
    activity, result = next_commit(simulated, configuration, "l2_selection_diff", shard)
    commit(simulated, configuration, activity, result)
    assert simulated.is_promoted("l2_selection_diff", shard) and survey(simulated, configuration) == []


def test_a_pattern_is_filled_with_words_of_the_same_length():
    made = Pattern.of(b"shard=one/part-one", [b"one", b"part"])
    assert made.filled({b"one": b"two", b"part": b"file"}) == b"shard=two/file-two"
