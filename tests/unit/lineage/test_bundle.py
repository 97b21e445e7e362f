"""Exported bundles, checked by the stand-alone program in a process that cannot import Tierline."""

import base64
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rocrate.rocrate import ROCrate

from tests.unit.lineage.signed_lake import SHARD, TEXT, Signed, build, commit_from, sign
from tierline.errors import BadInput
from tierline.lake.row_tree import row_hashes
from tierline.lineage import check_bundle
from tierline.lineage.bundle import export_bundle
from tierline.lineage.crate import CRATE
from tierline.lineage.trace import PREFIX_TABLES
from tierline.lineage.verify_shard import SPANS
from tierline.proof.dsse import key_id, seal
from tierline.proof.heads import SUBJECT, read_heads
from tierline.proof.lines import hash_of_all
from tierline.proof.merkle import leaf_hash
from tierline.proof.registry import Registry, register, revoke
from tierline.proof.statement import statement_of
from tierline.stages import stage_of
from tierline.tables import TABLES

CHECKER = Path(check_bundle.__file__)
Bundle = dict[str, object]
Tamper = Callable[[Path, Signed], object]


@pytest.fixture(scope="module")
def signed(tmp_path_factory) -> Signed:
    """Not to be changed."""
    return build(tmp_path_factory.mktemp("lake"))


