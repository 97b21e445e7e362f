"""What starts runs from outside the graph."""

from sensors.model_change import model_change
from sensors.new_crawl import new_crawl

__all__ = ["model_change", "new_crawl"]
