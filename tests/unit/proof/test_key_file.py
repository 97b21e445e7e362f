"""Private keys in files."""

import stat

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tierline.errors import BadInput
from tierline.proof.dsse import key_id
from tierline.proof.key_file import is_encrypted, load_key, new_key


@pytest.mark.parametrize("passphrase", ["", "open sesame"])
def test_a_key_comes_back_and_only_its_owner_may_read_it(tmp_path, passphrase):
    path = tmp_path / "key.pem"
    made = new_key(path, passphrase, None)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600 and is_encrypted(path) == bool(passphrase)
    assert key_id(load_key(path, passphrase).public_key()) == key_id(made.public_key())


@pytest.mark.parametrize(("own", "given", "said"), [("a", "", "has a passphrase"), ("a", "b", "another one"), ("", "b", "no passphrase")])
def test_a_wrong_passphrase_opens_nothing(tmp_path, own, given, said):
    new_key(tmp_path / "key.pem", own, None)
    with pytest.raises(BadInput, match=said):
        load_key(tmp_path / "key.pem", given)


def test_a_key_that_others_can_read_is_refused(tmp_path):
    new_key(tmp_path / "key.pem", "", None)
    (tmp_path / "key.pem").chmod(0o640)
    with pytest.raises(BadInput, match="others than its owner"):
        load_key(tmp_path / "key.pem")


def test_no_key_is_kept_in_a_lake_or_replaced(tmp_path):
    lake = tmp_path / "lake"
    (lake / "below").mkdir(parents=True)
    (tmp_path / "link").symlink_to(lake / "below")
    for place in (lake / "key.pem", lake / "below" / "key.pem", tmp_path / "link" / "key.pem", tmp_path / "x" / ".." / "lake" / "key.pem"):
        with pytest.raises(BadInput, match="inside the lake"):
            new_key(place, "", lake)
    (tmp_path / "key.pem").write_text("mine")
    with pytest.raises(BadInput, match="is there already"):
        new_key(tmp_path / "key.pem", "", lake)
    assert (tmp_path / "key.pem").read_text() == "mine"


def test_what_holds_no_such_key_is_named(tmp_path):
    other = tmp_path / "other.pem"
    other.write_bytes(generate_private_key(SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    (tmp_path / "text").write_text("hello")
    for path in (other, tmp_path / "text"):
        path.chmod(0o600)
    for path, said in ((other, "another kind"), (tmp_path / "text", "no private key"), (tmp_path / "none", "cannot be read")):
        with pytest.raises(BadInput, match=said):
            load_key(path)
