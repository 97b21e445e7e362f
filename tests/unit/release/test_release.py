"""Releases of a small lake: what they pin, that they prove it, and why rows differ between two of them."""

import hashlib
import json
import shutil
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from rocrate.rocrate import ROCrate

from tests.unit.lineage.signed_lake import SHARD, TEXT, Signed, build, commit_from
from tierline.cli.main import main
from tierline.config.bundled import folder
from tierline.errors import BadInput
from tierline.lake import WHOLE_LAKE, Lake
from tierline.lineage.crate import CRATE
from tierline.proof.dsse import key_id
from tierline.proof.key_file import new_key
from tierline.proof.registry import register
from tierline.release.check import release_mismatches
from tierline.release.compare import compare
from tierline.release.figures import Figures
from tierline.release.write import RECORD, SIGNATURE, read_release, write_release
from tierline.rights.rules import RightsRules
from tierline.sql import Models

MODELS = Models(folder("dbt_like_sql"))


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> tuple[Signed, Path]:
    """(lake, its release v1, signed by Cy); not to be changed."""
    signed = build(tmp_path_factory.mktemp("lake"))
    private = new_key(signed.folder / "keys" / "cy.pem", "", signed.path)
    register(signed.path, key_id(private.public_key()), "Cy", ["release"], None, signed.ada)
    target = signed.folder / "v1"
    done = write_release(signed.lake, signed.path, MODELS, "v1", target, private)
    assert (done.tokens, done.signer) == (3, "Cy")
    return signed, target


@pytest.fixture
def released(made, tmp_path) -> Path:
    """A copy to be damaged."""
    return Path(shutil.copytree(made[1], tmp_path / "release"))


def test_every_promoted_table_is_pinned_with_what_made_it(made):
    signed, target = made
    release = read_release(target)
    pinned = {(one["table"], one["shard"]): one["digest"] for one in release["tables"]}
    assert pinned["l2_selected", SHARD] == signed.lake.manifest("l2_selected", SHARD).digest
    assert pinned["mix_alignment", WHOLE_LAKE] == signed.lake.manifest("mix_alignment", WHOLE_LAKE).digest
    assert all(release["activities"][one["activity"]]["shard"] == one["shard"] for one in release["tables"])
    assert all(gate["passed"] for gate in release["gates"])


def test_the_same_rows_give_the_same_bytes(made, tmp_path):
    signed, target = made
    write_release(signed.lake, signed.path, MODELS, "v1", tmp_path / "again", None)
    records = read_release(tmp_path / "again"), read_release(target)
    assert {record["files"].pop(CRATE) for record in records} and records[0] == records[1], "all but the crate, which names who signs"
    for path in (path for path in (tmp_path / "again").rglob("*.*") if path.name not in (CRATE, RECORD)):
        assert path.read_bytes() == (target / path.relative_to(tmp_path / "again")).read_bytes(), path.name


def test_a_release_is_a_crate_that_another_reader_takes(made):
    _, target = made
    crate = ROCrate(target)
    assert crate.root_dataset["author"]["name"] == "Cy" and crate.root_dataset["name"] == "v1"
    files = {entity.id: entity for entity in crate.data_entities}
    assert files.keys() == {path.relative_to(target).as_posix() for path in target.rglob("*") if path.is_file() and path.name != CRATE}
    digests = read_release(target)["files"]
    assert {name: file["sha256"] for name, file in files.items() if "sha256" in file} == {
        name: digests[name] for name in digests if name != CRATE
    }
    (drawn,) = [one for one in crate.get_by_type("CreateAction") if one["name"] == "Stage mix_alignment"]
    assert drawn["result"].id == "rows/mix_alignment.parquet" and drawn["object"].id == "rows/l4_facts.parquet"


def test_what_a_page_says_is_no_markup_of_the_documents(tmp_path):
    signed = build(tmp_path)
    hostile = "CC | <script>x</script>\n# Approved"
    raw = signed.lake.read("l0_raw", SHARD).select(["doc_id", "parents", "url", "status", "text"]).to_pylist()
    commit_from(signed.lake, "l0_raw", [row | {"source_format": "jsonl"} for row in raw], SHARD)
    columns = ["doc_id", "parents", "text", "url", "tokens"]
    documents = signed.lake.read("l1_filtered", SHARD).select(columns).to_pylist()
    said = [{"statement_id": "rgt_1", "doc_id": documents[0]["doc_id"], "kind": "license", "value": hostile}]
    commit_from(signed.lake, "l1_filtered", documents, SHARD, "l0_raw", l1_rights=said)
    write_release(signed.lake, signed.path, MODELS, "v2", tmp_path / "v2", None)
    for name in ("card.md", "eu-summary.md"):
        text = (tmp_path / "v2" / name).read_text()
        assert "CC \\|" in text and "<script" not in text and "\n# Approved" not in text


