"""Compares two finished runs of one registered experiment, on other machines or with other threads, test by test."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tierline.config.recipe import build
from tierline.display import TextTable
from tierline.errors import BadInput
from tierline.training.findings import Findings, Gain
from tierline.training.metric import PARTS, WEB, K
from tierline.training.registration import read_registration
from tierline.training.rows import FINDINGS

AGREEMENT = "agreement.json"  # kept beside the first of the two
TESTS, WHERE = "tests", "where"  # of FINDINGS
OF_THE_MACHINE = "pilot"  # what two registrations may differ in: its speed is of the machine, and what it chose is registered beside it
NOISE = "within noise"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a test said, and the gains in bits per byte whose signs it rests on; none where only noise was found."""

    said: str
    gains: dict[str, float] = field(default_factory=dict[str, float])

    def __str__(self) -> str:
        return ", ".join([self.said, *(f"{name} {gain:+.4f}" for name, gain in self.gains.items())])

    def agrees(self, other: Outcome) -> bool:
        """The same was said, and every gain has the same sign."""
        same = self.gains.keys() == other.gains.keys()
        return same and self.said == other.said and all((gain > 0) == (other.gains[name] > 0) for name, gain in self.gains.items())


@dataclass(frozen=True, slots=True)
class Agreement:
    """Test -> its outcome here and there, and where each of the two ran. `registration` is the digest of the one here."""

    registration: str
    here: dict[str, Outcome]
    there: dict[str, Outcome]
    where_here: str
    where_there: str

    @property
    def agreeing(self) -> list[str]:
        """The tests whose signs agree."""
        return [name for name, own in self.here.items() if own.agrees(self.there[name])]

    @property
    def line(self) -> str:
        """The sentence for the report."""
        found = f"the signs of {len(self.agreeing)} of {len(self.here)} tests agree"
        others = [name for name in self.here if name not in self.agreeing]
        named = f" (not those of {', '.join(others)})" if others else ""
        alike = " Nothing differs between the two that could change a sum." if self.where_here == self.where_there else ""
        return f"A second complete run of what is registered, on {self.where_there} instead of {self.where_here}: {found}{named}.{alike}"

    def metrics(self) -> dict[str, Any]:
        """Flat names and numbers, as benchmarks print them."""
        return {"signs_agree": len(self.agreeing), "signs": len(self.here)}

    def table(self) -> TextTable:
        """A line a test."""
        rows = [(name, str(own), str(self.there[name]), "yes" if name in self.agreeing else "no") for name, own in self.here.items()]
        return TextTable(("test", f"here: {self.where_here}", f"there: {self.where_there}", "agrees"), rows, frozenset({1, 2, 3}))


def outcomes(findings: Findings) -> dict[str, Outcome]:
    """Every test by name: the three that are registered, and what the report draws conclusions from beside them."""
    gains, steps = findings.gains, findings.steps
    found = {
        "H1": Outcome(findings.h1, _mean(gains, K)),
        "H2": Outcome(findings.h2, _mean(gains, *PARTS[1:])),
        "H3": Outcome(findings.h3),
        "order": Outcome("gain", _mean(steps, "order")),
        "placebo": _unless_noise(steps["placebo"]),
    }
    return found | ({"web": Outcome("gain", _mean(gains, WEB))} if WEB in gains else {})


def ran_on(findings: Findings) -> str:
    """Where the runs were made, in words: everything but their plans that their last bits depend on."""
    found: set[str] = set()
    for run in findings.runs:
        own = run.get(WHERE)
        threads = f"{own['threads']} thread{'s' * (own['threads'] > 1)} a worker" if own else ""
        found.add(f"{own['device']} ({own['instructions']}, {threads}, torch {own['torch']})" if own else "an unrecorded machine")
    return " and ".join(sorted(found))


def compare(folder: str | Path, other: str | Path) -> Agreement:
    """Reads two finished experiments and keeps the outcome beside the first. BadInput if one is not finished, or if what is registered
    differs in more than the machine's speed."""
    if Path(folder).resolve() == Path(other).resolve():
        raise BadInput("is compared with itself", str(folder), "name the folder of another complete run with --with")
    here, there = (read_registration(one)["registered"] for one in (folder, other))
    differing = sorted(name for name in here.keys() | there.keys() if name != OF_THE_MACHINE and here.get(name) != there.get(name))
    if differing:
        hint = "copy registration.json of the first into an empty folder and run it there"
        raise BadInput(f"{', '.join(differing)} differ from what is registered in {folder}", str(other), hint)
    one, two = _finished(folder), _finished(other)
    found = Agreement(one["registration"], _read(one, folder), _read(two, other), one[WHERE], two[WHERE])
    if found.here.keys() != found.there.keys():
        raise BadInput(f"has other tests than {folder}", str(other), _AGAIN)
    kept = {"registration": found.registration, "here": one, "there": two} | found.metrics()
    (Path(folder) / AGREEMENT).write_text(json.dumps(kept, indent=2) + "\n", "utf-8")
    return found


def read_agreement(folder: str | Path, registration: str) -> Agreement | None:
    """The outcome that is kept in a folder, if it is of the registration with that digest."""
    path = Path(folder) / AGREEMENT
    try:
        kept: dict[str, Any] = json.loads(path.read_text("utf-8"))
        one, two = kept["here"], kept["there"]
        found = Agreement(kept["registration"], _read(one, path), _read(two, path), one[WHERE], two[WHERE])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return found if found.registration == registration else None


_AGAIN = "run `--step run` there: it writes them, and trains nothing again"


def _finished(folder: str | Path) -> dict[str, Any]:
    path = Path(folder) / FINDINGS
    try:
        kept: dict[str, Any] = json.loads(path.read_text("utf-8"))
        found = {name: kept[name] for name in ("registration", TESTS, WHERE)}
    except (OSError, ValueError, KeyError, TypeError):
        raise BadInput("holds no outcomes of a finished experiment", str(path), _AGAIN) from None
    if found["registration"] != read_registration(folder)["digest"]:
        raise BadInput("is of another registration than the one beside it", str(path), _AGAIN)
    return found


def _read(kept: dict[str, Any], place: str | Path) -> dict[str, Outcome]:
    if not isinstance(kept[TESTS], dict):
        raise BadInput("holds no outcomes of a finished experiment", str(place), _AGAIN)
    return {name: build(Outcome, own, str(place)) for name, own in kept[TESTS].items()}


def _mean(gains: dict[str, Gain], *names: str) -> dict[str, float]:
    return {name: gains[name].interval.value for name in names if name in gains}


def _unless_noise(gain: Gain) -> Outcome:
    return Outcome(NOISE) if gain.verdict == NOISE else Outcome("gain", {gain.name: gain.interval.value})