@pytest.fixture(scope="module")
def whole(signed, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("bundle") / "whole"
    done = export_bundle(signed.lake, ["mix_town"], folder)
    assert (done.rows, done.tables, done.payloads) == (6, 6, 1)
    return folder


@pytest.fixture
def bundle(whole, tmp_path) -> Path:
    """A copy to be damaged."""
    return Path(shutil.copytree(whole, tmp_path / "bundle"))


def run(folder: Path, *arguments: str) -> tuple[int, str]:
    """The exit status and what is said."""
    without = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    command = [sys.executable, "-P", str(folder / "check_bundle.py"), str(folder), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=without, cwd="/")
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, done.stdout + done.stderr


def check(folder: Path, *wanted: str) -> str:
    """The same in this process, which is faster: what is said."""
    try:
        return check_bundle.check(folder, "", wanted)
    except (SystemExit, Exception) as error:
        return f"WRONG: {error!r}"


def edit(change: Callable[[dict], object]) -> Tamper:
    """Change bundle.json."""

    def tamper(folder: Path, _: Signed) -> None:
        path = folder / "bundle.json"
        content = json.loads(path.read_text())
        change(content)
        path.write_text(json.dumps(content))

    return tamper


def entry(number: int, **parts: object) -> Tamper:
    """Change what a commit says."""

    def change(content: dict) -> None:
        one = content["commits"][number]
        one["entry"] = json.dumps(json.loads(one["entry"]) | parts, sort_keys=True, separators=(",", ":"))

    return edit(change)


def rows(table: str, column: str, value: object) -> Tamper:
    """Change a value in a table's file."""

    def tamper(folder: Path, _: Signed) -> None:
        (file,) = (folder / "tables").glob(f"*-{table}.parquet")
        content = pq.read_table(file, partitioning=None)
        changed = pa.Table.from_pylist([content.to_pylist()[0] | {column: value}, *content.to_pylist()[1:]], schema=content.schema)
        pq.write_table(changed, file, use_compliant_nested_type=False)

    return tamper


def drop_row(folder: Path, _: Signed) -> None:
    (file,) = (folder / "tables").glob("*-l2_selected.parquet")
    pq.write_table(pq.read_table(file, partitioning=None).slice(0, 0), file, use_compliant_nested_type=False)


def drop_row_and_proof(folder: Path, signed: Signed) -> None:
    drop_row(folder, signed)
    edit(lambda content: content["tables"][L2]["proofs"].clear())(folder, signed)


def proof(number: int, change: Callable[[list], object]) -> Tamper:
    """Change the index and path of the one row of a table."""
    return edit(lambda content: change(content["tables"][number]["proofs"][0]))


def payload(change: Callable[[Path], object]) -> Tamper:
    return lambda folder, _: change(next((folder / "payloads").iterdir()))


def head(private: str, purpose: str = "head", **parts: object) -> Tamper:
    """Another head, signed by one of the keys."""

    def tamper(folder: Path, signed: Signed) -> None:
        content = json.loads((folder / "bundle.json").read_text())
        _, _, subject, said = check_bundle.opened(content["head"])
        said = said | parts
        digest = {"sha256": str(parts.get("root", subject["digest"]["sha256"]))}
        at = datetime.fromisoformat(str(said.pop("at")))
        line = seal(statement_of(purpose, str(said.pop("lake")), SUBJECT, digest, at, said), getattr(signed, private))
        edit(lambda content: content.update(head=line))(folder, signed)

    return tamper


def renamed(line: str) -> str:
    """A line of the keys that names another person under the old signature."""
    envelope = json.loads(line)
    body = base64.b64decode(envelope["payload"]).replace(b"Ada", b"Eve")
    return json.dumps(envelope | {"payload": base64.b64encode(body).decode()})


def other_lake(folder: Path, signed: Signed) -> None:
    """The keys of another lake, whose first key is the same person's."""
    shutil.rmtree(folder / "other", ignore_errors=True)
    register(folder / "other", key_id(signed.ada.public_key()), "Ada", ["admin", "log"], None, signed.ada)
    edit(lambda content: content.update(keys=Registry.of(folder / "other").lines))(folder, signed)


def forged_from_scratch(folder: Path, signed: Signed) -> None:
    """Everything signed anew by somebody else's first key."""
    register(folder / "other", key_id(signed.bo.public_key()), "Ada", ["admin", "log"], None, signed.bo)
    edit(lambda content: content.update(keys=Registry.of(folder / "other").lines))(folder, signed)
    registry = Registry.of(folder / "other")
    known = {"keys": 1, "keys_hash": hash_of_all(registry.lines)}
    head("bo", lake=registry.lake, at=datetime.now(UTC).isoformat(), **known)(folder, signed)


L0, L1, L2 = 5, 4, 3  # places in the chain of a mix's row
TAMPERS: dict[str, tuple[Tamper, str]] = {
    "text of a row": (rows("l1_filtered", "text", "another text"), "a row of l1_filtered/s is not one of those that were committed"),
    "subject of a claim": (rows("l4_claims", "subject", "tower"), "a row of l4_claims/s is not one of those"),
    "address of a record": (rows("l0_raw", "source_offset", 7), "a row of l0_raw/s is not one of those"),
    "hash of a payload": (rows("l0_raw", "payload_sha256", "0" * 64), "a row of l0_raw/s is not one of those"),
    "parents of a fact": (rows("l4_facts", "parents", ["clm_other"]), "a row of l4_facts/all is not one of those"),
    "row removed": (drop_row, "rows of l2_selected/s are missing, or too many"),
    "rows of another table": (lambda folder, _: shutil.copyfile(next((folder / "tables").glob("*l4_claims*")),
        next((folder / "tables").glob("*l4_facts*"))), "a row of l4_facts/all is not one of those"),
    "file of rows removed": (lambda folder, _: next((folder / "tables").iterdir()).unlink(), "FileNotFoundError"),
    "file of rows cut": (lambda folder, _: next((folder / "tables").iterdir()).write_bytes(b"PAR1"), "ArrowInvalid"),
    "bytes of a payload": (payload(lambda path: path.write_bytes(b"others")), "the bytes of l0_raw doc_"),
    "payload removed": (payload(Path.unlink), "are missing"),
    "digest in a commit": (entry(0, outputs=[]), "the commit of mix_alignment/all is not in the log"),
    "inputs of a commit": (entry(1, inputs="{}"), "the commit of l4_facts/all is not in the log"),
    "stage of a commit": (entry(1, stage="l4_claims"), "the commit of l4_claims/all is not in the log"),
    "place of a commit": (edit(lambda content: content["commits"][0].update(index=1)), "is not in the log"),
    "place beyond the log": (edit(lambda content: content["commits"][0].update(index=99)), "an entry stands beyond the end of its tree"),
    "path of a commit": (edit(lambda content: content["commits"][0]["path"].reverse()), "is not in the log"),
    "path that is longer": (edit(lambda content: content["commits"][0]["path"].append("00" * 32)), "the path of an entry is too long"),
    "path that is shorter": (edit(lambda content: content["commits"][0]["path"].pop()), "is not in the log"),
    "commit removed": (edit(lambda content: content["commits"].pop()), "there is no commit of l0_raw/s"),
    "commit twice": (edit(lambda content: content["commits"].append(content["commits"][0])), "two commits of mix_alignment/all"),
    "signature of the head": (edit(lambda content: content.update(head=content["head"].replace('"sig":"', '"sig":"AAAA', 1))), "WRONG"),
    "head of who may not sign": (head("bo"), "the key of Bo has not the role log"),
    "head of another root": (head("ada", root="0" * 64), "is not in the log"),
    "head of another size": (head("ada", size=5), "an entry stands beyond the end of its tree"),
    "head for another lake": (head("ada", lake="lake_0"), "the head was signed for another lake"),
    "statement for another purpose": (head("ada", "release"), "the head is a statement for another purpose"),
    "head before its key": (head("ada", at="2020-01-01T00:00:00+00:00"), "the key of Ada was not valid then"),
    "key removed": (edit(lambda content: content["keys"].pop()), "keys are missing"),
    "all keys removed": (edit(lambda content: content.update(keys=[])), "the head was signed for another lake"),
    "keys swapped": (edit(lambda content: content["keys"].reverse()), "WRONG"),
    "name in a key": (edit(lambda content: content["keys"].__setitem__(0, renamed(content["keys"][0]))), "InvalidSignature"),
    "keys of another lake": (other_lake, "the head was signed for another lake"),
    "index of a row": (proof(L1, lambda one: one.__setitem__(0, 1 - one[0])), "a row of l1_filtered/s is not one of those"),
    "index beyond the rows": (proof(L1, lambda one: one.__setitem__(0, 2)), "an entry stands beyond the end of its tree"),
    "path of a row": (proof(L1, lambda one: one[1].__setitem__(0, "00" * 32)), "a row of l1_filtered/s is not one of those"),
    "path of a row that is shorter": (proof(L1, lambda one: one[1].clear()), "a row of l1_filtered/s is not one of those"),
    "node of the tree as a row": (proof(L0, lambda one: one.__setitem__(1, [one[1][0] * 2])), "a row of l0_raw/s is not one of those"),
    "roots in a commit": (entry(0, row_roots="{}"), "the commit of mix_alignment/all is not in the log"),
    "row of the chain removed": (drop_row_and_proof, "that l4_claims clm_town was made from is missing"),
    "table of the chain removed": (edit(lambda content: content["tables"].pop(L2)), "that l4_claims clm_town was made from is missing"),
    "chain that ends early": (edit(lambda content: content["tables"].pop(L0)), "was made from is missing"),
    "proof of no row": (edit(lambda content: content["tables"][0]["proofs"].append([0, []])), "rows of mix_alignment/all are missing, or too many"),
    "no rows": (edit(lambda content: content.update(tables=[])), "the bundle does not hold any row"),
    "row of another shard": (edit(lambda content: content["tables"][0].update(shard="t")), "there is no commit of mix_alignment/t"),
    "table that is none": (edit(lambda content: content["tables"][0].update(table="other")), "WRONG"),
    "garbage": (lambda folder, _: (folder / "bundle.json").write_text("{]"), "WRONG"),
    "empty": (lambda folder, _: (folder / "bundle.json").write_text("{}"), "WRONG"),
}  # fmt: skip


def test_a_whole_bundle_holds_without_tierline(whole, signed):
    root = key_id(signed.ada.public_key())
    status, said = run(whole, "--root-key", root, "mix_town", "fact_town")
    assert status == 0 and said.startswith("all holds: 6 rows, 6 of 6 commits of lake_") and "signed by Ada at 20" in said and root in said


def test_a_bundle_holds_the_chain_and_no_other_row(whole, signed):
    held = {file.name[4:-8]: pq.read_table(file, partitioning=None).to_pylist() for file in (whole / "tables").iterdir()}
    assert all(len(rows) == 1 for rows in held.values()) and len(held) == 6
    assert len(signed.lake.read("l1_filtered", SHARD)) == 2 and held["l1_filtered"][0]["text"] == TEXT


def test_a_bundle_is_a_crate_that_another_reader_takes(whole, signed):
    crate = ROCrate(whole)
    assert crate.root_dataset["author"]["name"] == "Ada" and signed.lake.root not in (whole / CRATE).read_text()
    held = {
        path.relative_to(whole).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in whole.rglob("*") if path.is_file()
    }
    assert {entity.id: entity["sha256"] for entity in crate.data_entities} == {name: found for name, found in held.items() if name != CRATE}
    made = {one["name"]: [one[name].id for name in ("object", "result")] for one in crate.get_by_type("CreateAction")}
    assert made["l4_claims/s"] == ["tables/003-l2_selected.parquet", "tables/002-l4_claims.parquet"]
    assert made["l0_raw/s"] == [next(name for name in held if name.startswith("payloads/")), "tables/005-l0_raw.parquet"]


@pytest.mark.parametrize(("tamper", "said"), TAMPERS.values(), ids=TAMPERS)
def test_tampering_with_a_bundle_is_named(bundle, signed, tamper, said):
    tamper(bundle, signed)
    found = check(bundle)
    assert found.startswith("WRONG: ") and said in found, found


@pytest.mark.parametrize("name", ["text of a row", "garbage", "signature of the head", "file of rows cut", "head of who may not sign"])
def test_what_is_wrong_is_one_line_and_status_1(bundle, signed, name):
    TAMPERS[name][0](bundle, signed)
    status, said = run(bundle)
    assert status == 1 and said.startswith("WRONG: ") and said.count("\n") == 1


def test_another_first_key_and_another_row_are_named(bundle, signed):
    assert "trusted is key_0" in run(bundle, "--root-key", "key_0")[1] and run(bundle, "--root-key", "key_0")[0] == 1
    assert run(bundle, "--root-key")[0] == 1
    assert "does not hold fact_other" in run(bundle, "fact_other")[1]
    forged_from_scratch(bundle, signed)
    assert check(bundle).startswith("6 rows")  # whoever does not compare the first key is told of it, no more
    assert "trusted is" in run(bundle, "--root-key", key_id(signed.ada.public_key()))[1]


def test_every_kind_of_row_of_a_fact_is_shown(tmp_path):
    signed = build(tmp_path)
    (claim,) = signed.lake.read("l4_claims", SHARD).to_pylist()
    source = {"source_id": "src_town", "fact_id": "fact_town", "claim_id": "clm_town", "parent_table": "l2_selected", "quote": "1612"}
    value = {"value_id": "val_town", "fact_id": "fact_town", "parents": ["clm_town"], "state": "verified"}
    facts = [{"fact_id": "fact_town", "parents": [claim["claim_id"]]}]
    commit_from(signed.lake, "l4_facts", facts, "all", "l4_claims", l4_sources=[source], l4_values=[value])
    sign(signed)
    assert export_bundle(signed.lake, ["src_town", "val_town", "fact_town"], tmp_path / "bundle").rows == 7
    assert check(tmp_path / "bundle").startswith("7 rows, 5 of 7 commits")
    with pytest.raises(BadInput, match="no promoted row has this id"):
        export_bundle(signed.lake, ["fact_town", "fact_none"], tmp_path / "other")


def test_a_head_of_a_key_that_was_revoked_is_refused(tmp_path):
    signed = build(tmp_path)
    export_bundle(signed.lake, ["fact_town"], tmp_path / "bundle")
    revoke(signed.path, key_id(signed.ada.public_key()), "lost", signed.ada)
    edit(lambda content: content.update(keys=Registry.of(signed.path).lines))(tmp_path / "bundle", signed)
    assert "was revoked" in check(tmp_path / "bundle")


def test_rows_are_not_exported_before_they_are_signed_or_where_they_are_outdated(tmp_path):
    signed = build(tmp_path)
    commit_from(signed.lake, "l4_facts", [{"fact_id": "fact_new", "parents": ["clm_town"]}], "all", "l4_claims")
    with pytest.raises(BadInput, match="was committed after the last signed head"):
        export_bundle(signed.lake, ["fact_new"], tmp_path / "one")
    sign(signed)
    assert export_bundle(signed.lake, ["fact_new"], tmp_path / "two").rows == 5
    assert check(tmp_path / "two").startswith("5 rows, 5 of 7 commits")
    (town,) = signed.lake.read("l4_claims", SHARD)["parents"][0].as_py()  # ids follow the crawl's folder: the order of pages is not fixed
    page = {"doc_id": town, "text": TEXT, "tokens": 10}
    commit_from(signed.lake, "l2_selected", [page | {"parents": [page["doc_id"]]}], SHARD, "l1_filtered")
    sign(signed)
    with pytest.raises(BadInput, match="was written again since clm_town was made from it"):
        export_bundle(signed.lake, ["fact_new"], tmp_path / "three")
    (signed.folder / "crawl.jsonl").write_text("")
    with pytest.raises(BadInput):
        export_bundle(signed.lake, ["doc_" + page["doc_id"][4:]], tmp_path / "four")


def test_nothing_is_exported_from_a_log_that_was_changed_or_is_not_signed(tmp_path):
    signed = build(tmp_path)
    with pytest.raises(BadInput, match="not empty"):
        export_bundle(signed.lake, ["fact_town"], tmp_path)
    log = signed.path / "_proof" / "commits"
    log.write_text("".join(log.read_text().splitlines(True)[1:]))
    with pytest.raises(BadInput, match="is missing"):
        export_bundle(signed.lake, ["fact_town"], tmp_path / "one")
    (signed.path / "_proof" / "heads").unlink()
    log.unlink()
    with pytest.raises(BadInput):
        export_bundle(signed.lake, ["fact_town"], tmp_path / "two")
    assert read_heads(signed.path) == []


def test_the_checker_is_short_and_knows_the_tables_as_they_are():
    lines = CHECKER.read_text().splitlines()
    assert len(lines) <= 200 and not any("tierline" in line for line in lines if line.startswith(("import", "from")))
    traceable = {table for tables in PREFIX_TABLES.values() for table in tables}
    assert {table: (TABLES[table].key, stage_of(table).parents, SPANS.get(table)) for table in traceable} == check_bundle.TABLES
    assert {table: stage_of(table).name for table in traceable if stage_of(table).name != table} == check_bundle.STAGES


TYPES = {
    "text": (pa.string(), st.none() | st.text(max_size=4)),
    "bytes": (pa.binary(), st.none() | st.binary(max_size=4)),
    "number": (pa.int32(), st.none() | st.integers(-5, 5)),
    "real": (pa.float64(), st.none() | st.sampled_from([0.0, -0.0, 1.5])),
    "half": (pa.float32(), st.none() | st.sampled_from([0.0, -0.0, 1.5])),
    "flag": (pa.bool_(), st.none() | st.booleans()),
    "time": (pa.timestamp("us", "UTC"), st.none() | st.datetimes(datetime(2000, 1, 1), datetime(2030, 1, 1))),
    "ids": (pa.list_(pa.string()), st.none() | st.lists(st.none() | st.text(max_size=2), max_size=3)),
    "spans": (
        pa.list_(pa.struct([("line", pa.int32()), ("words", pa.list_(pa.string()))])),
        st.none() | st.lists(st.none() | st.fixed_dictionaries({"line": st.none() | st.integers(0, 3), "words": st.none() | st.just(["a"])}), max_size=2),
    ),
}  # fmt: skip


@settings(max_examples=60)
@given(st.lists(st.fixed_dictionaries({name: values for name, (_, values) in TYPES.items()}), max_size=5), st.integers(0, 2))
def test_checker_and_lake_hash_a_row_alike(rows, skipped):
    table = pa.Table.from_pylist(rows, schema=pa.schema({name: kind for name, (kind, _) in TYPES.items()})).slice(skipped)
    (batch,) = table.combine_chunks().to_batches() or [pa.RecordBatch.from_pylist([], table.schema)]
    expected = [leaf_hash(check_bundle.row_bytes(table.slice(number, 1))) for number in range(table.num_rows)]
    assert list(row_hashes(batch)) == expected
