"""Commands that sign, prove and export."""

import json
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.cli.test_review import refuse
from tests.unit.review.lakes import reviewed_lake
from tierline.lake.signed_approvals import signed_approvals
from tierline.proof import ROOT_KEY


@pytest.fixture
def keys(tmp_path) -> Path:
    (tmp_path / "keys").mkdir()
    return tmp_path / "keys"


@pytest.fixture
def named(crawled, run, keys) -> tuple[str, Path]:
    """The first key's id, and the folder of the private keys of Ada (all) and Bo (waivers)."""
    status, out, err = run("key", "new", "--name", "Ada", "--role", "admin", "--role", "log", "--to", str(keys / "ada"))
    assert (status, err) == (0, "") and "TIERLINE_ROOT_KEY=key_" in out
    root = out.split()[0]
    made = run(
        "key", "new", "--name", "Bo", "--role", "waive", "--until", "2999-01-01", "--by", str(keys / "ada"), "--to", str(keys / "bo")
    )
    assert made[0] == 0 and " of Bo may sign: waive" in made[1] and "TIERLINE_ROOT_KEY" not in made[1]
    return root, keys


def test_keys_are_made_listed_exported_and_revoked(named, run):
    root, keys = named
    assert stat.S_IMODE((keys / "bo").stat().st_mode) == 0o600
    listed = [json.loads(line) for line in run("key", "list", "--json")[1].splitlines()]
    assert [(one["name"], one["roles"], one["until"]) for one in listed] == [
        ("Ada", ["admin", "log"], None),
        ("Bo", ["waive"], "2999-01-01"),
    ]
    assert listed[0]["key_id"] == root
    assert run("key", "export", "Bo")[1].startswith("-----BEGIN PUBLIC KEY-----\n")
    assert run("key", "revoke", "Bo", "--why", "left", "--by", str(keys / "ada"))[0] == 0
    assert "left" in run("key", "list")[1].splitlines()[2]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("key", "new", "--name", "Cy", "--role", "log", "--to", "KEYS/cy"), "a key with the role admin admits others"),
        (("key", "new", "--name", "Cy", "--role", "log", "--to", "KEYS/cy", "--by", "KEYS/bo"), "has not the role admin"),
        (("key", "new", "--name", "Cy", "--role", "log", "--to", "KEYS/cy", "--by", "KEYS/none"), "cannot be read"),
        (("key", "new", "--name", "Cy", "--role", "king", "--to", "KEYS/cy", "--by", "KEYS/ada"), "no such role"),
        (("key", "new", "--name", "Cy", "--role", "log", "--to", "KEYS/cy", "--by", "KEYS/ada", "--until", "x"), "not a date"),
        (("key", "new", "--name", "Cy", "--role", "log", "--to", "KEYS/bo", "--by", "KEYS/ada"), "is there already"),
        (("key", "revoke", "Cy", "--why", "left", "--by", "KEYS/ada"), "no such key"),
        (("key", "revoke", "Bo", "--why", " ", "--by", "KEYS/ada"), "why: must not be empty"),
        (("log", "sign", "--key", "KEYS/bo"), "has not the role log"),
        (("log", "sign", "--key", "KEYS/none"), "cannot be read"),
        (("log", "prove", "doc_0"), "no head of its log is signed"),
        (("log", "check", "--head", "KEYS/none"), "cannot be read"),
        (("bundle", "", "--to", "KEYS/new"), "needs the id of a row"),
        (("bundle", "doc_0", "--to", "KEYS"), "is not empty"),
        (("--as-of", "2999-01-01", "log", "check"), "signs the present state alone"),
    ],
)
def test_what_cannot_be_signed_is_one_line(named, run, arguments, said):
    _, keys = named
    status, out, err = run(*(one.replace("KEYS", str(keys)) for one in arguments))
    assert status == 2 and out == "" and said in err and err.count("\n") == 1
    assert not (keys / "cy").exists()


def test_a_key_with_a_passphrase_signs_with_it_alone(crawled, run, keys):
    (keys / "pass").write_text("open sesame\n")
    new = "key", "new", "--name", "Ada", "--role", "admin", "--role", "log", "--to", str(keys / "ada"), "--passphrase-file"
    assert run(*new, str(keys / "pass"))[0] == 0
    assert "has a passphrase" in run("log", "sign", "--key", str(keys / "ada"))[2]
    assert run("log", "sign", "--key", str(keys / "ada"), "--passphrase-file", str(keys / "pass"))[0] == 0


def test_a_log_is_signed_checked_against_a_head_kept_elsewhere_and_proves_a_row(named, run, crawled):
    lake, shard, _ = crawled
    root, keys = named
    head = str(keys / "head")
    assert run("log", "sign", "--key", str(keys / "ada"), "--release", "v1", "--to", head)[1].endswith("signed for v1 by Ada\n")
    assert run("log", "check", "--head", head, "--root-key", root) == (0, "0 mismatches; checked 1 commits, 1 signed heads\n", "")
    row = lake.read("l0_raw", shard)["doc_id"][0].as_py()
    proof = json.loads(run("log", "prove", row, "--json")[1])
    assert (proof["stage"], proof["index"], proof["size"], proof["path"]) == ("l0_raw", 0, 1, [])
    activity = lake.activity("l0_raw", shard)["activity_id"]
    assert f"the commit of l0_raw/{shard} is number 0 of 1 under the root {proof['root']}" in run("log", "prove", activity)[1]
    (Path(lake.root) / "_proof" / "heads").unlink()
    status, out, _ = run("log", "check", "--head", head)
    assert status == 1 and "the head kept elsewhere: the lake has lost it" in out
    assert "trusted is key_0" in run("log", "check", "--root-key", "key_0")[1]


