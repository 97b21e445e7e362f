"""Writes metrics in Prometheus's text format."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import Metric
from prometheus_client.registry import Collector


class _Given(Collector):
    def __init__(self, found: Sequence[Metric]) -> None:
        self._found = found

    def collect(self) -> Iterable[Metric]:
        return self._found


def as_text(found: Iterable[Metric]) -> str:
    """These metrics, one sample a line behind its help and type."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Given(list(found)))
    return generate_latest(registry).decode()
