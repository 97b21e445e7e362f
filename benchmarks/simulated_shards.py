"""Registers thousands of shards that hold records and next to no rows: the files and log entries of one shard, again under other names.

The first shard is committed as a run would commit it, one row in each table. Of every further one the files are copied with other bytes in
place of its name, ids, digests and checksums, which are all as long as before, and its entries are appended to Delta's logs. So a shard
of these has the activities, verdicts, ledgers, manifests, files and commits of a real one, and is up to date; only the digests are not
those of its rows, which nobody asks but `tierline verify`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from hashlib import sha256, shake_128
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from deltalake import DeltaTable

from tierline.crawl import CrawlRegistry, PackRules
from tierline.dedup import DedupRules
from tierline.dedup.minhash import sign
from tierline.freshness import Configuration, survey, wanted_inputs
from tierline.lake import WHOLE_LAKE, Activity, Lake, StageResult, Verdict, decision_table
from tierline.lake.commit_log import COMMITS
from tierline.lake.delta_log import LOG
from tierline.lake.file_checks import checksum_in
from tierline.lake.seal import Seal
from tierline.proof import PROOF
from tierline.stages import BY_NAME, STAGES
from tierline.tables import TABLES, content_id
from tierline.text.words import split_words

FIRST = b"made-000000"  # begins the name of the first shard and of its crawl file
TEXT = "The bridge at the mill was built in 1894. It carries the railway over the river, and engineers chose granite for it."
RECORDS = ("activities", "verdicts")  # they name the files of all other tables, so they come last
COVERED = 8 / 9  # of the commits are behind a checkpoint when the next one is about to be written: an eighth more


@dataclass(frozen=True, slots=True)
class Pattern:
    """Bytes with the places at which another shard's differ: (start, end, the first shard's word that stands there)."""

    content: bytes
    places: tuple[tuple[int, int, bytes], ...]

    @classmethod
    def of(cls, content: bytes, words: Sequence[bytes]) -> Pattern:
        """Where the words stand in these bytes."""
        found = ((at, at + len(word), word) for word in words for at in _occurrences(content, word))
        return cls(content, tuple(sorted(found)))

    def filled(self, words: dict[bytes, bytes]) -> bytes:
        """The same bytes for another shard: word of the first one -> its own, as long as that."""
        made = bytearray(self.content)
        for start, end, word in self.places:
            made[start:end] = words[word]
        return bytes(made)


def _occurrences(content: bytes, word: bytes) -> Iterator[int]:
    at = content.find(word)
    while at >= 0:
        yield at
        at = content.find(word, at + len(word))


class Simulation:
    """A new lake in a folder, which can be brought up to any number of shards."""

    def __init__(self, root: Path, configuration: Configuration) -> None:
        self.root, self._configuration = root, configuration
        self.lake = Lake(str(root))
        (root.parent / f"{FIRST.decode()}.jsonl").write_text(json.dumps({"text": TEXT, "url": "https://a.example/"}) + "\n")
        registry = CrawlRegistry(self.lake)
        (self.first,) = registry.register([str(root.parent / f"{FIRST.decode()}.jsonl")], PackRules(shard_bytes=1))
        (file,) = registry.rows()
        self._uri, self._bytes, self._crawl = file["uri"], file["digest"], registry.digest(self.first)
        for stage in STAGES:
            perform(self.lake, configuration, stage.name, self.first)
        self._size = 1
        self._read_patterns()

    def extend(self, size: int) -> None:
        """Write shards until there are so many, and leave the logs as they are just before the next checkpoint."""
        covered = max(self._size, int(size * COVERED))
        self._write(range(self._size, covered))
        for table in self._versions:
            self._seal(table)
            DeltaTable(str(self.root / table)).create_checkpoint()
            Seal(self.root, table).extend(self._versions[table], checkpoint=True)
        self._write(range(covered, size))
        for table in self._versions:
            self._seal(table)
        self._size = size

    def _seal(self, table: str) -> None:
        Seal(self.root, table).extend(self._versions[table])

    def _read_patterns(self) -> None:
        found = sorted(self.root.glob(f"*/_files/**/shard={self.first}/*.parquet"))
        files = {str(path.relative_to(self.root)): _uncompressed(path) for path in found}
        words = self._words(list(files))
        order = sorted(files, key=lambda path: (_table(path) in RECORDS, path))
        self._files = [(checksum_in(path).encode(), Pattern.of(path.encode(), words), Pattern.of(files[path], words)) for path in order]
        self._entries: dict[str, list[Pattern]] = {}
        for table in sorted(set(map(_table, files))):
            logged = [path.read_text() for path in sorted((self.root / table / LOG).glob("*.json"))]
            own = [text for text in logged if f"shard={self.first}" in text]
            self._entries[table] = [Pattern.of(_resized(table, text, files).encode(), words) for text in own]
        self._versions = {table: self.lake.version(table) for table in self._entries}
        lines = (self.root / PROOF / COMMITS).read_text().splitlines()
        self._commits = [Pattern.of(line.partition(" ")[2].encode(), words) for line in lines if f"shard={self.first}" in line]

    def _words(self, files: Sequence[str]) -> list[bytes]:
        """What another shard has others of: its name, the digests that its activities record, its document, the checksums of its files."""
        found = {document_of(self.first), sha256(TEXT.encode()).hexdigest(), self._crawl}
        for row in self.lake.activities(shard=self.first).to_pylist():
            found |= {row["activity_id"], row["digest"], *json.loads(row["row_roots"]).values()}
            found |= {output["digest"] for output in row["outputs"]}
        self._named_by = [FIRST, *(word.encode() for word in sorted(found)), _signature()]
        return self._named_by + [checksum_in(file).encode() for file in files]

    def _write(self, numbers: range) -> None:
        commits: list[str] = []
        for number in numbers:
            words = {word: self._other(word, number) for word in self._named_by}
            for checksum, place, content in self._files:
                made = content.filled(words)
                words[checksum] = sha256(made).hexdigest()[: len(checksum)].encode()
                target = self.root / place.filled(words).decode()
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(made)
            for table, entries in self._entries.items():
                for entry in entries:
                    self._versions[table] += 1
                    (self.root / table / LOG / f"{self._versions[table]:020d}.json").write_bytes(entry.filled(words))
            first = self._versions["activities"] - len(self._commits) + 1
            commits += [f"{first + at:020d} {line.filled(words).decode()}\n" for at, line in enumerate(self._commits)]
        with (self.root / PROOF / COMMITS).open("a") as file:
            file.writelines(commits)

    def _other(self, word: bytes, number: int) -> bytes:
        """A word of the same form and length."""
        if word == FIRST:
            return _named(number)
        if word == self._crawl.encode():  # from the address, which has the name in it
            return content_id("crawl", f"{self._uri.replace(FIRST.decode(), _named(number).decode())}={self._bytes}").encode()
        seed = word + b"%d" % number
        if word == _signature():
            return shake_128(seed).digest(len(word))
        kind, separator, digits = word.rpartition(b"_")
        return kind + separator + shake_128(seed).hexdigest(len(digits))[: len(digits)].encode()


def _table(path: str) -> str:
    return path.partition("/")[0]


def _uncompressed(path: Path) -> bytes:
    """The same rows in a file in which a word can be replaced by another one of its length."""
    written = pa.BufferOutputStream()
    pq.write_table(pq.ParquetFile(path).read(), written, compression="none", use_dictionary=False, write_statistics=False)
    return written.getvalue().to_pybytes()


def _resized(table: str, text: str, files: Mapping[str, bytes]) -> str:
    """A log's entry with the sizes of these files."""
    actions = [json.loads(line) for line in text.splitlines()]
    for action in actions:
        if "add" in action:
            action["add"]["size"] = len(files[f"{table}/{action['add']['path']}"])
    return "".join(f"{json.dumps(action)}\n" for action in actions)


