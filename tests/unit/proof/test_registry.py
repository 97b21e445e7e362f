"""Keys of named people: who admits whom, and what a key may sign when."""

from datetime import UTC, date, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tierline.errors import BadInput
from tierline.proof import PROOF
from tierline.proof.dsse import Unproven, key_id, seal
from tierline.proof.registry import KEYS, Registry, register, revoke
from tierline.proof.statement import statement_of

ADA, BO, EVE = (Ed25519PrivateKey.from_private_bytes(bytes([number] * 32)) for number in range(3))
NOW = datetime.now(UTC)


def of(private: Ed25519PrivateKey) -> str:
    return key_id(private.public_key())


@pytest.fixture
def folder(tmp_path):
    register(tmp_path, of(ADA), "Ada", ["admin", "log"], None, ADA)
    register(tmp_path, of(BO), "Bo", ["waive"], date(2999, 1, 1), ADA)
    return tmp_path


def waiver(private: Ed25519PrivateKey, lake: str, at: datetime | None = None) -> str:
    return seal(statement_of("waiver", lake, "s", {"tierline": "d"}, at or datetime.now(UTC), {}), private)


def lines(folder) -> list[str]:
    return (folder / PROOF / KEYS).read_text().splitlines()


def test_the_first_key_admits_itself_and_others(folder):
    found = Registry.of(folder)
    assert found.fault == "" and found.root == of(ADA) and found.lake.startswith("lake_")
    assert [(key.name, key.roles) for key in found.keys.values()] == [("Ada", ("admin", "log")), ("Bo", ("waive",))]
    assert found.signer(waiver(BO, found.lake), "waiver")[0].name == "Bo"


def test_every_lake_has_its_own_id(tmp_path):
    for name in ("a", "b"):
        register(tmp_path / name, of(ADA), "Ada", ["admin"], None, ADA)
    assert Registry.of(tmp_path / "a").lake != Registry.of(tmp_path / "b").lake


@pytest.mark.parametrize(
    ("private", "roles", "name", "said"),
    [
        (EVE, ["waive"], "Eve", "not registered"),
        (BO, ["waive"], "Eve", "has not the role admin"),
        (ADA, ["king"], "Eve", "no such role"),
        (ADA, [], "Eve", "may sign nothing"),
        (ADA, ["waive"], "\u200b", "must name a person"),
    ],
)
def test_who_may_not_admit_a_key_admits_none(folder, private, roles, name, said):
    before = lines(folder)
    with pytest.raises(BadInput, match=said):
        register(folder, of(EVE), name, roles, None, private)
    assert lines(folder) == before


def test_a_first_key_that_is_no_admin_and_a_key_admitted_twice_are_refused(tmp_path, folder):
    with pytest.raises(BadInput, match="role admin"):
        register(tmp_path / "new", of(BO), "Bo", ["waive"], None, BO)
    with pytest.raises(BadInput, match="does not follow"):
        register(folder, of(BO), "Bo", ["admin"], None, ADA)


@pytest.mark.parametrize(
    ("purpose", "private", "at", "said"),
    [
        ("head", BO, NOW, "has not the role log"),
        ("waiver", EVE, NOW, "not registered"),
        ("waiver", BO, NOW - timedelta(days=1), "not registered yet"),
        ("waiver", BO, datetime(2999, 1, 2, tzinfo=UTC), "valid no longer"),
    ],
)
def test_a_key_signs_what_it_may_while_it_is_valid(folder, purpose, private, at, said):
    registry = Registry.of(folder)
    with pytest.raises(Unproven, match=said):
        registry.signer(waiver(private, registry.lake, at), purpose)


def test_a_revoked_key_signs_nothing_and_cannot_be_revoked_again(folder):
    signed = waiver(BO, Registry.of(folder).lake)
    assert revoke(folder, of(BO), "lost", ADA).why == "lost"
    registry = Registry.of(folder)
    with pytest.raises(Unproven, match="was revoked"):
        registry.signer(signed, "waiver")
    assert registry.signer(signed, "waiver", at_end=False)[0].name == "Bo"
    with pytest.raises(Unproven, match="was revoked"):
        registry.signer(waiver(BO, registry.lake), "waiver", at_end=False)
    for key, said in ((of(BO), "revoked already"), (of(EVE), "no such key")):
        with pytest.raises(BadInput, match=said):
            revoke(folder, key, "lost", ADA)
    with pytest.raises(BadInput, match="cannot be registered"):
        revoke(folder, of(ADA), "stolen", BO)


def test_a_revoked_admin_admits_nobody_whatever_time_is_claimed(folder):
    register(folder, of(EVE), "Eve", ["admin"], None, ADA)
    revoke(folder, of(EVE), "stolen", ADA)
    with pytest.raises(BadInput, match="was revoked"):
        register(folder, of(Ed25519PrivateKey.generate()), "Mallory", ["waive"], None, EVE)


@pytest.mark.parametrize(
    "change",
    [
        lambda own: own[1:],
        lambda own: [own[0], own[1], own[1]],
        lambda own: [own[1], own[0]],
        lambda own: [own[0], own[1].replace("a", "b")],
        lambda own: [own[0], "{}"],
        lambda own: [own[0], ""],
    ],
)
def test_lines_that_were_changed_moved_or_doubled_prove_nothing(folder, change):
    found = Registry(change(lines(folder)))
    assert found.fault.startswith("line ")
    with pytest.raises(Unproven):
        found.refuse()


def test_a_line_in_the_middle_is_missed(folder):
    register(folder, of(EVE), "Eve", ["waive"], None, ADA)
    own = lines(folder)
    assert "does not follow" in Registry([own[0], own[2]]).fault


def test_a_registry_that_begins_with_another_key_is_not_the_trusted_one(folder, tmp_path):
    register(tmp_path / "forged", of(EVE), "Ada", ["admin"], None, EVE)
    with pytest.raises(Unproven, match="trusted is"):
        Registry.of(tmp_path / "forged").refuse(of(ADA))
    with pytest.raises(Unproven, match="first key is none"):
        Registry([]).refuse(of(ADA))
