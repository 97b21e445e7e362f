"""Something was committed, judged or failed: the receiver of OpenLineage is told, after the fact and from the ledger, so no run waits."""

from datetime import UTC, datetime, timedelta

import dagster as dg

from resources import TierStorage
from tierline.config.environment import Environment
from tierline.config.places import OPENLINEAGE
from tierline.errors import TierlineError
from tierline.lineage.occurrences import occurrences
from tierline.lineage.receiver import send

LOOK_SECONDS = 30
SETTLED = timedelta(seconds=60)  # a commit is visible this long after the time that it records at the latest
AT_ONCE = 200  # occurrences of one look, which may take no longer than a sensor's tick; the next look goes on


@dg.sensor(
    minimum_interval_seconds=LOOK_SECONDS,
    default_status=dg.DefaultSensorStatus.RUNNING if Environment().get(OPENLINEAGE) else dg.DefaultSensorStatus.STOPPED,
)
def openlineage_events(context: dg.SensorEvaluationContext, storage: TierStorage) -> dg.SkipReason:
    """Sends what the ledger has gained to TIERLINE_OPENLINEAGE; its cursor is the time up to which the receiver has everything. A receiver
    that does not answer costs one line, and is asked again."""
    receiver = Environment().get(OPENLINEAGE)
    if not receiver:
        return dg.SkipReason(f"{OPENLINEAGE} names no receiver")
    since = datetime.fromisoformat(context.cursor) if context.cursor else None
    until = datetime.now(UTC) - SETTLED
    try:
        lake = storage.open()
        waiting = [one for one in occurrences(lake, since) if one.at <= until]
        now = [one for one in waiting if one.at <= waiting[:AT_ONCE][-1].at]  # all that happened at the last moment
        count = send(lake, now, receiver, lambda at, _: context.update_cursor(at.isoformat()))
    except TierlineError as error:
        return dg.SkipReason(str(error))
    return dg.SkipReason(f"{count} events sent" if count else "nothing new is recorded")
