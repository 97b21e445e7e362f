"""Merkle trees against published vectors, and against each other: every path proves its leaf and no other one."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierline.proof.merkle import consistency_path, inclusion_path, is_consistent, is_included, leaf_hash, root_hash, roots_at

# The reference data of RFC 6962's authors, in certificate-transparency's and transparency-dev/merkle's tests (testonly/reference.go).
ENTRIES = [
    bytes.fromhex(text) for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
INCLUSION = {
    (0, 1): [],
    (0, 2): ["96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7"],
    (2, 3): ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"],
    (1, 5): [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
    (0, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (5, 8): [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
}
CONSISTENCY = {
    (1, 1): [],
    (1, 8): INCLUSION[0, 8],
    (6, 8): [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 5): [
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
    (6, 7): [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "b08693ec2e721597130641e8211e7eedccb4c26413963eee6c1e2ed16ffb1a5f",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
}
LEAVES = [leaf_hash(entry) for entry in ENTRIES]


def hexes(path: list[bytes]) -> list[str]:
    return [step.hex() for step in path]


@pytest.mark.parametrize("size", range(9))
def test_roots_are_the_published_ones(size):
    assert root_hash(LEAVES[:size]).hex() == ROOTS[size]


def test_roots_of_several_sizes_come_from_one_pass():
    assert {size: root.hex() for size, root in roots_at(LEAVES, range(20)).items()} == dict(enumerate(ROOTS))


@pytest.mark.parametrize(("index", "size"), INCLUSION)
def test_paths_of_leaves_are_the_published_ones(index, size):
    assert hexes(inclusion_path(LEAVES[:size], index)) == INCLUSION[index, size]


@pytest.mark.parametrize(("first", "second"), CONSISTENCY)
def test_paths_between_trees_are_the_published_ones(first, second):
    assert hexes(consistency_path(LEAVES[:second], first)) == CONSISTENCY[first, second]
    path = [bytes.fromhex(step) for step in CONSISTENCY[first, second]]
    assert is_consistent(first, second, bytes.fromhex(ROOTS[first]), bytes.fromhex(ROOTS[second]), path)


def test_what_is_not_there_has_no_path():
    for call in (lambda: inclusion_path(LEAVES, 8), lambda: inclusion_path([], 0), lambda: consistency_path(LEAVES, 0)):
        with pytest.raises(IndexError):
            call()


@given(st.integers(1, 40), st.data())
def test_a_path_proves_its_leaf_at_its_place_and_nothing_else(size, data):
    leaves = [leaf_hash(bytes([number])) for number in range(size)]
    index = data.draw(st.integers(0, size - 1))
    path, root = inclusion_path(leaves, index), root_hash(leaves)
    assert is_included(leaves[index], index, size, path, root)
    assert not is_included(leaf_hash(b"other"), index, size, path, root)
    assert not is_included(leaves[index], size, size, path, root) and not is_included(leaves[index], -1, size, path, root)
    assert not is_included(leaves[index], index, size, [*path, root], root)
    assert not any(is_included(leaves[index], other, size, path, root) for other in range(size) if other != index)
    if path:
        assert not is_included(leaves[index], index, size, path[:-1], root)
        number = data.draw(st.integers(0, len(path) - 1))
        assert not is_included(leaves[index], index, size, [*path[:number], sha256(path[number]).digest(), *path[number + 1 :]], root)


@given(st.integers(1, 40), st.data())
def test_a_tree_that_was_extended_is_told_from_one_that_was_changed(second, data):
    leaves = [leaf_hash(bytes([number])) for number in range(second)]
    first = data.draw(st.integers(1, second))
    path, old, new = consistency_path(leaves, first), root_hash(leaves[:first]), root_hash(leaves)
    assert is_consistent(first, second, old, new, path)
    changed = root_hash([leaf_hash(b"other"), *leaves[1:first]])
    assert not is_consistent(first, second, changed, new, path)
    assert not is_consistent(first, second, old, leaf_hash(b"other"), path)
    assert not is_consistent(0, second, old, new, path) and not is_consistent(second + 1, second, old, new, path)
    if path:
        assert not is_consistent(first, second, old, new, path[:-1])
        assert not is_consistent(first, second, old, new, [*path, new])