def test_the_summary_tells_what_was_stated_under_which_terms_and_what_was_left_out(tmp_path):
    signed = build(tmp_path)
    documents = signed.lake.read("l1_filtered", SHARD).select(["doc_id", "parents", "text", "url", "tokens"]).to_pylist()
    stated = [("rgt_1", "license", "cc-by-4.0"), ("rgt_2", "tdm_reservation", "1"), ("rgt_3", "noindex", None)]
    rows = [{"statement_id": name, "doc_id": documents[0]["doc_id"], "kind": kind, "value": value} for name, kind, value in stated]
    commit_from(signed.lake, "l1_filtered", documents, SHARD, "l0_raw", rules=RightsRules(forbid=("noai",)), l1_rights=rows)
    write_release(signed.lake, signed.path, MODELS, "v2", tmp_path / "v2", None)
    summary = (tmp_path / "v2" / "eu-summary.md").read_text().replace("\\", "")
    for line in ("| tdm_reservation | 1 |", "| noindex |", "| cc-by-4.0 | 1 | 1 |", "| l1_filtered | noai | none |",
                 "1 reservations by machine-readable means are about documents that are in L1"):  # fmt: skip
        assert " ".join(line.split()) in " ".join(summary.split()), line


def test_a_signed_release_holds_also_for_who_knows_the_first_key(made):
    signed, target = made
    assert release_mismatches(target) == [] == release_mismatches(target, key_id(signed.ada.public_key()))
    assert "trusted is key_0" in release_mismatches(target, "key_0")[0]


def edit(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b" ")


def forge(folder: Path) -> None:
    """A record whose digests are those of the files, as somebody without a key would write it."""
    release = json.loads((folder / RECORD).read_bytes())
    (folder / "card.md").write_text("Everything is fine.")
    release["files"]["card.md"] = hashlib.sha256(b"Everything is fine.").hexdigest()
    (folder / RECORD).write_text(json.dumps(release))


TAMPERS = {
    "a document": (lambda folder: edit(folder / "card.md"), "card.md: is another than when it was released"),
    "a list of rows": (lambda folder: edit(folder / "rows" / "l1_filtered.parquet"), "rows/l1_filtered.parquet: is another"),
    "a file is gone": (lambda folder: (folder / "eu-summary.md").unlink(), "eu-summary.md: is missing"),
    "a file more": (lambda folder: (folder / "rows" / "more.parquet").write_bytes(b""), "rows/more.parquet: is not of the release"),
    "the record": (lambda folder: edit(folder / RECORD), "it was signed for something else"),
    "document and record": (forge, "it was signed for something else"),
    "the signature is gone": (lambda folder: (folder / SIGNATURE).unlink(), "it is not signed"),
    "the keys are gone": (lambda folder: (folder / "keys.jsonl").write_text(""), "not registered"),
}


@pytest.mark.parametrize(("tamper", "said"), TAMPERS.values(), ids=TAMPERS)
def test_tampering_with_a_release_is_named(released, tamper, said):
    tamper(released)
    found = release_mismatches(released)
    assert any(said in line for line in found), found


def test_a_key_without_the_role_signs_no_release(made, tmp_path):
    signed, _ = made
    with pytest.raises(BadInput, match="has not the role release"):
        write_release(signed.lake, signed.path, MODELS, "v9", tmp_path / "v9", signed.bo)


@pytest.mark.parametrize(("name", "taken"), [("", False), ("../up", False), ("a" * 101, False), ("fine", True)])
def test_a_name_that_is_none_and_a_folder_that_is_taken_are_refused(made, tmp_path, name, taken):
    signed, _ = made
    target = tmp_path / "new"
    if taken:
        target.mkdir()
        (target / "mine").write_text("")
    with pytest.raises(BadInput):
        write_release(signed.lake, signed.path, MODELS, name, target, None)
    assert [path.name for path in tmp_path.rglob("*")] == (["new", "mine"] if taken else [])


def test_a_lake_without_a_mix_has_nothing_to_release(tmp_path):
    lake = Lake(str(tmp_path / "lake"))
    commit_from(lake, "l1_filtered", [], SHARD)
    with pytest.raises(BadInput, match="has no promoted mix"):
        write_release(lake, tmp_path / "lake", MODELS, "v1", tmp_path / "v1", None)
    assert not (tmp_path / "v1").exists()


def differences(signed: Signed, before: Path, after: Path) -> set[tuple]:
    write_release(signed.lake, signed.path, MODELS, "after", after, None)
    changes = compare(before, after, read_release(before), read_release(after))
    return {(one.table, one.change, one.rows, one.cause) for one in changes}


