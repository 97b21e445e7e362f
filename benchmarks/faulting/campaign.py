"""Brings a lake through one fault after the other, looks at it after each, runs to the end, and compares it with an undisturbed one.

A fault's rerun is the run that meets the next fault; the last one meets none. Where the end is not as it should be, each fault of the
campaign is tried again alone, so that what is counted against a kind is its own.
"""

from __future__ import annotations

import random
import re
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import count, pairwise
from pathlib import Path

from benchmarks.faulting.fault import NOTHING, PROGRESS, Fault, Scene, somewhere_in
from benchmarks.faulting.inside import Inside
from benchmarks.faulting.lake_state import LakeState, clean, look, mismatches, still_held
from benchmarks.faulting.model_server import ModelServer
from benchmarks.faulting.places import Crawl, Place, files_below
from benchmarks.faulting.processes import Run, ask, left_behind, start_ingest

AGAIN = re.compile(r"AGAIN=([\w.-]+)")
QUARANTINED = "is quarantined at"  # what an ingest says of a shard that a gate refuses
FILES_MORE = 12  # than in an undisturbed lake: answers of a model are stored in as many files as there were runs
CHECKPOINT_EVERY = 5  # commits, in the lakes that faults meet: so small a lake would have no checkpoint that could be lost


@dataclass(frozen=True, slots=True)
class Base:
    """A lake that faults meet, the crawl that is ingested then, and what an undisturbed run of that leaves."""

    place: Place
    crawl: tuple[Path, ...]
    end: LakeState
    seconds: dict[str, float]  # of each step of the undisturbed run, in order
    files: int  # of rows and records, after a vacuum

    @property
    def steps(self) -> list[str]:
        """In the order in which they run."""
        return list(self.seconds)


@dataclass(slots=True)
class Record:
    """What became of one fault."""

    fault: Fault
    injected: bool = True
    status: int | None = 0
    unnamed: str = ""
    left: list[str] = field(default_factory=list[str])
    unreadable: list[str] = field(default_factory=list[str])
    rows_lost: int = 0
    differences: list[str] = field(default_factory=list[str])
    rerun: str = ""
    again: set[str] = field(default_factory=set[str])  # shards of which its run said that they are to be written again

    @property
    def good(self) -> bool:
        """Whether all that must hold did."""
        return not (self.unnamed or self.left or self.unreadable or self.rows_lost or self.differences or self.rerun)

    @property
    def told(self) -> str:
        """One line of what did not hold."""
        parts = {"cause": [self.unnamed] if self.unnamed else [], "left": self.left, "unreadable": self.unreadable,
                 "rerun": [self.rerun] if self.rerun else [], "differs": self.differences}  # fmt: skip
        return "; ".join(f"{name}: {len(found)}x {found[0][:300]}" for name, found in parts.items() if found)