def _named(number: int) -> bytes:
    return b"made-%06d" % number


@cache
def _signature() -> bytes:
    """Of the text: any other bytes of this length are that of a text that resembles no other."""
    return sign(split_words([TEXT]), [sha256(TEXT.encode()).hexdigest()], DedupRules()).minhash.astype("<u4").tobytes()


def combine(lake: Lake, configuration: Configuration) -> None:
    """Bring what combines all shards up to date, as a build would."""
    first = CrawlRegistry(lake).shards()[0]
    stages = [stage for stage in STAGES if not stage.per_shard]
    while found := survey(lake, configuration, stages):
        perform(lake, configuration, found[0].stage.name, first)


def document_of(shard: str) -> str:
    """The id of the first shard's only document."""
    return content_id("doc", shard)


def perform(lake: Lake, configuration: Configuration, name: str, shard: str) -> None:
    """Commit what a run of the stage would now, and let it pass."""
    commit(lake, configuration, *next_commit(lake, configuration, name, shard))


def next_commit(lake: Lake, configuration: Configuration, name: str, shard: str) -> tuple[Activity, StageResult]:
    """What a run of the stage would record now, with one row in each of its tables."""
    stage = BY_NAME[name]
    place = shard if stage.per_shard else WHOLE_LAKE
    inputs = wanted_inputs(lake, configuration, stage, place)
    activity = Activity(name, place, inputs=inputs, **asdict(configuration.identity(stage)))
    row = _row(shard) | ({"parents": [document_of(shard)], "parent_table": stage.parents[0]} if stage.parents else {})
    tables: dict[str, Any] = {}
    for table in stage.tables:
        schema = pa.schema(TABLES[table].columns)
        values = row | {TABLES[table].key: document_of(shard)}
        tables[table] = pa.Table.from_pylist([{column: values.get(column) for column in schema.names}], schema=schema)
    decided = decision_table([{"row_id": document_of(shard), "outcome": "kept", "tokens": 25}])
    return activity, StageResult(tables, dict.fromkeys((name, *stage.ledgers), (1, decided)))


def commit(lake: Lake, configuration: Configuration, activity: Activity, result: StageResult) -> None:
    """With the verdict of today's gate."""
    manifest = lake.commit(activity, result)
    suite = configuration.suite(BY_NAME[activity.stage])
    lake.record(Verdict(activity.stage, activity.shard, manifest.stage_digest, "simulated", suite, True, "[]"))


def _row(shard: str) -> dict[str, Any]:
    digest = sha256(TEXT.encode()).hexdigest()
    signed = {"signature": _signature(), "normal_sha256": digest, "text_sha256": digest}
    return {"doc_id": document_of(shard), "text": TEXT, "tokens": 25, "language": "en", "url": "https://a.example/"} | signed


def without_syncs() -> None:
    """A lake that is made again is not worth waiting for the disk."""
    os.fsync = lambda handle: None
