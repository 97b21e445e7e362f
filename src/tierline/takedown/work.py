"""What a takedown under way has to remember: the pieces that it searches for, which are gone once nothing is left of them in the lake."""

from __future__ import annotations

import json
import secrets
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import ipc

from tierline.lake import Lake
from tierline.lake.durable import replace_file
from tierline.proof.merkle import leaf_hash, root_hash
from tierline.stages import STAGES, stage_of
from tierline.tables import TABLES
from tierline.tables.records import TAKEDOWNS, TAKEDOWNS_TABLE, TOMBSTONES, TOMBSTONES_TABLE
from tierline.takedown.ledger import PLACE, START, Takedown, record_event
from tierline.takedown.probes import MOST, pieces_of, texts_in
from tierline.takedown.reach import Reach, reach_of, trained_on

LEAVES, WORK, TOMBSTONES_FILE = "leaves", "work.json", "tombstones.arrow"
# Columns that hold words of a page; of rows of derived tables they may be a model's words about it.
WORDS = ("text", "title", "quote", "question", "source_text", "original", "replacement", "url", "structured_data")


@dataclass(frozen=True, slots=True)
class Work:
    """`pieces` of removed text and of nothing else, ids of removed `rows`, of `calls` of models about them, and the digests of all stages'
    rows `before`, by "stage/shard"; `shards` that held removed records."""

    pieces: list[str]
    rows: list[str]
    calls: list[str]
    before: dict[str, str]
    shards: list[str]


def folder_of(lake: Lake, takedown_id: str) -> Path:
    """Where a takedown keeps its files: of one that is done, hashes alone."""
    return lake.takedowns / takedown_id


def start(lake: Lake, takedown: Takedown, training: Path, told: Callable[[str], None] = lambda _: None) -> None:
    """Find out what is to be removed, remember it, and put the tombstones in force. Whatever of it is done already is not done again.
    `training`: the folder with checkpoints."""
    folder = folder_of(lake, takedown.takedown_id)
    if takedown.last(START) is None:
        reach, tombstones = reach_of(lake, takedown, told)
        told("collecting what to search for")
        salt = secrets.token_hex(32)
        leaves = leaves_of(salt, (row["payload_sha256"] for row in reach.records.values() if row["payload_sha256"]))
        pieces = pieces_of(_removed(reach), _stays(lake, reach))
        work = Work(pieces, sorted(reach.ids()), sorted(reach.calls), digests(lake), reach.shards)
        replace_file(folder / WORK, json.dumps(asdict(work)).encode())
        replace_file(folder / LEAVES, "".join(f"{leaf}\n" for leaf in leaves).encode())
        replace_file(folder / TOMBSTONES_FILE, _as_bytes(tombstones))
        said = {
            "counts": reach.counts(),
            "models": trained_on(lake, reach, training),
            "salt": salt,
            "leaves": len(leaves),
            "root": root_of(leaves),
        }
        record_event(lake, takedown.takedown_id, START, said | {"pieces": len(pieces), "thinned": len(pieces) == MOST})
    while not _are_in_force(lake, takedown.takedown_id):
        tombstones = ipc.open_file(folder / TOMBSTONES_FILE).read_all()
        lake.delta.replace_if(TOMBSTONES_TABLE, tombstones, PLACE, lake.delta.files(TOMBSTONES_TABLE, PLACE), keep=True)


def read_work(lake: Lake, takedown_id: str) -> Work:
    """Of a takedown that is under way. Raises OSError."""
    return Work(**json.loads((folder_of(lake, takedown_id) / WORK).read_bytes()))


def forget_work(lake: Lake, takedown_id: str) -> None:
    """Remove all of it but the hashes."""
    for name in (WORK, TOMBSTONES_FILE):
        (folder_of(lake, takedown_id) / name).unlink(missing_ok=True)
    for unfinished in folder_of(lake, takedown_id).glob(".*"):
        unfinished.unlink() if unfinished.is_file() else shutil.rmtree(unfinished)


def leaves_of(salt: str, payloads: Iterator[str]) -> list[str]:
    """Salted hashes of the bytes of records, in hex: who has bytes and salt finds them, nobody else learns anything."""
    return sorted({salted(salt, payload) for payload in payloads})


def salted(salt: str, payload: str) -> str:
    """Of the SHA-256 of a record's bytes."""
    return sha256(f"{salt} {payload}".encode()).hexdigest()


def root_of(leaves: list[str]) -> str:
    """The root of the Merkle tree (RFC 9162) over them, in hex."""
    return root_hash([leaf_hash(bytes.fromhex(leaf)) for leaf in leaves]).hex()


def digests(lake: Lake) -> dict[str, str]:
    """The digest of every stage's present rows, by "stage/shard"."""
    return {f"{row['stage']}/{row['shard']}": row["digest"] for row in lake.activity_rows()}


def _are_in_force(lake: Lake, takedown_id: str) -> bool:
    return takedown_id in lake.delta.read(TOMBSTONES_TABLE, TOMBSTONES, PLACE, ["takedown_id"])["takedown_id"].to_pylist()


def _removed(reach: Reach) -> Iterator[str]:
    """What the removed rows say. Of what rules have built of a page's words, these words are searched for anyway."""
    for row in reach.records.values():
        yield from _words(row)
    for table, rows in reach.whole.items():
        for row in rows.values():
            is_built = stage_of(table).built and not row.get("call_ids")  # a model's words are nobody else's
            drawn = row.get("source_table")
            if not is_built and not (drawn and stage_of(drawn).built):
                yield from _words(row)


def _stays(lake: Lake, reach: Reach) -> Iterator[str]:
    """What other rows say too, and what people wrote themselves, which may name addresses: the ledger of takedowns, and recipes."""
    yield from (row["body"] for row in lake.delta.records(TAKEDOWNS_TABLE, TAKEDOWNS))
    yield from (row["parameters"] for row in lake.activity_rows() if row["parameters"])
    for stage in STAGES:
        for name in stage.tables:
            spec = TABLES[name]
            wanted = [column for column in WORDS if column in spec.fields]
            gone = {*reach.records, *reach.whole.get(name, ()), *reach.part.get(name, ())}
            for manifest in lake.manifests(name) if wanted else []:
                for batch in lake.stream(manifest, [spec.key, *wanted]):
                    for row in batch.to_pylist():
                        if row[spec.key] not in gone:
                            yield from _words(row)


def _words(row: Mapping[str, Any]) -> Iterator[str]:
    for name in WORDS:
        if value := row.get(name):
            yield from texts_in(value)


def _as_bytes(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue().to_pybytes()
