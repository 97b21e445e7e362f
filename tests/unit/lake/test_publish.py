"""Other engines read Delta's current version: promoted rows alone, and no vacuum of theirs takes what a manifest names."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from deltalake import DeltaTable

from tests.conftest import commit_rows
from tierline.lake import Lake, Verdict, Waiver, as_of
from tierline.lake.delta import DeltaFolder
from tierline.lake.publish import publish_all
from tierline.lineage import verify
from tierline.tables import TABLES


def read_by_another_engine(lake: Lake, table: str = "l0_raw") -> list[str]:
    return sorted(DeltaTable(lake.delta.uri(table)).to_pyarrow_table()["doc_id"].to_pylist())


def vacuum_by_another_engine(lake: Lake) -> None:
    for log in Path(lake.root).glob("*/_delta_log"):
        DeltaTable(str(log.parent)).vacuum(retention_hours=0, dry_run=False, enforce_retention_duration=False, full=True)


def refuse(lake: Lake, manifest) -> None:
    lake.record(Verdict("l0_raw", manifest.shard, manifest.stage_digest, "t", "0", False, "[]", ("x",)))


def test_rows_that_are_not_judged_or_refused_are_in_no_table(lake):
    commit_rows(lake, "l0_raw", [{"doc_id": "good"}], "s")
    commit_rows(lake, "l0_raw", [{"doc_id": "unjudged"}], "t", promote=False)
    assert read_by_another_engine(lake) == ["good"]
    again = commit_rows(lake, "l0_raw", [{"doc_id": "bad"}], "s", promote=False)
    assert read_by_another_engine(lake) == ["good"]
    refuse(lake, again)
    assert read_by_another_engine(lake) == []
    lake.waive(Waiver("l0_raw", "s", again.stage_digest, "who", "why", datetime.now(UTC).date()))
    assert read_by_another_engine(lake) == ["bad"]


def test_after_a_crash_before_the_activity_an_engines_vacuum_takes_nothing_that_is_promoted_or_was(lake, monkeypatch):
    commit_rows(lake, "l0_raw", [{"doc_id": "first"}])
    then = datetime.now(UTC)
    commit_rows(lake, "l0_raw", [{"doc_id": "second"}])
    refuse(lake, commit_rows(lake, "l0_raw", [{"doc_id": "refused"}], "t", promote=False))
    with monkeypatch.context() as broken:
        broken.setattr(DeltaFolder, "replace_if", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            commit_rows(lake, "l0_raw", [{"doc_id": "lost"}])
    assert read_by_another_engine(lake) == ["second"]
    vacuum_by_another_engine(lake)
    assert lake.read_promoted("l0_raw", "s")[0]["doc_id"].to_pylist() == ["second"]
    assert lake.read("l0_raw", "t")["doc_id"].to_pylist() == ["refused"]
    assert as_of(lake, then).read("l0_raw", "s")["doc_id"].to_pylist() == ["first"]
    assert verify(lake)[0] == []


def test_what_a_crash_left_unpublished_and_what_an_older_lake_published_too_much_is_set_right(lake, monkeypatch):
    first = commit_rows(lake, "l0_raw", [{"doc_id": "good"}], "s")
    orphan = commit_rows(lake, "l0_raw", [{"doc_id": "refused"}], "t", promote=False)
    refuse(lake, orphan)
    with monkeypatch.context() as broken:
        broken.setattr("tierline.lake.store.publish", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            commit_rows(lake, "l0_raw", [{"doc_id": "better"}], "s")
    never = orphan.files[0].replace("shard=t", "shard=never")  # written by a run that ended before its activity was
    shutil.copytree(Path(lake.root, "l0_raw", orphan.files[0]).parent, Path(lake.root, "l0_raw", never).parent)
    for shard, file in (("t", orphan.files[0]), ("never", never)):
        lake.delta.publish("l0_raw", TABLES["l0_raw"].schema, [file], {"shard": shard})
    assert read_by_another_engine(lake) == ["good", "refused", "refused"]
    assert publish_all(lake) == [("l0_raw", "never"), ("l0_raw", "s"), ("l0_raw", "t")]
    assert read_by_another_engine(lake) == ["better"] and publish_all(lake) == []
    commit_rows(lake, "l0_raw", [{"doc_id": "unjudged"}], "s", promote=False)
    assert publish_all(lake) == [] and read_by_another_engine(lake) == ["better"]
    assert first.files != lake.manifest("l0_raw", "s").files


@pytest.mark.parametrize("full", [False, True])
def test_what_another_process_has_published_meanwhile_stays(lake, monkeypatch, full):
    """A gate that runs twice at once publishes one file twice: a commit that added and removed it would lose it."""
    manifest = commit_rows(lake, "l0_raw", [{"doc_id": "good"}])
    with monkeypatch.context() as raced:
        raced.setattr(DeltaFolder, "files", lambda *_: [])  # as this process saw the table before the other's commit
        lake.delta.publish("l0_raw", TABLES["l0_raw"].schema, manifest.files, {"shard": "s"})
    assert read_by_another_engine(lake) == ["good"] and lake.delta.files("l0_raw") == list(manifest.files)
    commit_rows(lake, "l0_raw", [{"doc_id": "newer"}])
    DeltaTable(lake.delta.uri("l0_raw")).vacuum(retention_hours=0, dry_run=False, enforce_retention_duration=False, full=full)
    assert lake.read_manifest(manifest)["doc_id"].to_pylist() == ["good"]


def test_rows_that_another_gate_refuses_while_they_are_published_are_in_no_table(lake, monkeypatch):
    refused = commit_rows(lake, "l0_raw", [{"doc_id": "refused"}], "s", promote=False)
    publish_files, others = DeltaFolder.publish, [lambda: refuse(Lake(lake.root), refused)]

    def publish_late(folder: DeltaFolder, name, schema, files, where) -> None:
        if name == "l0_raw" and others:
            others.pop()()
        publish_files(folder, name, schema, files, where)

    monkeypatch.setattr(DeltaFolder, "publish", publish_late)
    lake.record(Verdict("l0_raw", "s", refused.stage_digest, "t", "0", True, "[]"))
    assert not lake.is_promoted("l0_raw", "s")
    assert read_by_another_engine(lake) == []
