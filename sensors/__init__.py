"""What starts runs from outside the graph."""

from sensors.new_crawl import new_crawl

__all__ = ["new_crawl"]
