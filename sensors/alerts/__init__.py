"""Sensors that start no run: each tells people of one condition, once for each of its states."""

from sensors.alerts.budget import budget_alert
from sensors.alerts.error_share import error_share_alert
from sensors.alerts.freshness import freshness_alert
from sensors.alerts.inbox_lag import inbox_lag_alert
from sensors.alerts.quarantine import quarantine_alert
from sensors.alerts.run_failure import run_failure_alert

ALERTS = [run_failure_alert, quarantine_alert, error_share_alert, freshness_alert, budget_alert, inbox_lag_alert]

__all__ = ["ALERTS"]
