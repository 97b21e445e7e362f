"""The mapping of a knowledge base: what it is, who vouches for it, and which of its columns state which property."""

from __future__ import annotations

import codecs
import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from glob import glob
from pathlib import Path
from typing import Any

from tierline.bases.rows import FORMATS, Reader, format_of
from tierline.config.checksum import unchanged_file_sha256
from tierline.config.recipe import build, read_yaml
from tierline.errors import BadInput
from tierline.tables import content_id

SUFFIXES = (".yaml", ".yml")
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class ColumnRule:
    """What a column states of the subject of its row.

    `predicate` is a property of the vocabulary. `unit` is that of numbers that name none. `time` is the column that says when the value
    holds, `as_of` the same for all rows. `separator` stands between several values in one cell; `ignore` are beginnings of what is no
    value there, such as "note". `language` replaces the base's.
    """

    predicate: str
    unit: str = ""
    time: str = ""
    as_of: str = ""
    separator: str = ""
    ignore: tuple[str, ...] = ()
    language: str = ""


@dataclass(frozen=True, slots=True)
class BaseFile:
    """A file of a base: how its rows are found (rows.py), and the columns of subject, ids, aliases and statements.

    `within` are columns that say which of several things of one name is meant (its region, its country). `ids` are columns by the name
    of what they are ids of, such as `wikidata`. `sha256` are the bytes that whoever vouches for the base has seen.
    """

    path: str
    subject: str
    columns: dict[str, ColumnRule] = field(default_factory=dict[str, ColumnRule])
    sha256: str = ""
    format: str = ""
    rows: str = ""
    query: str = ""
    members: str = ""
    delimiter: str = ""
    encoding: str = "utf-8"
    html: bool = False
    subject_type: str = ""
    within: tuple[str, ...] = ()
    ids: dict[str, str] = field(default_factory=dict[str, str])
    aliases: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.columns:
            raise ValueError("columns is empty: name a column and the predicate that it states")
        if self.sha256 and not _DIGEST.fullmatch(self.sha256):
            raise ValueError(f"sha256: {self.sha256!r} is no 64 hex digits in lower case")
        kind = self.format or format_of(self.path)
        if kind not in FORMATS:
            raise ValueError(f"format is {kind or 'not known by the file name'}: expected one of {', '.join(FORMATS)}")
        try:
            codecs.lookup(self.encoding)
        except LookupError:
            raise ValueError(f"encoding: {self.encoding!r} is not known") from None
        if len(self.delimiter) > 1:
            raise ValueError(f"delimiter: {self.delimiter!r} is not one character")
        if self.query and kind != "sqlite":
            raise ValueError("query is for sqlite alone")

    @property
    def paths(self) -> tuple[str, ...]:
        """Every column that the mapping names, once."""
        times = (rule.time for rule in self.columns.values() if rule.time)
        return tuple(dict.fromkeys((self.subject, *self.within, *self.ids.values(), *self.aliases, *self.columns, *times)))


@dataclass(frozen=True, slots=True)
class Mapping:
    """The content of a mapping file. `derived_from` names bases and registrable domains whose data this is: they are one source."""

    name: str
    version: str
    license: str
    retrieved: str
    files: tuple[BaseFile, ...]
    url: str = ""
    language: str = "en"
    root: str = ""
    derived_from: tuple[str, ...] = ()
    vouched_by: str = ""
    vouched_on: str = ""

    def __post_init__(self) -> None:
        for name in ("name", "version", "license"):
            if not getattr(self, name).strip():
                raise ValueError(f"{name} is empty")
        if not self.files:
            raise ValueError("files is empty")
        for name in ("retrieved", *(("vouched_on",) if self.vouched_by or self.vouched_on else ())):
            try:
                date.fromisoformat(getattr(self, name))
            except ValueError:
                raise ValueError(f"{name} is {getattr(self, name)!r}: expected a date such as 2026-01-31") from None
        if self.vouched_on and not self.vouched_by:
            raise ValueError("vouched_on without vouched_by: who vouches for the base?")


