"""The events outside the graph that start runs, and those that people are told of."""

from sensors.alerts import ALERTS
from sensors.configuration_change import configuration_change
from sensors.feedback import feedback_arrival
from sensors.new_crawl import new_crawl
from sensors.openlineage import openlineage_events
from sensors.promotion_change import promotion_change
from sensors.reconcile_duplicates import reconcile_duplicates

__all__ = [
    "ALERTS",
    "configuration_change",
    "feedback_arrival",
    "new_crawl",
    "openlineage_events",
    "promotion_change",
    "reconcile_duplicates",
]