def test_two_releases_of_the_same_rows_do_not_differ(tmp_path):
    signed = build(tmp_path)
    write_release(signed.lake, signed.path, MODELS, "before", tmp_path / "before", None)
    assert differences(signed, tmp_path / "before", tmp_path / "after") == set()


def test_a_row_that_went_has_the_cause_of_what_it_rested_on(tmp_path):
    signed = build(tmp_path)
    lake = signed.lake
    write_release(lake, signed.path, MODELS, "before", tmp_path / "before", None)
    kept = [row for row in lake.read("l1_filtered", SHARD, ["doc_id", "parents", "text", "tokens"]).to_pylist() if row["text"] != TEXT]
    commit_from(lake, "l1_filtered", kept, SHARD, "l0_raw", rules={"words_min": 7})
    commit_from(lake, "l2_selected", kept, SHARD, "l1_filtered")
    commit_from(lake, "l4_claims", [], SHARD, "l2_selected")
    commit_from(lake, "l4_facts", [], WHOLE_LAKE, "l4_claims")
    commit_from(lake, "mix_alignment", [], WHOLE_LAKE, "l4_facts")
    cause = "l1_filtered: settings [] → {'words_min': 7}"
    gone = {("l1_filtered", "removed", 1), ("l2_selected", "removed", 1), ("mix_alignment", "removed", 1)}
    found = differences(signed, tmp_path / "before", tmp_path / "after")
    assert {one[:3] for one in found} >= gone
    assert {one[3] for one in found if one[0] in ("l1_filtered", "l2_selected")} == {cause}


def test_a_text_that_a_mix_draws_from_another_table_has_moved(tmp_path):
    signed = build(tmp_path)
    lake = signed.lake
    (town,) = lake.read("l4_claims", SHARD)["parents"][0].as_py()
    drawn = {"row_id": "mix_a", "parents": [town], "doc_id": town, "tier": "L1", "source_table": "l1_filtered", "tokens": 9, "epoch": 0}
    commit_from(lake, "mix_pretrain", [drawn], WHOLE_LAKE, "l1_filtered")
    write_release(lake, signed.path, MODELS, "before", tmp_path / "before", None)
    commit_from(lake, "mix_pretrain", [drawn | {"row_id": "mix_b", "tier": "L2", "source_table": "l2_selected"}], WHOLE_LAKE, "l2_selected")
    (change,) = differences(signed, tmp_path / "before", tmp_path / "after")
    assert change == ("mix_pretrain", "moved", 1, "mix_pretrain: other l1_filtered, l2_selected")


def test_the_lists_of_rows_have_ids_and_no_texts(made):
    for path in (made[1] / "rows").iterdir():
        assert "text" not in pq.read_schema(path).names
        assert TEXT.encode() not in path.read_bytes()


def test_the_commands_make_check_and_compare_releases(tmp_path, capsys):
    signed = build(tmp_path)
    lake, one, two = ("--lake", signed.lake.root), str(tmp_path / "one"), str(tmp_path / "two")
    assert main([*lake, "release", "one", "--to", one]) == 0 and "3 tokens in mixes" in capsys.readouterr().out
    assert main([*lake, "release", one, "--check"]) == 1 and "release one: it is not signed" in capsys.readouterr().out
    commit_from(signed.lake, "mix_alignment", [], WHOLE_LAKE, "l4_facts")
    assert main([*lake, "release", "two", "--to", two]) == 0 and main([*lake, "diff", one, two, "--json"]) == 0
    change = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (change["table"], change["change"], change["rows"], change["tokens"]) == ("mix_alignment", "removed", 1, 3)
    assert main([*lake, "release", "three"]) == 2 and "give --to FOLDER" in capsys.readouterr().err
    assert main([*lake, "diff", one, str(tmp_path)]) == 2 and "holds no release" in capsys.readouterr().err


def test_a_single_release_is_asked_for_another_to_compare_it_with(made, capsys):
    signed, target = made
    assert main(["--lake", signed.lake.root, "diff", str(target)]) == 2
    assert "needs another release to be compared with" in capsys.readouterr().err


@pytest.mark.parametrize(("tokens", "said"), [(0, "None"), (1, "Less than 0.1%"), (40_000, "4.0%")])
def test_a_small_share_of_synthetic_text_is_not_called_none(tokens, said):
    empty = {name: [] for name in Figures.__dataclass_fields__}
    rows = [{"origin": "model", "tokens": tokens}, {"origin": "page", "tokens": 1_000_000 - tokens}]
    assert Figures(**empty | {"training_origins": rows}).by_model == said