@dataclass(frozen=True, slots=True)
class KnowledgeBase:
    """A mapping with its files, read as far as their bytes: `files` are (what the mapping says, path, SHA-256)."""

    mapping: Mapping
    where: str
    files: tuple[tuple[BaseFile, Path, str], ...]

    @property
    def source(self) -> str:
        """The name under which the base counts as a source."""
        return f"{self.mapping.name} {self.mapping.version}"

    @property
    def digest(self) -> str:
        """Changes with the mapping, and with path or bytes of a file."""
        return content_id("base", str(self.mapping), [f"{digest} {path}" for _, path, digest in self.files])

    @property
    def lapsed(self) -> str:
        """Why nobody vouches for the base as it is now, though somebody did; "" where that is not so."""
        if not self.mapping.vouched_by:
            return ""
        changed = next((path for rule, path, found in self.files if rule.sha256 != found), None)
        if changed is None:
            return ""
        return f"{self.mapping.vouched_by} vouched on {self.mapping.vouched_on} for other bytes of {changed.name}"

    @property
    def vouched_by(self) -> str | None:
        """Who vouches for exactly these files."""
        return self.mapping.vouched_by if self.mapping.vouched_by and not self.lapsed else None

    def reader(self, rule: BaseFile) -> Reader:
        """How the rows of a file are found."""
        return Reader(
            rule.format or format_of(rule.path),
            rule.rows,
            rule.query,
            rule.members,
            rule.delimiter,
            rule.encoding,
            self.mapping.language,
            rule.html,
        )


def find_bases(pattern: str, root: str = "") -> list[KnowledgeBase]:
    """The bases that a mapping file, a folder of them or a glob names, in order of their names; paths of files count from `root`, else
    from the mapping's own, else from its folder. An empty folder is a list of no bases. BadInput if a mapping cannot be used, or a file
    of it is not there."""
    found = [_read(path, root) for path in _mappings(pattern)]
    found.sort(key=lambda base: (base.mapping.name, base.mapping.version, base.where))
    for one, other in itertools.pairwise(found):
        if one.source == other.source:
            raise BadInput(f"{one.source} is also mapped in {other.where}", one.where, "give each base its own name or version")
    return found


def _mappings(pattern: str) -> list[Path]:
    path = Path(pattern).expanduser()
    if not pattern:
        return []
    if path.is_dir():
        found = sorted(one for one in path.iterdir() if one.suffix in SUFFIXES)
    else:
        found = [path] if path.is_file() else sorted(map(Path, glob(str(path), recursive=True)))  # noqa: PTH207 - of any anchor
        if not found:
            raise BadInput("no mapping of a knowledge base is there", pattern, f"name a folder of {' or '.join(SUFFIXES)} files, or a file")
    return found


def _read(path: Path, root: str) -> KnowledgeBase:
    mapping = build(Mapping, _with_dates_as_text(read_yaml(path, "mapping")), str(path))
    below = Path(root).expanduser() if root else path.parent / mapping.root
    return KnowledgeBase(mapping, str(path), tuple(_files(mapping, below, str(path))))


def _files(mapping: Mapping, below: Path, where: str) -> Iterator[tuple[BaseFile, Path, str]]:
    for number, rule in enumerate(mapping.files):
        path = (below / rule.path).resolve()
        try:
            digest = unchanged_file_sha256(path)
        except OSError as error:
            why = "no such file" if isinstance(error, FileNotFoundError) else str(error.strerror or error)
            raise BadInput(f"files[{number}]: {path}: {why}", where, "mend `path`, `root` or TIERLINE_KNOWLEDGE_ROOT") from None
        if mapping.vouched_by and not rule.sha256:
            raise BadInput(
                f"files[{number}]: {mapping.vouched_by} vouches for it without saying for which bytes", where, f"add `sha256: {digest}`"
            )
        yield rule, path, digest


def _with_dates_as_text(value: Any) -> Any:
    """YAML reads 2026-01-31 as a date, and 1.0 and 2024 as numbers, which versions are not."""
    if isinstance(value, dict):
        return {
            key: str(item) if key in ("version", "as_of", "retrieved", "vouched_on") and item is not None else _with_dates_as_text(item)
            for key, item in value.items()
        }
    return [_with_dates_as_text(item) for item in value] if isinstance(value, list) else value
