"""The log of commits, its signed heads, keys and signed waivers: each kind of tampering is named, and a healthy lake raises no alarm."""

import json
import shutil
from dataclasses import asdict, replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from benchmarks.tampering.proofs import lines, other_leaf
from tests.unit.lineage.signed_lake import SHARD, Signed, build, commit_from, sign
from tierline.errors import BadInput, NotPromoted
from tierline.lake import Lake, Verdict, Waiver, waive_refused
from tierline.lake.commit_log import leaves_of, read_commits
from tierline.lake.signed_waivers import signing
from tierline.lake.vacuum import vacuum
from tierline.lineage import verify
from tierline.lineage.verify_commits import proof_mismatches
from tierline.proof import ROOT_KEY
from tierline.proof.dsse import key_id
from tierline.proof.heads import read_heads, sign_head, witness_faults
from tierline.proof.registry import Registry, register, revoke


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> Signed:
    """A signed lake with a refused shard that a signed waiver lets through. Not to be changed."""
    signed = build(tmp_path_factory.mktemp("whole"))
    commit_from(signed.lake, "review_queue", [], SHARD, promote=False)
    waive_refused(signed.lake, "review_queue", SHARD, "Bo", "looked at", "2999-01-01", signed.bo)
    sign(signed)
    return signed


@pytest.fixture
def signed(whole, tmp_path) -> Signed:
    """A copy to be damaged."""
    shutil.copytree(whole.path, tmp_path / "lake")
    return Signed(Lake(str(tmp_path / "lake")), tmp_path, whole.ada, whole.bo)


def told(signed: Signed) -> list[str]:
    return [str(one) for one in proof_mismatches(Lake(signed.lake.root))]


def test_a_signed_lake_raises_no_alarm(signed):
    assert told(signed) == [] == [str(one) for one in verify(signed.lake)[0]]


def test_the_whole_verification_says_so_too(signed):
    lines("heads", lambda own: own[1:])(signed)
    assert any(str(one).startswith("_proof/heads: ") for one in verify(signed.lake)[0])


def test_what_a_crash_left_out_is_no_alarm_and_the_next_commit_logs_it(signed):
    (signed.path / "_proof" / "heads").unlink()
    before = (signed.path / "_proof" / "commits").read_text()
    lines("commits", lambda own: own[:-2])(signed)
    with (signed.path / "_proof" / "commits").open("a") as file:
        file.write("00000000000000000006 12ab")  # a line that was cut off
    assert told(signed) == []
    commit_from(signed.lake, "l4_manuals", [], SHARD)
    assert told(signed) == [] and (signed.path / "_proof" / "commits").read_text().startswith(before)


def test_more_lines_than_a_crash_leaves_out_are_missed(signed):
    (signed.path / "_proof" / "heads").unlink()
    for _ in range(4):
        commit_from(signed.lake, "l4_manuals", [], SHARD)
    lines("commits", lambda own: own[:1])(signed)
    assert len([line for line in told(signed) if "is missing" in line]) == 10


def test_a_log_made_anew_is_the_same_one(signed):
    before = (signed.path / "_proof" / "commits").read_text()
    (signed.path / "_proof" / "commits").unlink()
    sign(signed)
    assert (signed.path / "_proof" / "commits").read_text() == before and told(signed) == []


def test_a_lake_goes_on_and_is_signed_again(signed):
    commit_from(signed.lake, "l4_manuals", [], SHARD)
    assert told(signed) == []
    head = sign(signed)
    assert (head.number, head.size, head.name) == (2, 8, "Ada") and told(signed) == []


def test_a_vacuum_takes_activities_but_not_their_leaves(signed):
    for number in range(3):
        commit_from(signed.lake, "l1_filtered", [{"doc_id": f"doc_{number}", "text": "words"}], SHARD)
    sign(signed)
    assert vacuum(signed.lake, keep=timedelta(0), grace=timedelta(seconds=-5)).files
    assert told(signed) == []
    sign(signed)
    assert told(signed) == []


def test_nothing_is_signed_over_what_was_changed(signed):
    lines("commits", other_leaf)(signed)
    with pytest.raises(BadInput, match="cannot be signed"):
        sign_head(signed.path, leaves_of(read_commits(signed.path)), "", signed.ada)


def test_heads_of_a_revoked_key_count_once_another_key_has_signed_a_later_one(signed):
    cy = Ed25519PrivateKey.generate()
    register(signed.path, key_id(cy.public_key()), "Cy", ["log"], None, signed.ada)
    sign(signed, cy)
    revoke(signed.path, key_id(cy.public_key()), "left", signed.ada)
    assert told(signed) == ["_proof/heads: signed head 2: the key of Cy was revoked"]
    sign(signed)
    assert told(signed) == []


def test_a_lake_that_was_rolled_back_with_its_heads_is_found_by_a_head_kept_elsewhere(signed):
    kept = read_heads(signed.path)[-1]
    lines("heads", lambda own: own[:1])(signed)
    lines("commits", lambda own: own[:6])(signed)
    found = list(witness_faults(kept, read_heads(signed.path), leaves_of(read_commits(signed.path)), Registry.of(signed.path), []))
    assert found == [
        "the head kept elsewhere: the lake has lost it",
        "the head kept elsewhere: the log was rolled back: of the 7 commits that it covers 1 are gone",
    ]


