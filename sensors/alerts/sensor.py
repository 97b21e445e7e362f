"""Makes an alert sensor from a look at the lake: it tells what is new, remembers what it told, and never breaks a tick."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import dagster as dg

from resources import AlertChannel, CrawlInbox, RecipeFile, TierStorage
from resources.alerts import alerts_wanted
from tierline.alerts import Alarm, AlertRules, news_of
from tierline.alerts.webhook import NotTold
from tierline.config.recipe import Recipe
from tierline.errors import TierlineError
from tierline.lake import Lake

LOOK_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Sight:
    """What a look sees: the lake, the recipe, the inbox, Dagster's instance, and what the last look noted."""

    lake: Lake
    recipe: Recipe
    inbox: str
    instance: dg.DagsterInstance
    notes: Mapping[str, Any]

    @property
    def rules(self) -> AlertRules:
        """The bounds."""
        return self.recipe.rules(AlertRules)


@dataclass(frozen=True, slots=True)
class Found:
    """The alarms of now; subjects that are neither alarming nor over; and notes for the next look."""

    alarms: list[Alarm]
    still_open: frozenset[str] = frozenset()
    notes: dict[str, Any] = field(default_factory=dict[str, Any])


def alert_sensor(name: str, about: str, description: str, look: Callable[[Sight], Found]) -> dg.SensorDefinition:
    """A sensor that is switched off unless TIERLINE_ALERT_WEBHOOK is set where the code location starts.

    Its cursor holds names and states of what was told, never the webhook. What could not be told is tried again at the next tick.
    """
    status = dg.DefaultSensorStatus.RUNNING if alerts_wanted() else dg.DefaultSensorStatus.STOPPED

    @dg.sensor(name=name, minimum_interval_seconds=LOOK_SECONDS, default_status=status, description=description)
    def sensor(
        context: dg.SensorEvaluationContext, storage: TierStorage, recipe: RecipeFile, inbox: CrawlInbox, alert_channel: AlertChannel
    ) -> dg.SkipReason:
        memory = json.loads(context.cursor or "{}")
        told: dict[str, str] = memory.get("told", {})
        try:
            found = look(Sight(storage.open(), recipe.load(), inbox.root, context.instance, memory.get("notes", {})))
        except TierlineError as error:
            return dg.SkipReason(str(error))
        news, outcome = news_of(found.alarms, told, found.still_open), f"{len(found.alarms)} to tell of, all told"
        if news.lines:
            try:
                alert_channel.tell(about, news.lines)
                told, outcome = dict(news.told), "; ".join(news.lines)
            except NotTold as error:
                outcome = f"{error}; it is tried again"
        else:
            told = dict(news.told)
        context.update_cursor(json.dumps({"told": told, "notes": found.notes}))
        return dg.SkipReason(outcome if found.alarms or news.lines else "nothing to tell of")

    return sensor
