"""What starts runs from outside the graph."""

from sensors.model_change import model_change
from sensors.new_crawl import new_crawl
from sensors.reconcile_duplicates import reconcile_duplicates

__all__ = ["model_change", "new_crawl", "reconcile_duplicates"]
