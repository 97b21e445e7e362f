"""How the runs of one ingest ended, for people: a later run replaces what was said of the stages that it ran, and no more."""

from collections.abc import Collection
from dataclasses import dataclass, field

import dagster as dg

from tier_assets.refusal import GATE
from tier_assets.run_errors import root_cause
from tierline.display import printable

THE_RUN = ""  # in the place of a step: what failed outside of any


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the runs of a shard ended: promoted through every tier, quarantined by a gate (with the reasons), or failed (with the error)."""

    shard: str
    quarantined: tuple[str, ...] = ()
    failed: str = ""
    notes: tuple[str, ...] = ()  # what a person should know of a promoted shard: it was waived, or it holds nothing new

    def __str__(self) -> str:
        said = self.failed or "; ".join(self.quarantined or self.notes[:1]) or "promoted"
        return printable(said if said.startswith(f"{self.shard} ") else f"{self.shard}: {said}")


@dataclass(slots=True)
class _Said:
    """Of one shard: step -> error; stage -> reason of its refusal; stage -> note of its promotion. In the order of the runs."""

    failed: dict[str, str] = field(default_factory=dict[str, str])
    refused: dict[str, str] = field(default_factory=dict[str, str])
    noted: dict[str, str] = field(default_factory=dict[str, str])

    def forget(self, asset: str) -> None:
        self.refused.pop(asset, None)
        self.noted.pop(asset, None)


class Outcomes:
    """Collects what the runs of every shard came to."""

    def __init__(self) -> None:
        self._said: dict[str, _Said] = {}

    def add(self, name: str, result: dg.ExecuteInProcessResult) -> None:
        """One more run of a shard, or of what is called `name` to people."""
        said = self._said.setdefault(name, _Said())
        said.failed.pop(THE_RUN, None)
        for event in result.all_events:
            step = event.step_key or THE_RUN
            if event.is_step_success or event.is_step_skipped:
                said.failed.pop(step, None)
            if event.is_step_skipped and step.endswith(f"_{GATE}"):  # its stage has no rows now for which the last word would hold
                said.forget(step.removesuffix(f"_{GATE}"))
            if event.is_step_failure:
                said.failed[step] = root_cause(event.event_specific_data.error)
        if not result.success and not said.failed:
            said.failed[THE_RUN] = "the run failed; see it in the UI"
        for evaluation in result.get_asset_check_evaluations():
            asset, text = evaluation.asset_key.to_user_string(), evaluation.description or ""
            said.forget(asset)
            if not evaluation.passed and evaluation.severity is dg.AssetCheckSeverity.ERROR:
                said.refused[asset] = text
            elif "waived_who" in evaluation.metadata or "nothing_new" in evaluation.metadata:
                said.noted[asset] = text

    def all(self, last: Collection[str] = ()) -> list[Outcome]:
        """Of every shard, in the order in which they first ran; those of these names at the end, in their order."""
        names = [*(name for name in self._said if name not in last), *(name for name in last if name in self._said)]
        return [self._of(name, self._said[name]) for name in names]

    @staticmethod
    def _of(name: str, said: _Said) -> Outcome:
        return Outcome(name, tuple(said.refused.values()), next(iter(said.failed.values()), ""), tuple(said.noted.values()))
