"""A shard's stages on a cluster of two nodes of this machine: the rows of one process, also where a node is lost or a run is interrupted."""

import shutil
from collections.abc import Iterator

import dagster as dg
import numpy as np
import pytest

from benchmarks.ray_cluster import Nodes, Watched, cluster
from benchmarks.ray_stages import digests, lake_jobs, through_stages
from examples.quiz import write_benchmark
from examples.write_crawl import write_crawl
from resources import configured_resources
from tests.engines.numbers_at_work import as_given, doubled, ended, parts, refused
from tier_assets.l0_raw import l0_assets, l0_gates
from tier_assets.l1_contamination import l1_contamination
from tier_assets.l1_filtered import l1_assets, l1_gates
from tierline.compute.finished import FOLDER, FinishedBatches
from tierline.compute.on_ray import RayWorkers
from tierline.compute.workers import IN_PROCESS
from tierline.crawl import CrawlRegistry, PackRules
from tierline.dedup import runs
from tierline.dedup.runs import merge_runs, write_run
from tierline.dedup.shuffled import write_shuffled_run
from tierline.errors import BadInput, WorkersLost
from tierline.knowledge import page_words, whole_sets
from tierline.lake import Lake
from tierline.mixes import rows
from tierline.selection.selected_vectors import SelectedVectors
from tierline.text.embedding import DIMENSIONS

pytest.importorskip("ray", reason="needs the environment of `make engines`")
WORKERS = RayWorkers("auto")
GROUPS = 2  # of the bundled crawl's files
STAGES = "l0_raw", "l1_filtered", "l1_contamination"


@pytest.fixture(scope="module")
def nodes() -> Iterator[Nodes]:
    """Two that work, and a head that schedules."""
    with cluster(2) as made:
        yield made


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> list[str]:
    """Some files of the bundled crawl."""
    return [str(path) for path in write_crawl(tmp_path_factory.mktemp("crawl"))][:GROUPS]


def test_results_come_in_the_order_of_the_parts(nodes):
    assert list(WORKERS.map("double", doubled, parts(200))) == [doubled(part) for part in parts(200)]


def test_no_more_parts_are_taken_than_are_worked_on(nodes):
    taken: list[int] = []

    def noticed():
        for part in parts(2_000):
            taken.append(part[0])
            yield part

    found = WORKERS.map("double", doubled, noticed())
    next(found)
    assert len(taken) < 20
    found.close()


def test_what_a_node_raises_is_raised_here(nodes):
    found = WORKERS.map("refuse", refused, parts(20))
    with pytest.raises(BadInput, match="a number: seven; give another"):
        list(found)


def test_a_batch_that_ends_its_workers_ends_the_run_and_not_the_cluster(nodes):
    with pytest.raises(WorkersLost, match="'end'"):
        list(WORKERS.map("end", ended, parts(20)))
    assert list(WORKERS.map("double", doubled, parts(20))) == [doubled(part) for part in parts(20)]


