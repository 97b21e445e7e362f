"""What tests of several folders share: lakes, rows, and the bundled crawl brought through all tiers once."""

import os
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, settings

from tests.object_store import forget_stores, new_place, s3_server
from tierline.lake import Activity, Lake, Manifest, StageResult, Verdict, decision_table
from tierline.tables import TABLES, stage_tables

os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
# Where four processes share two cores, drawing an example takes now and then longer than Hypothesis finds healthy.
settings.register_profile("shared cores", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("shared cores")

SIGNALED = "an_ingest_and_the_next_one_goes_on", "the_ui_and_the_run_that_it_has_started"
# What tests need beyond an installed checkout, by where they stand: `make check` leaves all of these out, `make test` the soak tests.
MARKS = {
    "browser": ("tests/ui/",),
    "vllm": ("tests/vllm/",),
    "model": (
        *("tests/assets/test_retiering.py", "tests/faults/", "tests/flow/", "tests/unit/llm/test_checkpoint.py"),
        *("tests/unit/llm/test_engines.py", "tests/unit/llm/test_truncate_gguf.py", "tests/unit/llm/test_worker.py"),
        *(f"tests/unit/benchmarks/test_{name}.py" for name in ("coevolution", "engines", "injection")),
        *("tests/unit/judges/test_probe.py::test_the_bundled_probe", "tests/unit/knowledge/test_ask_documents.py::test_the_embedded"),
        *("tests/unit/training_scripts/test_build_corpus.py", "tests/unit/deploy/test_gpu.py::test_the_bundled"),
    ),
    "slow": (
        *("tests/unit/lake/test_writers.py::test_first_commits", "tests/unit/lake/test_object_store.py"),
        *("tests/unit/takedown/test_purge.py::test_calls_and_reviews", "tests/unit/deploy/test_image.py::test_what_stays"),
        *("tests/unit/test_hostile_display.py", "tests/unit/deploy/test_slurm.py::test_a_task_takes"),
        "tests/unit/deploy/test_gpu.py::test_the_bundled",
        *("tests/assets/", "tests/flow/", "tests/fuzz/", "tests/packaging/", "tests/sensors/"),
        *(f"tests/unit/benchmarks/test_{name}.py" for name in ("dedup", "filtering", "injection", "memory", "training")),
        "tests/unit/benchmarks/test_faults.py::test_runs_that_are_killed",
    ),
    "soak": (
        *("tests/faults/test_crashes.py", "tests/faults/test_secrets.py", "tests/unit/lake/test_writers.py::test_first_commits"),
        *("tests/unit/benchmarks/test_faults.py::test_runs_that_are_killed", "tests/unit/training_scripts/test_build_corpus.py"),
        *("tests/unit/benchmarks/test_filtering.py::test_both_sides", "tests/unit/test_precompile.py::test_precompiling_leaves"),
        *("tests/flow/test_bucket.py", "tests/faults/test_training.py", "tests/assets/test_order_of_runs.py::test_shards_in_two_processes"),
        *("tests/unit/benchmarks/test_dedup.py::test_a_folder", "tests/unit/benchmarks/test_pii.py::test_what_is_planted"),
        *("tests/unit/benchmarks/test_language.py", "tests/unit/benchmarks/test_toxicity.py"),
        *("tests/faults/test_ingest.py::test_names_that_mean_something_elsewhere", "tests/ui/test_browser.py"),
        *(f"tests/faults/test_signals.py::test_one_signal_ends_{what}[2-True]" for what in SIGNALED),
        *("tests/unit/llm/test_truncate_gguf.py::test_quantized", "tests/unit/lake/test_external_sort.py::test_memory_stays"),
        *("tests/vllm/test_vllm.py::test_the_served", "tests/vllm/test_vllm.py::test_a_served"),
        *("tests/unit/deploy/test_gpu.py::test_the_bundled", "tests/unit/benchmarks/test_mixing.py::test_memory_stays"),
        *(f"tests/unit/benchmarks/test_{name}.py" for name in ("coevolution", "engines", "injection", "memory", "training")),
    ),
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark each test by where it stands."""
    for item in items:
        for mark, places in MARKS.items():
            if item.nodeid.startswith(places):
                item.add_marker(mark)


def pytest_configure() -> None:
    """Give each of several test processes a core of its own: language models that share cores wait for each other."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "").removeprefix("gw")
    if worker and hasattr(os, "sched_setaffinity"):
        cores = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, {cores[int(worker) % len(cores)]})


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(str(tmp_path / "lake"))


def rows_of(table: str, rows: list[dict]) -> pa.Table:
    """Rows with every column of the table, null where not given."""
    schema = pa.schema(TABLES[table].columns)
    for row in rows:
        assert set(row) <= set(schema.names), set(row) - set(schema.names)
    return pa.Table.from_pylist([{name: row.get(name) for name in schema.names} for row in rows], schema=schema)


def tables_of(stage: str, **given: Any) -> dict[str, Any]:
    """Every table of a stage, empty where it is not given."""
    return {name: rows_of(name, []) for name in stage_tables(stage)} | given


def commit_rows(lake: Lake, stage: str, rows: list[dict], shard: str = "s", promote: bool = True, **side: list[dict]) -> Manifest:
    """Write a stage's rows as if it had kept all it was given, and let them pass unless told otherwise."""
    tables = tables_of(stage, **{name: rows_of(name, given) for name, given in {**side, stage: rows}.items()})
    decisions = decision_table({"row_id": row[TABLES[stage].key], "outcome": "kept"} for row in rows)
    manifest = lake.commit(Activity.begin(stage, shard, "1", (), {}), StageResult(tables, {stage: (len(rows), decisions)}))
    if promote:
        lake.record(Verdict(stage, shard, manifest.stage_digest, "test", "0", True, "[]"))
    return manifest


@pytest.fixture
def make_rows():
    return rows_of


@pytest.fixture
def commit():
    return commit_rows


@pytest.fixture
def dagster_home(tmp_path, monkeypatch):
    """A Dagster instance, a lake and an inbox of one test's own."""
    state = tmp_path / "dagster"
    state.mkdir()
    for name, value in {
        "DAGSTER_HOME": Path(__file__).parents[1],
        "TIERLINE_STATE": state,
        "TIERLINE_LAKE": tmp_path / "lake",
        "TIERLINE_TABLES": tmp_path / "tables",
        "TIERLINE_INBOX": tmp_path / "inbox",
    }.items():
        monkeypatch.setenv(name, str(value))
    return tmp_path


@pytest.fixture(scope="session")
def object_store():
    """The environment of a server of S3, one for all tests of a process."""
    with s3_server() as environment:
        yield environment


@pytest.fixture
def s3_place(object_store, monkeypatch, tmp_path) -> str:
    """`bucket/prefix` with nothing in it. Its store is named by the environment alone, as for a user; what is beside it is a test's own."""
    beside = {name: str(tmp_path / "beside") for name in ("XDG_CACHE_HOME", "XDG_STATE_HOME")}
    for name, value in (object_store | beside).items():
        monkeypatch.setenv(name, value)
    forget_stores()
    return new_place()