def test_a_signed_waiver_counts_where_an_unsigned_one_is_refused(named, run, crawled, monkeypatch):
    lake, shard, _ = crawled
    root, keys = named
    refuse(lake, shard)
    monkeypatch.setenv(ROOT_KEY, root)
    waive = "waive", "l0_raw", shard, "--why", "looked at", "--until", "2999-01-01"
    assert "would not count: it is not signed" in run(*waive, "--who", "Bo")[2]
    assert "has not the role waive" in run(*waive, "--key", str(keys / "ada"))[2]
    assert "signed by Bo, not by Ada" in run(*waive, "--who", "Ada", "--key", str(keys / "bo"))[2]
    assert lake.waivers().num_rows == 0
    assert run(*waive, "--key", str(keys / "bo"))[1].endswith("looked at (Bo)\n")
    assert lake.read_promoted("l0_raw", shard)[0].num_rows == 2 and "in force" in run("waivers")[1]
    assert run("key", "revoke", "Bo", "--why", "lost", "--by", str(keys / "ada"))[0] == 0
    assert "not proven" in run("waivers")[1]
    status, out, _ = run("verify")
    assert status == 1 and f"waivers/l0_raw/{shard}: the waiver by Bo proves nothing: the key of Bo was revoked" in out


def test_a_bundle_is_exported_and_checked(named, run, crawled, tmp_path):
    lake, shard, _ = crawled
    root, keys = named
    row = lake.read("l0_raw", shard)["doc_id"][0].as_py()
    assert run("log", "sign", "--key", str(keys / "ada"))[0] == 0
    status, out, _ = run("bundle", row, "--to", str(tmp_path / "bundle"))
    assert status == 0 and out.startswith("1 rows of 1 tables")
    done = subprocess.run([sys.executable, *out.splitlines()[1].split()[1:]], capture_output=True, text=True, check=False)
    assert done.returncode == 0 and done.stdout.startswith("all holds: 1 rows") and done.stdout.strip().endswith(root)


def test_what_people_state_is_signed_listed_and_covered_by_the_next_head(named, run, crawled, tmp_path):
    lake, shard, _ = crawled
    _, keys = named
    made = "key", "new", "--name", "Cy", "--role", "approve", "--by", str(keys / "ada"), "--to", str(keys / "cy")
    assert run(*made)[0] == 0
    assert run("statements") == (0, "Nothing was ever stated; `tierline waivers` lists waivers.\n", "")
    attest = "attest", "approval", f"l0_raw/{shard}", "--says", "read it", "--key"
    assert "has not the role approve" in run(*attest, str(keys / "bo"))[2]
    assert f"approval of l0_raw/{shard} by Cy: read it" in run(*attest, str(keys / "cy"), "--until", "2999-01-01")[1]
    assert run("attest", "approval", str(keys / "cy"), "--says", "mine", "--key", str(keys / "cy"))[0] == 0
    assert "neither STAGE/SHARD nor a file" in run("attest", "approval", "no/file", "--says", "x", "--key", str(keys / "cy"))[2]
    listed = [json.loads(line) for line in run("statements", "--json")[1].splitlines()]
    assert listed[0]["digest"] == {"tierline": lake.manifest("l0_raw", shard).stage_digest} and list(listed[1]["digest"]) == ["sha256"]
    assert "in force" in run("statements")[1]
    assert run("log", "sign", "--key", str(keys / "ada"))[0] == 0 and run("log", "check")[0] == 0
    stated = Path(lake.root) / "_proof" / "statements"
    stated.write_text("".join(stated.read_text().splitlines(True)[:1]))
    status, out, _ = run("log", "check")
    assert status == 1 and "_proof/heads: signed head 0: what people stated is other than when it was signed, or less" in out


def test_the_text_of_a_manual_is_approved_by_a_statement_or_with_the_answer_about_it(lake, run, keys):
    for name, role in (("ada", "admin"), ("cy", "approve")):
        by = () if name == "ada" else ("--by", str(keys / "ada"))
        assert run("key", "new", "--name", name.title(), "--role", role, *by, "--to", str(keys / name))[0] == 0
    reviewed_lake(lake.root)
    text = next(row for row in lake.read("l2_selected", "s1").to_pylist() if row["doc_id"] == "doc_5000")["text_sha256"]
    attest = "attest", "approval", "l4_manuals/doc_5000", "--says", "read it", "--key", str(keys / "cy")
    assert run(*attest)[1].startswith("approval of l4_manuals/doc_5000 by Cy: read it")
    assert signed_approvals(lake).on(text).name == "Cy" and text in run("statements")[1]
    assert "no such document in L2" in run(*(one.replace("5000", "none") for one in attest))[2]
    items = {item["kind"]: item["item_id"] for item in map(json.loads, run("review", "--json")[1].splitlines())}
    answer = "review", "answer", items["manual"]
    assert "signs the approval of a manual alone" in run(*answer, "drop", "--who", "Cy", "--key", str(keys / "cy"))[2]
    assert run(*answer, "keep", "--who", "Cy", "--why", "still right", "--key", str(keys / "cy"))[0] == 0
    assert [json.loads(line)["says"] for line in run("statements", "--json")[1].splitlines()] == ["read it", "still right"]
