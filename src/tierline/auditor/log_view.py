"""The log of commits, its signed heads, the keys of people and what they stated, for the page that shows them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tierline.errors import LakeUnavailable
from tierline.lake import Lake
from tierline.lake.commit_log import Commit
from tierline.lineage.verify_commits import Record, read_record
from tierline.proof.attestations import Attestation, read_attestations
from tierline.proof.dsse import Unproven
from tierline.proof.heads import Head, read_head
from tierline.proof.registry import Key

COMMITS_SHOWN, HEADS_SHOWN, STATED_SHOWN = 50, 20, 100


@dataclass(frozen=True, slots=True)
class SignedHead:
    """A head of the log, or why the line proves nothing."""

    number: int
    head: Head | None
    fault: str


@dataclass(frozen=True, slots=True)
class LogView:
    """Newest first. `before`: the commit before the first that is shown; None at the end."""

    size: int
    commits: tuple[tuple[int, Commit | str], ...]
    before: int | None
    heads: tuple[SignedHead, ...]
    heads_whole: int
    keys: tuple[Key, ...]
    keys_fault: str
    stated: tuple[Attestation, ...]
    waivers: tuple[dict[str, object], ...]


def log_view(lake: Lake, before: int | None) -> LogView | None:
    """Commits up to number `before`; None of a lake that is on no local disk, of which nothing is logged. LakeUnavailable."""
    folder = lake.delta.folder
    if folder is None:
        return None
    record = _read(folder, lake.root)
    end = len(record.commits) if before is None else max(0, min(before, len(record.commits)))
    first = max(0, end - COMMITS_SHOWN)
    commits = tuple((number, record.commits[number]) for number in range(end - 1, first - 1, -1))
    heads = [_head(number, line, record, number + 1 == len(record.heads)) for number, line in enumerate(record.heads)][-HEADS_SHOWN:]
    stated = list(read_attestations(record.stated, record.registry, past=True))[-STATED_SHOWN:]
    waivers = sorted(lake.waiver_rows(), key=lambda row: row["created_at"], reverse=True)[:STATED_SHOWN]
    return LogView(
        len(record.commits), commits, first or None, tuple(reversed(heads)), len(record.heads), tuple(record.registry.keys.values()),
        record.registry.fault, tuple(reversed(stated)), tuple(waivers),
    )  # fmt: skip


def _read(folder: Path, root: str) -> Record:
    try:
        return read_record(folder)
    except OSError as error:
        raise LakeUnavailable(f"its log of commits cannot be read ({error})", root, "check its permissions") from error


def _head(number: int, line: str, record: Record, is_last: bool) -> SignedHead:
    try:
        return SignedHead(number, read_head(line, record.registry, is_last), "")
    except Unproven as error:
        return SignedHead(number, None, str(error))
