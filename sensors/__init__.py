"""What starts runs from outside the graph."""

from sensors.new_crawl import new_crawl
from sensors.settle_duplicates import settle_duplicates

__all__ = ["new_crawl", "settle_duplicates"]
