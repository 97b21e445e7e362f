"""The events outside the graph that start runs."""

from sensors.configuration_change import configuration_change
from sensors.new_crawl import new_crawl
from sensors.reconcile_duplicates import reconcile_duplicates

__all__ = ["configuration_change", "new_crawl", "reconcile_duplicates"]
