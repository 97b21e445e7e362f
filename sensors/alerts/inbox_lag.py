"""Files wait in the inbox: a run failed, the sensor is off, or too much has arrived."""

from datetime import UTC, datetime

from sensors.alerts.sensor import Found, Sight, alert_sensor
from tierline.alerts.conditions import unprocessed, waiting
from tierline.crawl.listing import look_at

WATCHED = 1_000  # files that wait; those seen first


def _look(sight: Sight) -> Found:
    """A file's time of change may be of its origin, so the time that counts is when this sensor first saw it."""
    now = datetime.now(UTC)
    first: dict[str, float] = sight.notes.get("since", {})
    unread = unprocessed(sight.lake, look_at(sight.inbox).files)
    since = dict(sorted(((uri, first.get(uri, now.timestamp())) for uri in unread), key=lambda pair: pair[1])[:WATCHED])
    return Found(waiting(since, sight.rules, now), notes={"since": since})


inbox_lag_alert = alert_sensor(
    "inbox_lag_alert",
    "files wait in the inbox",
    "Tells of every file that waits in the inbox longer than `alerts.inbox_hours`.",
    _look,
)
