"""Merkle trees of RFC 9162, section 2 (those of RFC 6962): their roots, and proofs that a leaf is in one or that one extends another."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256


def leaf_hash(entry: bytes) -> bytes:
    """The hash of a leaf: 32 bytes (RFC 9162, 2.1.1)."""
    return sha256(b"\0" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node (RFC 9162, 2.1.1)."""
    return sha256(b"\1" + left + right).digest()


def root_hash(leaves: Sequence[bytes]) -> bytes:
    """The root over hashes of leaves; that of an empty tree is the hash of nothing."""
    return roots_at(leaves, [len(leaves)])[len(leaves)]


def roots_at(leaves: Iterable[bytes], sizes: Iterable[int]) -> dict[int, bytes]:
    """Size -> root of the tree of the first leaves, for each size that there are leaves for; one pass."""
    wanted, tree = set(sizes), RunningRoot()
    found = {0: tree.value()} if 0 in wanted else {}
    for size, leaf in enumerate(leaves, 1):
        tree.add(leaf)
        if size in wanted:
            found[size] = tree.value()
    return found


class RunningRoot:
    """The root of a tree that grows leaf by leaf, of which only a logarithmic number of hashes is kept."""

    def __init__(self) -> None:
        self._subtrees: list[tuple[int, bytes]] = []  # (leaves, root) of whole ones, the largest first

    def add(self, leaf: bytes) -> None:
        """One more leaf: its hash."""
        count, root = 1, leaf
        while self._subtrees and self._subtrees[-1][0] == count:
            before = self._subtrees.pop()
            count, root = count + before[0], node_hash(before[1], root)
        self._subtrees.append((count, root))

    def value(self) -> bytes:
        """The root of the tree as it is; of an empty one the hash of nothing."""
        if not self._subtrees:
            return sha256(b"").digest()
        root = self._subtrees[-1][1]
        for _, left in reversed(self._subtrees[:-1]):
            root = node_hash(left, root)
        return root


def inclusion_path(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """The hashes that lead from a leaf to the root, the lowest first (RFC 9162, 2.1.3.1). IndexError for a leaf that is not there."""
    if not 0 <= index < len(leaves):
        raise IndexError(f"no leaf {index} among {len(leaves)}")
    start, end, path = 0, len(leaves), list[bytes]()
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(root_hash(leaves[middle:end]))
            end = middle
        else:
            path.append(root_hash(leaves[start:middle]))
            start = middle
    return path[::-1]


def inclusion_paths(leaves: Sequence[bytes], indexes: Iterable[int]) -> list[list[bytes]]:
    """The same for several leaves of a large tree, in one pass over it."""
    levels = [list(leaves)]
    while len(levels[-1]) > 1:  # a last hash without a partner goes up as it is
        below = levels[-1]
        paired = [node_hash(one, other) for one, other in zip(below[::2], below[1::2], strict=False)]
        levels.append(paired + below[2 * len(paired) :])
    return [[level[index >> height ^ 1] for height, level in enumerate(levels) if index >> height ^ 1 < len(level)] for index in indexes]


def consistency_path(leaves: Sequence[bytes], first: int) -> list[bytes]:
    """The hashes which show that the tree of the first leaves is the beginning of the whole one (RFC 9162, 2.1.4.1). IndexError."""
    if not 0 < first <= len(leaves):
        raise IndexError(f"no tree of {first} among {len(leaves)} leaves")
    start, end, whole, path = 0, len(leaves), True, list[bytes]()
    while first != end:
        middle = start + _split(end - start)
        if first <= middle:
            path.append(root_hash(leaves[middle:end]))
            end = middle
        else:
            path.append(root_hash(leaves[start:middle]))
            start, whole = middle, False
    return (path if whole else [*path, root_hash(leaves[start:end])])[::-1]


def is_included(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Whether the path leads from the leaf at this index to the root of a tree of this size (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    number, last, found = index, size - 1, leaf
    for step in path:
        if last == 0:
            return False
        if number & 1 or number == last:
            found = node_hash(step, found)
            while not number & 1 and number:
                number, last = number >> 1, last >> 1
        else:
            found = node_hash(found, step)
        number, last = number >> 1, last >> 1
    return last == 0 and found == root


def is_consistent(first: int, second: int, first_root: bytes, second_root: bytes, path: Sequence[bytes]) -> bool:
    """Whether the path shows that the first tree is the beginning of the second one (RFC 9162, 2.1.4.2). Of an empty tree nothing can
    be shown."""
    if first == second:
        return first > 0 and not path and first_root == second_root
    if not 0 < first < second or not path:
        return False
    steps = [first_root, *path] if first & (first - 1) == 0 else list(path)
    number, last = first - 1, second - 1
    while number & 1:
        number, last = number >> 1, last >> 1
    old = new = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if number & 1 or number == last:
            old, new = node_hash(step, old), node_hash(step, new)
            while not number & 1 and number:
                number, last = number >> 1, last >> 1
        else:
            new = node_hash(new, step)
        number, last = number >> 1, last >> 1
    return last == 0 and old == first_root and new == second_root


def _split(size: int) -> int:
    """The largest power of two below the size."""
    return 1 << (size - 1).bit_length() - 1
