"""Checks the log of commits against the activities, the signed heads against the log, and what people signed against their keys."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from tierline.config.environment import Environment
from tierline.errors import TierlineError
from tierline.lake import Lake
from tierline.lake.commit_log import COMMITS, Commit, added_by, entry_of, leaves_of, logged_versions, read_commits
from tierline.lake.format import has_commits
from tierline.lake.seal import UNSEALED
from tierline.lake.waivers import newest
from tierline.lineage.mismatch import Mismatch, refuse_shortage
from tierline.proof import PROOF, ROOT_KEY
from tierline.proof.attestations import STATEMENTS, attestation_lines, read_attestations
from tierline.proof.canonical import canonical
from tierline.proof.dsse import Unproven
from tierline.proof.heads import HEADS, head_faults, read_heads
from tierline.proof.merkle import leaf_hash
from tierline.proof.registry import KEYS, Registry

LOG, SIGNED, REGISTERED, STATED = f"{PROOF}/{COMMITS}", f"{PROOF}/{HEADS}", f"{PROOF}/{KEYS}", f"{PROOF}/{STATEMENTS}"
Named = tuple[int, str]  # version and file of a commit


def proof_mismatches(lake: Lake) -> Iterator[Mismatch]:
    """Of a lake on a local disk; of an object store nothing is logged or signed."""
    folder = lake.delta.folder
    if folder is None:
        return
    try:
        record = read_record(folder)
        yield from log_mismatches(folder, record.commits, has_commits(lake.delta))
        yield from signature_mismatches(record)
    except OSError as error:
        refuse_shortage(error)
        yield Mismatch(PROOF, f"cannot be read ({error})")
    yield from _waiver_mismatches(lake)


@dataclass(frozen=True, slots=True)
class Record:
    """What a lake has signed and logged."""

    heads: list[str]
    registry: Registry
    stated: list[str]
    commits: list[Commit | str]

    @property
    def leaves(self) -> list[bytes]:
        """Hashes of the leaves of all commits."""
        return leaves_of(self.commits)


def read_record(folder: Path) -> Record:
    """The heads first, then the keys and commits that they cover: what is signed meanwhile is no alarm. Raises OSError."""
    heads, stated = read_heads(folder), attestation_lines(folder)
    return Record(heads, Registry.of(folder), stated, read_commits(folder))


def log_mismatches(folder: Path, commits: Sequence[Commit | str], expected: bool) -> Iterator[Mismatch]:
    """Where the log differs from one that is made anew of the activities: lines that were changed, are missing, too many or in another
    order. The newest commits may wait for their line after a crash. `expected`: whether the lake was begun with a log."""
    for number, commit in enumerate(commits, 1):
        if not isinstance(commit, Commit):
            yield Mismatch(LOG, f"line {number} is not as it was written")
    logged = [commit for commit in commits if isinstance(commit, Commit)]
    made = _made(folder)
    if not commits and not expected:
        return
    yield from (Mismatch(LOG, what) for what in (*_differences(logged, made), *_disorder(logged)))
    yield from _changed(folder, logged)


def signature_mismatches(record: Record) -> Iterator[Mismatch]:
    """What is wrong with the registered keys, the signed heads and what people stated."""
    try:
        record.registry.refuse(Environment().get(ROOT_KEY).strip())
    except Unproven as error:
        yield Mismatch(REGISTERED, str(error))
    for one in read_attestations(record.stated, record.registry, past=True):
        if one.fault:
            yield Mismatch(STATED, f"{one.subject} proves nothing: {one.fault}")
    yield from (Mismatch(SIGNED, what) for what in head_faults(record.heads, record.leaves, record.registry, record.stated))


def _made(folder: Path) -> list[Named]:
    """Every commit that Delta's log of activities still tells of, in order. An entry that cannot be read is said of that log."""
    found: list[Named] = []
    for version in logged_versions(folder):
        try:
            found += [(version, file) for file in added_by(folder, version)]
        except (OSError, ValueError, KeyError, TypeError) as error:
            refuse_shortage(error)
    return found


def _differences(logged: Sequence[Commit], made: Sequence[Named]) -> Iterator[str]:
    """Commits that are missing from the log, and lines of commits that nobody made."""
    known, real = {(one.version, one.file) for one in logged}, set(made)
    last = max((one.version for one in logged), default=-1)
    missing = [one for one in made if one not in known]
    waiting = [one for one in missing if one[0] > last]
    for version, file in missing if len(waiting) > UNSEALED else [one for one in missing if one[0] <= last]:
        yield f"the commit of {Commit(version, b'', file).place} (version {version} of activities) is missing"
    first = min((version for version, _ in made), default=0)
    for one in logged:
        if (one.version, one.file) not in real and one.version >= first:
            yield f"has a commit of {one.place} (version {one.version} of activities) that was never made"


def _disorder(logged: Sequence[Commit]) -> Iterator[str]:
    for before, after in pairwise(logged):
        if (after.version, after.file) == (before.version, before.file):
            yield f"the commit of {after.place} (version {after.version} of activities) stands in it twice"
        elif (after.version, after.file) < (before.version, before.file):
            yield f"the commit of {after.place} (version {after.version} of activities) stands after version {before.version}: reordered"


def _changed(folder: Path, logged: Sequence[Commit]) -> Iterator[Mismatch]:
    for number, commit in enumerate(logged):
        try:
            entry = entry_of(folder, commit.file)
        except (OSError, ValueError) as error:
            refuse_shortage(error)
            continue  # said of the file itself
        gone = canonical({"file": commit.file})
        if entry != gone and commit.leaf not in (leaf_hash(entry), leaf_hash(gone)):
            yield Mismatch(LOG, f"leaf {number} is not that of the activity of {commit.place}: it or the activity was changed")


def _waiver_mismatches(lake: Lake) -> Iterator[Mismatch]:
    """Signatures of all waivers that have one; and of those in force, whether they count."""
    try:
        rows = lake.waiver_rows()
    except TierlineError:
        return  # said of their table
    last = newest(rows)
    for row in rows:
        current = row["until"] >= lake.today() and last[row["stage"], row["shard"], row["digest"]] is row
        if (row["signature"] or current) and (fault := lake.waiver_fault(row, past=not current)):
            yield Mismatch(f"waivers/{row['stage']}/{row['shard']}", f"the waiver by {row['who']} proves nothing: {fault}")
