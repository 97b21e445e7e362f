"""What was told already: each state of a condition is told once, and once more when it is over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tierline.alerts.conditions import Alarm
from tierline.display import one_line
from tierline.tables import content_id

REMEMBERED = 2_000  # subjects: more alarms at once are not told one by one
LINES = 10  # of a message
CHARACTERS = 400  # of a line
NAME = 120  # characters of a subject as it is remembered


@dataclass(frozen=True, slots=True)
class News:
    """`lines` to tell, empty if there is nothing new; `told` is what to remember once they have been told."""

    lines: tuple[str, ...]
    told: Mapping[str, str]


def news_of(alarms: Sequence[Alarm], told: Mapping[str, str], still_open: frozenset[str] = frozenset()) -> News:
    """Compare what is alarming now with what was told. A subject without an alarm is over, unless it is among `still_open`."""
    now = {_name(alarm.subject): alarm for alarm in alarms[:REMEMBERED]}
    states = {name: content_id("state", alarm.state)[-12:] for name, alarm in now.items()}
    open_names = {_name(subject) for subject in still_open}
    new = [alarm.text for name, alarm in now.items() if told.get(name) != states[name]]
    over = [name for name in told if name not in now and name not in open_names]
    kept = {name: state for name, state in told.items() if name in open_names and name not in now}
    remembered = dict(list((kept | states).items())[-REMEMBERED:])
    return News(_bounded([*new, *(f"resolved: {name}" for name in over)]), remembered)


def _name(subject: str) -> str:
    return subject if len(subject) <= NAME else f"{subject[: NAME - 14]}…{content_id('subject', subject)[-12:]}"


def _bounded(lines: list[str]) -> tuple[str, ...]:
    shown = [one_line(line, CHARACTERS) for line in lines[:LINES]]
    return (*shown, f"and {len(lines) - LINES:,} more") if len(lines) > LINES else tuple(shown)