def test_an_interrupted_run_goes_on_from_its_rows(nodes, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    folder = tmp_path / "lake"

    def watched(name: str) -> Watched:
        return Watched(RayWorkers("auto", FinishedBatches(folder, "l0_raw", "s", "act_1")), tmp_path / name)

    first, second = watched("first"), watched("second")
    interrupted = first.map("double", doubled, parts(200))
    before = [next(interrupted) for _ in range(50)]
    interrupted.close()
    assert before + list(second.map("double", doubled, parts(200)))[50:] == [doubled(part) for part in parts(200)]
    assert len(second.starts()) <= 50


def test_an_index_is_sorted_by_nodes_as_one_process_would(nodes, tmp_path, monkeypatch):
    monkeypatch.setattr(runs, "ENTRIES_PER_SLICE", 500)
    random = np.random.default_rng(1)
    members = [random.integers(0, 1 << 64, (rows, 17), np.uint64) for rows in (10, 0, 70, 30)]
    members[3][:5] = members[2][:5]
    names, rows = [f"member_{number}" for number in range(4)], [len(keys) for keys in members]
    for name, keys in zip(names, members, strict=True):
        write_run(tmp_path, f"run_{name}", keys, name)
    merge_runs(tmp_path, "run_merged", [runs.Run.open(tmp_path / f"run_{name}") for name in names], set(names))
    befores = np.cumsum([0, *rows]).tolist()
    for number, workers in enumerate((WORKERS, IN_PROCESS)):
        keys = ((before, [keys]) for before, keys in zip(befores, members, strict=False))
        write_shuffled_run(tmp_path, f"run_shuffled_{number}", keys, as_given, names, rows, 17, workers)
        for file in ("keys", "entries"):
            assert (tmp_path / f"run_shuffled_{number}" / file).read_bytes() == (tmp_path / "run_merged" / file).read_bytes()


def test_facts_forms_and_mixes_are_made_by_nodes_as_one_process_would(nodes, tmp_path, monkeypatch):
    for module, name in ((whole_sets, "RANGE_ROWS_MIN"), (whole_sets, "PART_ROWS_MIN"), (page_words, "HASHES_PER_RANGE")):
        monkeypatch.setattr(module, name, 64)
    monkeypatch.setattr(rows, "RANGE_TOKENS", 20_000)
    for job in lake_jobs(tmp_path, 12).values():
        expected, found = digests(job(IN_PROCESS)), digests(job(WORKERS))
        assert found == expected


def test_an_index_of_vectors_is_hashed_by_nodes_as_one_process_would(nodes, lake, commit):
    vectors = np.random.default_rng(2).standard_normal((40, DIMENSIONS)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    shards = "abcd"
    for number, shard in enumerate(shards):
        own = vectors[10 * number : 10 * number + 10].tolist()
        commit(lake, "l2_selected", [{"doc_id": f"{shard}{row}", "embedding": vector} for row, vector in enumerate(own)], shard)
    made = []
    for workers in (IN_PROCESS, WORKERS):
        found = SelectedVectors(lake, shards)
        found.workers = workers
        near = found.near(vectors[5:15], 0.96)[0]
        made.append((near, {path.name: path.read_bytes() for path in lake.cache_dir.glob("vectors/*/run_*/[ke]*")}))
        shutil.rmtree(lake.cache_dir / "vectors")
    assert made[0] == made[1] and len(made[0][0]) == 10


def test_assets_write_the_rows_that_they_write_without_a_cluster(nodes, files, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("TIERLINE_BENCHMARKS", str(write_benchmark(tmp_path / "quiz.jsonl")))
    outputs = []
    for name, address in (("one", ""), ("nodes", "auto")):
        monkeypatch.setenv("TIERLINE_RAY_ADDRESS", address)
        monkeypatch.setenv("TIERLINE_LAKE", str(tmp_path / name))
        lake = Lake(str(tmp_path / name))
        (shard,) = CrawlRegistry(lake).register(files, PackRules())
        instance = dg.DagsterInstance.ephemeral()
        instance.add_dynamic_partitions("crawl_shards", [shard])
        chosen = [*l0_assets, *l0_gates, *l1_assets, *l1_gates, l1_contamination]
        assert dg.materialize(chosen, partition_key=shard, instance=instance, resources=configured_resources()).success
        outputs.append({one["table"]: one["digest"] for stage in STAGES for one in lake.activity(stage, shard)["outputs"]})
        assert lake.manifest("l1_contamination", shard).rows
        assert not list((tmp_path / name).rglob(f"{FOLDER}/*/*"))
    assert outputs[0] == outputs[1]


def test_the_loss_of_a_node_costs_the_batches_that_it_had(nodes, files, tmp_path):
    expected = digests(through_stages(files, IN_PROCESS))
    lost = Watched(WORKERS, tmp_path / "lost", nodes.lose, after=3)
    assert digests(through_stages(files, lost)) == expected
    batches = len({one["number"] for one in lost.starts()})
    assert len(lost.starts()) - batches <= 2
