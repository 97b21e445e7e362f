"""What starts runs from outside the graph."""

from sensors.model_change import model_change
from sensors.new_crawl import new_crawl
from sensors.settle_duplicates import settle_duplicates

__all__ = ["model_change", "new_crawl", "settle_duplicates"]
