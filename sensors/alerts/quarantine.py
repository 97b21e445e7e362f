"""A gate refused a shard."""

from sensors.alerts.sensor import Found, alert_sensor
from tierline.alerts.conditions import quarantined

quarantine_alert = alert_sensor(
    "quarantine_alert",
    "refused by a gate",
    "Tells of every shard that a gate has refused, and when it is promoted or waived.",
    lambda sight: Found(quarantined(sight.lake)),
)