@dataclass(slots=True)
class Bench:
    """Where all campaigns happen."""

    folder: Path
    crawl: Crawl
    model: ModelServer
    bases: dict[str, Base] = field(default_factory=dict[str, Base])
    after: dict[str, Place] = field(default_factory=dict[str, Place])  # what an undisturbed run left of a base
    numbers: Iterator[int] = field(default_factory=count)

    def base(self, name: str) -> Base:
        """A lake that faults meet; made when it is asked for first.

        empty: nothing was ever ingested. grown: the first file was. finished: the second one too. more: before the third one.
        two crawls: as grown, and two files come.
        """
        if name not in self.bases:
            self.bases[name] = self._made(name)
        return self.bases[name]

    def close(self) -> None:
        """Give back the disks."""
        for place in self.after.values():
            place.remove()

    def _made(self, name: str) -> Base:
        if name == "empty":
            return self._undisturbed(name, Place(self.folder / "empty").prepare(), self.crawl.first)
        if name == "grown":
            return self._undisturbed(name, self.place_after("empty"), self.crawl.second)
        if name == "more":
            return self._undisturbed(name, self.place_after("grown"), self.crawl.third)
        if name == "finished":
            return replace(self.base("grown"), place=self.place_after("grown"))
        more = self.base("more")
        return replace(self.base("grown"), crawl=(self.crawl.second, self.crawl.third), end=more.end, files=more.files)

    def place_after(self, name: str) -> Place:
        """What an undisturbed run left of a base."""
        self.base(name)
        return self.after[name]

    def _undisturbed(self, name: str, start: Place, crawl: Path) -> Base:
        place = self.after[name] = start.copied_to(self.folder / f"after-{name}")
        began = time.monotonic()
        run = self.start(place, crawl, self.folder / f"said-{name}", Inside(checkpoint_every=CHECKPOINT_EVERY))
        if run.end():
            raise SystemExit("an undisturbed run failed:\n" + "\n".join(run.said))
        if refused := [line for line in run.said if QUARANTINED in line and (name != "empty" or "whole lake" not in line)]:
            # of one crawl file no fact has two sources, so that its last mix may be empty; nothing else may
            raise SystemExit("an undisturbed run is refused, so that faults would meet no stage behind it:\n" + "\n".join(refused))
        moments = [*run.steps, ("", time.monotonic())]
        seconds = {step: after - moment for (step, moment), (_, after) in pairwise(moments)}
        problems, end = ask(place.environment(self.model.url), look, str(place.lake), LakeState(), True)
        if problems:
            raise SystemExit(f"an undisturbed lake cannot be read: {problems}")
        tell(f"undisturbed, {name}: {time.monotonic() - began:.0f} s, {len(end.tables)} shards of tables")
        vacuumed = place.copied_to(self.folder / f"vacuumed-{name}")
        files = ask(vacuumed.environment(self.model.url), clean, str(vacuumed.lake))
        vacuumed.remove()
        return Base(start, (crawl,), end, seconds, files)

    def start(self, place: Place, crawl: Path, output: Path, inside: Inside = NOTHING) -> Run:
        """An ingest."""
        return start_ingest(place.environment(self.model.url), [str(crawl)], output, inside)

    def run(self, base_name: str, faults: Sequence[Fault], seed: int) -> list[Record]:
        """A record of each fault."""
        records: list[Record] = []
        waiting = list(faults)
        while waiting:
            found, ended_well = self._campaign(base_name, waiting, seed)
            waiting = waiting[len(found) :]
            if len(found) > 1 and not ended_well:
                found = [self._campaign(base_name, [record.fault], seed)[0][0] for record in found]
            for record in found:
                tell(f"{'ok ' if record.good else 'BAD'} {record.fault} -> {record.status} {record.told}")
            records += found
        return records

    def _campaign(self, base_name: str, faults: Sequence[Fault], seed: int) -> tuple[list[Record], bool]:
        """Records of the faults that one lake has met before its run came to its end, and whether that was as it should be."""
        base, draw = self.base(base_name), random.Random(f"{seed} {[str(fault) for fault in faults]}")
        place = base.place.copied_to(self.folder / f"trial-{next(self.numbers)}")
        records: list[Record] = []
        try:
            _, state = ask(place.environment(self.model.url), look, str(place.lake), LakeState(), False)
            for number, fault in enumerate(faults):
                output = place.root.with_name(f"{place.root.name}-said-{number}")
                record, state = self._meet(base, Scene(place, self.crawl, self.model, draw, base.seconds, output), fault, state)
                if number and not record.injected:
                    break
                records.append(record)
                at_end = record.status == 0 and base_name != "finished"
                if at_end or record.unreadable or (record.status == 0 and base.end.differences(state)):
                    break
            return records, self._ends_well(base, place, records)
        except Exception as error:  # a fault that the benchmark itself does not survive counts against its kind
            records = records or [Record(faults[0])]
            records[-1].rerun = f"{type(error).__name__}: {error}"
            return records, True
        finally:
            self.model.behave()
            place.remove()
            for output in self.folder.glob(f"{place.root.name}-*"):
                output.unlink()

    def _meet(self, base: Base, scene: Scene, fault: Fault, before: LakeState) -> tuple[Record, LakeState]:
        record, environment = Record(fault), scene.place.environment(self.model.url)
        if fault.prepare:
            fault.prepare(scene)
        inside = replace(fault.inside(scene) if fault.inside else NOTHING, mark=str(scene.mark))
        run = self.start(scene.place, base.crawl[0], scene.output, inside)
        if fault.during:
            record.injected = run.wait_for(fault.during, fault.patience)
            if record.injected and fault.somewhere:
                somewhere_in(scene, fault.during)
            if record.injected and fault.strike:
                record.injected = fault.strike(scene, run) is not False
        record.status = run.end(fault.patience)
        said = [*run.said]
        record.again = set(AGAIN.findall(" ".join(said)))
        for other in scene.others:
            status = other.end(fault.patience)
            record.unnamed = record.unnamed or fault.named(status, other.said)
        if fault.lift and (fault.prepare or record.injected):
            fault.lift(scene)
        record.injected = record.injected and (not inside.counts or scene.mark.exists())
        record.left = [f"process {pid}" for pid in left_behind(scene.place.root)]
        record.unnamed = fault.named(record.status, said) or record.unnamed
        try:
            problems, state = ask(environment, look, str(scene.place.lake), before, True)
        except RuntimeError as error:
            problems, state = [str(error)], before
        if not fault.harms:
            record.unreadable = problems
        elif problems and record.status == 0 and not fault.told_in(said) and not ask(environment, mismatches, str(scene.place.lake)):
            record.unnamed = "neither the run nor verify names the damage"
        return record, state

    def _ends_well(self, base: Base, place: Place, records: Sequence[Record]) -> bool:
        """Run to the end, type what the runs said to type, and book what is not as it should be on the last fault."""
        environment, last = place.environment(self.model.url), records[-1]
        for crawl in base.crawl:
            last.rerun = self._rerun(place, str(crawl)) or last.rerun
        for shard in sorted(set[str]().union(*(record.again for record in records))):
            last.rerun = self._rerun(place, "--again", shard) or last.rerun
        if last.fault.harms:
            last.rerun = self._healed(place) or last.rerun
        left = [f"process {pid}" for pid in left_behind(place.root)]
        try:
            files = ask(environment, clean, str(place.lake))
            problems, end = ask(environment, look, str(place.lake), base.end, True)
            left += ask(environment, still_held, str(place.lake), str(place.state))
        except RuntimeError as error:
            problems, end, files = [str(error)], LakeState(), 0
        left += [f"file {path.relative_to(place.root)}" for path in files_below([place.temporary])]
        left += [f"file {path.relative_to(place.root)}" for path in place.lake.rglob(".unfinished*")]
        left += [f"{files} files after a vacuum instead of {base.files}"] if files > base.files + FILES_MORE else []
        last.left += left
        last.unreadable += problems
        last.rows_lost, last.differences = base.end.rows_lost(end), base.end.differences(end)
        return not (last.rerun or left or problems or last.differences)

    def _rerun(self, place: Place, *arguments: str) -> str:
        """What was wrong with it, if anything was."""
        output = place.root.with_name(f"{place.root.name}-rerun-{next(self.numbers)}")
        run = start_ingest(place.environment(self.model.url), arguments, output)
        status, said = run.end(), [line for line in run.said if not PROGRESS.match(line)]
        failed = status or any(line.startswith("Traceback") for line in said)
        return f"status {status}: {' | '.join(said)[-400:]}" if failed else ""

    def _healed(self, place: Place) -> str:
        """Type what `verify` says, for whatever a rerun has not met; what was wrong with that."""
        said = " ".join(ask(place.environment(self.model.url), mismatches, str(place.lake)))
        wrong = [self._rerun(place, "--again", shard) for shard in sorted(set(AGAIN.findall(said)))]
        return next(filter(None, wrong), "")


def tell(line: str) -> None:
    """Progress."""
    print(line, file=sys.stderr, flush=True)