def waive_another(signed: Signed, sign_it: bool) -> None:
    commit_from(signed.lake, "l4_manuals", [], SHARD, promote=False)
    waive_refused(signed.lake, "l4_manuals", SHARD, "Bo", "looked at", "2999-01-01", signed.bo if sign_it else None)


def test_unsigned_waivers_count_as_long_as_nobody_asks_for_signatures(signed, monkeypatch):
    waive_another(signed, sign_it=False)
    assert signed.lake.read_promoted("l4_manuals", SHARD)[0].num_rows == 0 and told(signed) == []
    monkeypatch.setenv(ROOT_KEY, key_id(signed.ada.public_key()))
    with pytest.raises(NotPromoted, match="it is not signed, which TIERLINE_ROOT_KEY asks for"):
        Lake(signed.lake.root).read_promoted("l4_manuals", SHARD)
    assert signed.lake.read_promoted("review_queue", SHARD)[0].num_rows == 0
    assert told(signed) == ["waivers/l4_manuals/s: the waiver by Bo proves nothing: it is not signed, which TIERLINE_ROOT_KEY asks for"]


def test_unsigned_and_unfit_waivers_are_refused_where_signatures_are_asked_for(signed, monkeypatch):
    monkeypatch.setenv(ROOT_KEY, key_id(signed.ada.public_key()))
    with pytest.raises(BadInput, match="it is not signed"):
        waive_another(signed, sign_it=False)
    with pytest.raises(BadInput, match="signed by Bo, not by Ada"):
        waive_refused(signed.lake, "l4_manuals", SHARD, "Ada", "looked at", "2999-01-01", signed.bo)
    waive_another(signed, sign_it=True)
    assert signed.lake.read_promoted("l4_manuals", SHARD)[0].num_rows == 0 and told(signed) == []


def test_keys_of_another_first_key_count_for_nothing(signed, monkeypatch):
    monkeypatch.setenv(ROOT_KEY, key_id(signed.bo.public_key()))
    with pytest.raises(NotPromoted, match="first key is"):
        signed.lake.read_promoted("review_queue", SHARD)
    assert any(line.startswith("_proof/keys: the lake's first key is") for line in told(signed))


def test_a_waiver_that_was_copied_from_another_lake_counts_for_nothing(signed, tmp_path):
    (tmp_path / "other").mkdir()
    other = build(tmp_path / "other")
    commit_from(other.lake, "review_queue", [], SHARD, promote=False)
    register(other.path, key_id(signed.bo.public_key()), "Bo", ["waive"], None, other.ada)
    given = Waiver("review_queue", SHARD, other.lake.manifest("review_queue", SHARD).stage_digest, "Bo", "why", date(2999, 1, 1))
    other.lake.waive(replace(given, signature=signing(signed.path, signed.bo)(asdict(given))))
    with pytest.raises(NotPromoted, match="it was signed for another lake"):
        other.lake.read_promoted("review_queue", SHARD)
    other.lake.waive(given, signing(other.path, signed.bo))
    assert other.lake.read_promoted("review_queue", SHARD)[0].num_rows == 0


def test_a_signed_waiver_that_is_over_lets_nothing_through(signed):
    commit_from(signed.lake, "l4_manuals", [], SHARD, promote=False)
    digest = signed.lake.manifest("l4_manuals", SHARD).stage_digest
    signed.lake.waive(Waiver("l4_manuals", SHARD, digest, "Bo", "why", date(2020, 1, 1)), signing(signed.path, signed.bo))
    with pytest.raises(NotPromoted, match="was ended by Bo"):
        signed.lake.read_promoted("l4_manuals", SHARD)
    assert told(signed) == []


def test_a_waiver_counts_for_the_rows_that_were_signed_alone(signed):
    commit_from(signed.lake, "review_queue", [{"doc_id": "doc_1", "priority": 0.5}], SHARD, promote=False)
    signed.lake.record(
        Verdict("review_queue", SHARD, signed.lake.manifest("review_queue", SHARD).stage_digest, "t", "0", False, "[]", ("rows is 1",))
    )
    with pytest.raises(NotPromoted):
        signed.lake.read_promoted("review_queue", SHARD)


def test_the_record_of_an_older_lake_is_no_alarm(signed):
    shutil.rmtree(signed.path / "_proof")
    (signed.path / "tierline.json").write_text(json.dumps({"format": 2, "heads": True}))
    assert [line for line in told(signed) if not line.startswith("waivers/")] == []
    commit_from(signed.lake, "l4_manuals", [], SHARD)
    assert len(read_commits(signed.path)) == 8 and Path(signed.path / "_proof" / "commits").exists()


def test_rows_that_rest_on_an_unsigned_waiver_are_refused_too(signed, monkeypatch):
    page = {"doc_id": "doc_t", "text": "words"}
    commit_from(signed.lake, "l1_filtered", [page], "t", promote=False)
    waive_refused(signed.lake, "l1_filtered", "t", "Bo", "looked at", "2999-01-01")
    commit_from(signed.lake, "l2_selected", [page], "t", "l1_filtered")
    assert signed.lake.read_promoted("l2_selected", "t")[0].num_rows == 1
    monkeypatch.setenv(ROOT_KEY, key_id(signed.ada.public_key()))
    with pytest.raises(NotPromoted, match="rests on l1_filtered/t, whose waiver by Bo does not count: it is not signed"):
        Lake(signed.lake.root).read_promoted("l2_selected", "t")
