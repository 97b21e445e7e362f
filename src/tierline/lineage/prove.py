"""Proofs that an activity is in the signed log of commits."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tierline.errors import BadInput, LakeUnavailable
from tierline.lake import Lake
from tierline.lake.commit_log import Commit, entry_of, leaves_of
from tierline.lineage.trace import trace
from tierline.lineage.verify_commits import log_mismatches, read_record, signature_mismatches
from tierline.proof.heads import Head, read_head
from tierline.proof.merkle import inclusion_path
from tierline.stages import stage_of


@dataclass(frozen=True, slots=True)
class Inclusion:
    """That a commit is the leaf `index` of the tree under a signed root. `entry`: the activity, canonical JSON; `path`: hex digits."""

    stage: str
    shard: str
    index: int
    entry: str
    path: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        return {"stage": self.stage, "shard": self.shard, "index": self.index, "entry": self.entry, "path": list(self.path)}


class SignedLog:
    """The log of commits up to its last signed head."""

    def __init__(self, lake: Lake) -> None:
        """BadInput if nothing is signed or the log is not what was signed; LakeUnavailable."""
        self._lake, self.folder = lake, local_folder(lake)
        try:
            record = read_record(self.folder)
            wrong = [*log_mismatches(self.folder, record.commits, True), *signature_mismatches(record)]
        except OSError as error:
            raise LakeUnavailable(f"its log of commits cannot be read ({error})", lake.root, "check its permissions") from error
        if wrong:
            raise BadInput(wrong[0].what, wrong[0].where, "`tierline verify` says all that is wrong")
        if not record.heads:
            raise BadInput("no head of its log is signed", lake.root, "`tierline log sign --key FILE` signs it")
        self.commits, self.registry = record.commits, record.registry
        self.envelope = record.heads[-1]
        self.head: Head = read_head(self.envelope, self.registry)
        self._leaves = leaves_of(self.commits)[: self.head.size]

    def prove(self, stage: str, shard: str) -> Inclusion:
        """That the present activity of a stage's shard is in it. BadInput if it is not signed yet."""
        files = set(self._lake.delta.files("activities", {"stage": stage, "shard": shard}))
        found = [number for number, one in enumerate(self.commits) if isinstance(one, Commit) and one.file in files]
        if not found or found[-1] >= self.head.size:
            raise BadInput("was committed after the last signed head", f"{stage}/{shard}", "`tierline log sign --key FILE` signs it too")
        return self._inclusion(found[-1], stage, shard)

    def prove_activity(self, activity_id: str) -> Inclusion:
        """The same of an activity that is current. BadInput if none is."""
        row = next((row for row in self._lake.activity_rows() if row["activity_id"] == activity_id), None)
        if row is None:
            raise BadInput("no current activity has this id", activity_id, "`tierline trace ID` shows that of a row")
        return self.prove(row["stage"], row["shard"])

    def _inclusion(self, index: int, stage: str, shard: str) -> Inclusion:
        commit = self.commits[index]
        assert isinstance(commit, Commit), "a line that is none was refused before"
        path = tuple(step.hex() for step in inclusion_path(self._leaves, index))
        return Inclusion(stage, shard, index, entry_of(self.folder, commit.file).decode(), path)


def prove(log: SignedLog, lake: Lake, what: str) -> Inclusion:
    """The proof of an activity (`act_...`) or of the activity that wrote a row. BadInput."""
    if what.startswith("act_"):
        return log.prove_activity(what)
    node = trace(lake, what)
    return log.prove(stage_of(node.table).name, node.shard)


def local_folder(lake: Lake) -> Path:
    """Where the lake is. BadInput if that is no local disk."""
    if lake.delta.folder is None:
        raise BadInput("commits are logged and signed on a local disk alone", lake.root, "use a copy of the lake on a disk")
    return lake.delta.folder
