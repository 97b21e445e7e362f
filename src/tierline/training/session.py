"""One experiment in one folder, step by step: pilot, registration, runs, report; what is done is not done again."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tierline.config.recipe import build
from tierline.errors import BadInput
from tierline.training.arms import Arm, Rates, main_arms
from tierline.training.curation import curation_of
from tierline.training.experiment import Progress, Run, Workers, jobs_of
from tierline.training.findings import Findings, find
from tierline.training.pilot import PilotResult, run_pilot
from tierline.training.prepare import Prepared
from tierline.training.registration import FILE, another_registered, read_registration, register, verify
from tierline.training.train import pick_device

PILOT = "pilot.json"


def quiet(done: int, whole: int) -> None:
    """Progress for nobody."""


@dataclass(frozen=True, eq=False, slots=True)
class Session:
    """What is prepared, and where it is kept. `stages` are the seconds of curation, if they are known; `threads` those of each worker,
    which are no part of what is registered."""

    prepared: Prepared
    folder: Path
    workers: int = 1
    stages: dict[str, float] | None = None
    progress: Progress = quiet
    threads: int = 1

    def pilot(self) -> PilotResult:
        """Runs the pilot, or reads it. A pilot of another corpus or recipe is run again. BadInput if it would be behind a registration."""
        path, name = self.folder / PILOT, f"{self.prepared.digest} {self.prepared.recipe.digest}"
        try:
            kept: dict[str, Any] = json.loads(path.read_text("utf-8"))
            if kept["of"] == name:
                return build(PilotResult, kept["result"], str(path))
        except (OSError, ValueError, KeyError, TypeError):
            pass
        if (self.folder / FILE).is_file():
            raise another_registered(self.folder)
        with self._open() as workers:
            result = run_pilot(self.prepared, workers, self.progress)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"of": name, "result": asdict(result)}, indent=2) + "\n", "utf-8")
        return result

    def register(self) -> dict[str, Any]:
        """Writes the registration from the pilot, which must have been run. BadInput if it was not, or if another one is there."""
        if not (self.folder / PILOT).is_file():
            raise BadInput("no pilot", str(self.folder / PILOT), "run the step `pilot` first")
        return register(self.prepared, self.pilot(), self.folder)

    def run(self) -> Findings:
        """Every arm and seed as registered, and what they show. BadInput without a registration, or if anything differs from it."""
        document = read_registration(self.folder)
        prepared, rates = verify(document, self.prepared)
        runs = self.train(main_arms(prepared.recipe), range(prepared.recipe.seeds), rates, prepared, document["digest"])
        metric = prepared.metric
        return find(document, runs, metric.bytes_of_units, metric.chances, curation_of(self.stages or {}, runs))

    def train(self, arms: Sequence[Arm], seeds: Sequence[int], rates: Rates, prepared: Prepared, experiment: str) -> list[Run]:
        """Runs of the arms, in their order and that of seeds."""
        self.folder.mkdir(parents=True, exist_ok=True)
        prepared.tokenizer.save(str(self.folder / "tokenizer.json"))
        prepared.rows.save(self.folder, prepared.recipe, rates)
        found: list[Run] = []
        with self._open() as workers:
            for runs in workers.carry_out(jobs_of(arms, seeds, prepared.recipe.tokens, rates, experiment)):
                found.extend(runs)
                self.progress(len(found), len(arms) * len(seeds))
        order = {arm.name: number for number, arm in enumerate(arms)}
        return sorted(found, key=lambda run: (order[run["arm"]], run["seed"]))

    def _open(self) -> Workers:
        return Workers(self.prepared, self.folder, pick_device(), self.workers, self.threads)
