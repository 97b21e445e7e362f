"""Damage in a lake is named, healed by the next run or by `--again`, and a lake that was lost continues from its backup."""

import contextlib
import io
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ingest import ingest, main
from tests.flow.test_refresh import environment, make_crawl
from tierline.cli.main import main as tierline
from tierline.lake import Lake, catalog
from tierline.lineage import verify
from tierline.stages import STAGES, WHOLE_LAKE


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    """Two shards of ten pages each, brought through all tiers once. Not to be changed."""
    home = tmp_path_factory.mktemp("damage")
    make_crawl(home)
    with pytest.MonkeyPatch.context() as patch:
        environment(patch, home)
        assert [outcome.failed for outcome in ingest(str(home / "crawl"), shard_bytes=1_000)] == ["", "", ""]
    return home


@pytest.fixture
def home(made, tmp_path, monkeypatch) -> Path:
    """A copy to be damaged; the crawl stays where it was registered."""
    shutil.copytree(made / "lake", tmp_path / "lake")
    shutil.copyfile(made / "tiers.yaml", tmp_path / "tiers.yaml")
    environment(monkeypatch, tmp_path)
    return tmp_path


def lake_of(home: Path) -> Lake:
    return Lake(str(home / "lake"))


def digests(lake: Lake) -> dict[tuple[str, str], str]:
    return {(stage.name, row["shard"]): row["digest"] for stage in STAGES for row in lake.activity_rows(stage.name)}


def file_of(lake: Lake, table: str, shard: str) -> Path:
    return Path(lake.root) / table / lake.manifest(table, shard).files[0]


def run(*arguments: str) -> tuple[int, str]:
    """(exit status, what it printed)."""
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        status = main([*arguments])
    return status, said.getvalue()


def cli_of(home: Path) -> Callable[..., int]:
    """`tierline` on this lake."""
    return lambda *arguments: tierline(["--lake", str(home / "lake"), *arguments])


def edit(file: Path) -> None:
    rows = pq.read_table(file, partitioning=None)
    pq.write_table(pa.Table.from_pylist([row | {"text": "Forged. " * 50} for row in rows.to_pylist()], schema=rows.schema), file)


def flip(file: Path) -> None:
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)


def test_damaged_rows_are_written_again_by_the_next_run_and_never_read(home):
    lake = lake_of(home)
    before, (first, second) = digests(lake), [manifest.shard for manifest in lake.manifests("l0_raw")]
    edit(file_of(lake, "l1_filtered", first))
    flip(file_of(lake, "l2_scores", second))
    file_of(lake, "mix_pretrain", WHOLE_LAKE).unlink()
    assert len(verify(lake)[0]) >= 3
    for _ in range(2):  # what nobody had read before is found by the first run that reads it
        status, said = run()
        if status:
            assert "is damaged" in said and "make ingest AGAIN=" in said
    assert status == 0, said
    assert digests(lake) == before and verify(lake)[0] == []
    assert run() == (0, "Everything is up to date.\n")
    texts = [text for manifest in lake.promoted("mix_pretrain") for text in lake.read("mix_pretrain", manifest.shard)["text"].to_pylist()]
    assert texts and not any("Forged" in text for text in texts)


def test_a_shard_is_written_again_on_request_with_equal_digests(home):
    lake = lake_of(home)
    before, shard = digests(lake), lake.manifests("l0_raw")[0].shard
    began = datetime.now(UTC)
    present = file_of(lake, "l1_filtered", shard), file_of(lake, "l1_filtered", lake.manifests("l0_raw")[1].shard)
    flip(present[0])
    assert run("--again", shard)[0] == 0
    assert digests(lake) == before and verify(lake)[0] == []
    assert file_of(lake, "l1_filtered", shard) != present[0] and present[1].exists()
    for stage in (stage.name for stage in STAGES if stage.per_shard):  # the undamaged ones too
        assert lake.activity(stage, shard)["started_at"] > began, stage
    status, said = run("--again", "nosuch")
    assert status == 2 and said.startswith("ingest: nosuch: no such shard")


def test_facts_and_mixes_are_written_again_on_request(home):
    lake = lake_of(home)
    before = digests(lake)
    flip(file_of(lake, "mix_pretrain", WHOLE_LAKE))
    assert run("--again", WHOLE_LAKE)[0] == 0
    assert digests(lake) == before and verify(lake)[0] == []


def test_damaged_records_are_healed_by_the_next_run(home):
    lake = lake_of(home)
    before, shard = digests(lake), lake.manifests("l0_raw")[1].shard
    for record in ("activities", "verdicts"):
        (name,) = lake.delta.files(record, {"stage": "l2_selected", "shard": shard})
        (Path(lake.root) / record / name).write_bytes(b"")
    shutil.rmtree(lake.cache_dir)
    catalog._held.clear()
    assert run()[0] == 0
    assert digests(lake) == before and verify(lake)[0] == []


def test_a_lost_lake_is_restored_from_its_backup_and_nothing_runs_again(home, made):
    """As docs/operations.md says."""
    lake, cli = lake_of(home), cli_of(home)
    before = digests(lake)
    assert cli("backup", str(home / "copy")) == 0
    shutil.rmtree(home / "lake")
    shutil.copytree(home / "copy", home / "lake")
    assert cli("verify") == 0 and digests(lake_of(home)) == before
    assert run() == (0, "Everything is up to date.\n")
    assert run(str(made / "crawl")) == (0, "Everything is up to date.\n")
