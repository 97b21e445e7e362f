"""Statements of people: who may state what, and what counts of it."""

from dataclasses import replace
from datetime import date

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tierline.errors import BadInput
from tierline.proof import PROOF
from tierline.proof.attestations import STATEMENTS, attest, attestation_lines, read_attestations
from tierline.proof.dsse import key_id
from tierline.proof.registry import Registry, register, revoke

ADA, BO = (Ed25519PrivateKey.from_private_bytes(bytes([number] * 32)) for number in range(2))
ROWS = {"tierline": "dig_1"}
LATE = date(2999, 1, 1)


@pytest.fixture
def folder(tmp_path):
    register(tmp_path, key_id(ADA.public_key()), "Ada", ["admin", "takedown"], None, ADA)
    register(tmp_path, key_id(BO.public_key()), "Bo", ["approve"], None, ADA)
    attest(tmp_path, "approval", "l4_manuals/s", ROWS, "read it", LATE, BO)
    attest(tmp_path, "takedown", "l1_filtered/s", ROWS, "asked for", None, ADA)
    return tmp_path


def read(folder, change=lambda lines: lines, past=False):
    return list(read_attestations(change(attestation_lines(folder)), Registry.of(folder), past))


def test_what_was_stated_is_read_back(folder):
    one, other = read(folder)
    assert (one.purpose, one.subject, one.digest, one.says, one.name) == ("approval", "l4_manuals/s", ROWS, "read it", "Bo")
    assert one.counts(LATE) and not one.counts(date(2999, 1, 2)) and other.counts(date.max)
    assert not replace(one, fault="x").counts(LATE)


@pytest.mark.parametrize(
    ("purpose", "private", "says", "until", "said"),
    [
        ("approval", ADA, "x", None, "has not the role approve"),
        ("takedown", BO, "x", None, "has not the role takedown"),
        ("waiver", ADA, "x", None, "no such purpose"),
        ("approval", BO, "\u200b", None, "must say something"),
        ("approval", BO, "x", date(2020, 1, 1), "lies in the past"),
        ("approval", Ed25519PrivateKey.generate(), "x", None, "not registered"),
    ],
)
def test_who_may_not_state_it_states_nothing(folder, purpose, private, says, until, said):
    with pytest.raises(BadInput, match=said):
        attest(folder, purpose, "l4_manuals/s", ROWS, says, until, private)
    assert len(attestation_lines(folder)) == 2


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda lines: lines[1:], "does not follow"),
        (lambda lines: lines[::-1], "does not follow"),
        (lambda lines: [*lines, lines[1]], "does not follow"),
        (lambda lines: [lines[0].replace("a", "b", 1), lines[1]], "envelope"),
        (lambda lines: [*lines, "hello"], "envelope"),
    ],
)
def test_lines_that_were_changed_moved_or_doubled_prove_nothing(folder, change, said):
    assert any(said in one.fault and not one.counts(LATE) for one in read(folder, change))


def test_statements_of_a_revoked_key_count_no_more_and_are_no_alarm(folder):
    revoke(folder, key_id(BO.public_key()), "left", ADA)
    assert [bool(one.fault) for one in read(folder)] == [True, False]
    assert not any(one.fault for one in read(folder, past=True))


def test_statements_of_another_lake_count_for_nothing(folder, tmp_path):
    other = tmp_path / "other"
    for private, name, roles in ((ADA, "Ada", ["admin", "takedown"]), (BO, "Bo", ["approve"])):
        register(other, key_id(private.public_key()), name, roles, None, ADA)
    attest(other, "approval", "l4_manuals/s", ROWS, "read it", None, BO)
    (folder / PROOF / STATEMENTS).write_text((other / PROOF / STATEMENTS).read_text())
    assert "not registered yet" in read(folder)[0].fault or "another lake" in read(folder)[0].fault
