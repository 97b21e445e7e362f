"""Tokens are shown once, kept as hashes in a file of its owner, and end when they are taken away."""

import json

import pytest

from tierline.config.places import ReviewPlaces
from tierline.errors import BadInput
from tierline.review.identity import ByProxy, ByToken
from tierline.review.reviewers import Reviewers
from tierline.review.serving import identity_of, is_loopback, listen


def test_a_token_is_kept_as_a_hash_that_only_the_owner_can_read(tmp_path):
    path = tmp_path / "below" / "reviewers.json"
    token = Reviewers(path).add("ada")
    assert token not in path.read_text() and path.stat().st_mode & 0o777 == 0o600
    known = Reviewers(path)
    assert known.of_token(token) == "ada" and known.of_token("") is None and known.of_token(token + "x") is None
    again = known.add("ada")
    assert known.of_token(token) is None and known.of_token(again) == "ada" and known.names() == ["ada"]
    Reviewers(path).remove("ada")
    assert known.of_token(again) is None


@pytest.mark.parametrize("name", ["", " ", "\u200b", "ada\n", "a" * 201, "\u202eada"])
def test_a_name_that_cannot_be_read_gets_no_token(tmp_path, name):
    with pytest.raises(BadInput):
        Reviewers(tmp_path / "reviewers.json").add(name)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"reviewers": 3}', "[" * 100_000])
def test_a_broken_file_is_one_line_and_lets_nobody_in(tmp_path, text):
    (tmp_path / "reviewers.json").write_text(text)
    with pytest.raises(BadInput, match="is no file of reviewers"):
        Reviewers(tmp_path / "reviewers.json").of_token("x")


def test_nobody_is_removed_who_is_not_there(tmp_path):
    with pytest.raises(BadInput, match="no such reviewer"):
        Reviewers(tmp_path / "reviewers.json").remove("ada")


def places(tmp_path, **variables: str) -> ReviewPlaces:
    return ReviewPlaces.of_environment({"TIERLINE_REVIEWERS": str(tmp_path / "reviewers.json"), **variables})


def test_who_asks_is_known_or_nothing_is_served(tmp_path, desk):
    with pytest.raises(BadInput, match="nobody could sign in"):
        identity_of(places(tmp_path))
    with pytest.raises(BadInput, match="needs a key"):
        places(tmp_path, TIERLINE_REVIEW_HEADER="X-Remote-User", TIERLINE_REVIEW_PROXY_KEY="short")
    found = identity_of(places(tmp_path, TIERLINE_REVIEW_HEADER="X-Remote-User", TIERLINE_REVIEW_PROXY_KEY="k" * 24))
    assert isinstance(found, ByProxy) and "k" * 24 not in repr(places(tmp_path, TIERLINE_REVIEW_PROXY_KEY="k" * 24))
    Reviewers(tmp_path / "reviewers.json").add("ada")
    assert isinstance(identity_of(places(tmp_path)), ByToken)
    assert json.loads((tmp_path / "reviewers.json").read_text())["reviewers"].keys() == {"ada"}


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "example.org"])
def test_a_public_address_needs_a_name_and_an_identity(tmp_path, desk, host):
    assert not is_loopback(host)
    with pytest.raises(BadInput, match="nobody could sign in"):
        listen(desk, places(tmp_path), host, 0, "review.example", print)
    Reviewers(tmp_path / "reviewers.json").add("ada")
    with pytest.raises(BadInput, match="needs a name"):
        listen(desk, places(tmp_path), host, 0, "", print)


def test_an_address_that_cannot_be_used_is_one_line(tmp_path, desk):
    Reviewers(tmp_path / "reviewers.json").add("ada")
    with pytest.raises(BadInput, match="cannot be listened on"):
        listen(desk, places(tmp_path), "127.77.0.1.example.invalid", 0, "x", print)
    assert all(map(is_loopback, ("127.0.0.1", "::1", "localhost", "127.3.2.1")))
