"""Many records of a shard cannot be read."""

from sensors.alerts.sensor import Found, alert_sensor
from tierline.alerts.conditions import unreadable

error_share_alert = alert_sensor(
    "error_share_alert",
    "unreadable records",
    "Tells of every shard with more unreadable records than `alerts.error_share_max`.",
    lambda sight: Found(unreadable(sight.lake, sight.rules)),
)
