"""No crawl has arrived for a long time."""

from datetime import UTC, datetime

from sensors.alerts.sensor import Found, alert_sensor
from tierline.alerts.conditions import stale

freshness_alert = alert_sensor(
    "freshness_alert",
    "no new crawl",
    "Tells if no crawl file was new or changed for `alerts.crawl_hours`.",
    lambda sight: Found(stale(sight.lake, sight.rules, datetime.now(UTC))),
)
