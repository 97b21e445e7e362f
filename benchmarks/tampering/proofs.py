"""Changes to what people signed and to the log that they signed: lines, heads, keys and waivers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.parquet as pq
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from benchmarks.tampering.files import Tamper
from benchmarks.tampering.lake import SHARD, SignedLake
from tierline.lake.commit_log import leaves_of, read_commits, sync_commits
from tierline.proof.dsse import key_id, seal
from tierline.proof.heads import SUBJECT, read_heads
from tierline.proof.lines import hash_of, hash_of_all
from tierline.proof.merkle import root_hash
from tierline.proof.registry import Registry, register, revoke
from tierline.proof.statement import statement_of
from tierline.tables.records import WAIVERS


def lines(name: str, change: Callable[[list[str]], list[str]]) -> Tamper:
    """Write the lines of a file of `_proof` anew."""

    def tamper(signed: SignedLake) -> None:
        path = signed.path / "_proof" / name
        path.write_text("".join(f"{line}\n" for line in change(path.read_text().splitlines())))

    return tamper


def swapped(own: list[str]) -> list[str]:
    """Two lines change places."""
    return [own[0], own[2], own[1], *own[3:]]


def without_third(own: list[str]) -> list[str]:
    """A line in the middle is missing."""
    return [*own[:2], *own[3:]]


def second_changed(own: list[str]) -> list[str]:
    """A letter of the second line is another one."""
    return [own[0], own[1].replace("a", "b", 1), *own[2:]]


def other_leaf(own: list[str]) -> list[str]:
    """One commit has another hash."""
    number, leaf, file = own[2].split(" ", 2)
    return [*own[:2], f"{number} {leaf[::-1]} {file}", *own[3:]]


def forged(own: list[str]) -> list[str]:
    """One more commit, that was never made."""
    number, leaf, file = own[-1].split(" ", 2)
    return [*own, f"{int(number) + 1:020d} {leaf} {file.replace('part-', 'part_')}"]


def signed_by(private: str, purpose: str = "head", **parts: object) -> Tamper:
    """Append a head with other parts, or another signer."""

    def tamper(signed: SignedLake) -> None:
        registry, heads = Registry.of(signed.path), read_heads(signed.path)
        leaves = leaves_of(read_commits(signed.path))
        said = {"number": len(heads), "size": len(leaves), "before": hash_of(heads[-1]), "release": "", "keys": len(registry.lines)}
        said |= {"keys_hash": hash_of_all(registry.lines), "statements": 0, "statements_hash": hash_of_all([])}
        said |= {name: value for name, value in parts.items() if name in said}
        digest = {"sha256": str(parts.get("root", root_hash(leaves).hex()))}
        lake = str(parts.get("lake", registry.lake))
        line = seal(statement_of(purpose, lake, SUBJECT, digest, datetime.now(UTC), said), getattr(signed, private))
        lines("heads", lambda own: [*own, line])(signed)

    return tamper


def rewrite_activity(signed: SignedLake) -> None:
    """Change an activity and the line of the log with it, as somebody would who knows of both."""
    file = next(one.file for one in read_commits(signed.path) if one.place == f"l2_selected/{SHARD}")
    path = signed.path / "activities" / file
    rows = pq.read_table(path, partitioning=None)
    pq.write_table(pa.Table.from_pylist([rows.to_pylist()[0] | {"rows_in": 99}], schema=rows.schema), path)
    (signed.path / "_proof" / "commits").unlink()
    sync_commits(signed.path)


def swap_keys(signed: SignedLake) -> None:
    """Another first key under the same names, as somebody would who has none of the private ones."""
    (signed.path / "_proof" / "keys").unlink()
    thief = Ed25519PrivateKey.generate()
    register(signed.path, key_id(thief.public_key()), "Ada", ["admin", "log", "waive", "takedown"], None, thief)


def waiver_row(signed: SignedLake, **parts: object) -> None:
    """Write the waiver again with other parts, under the old signature, as a writer of the lake would."""
    row, where = signed.lake.waiver_rows()[0] | parts, {"stage": "review_queue"}
    table = pa.Table.from_pylist([row], schema=WAIVERS)
    assert signed.lake.delta.replace_if("waivers", table, where, signed.lake.delta.files("waivers", where))


def waiver_with(**parts: object) -> Tamper:
    """The same, as a kind of tampering."""
    return lambda signed: waiver_row(signed, **parts)


def revoked(signed: SignedLake) -> None:
    """Bo's key does not count any more."""
    revoke(signed.path, key_id(signed.bo.public_key()), "lost", signed.ada)


def replayed(signed: SignedLake) -> None:
    """The waiver of one shard for another one."""
    row = signed.lake.waiver_rows()[0] | {"shard": "t"}
    signed.lake.delta.append("waivers", pa.Table.from_pylist([row], schema=WAIVERS), ["stage"])
