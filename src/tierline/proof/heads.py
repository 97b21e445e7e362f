"""Signed heads: the root of the log of commits at a moment, signed by a named person, each chained to the head before it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tierline.errors import BadInput
from tierline.proof import PROOF
from tierline.proof.attestations import attestation_lines
from tierline.proof.dsse import Unproven, key_id, seal
from tierline.proof.lines import append_line, hash_of, hash_of_all, read_lines
from tierline.proof.merkle import root_hash, roots_at
from tierline.proof.registry import Registry
from tierline.proof.statement import said_in, statement_of

HEADS = "heads"
SUBJECT = "log of commits"


@dataclass(frozen=True, slots=True)
class Head:
    """A signed head. `size`: commits that it covers; `keys` and `keys_hash`: how many lines the registry had, and their hash;
    `statements`: the same of what people stated; `release`: what was released with it, empty if nothing."""

    number: int
    size: int
    root: str
    before: str
    keys: int
    keys_hash: str
    statements: int
    statements_hash: str
    release: str
    at: datetime
    key_id: str
    name: str


def read_head(line: str, registry: Registry, is_last: bool = True) -> Head:
    """The head in an envelope. Raises Unproven unless a registered key with the role has signed it, for this lake. One that was revoked
    since then may have signed heads that later ones cover (`is_last` False)."""
    key, statement = registry.signer(line, "head", at_end=is_last)
    try:
        root = str(statement["subject"][0]["digest"]["sha256"])
    except (KeyError, TypeError, IndexError):
        raise Unproven("it is no statement of Tierline") from None
    at, said = said_in(statement, "head", registry.lake, SUBJECT, {"sha256": root})
    try:
        numbers = (said[name] for name in ("number", "size", "keys", "statements"))
        number, size, keys, statements = (value if type(value) is int and value >= 0 else _refuse() for value in numbers)
        before, keys_hash, statements_hash, release = (str(said[name]) for name in ("before", "keys_hash", "statements_hash", "release"))
    except (KeyError, ValueError):
        raise Unproven("it does not say which commits it covers") from None
    return Head(number, size, root, before, keys, keys_hash, statements, statements_hash, release, at, key.key_id, key.name)


def read_heads(lake: Path) -> list[str]:
    """The envelopes of all heads, the oldest first. Raises OSError."""
    return read_lines(lake / PROOF / HEADS)


def sign_head(lake: Path, leaves: Sequence[bytes], release: str, private: Ed25519PrivateKey) -> Head:
    """Sign the log as it is. BadInput if the key may not, or what is there does not extend what was signed last; OSError."""

    def make(lines: list[str]) -> str:
        registry, stated = Registry.of(lake), attestation_lines(lake)
        if fault := next(head_faults(lines, leaves, registry, stated, until_last=False), ""):
            raise BadInput(f"cannot be signed: {fault}", str(lake), "`tierline log check` says what is wrong")
        said = {"number": len(lines), "size": len(leaves), "before": hash_of(lines[-1]) if lines else "", "release": release}
        said |= {"keys": len(registry.lines), "keys_hash": hash_of_all(registry.lines)}
        said |= {"statements": len(stated), "statements_hash": hash_of_all(stated)}
        digest = {"sha256": root_hash(leaves).hex()}
        line = seal(statement_of("head", registry.lake, SUBJECT, digest, datetime.now(UTC), said), private)
        try:
            read_head(line, registry)
        except Unproven as error:
            raise BadInput(f"cannot sign ({error})", key_id(private.public_key()), "`tierline key list` lists who may") from None
        return line

    return read_head(append_line(lake / PROOF / HEADS, make), Registry.of(lake))


def head_faults(
    lines: Sequence[str], leaves: Sequence[bytes], registry: Registry, stated: Sequence[str], until_last: bool = True
) -> Iterator[str]:
    """What is wrong with the heads, or with the log and the keys as against them, in words. `until_last` False: the key of the last one may
    have been revoked, as a new head is about to cover it."""
    heads: list[Head] = []
    for number, line in enumerate(lines):
        try:
            head = read_head(line, registry, is_last=until_last and number == len(lines) - 1)
        except Unproven as error:
            yield f"signed head {number}: {error}"
            continue
        if head.number != number or head.before != (hash_of(lines[number - 1]) if number else ""):
            yield f"signed head {number}: it does not follow the head before it"
        if heads and head.size < heads[-1].size:
            yield f"signed head {number}: it covers fewer commits than the one before it"
        heads.append(head)
    roots = roots_at(leaves, [head.size for head in heads])
    for head in heads:
        yield from (f"signed head {head.number}: {fault}" for fault in _against(head, roots, len(leaves), registry, stated))


def witness_faults(
    envelope: str, lines: Sequence[str], leaves: Sequence[bytes], registry: Registry, stated: Sequence[str]
) -> Iterator[str]:
    """What is wrong with the lake as against a head that was kept elsewhere."""
    try:
        head = read_head(envelope, registry, is_last=False)
    except Unproven as error:
        yield f"the head kept elsewhere: {error}"
        return
    if envelope not in lines:
        yield "the head kept elsewhere: the lake has lost it"
    faults = _against(head, roots_at(leaves, [head.size]), len(leaves), registry, stated)
    yield from (f"the head kept elsewhere: {fault}" for fault in faults)


def _against(head: Head, roots: Mapping[int, bytes], size: int, registry: Registry, stated: Sequence[str]) -> Iterator[str]:
    """What is wrong with a log of this size, the keys or what people stated, as against a head."""
    if head.keys > len(registry.lines) or hash_of_all(registry.lines[: head.keys]) != head.keys_hash:
        yield "the registered keys are others than when it was signed, or fewer"
    if head.statements > len(stated) or hash_of_all(list(stated[: head.statements])) != head.statements_hash:
        yield "what people stated is other than when it was signed, or less"
    if head.size > size:
        yield f"the log was rolled back: of the {head.size:,} commits that it covers {head.size - size:,} are gone"
    elif roots[head.size].hex() != head.root:
        yield f"the first {head.size:,} commits of the log are others than when it was signed"


def _refuse() -> int:
    raise ValueError("no number")
