"""Healthy lakes that look unusual: after crashes, reruns, upgrades, vacuum, compaction, copies and takedowns of records."""

from __future__ import annotations

import json
import shutil
import tarfile
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from unittest.mock import patch

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from benchmarks.tampering.files import keep_lines
from benchmarks.tampering.lake import SHARD, SignedLake, add_calls, commit_rows, documents_of, sign
from tierline.descent.scope import Scope
from tierline.lake import Lake, Verdict, Waiver
from tierline.lake.backup import back_up
from tierline.lake.reviews import Review, record_reviews
from tierline.lake.upgrade.run import upgrade
from tierline.lake.vacuum import vacuum
from tierline.proof.dsse import key_id
from tierline.proof.registry import register, revoke
from tierline.takedown.ledger import request_takedown, takedowns
from tierline.takedown.probes import Probes, pieces_of
from tierline.takedown.purge import purge
from tierline.takedown.work import Work

OLD_LAKE = Path(__file__).parents[2] / "tests" / "upgrade" / "lake-format-1.tar.xz"
NONE, JUST_NOW = timedelta(0), timedelta(seconds=-5)
COMPACTED = 101  # commits to one table, after which its log has a checkpoint
Change = Callable[[SignedLake], object]


def killed_at(place: str) -> Change:
    """A run that is killed when it calls this for the first time."""

    def change(signed: SignedLake) -> None:
        with patch(f"tierline.lake.{place}", side_effect=KeyboardInterrupt):
            try:
                commit_rows(Lake(str(signed.path)), "l1_filtered", documents_of(signed.lake)[:1])
            except KeyboardInterrupt:
                return
        raise AssertionError(f"no commit calls {place}")

    return change


def killed_and_run_again(place: str) -> Change:
    """The same, and another run that finishes."""

    def change(signed: SignedLake) -> None:
        killed_at(place)(signed)
        commit_rows(Lake(str(signed.path)), "l1_filtered", documents_of(signed.lake))

    return change


def again(signed: SignedLake) -> None:
    """The same rows once more."""
    commit_rows(signed.lake, "l1_filtered", documents_of(signed.lake))


def without_last_lines(signed: SignedLake) -> None:
    """A crash before the last commits were logged, and in the middle of a line."""
    (signed.path / "_proof" / "heads").unlink()
    keep_lines(signed.path / "_proof" / "commits", slice(-2))
    with (signed.path / "_proof" / "commits").open("a") as file:
        file.write("00000000000000000099 12ab")


def many_commits(signed: SignedLake) -> None:
    """So many that the log is compacted."""
    for number in range(COMPACTED):
        add_calls(signed.lake, f"call_more_{number}")


def revoked_after_another_head(signed: SignedLake) -> None:
    """A key that signed a head is revoked, and another one signs a later head."""
    third = Ed25519PrivateKey.generate()
    register(signed.path, key_id(third.public_key()), "Cy", ["log"], None, signed.ada)
    sign(signed, third)
    revoke(signed.path, key_id(third.public_key()), "left", signed.ada)
    sign(signed)


def expired_waiver(signed: SignedLake) -> None:
    """A waiver whose day is over."""
    commit_rows(signed.lake, "l4_manuals", [], passed=False)
    digest = signed.lake.manifest("l4_manuals", SHARD).stage_digest
    signed.lake.waive(Waiver("l4_manuals", SHARD, digest, "Bo", "why", date(2020, 1, 1)))


def reviewed(signed: SignedLake) -> None:
    """What somebody said about a row."""
    document = documents_of(signed.lake)[0]["doc_id"]
    record_reviews(signed.lake, [Review("l2_selected", SHARD, "document", document, "d", "Bo", "comment", comment="look")])


def calls_taken_down(signed: SignedLake) -> None:
    """A takedown that has taken calls and the past away."""
    request_takedown(signed.lake, "Cy", "copyright", "token", [Scope("domain", "taken.example")], signed.ada)
    probes = Probes(pieces_of(["A sentence that nobody but a page that is gone has ever written down."], []))
    purge(signed.lake, takedowns(signed.lake)[0], Work(probes.pieces, [], ["call_1"], {}, [SHARD]), probes)


def replaced_by(make: Callable[[SignedLake, Path], object]) -> Change:
    """Another lake in the place of this one."""

    def change(signed: SignedLake) -> None:
        made = signed.folder / "made"
        make(signed, made)
        shutil.rmtree(signed.path)
        made.rename(signed.path)

    return change


def old_lake(_: SignedLake, to: Path) -> None:
    """A lake of the first format, brought up to date."""
    with tarfile.open(OLD_LAKE) as packed:
        packed.extractall(to.parent / "old", filter="data")
    found = next((to.parent / "old").rglob("activities")).parent
    found.rename(to)
    upgrade(str(to))


def copied(signed: SignedLake, to: Path) -> None:
    """A backup."""
    back_up(signed.lake, to)


HEALTHY: dict[str, Change] = {
    "untouched": lambda signed: None,
    "rows written again": again,
    "other rows": lambda signed: commit_rows(signed.lake, "l4_claims", []) or commit_rows(signed.lake, "l4_facts", [], "all"),
    "another shard": lambda signed: commit_rows(signed.lake, "l1_filtered", [{"doc_id": "doc_t", "text": "words"}], "t"),
    "refused shard": lambda signed: commit_rows(signed.lake, "l1_filtered", [{"doc_id": "doc_t"}], "t", passed=False),
    "judged again": lambda signed: signed.lake.record(
        Verdict("l1_filtered", SHARD, signed.lake.manifest("l1_filtered", SHARD).stage_digest, "t", "1", True, json.dumps([]))
    ),
    "killed before rows were committed": killed_at("store.Lake._write_activity"),
    "the same, run again": killed_and_run_again("store.Lake._write_activity"),
    "killed before a commit was sealed": killed_at("seal.Seal.extend"),
    "killed before a seal was recorded": killed_at("heads.Heads.record"),
    "killed before rows were published": killed_at("store.publish"),
    "killed before a commit was logged, run again": killed_and_run_again("seal.Seal.extend"),
    "crash before the last lines of the log": without_last_lines,
    "signed again": lambda signed: again(signed) or sign(signed),
    "key revoked after another head": revoked_after_another_head,
    "waiver that is over": expired_waiver,
    "reviewed": reviewed,
    "compacted log": many_commits,
    "vacuum": lambda signed: again(signed) or vacuum(signed.lake, NONE, JUST_NOW),
    "vacuum of all that is past, signed again": lambda signed: vacuum(signed.lake, NONE, JUST_NOW, last_promoted=False) and sign(signed),
    "upgraded from the first format": replaced_by(old_lake),
    "backup": replaced_by(copied),
    "records taken down": calls_taken_down,
    "clock that was set back": lambda signed: again(signed) or _set_back(signed),
}


def _set_back(signed: SignedLake) -> None:
    """A run whose clock is a year behind."""
    with patch("tierline.lake.store.datetime") as clock:
        clock.now.return_value = datetime.now(UTC) - timedelta(days=365)
        again(signed)
