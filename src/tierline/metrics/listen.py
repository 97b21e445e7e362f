"""Serves the metrics of a lake to Prometheus: they are computed when it asks, at most once in a while."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from threading import Lock, Thread
from wsgiref.simple_server import WSGIServer

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from tierline.errors import BadInput

SECONDS_KEPT = 15.0  # Prometheus asks every 15 to 60 s; several of them read the lake once


class _Kept(Collector):
    """The metrics as they were computed last; one thread computes them at a time."""

    def __init__(self, compute: Callable[[], Iterable[Metric]], seconds: float) -> None:
        self._compute, self._seconds = compute, seconds
        self._found: list[Metric] = []
        self._until, self._lock = 0.0, Lock()

    def describe(self) -> Iterable[Metric]:
        """Nothing, so that nothing is computed before it is asked for."""
        return []

    def collect(self) -> Iterable[Metric]:
        with self._lock:
            if time.monotonic() >= self._until:
                self._found = list(self._compute())
                self._until = time.monotonic() + self._seconds
            return self._found


def listen(host: str, port: int, compute: Callable[[], Iterable[Metric]], seconds: float = SECONDS_KEPT) -> tuple[WSGIServer, Thread]:
    """The server, which answers at /metrics until it is shut down, and its thread. Where computing fails Prometheus gets an error 500.
    BadInput if nothing can listen there."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Kept(compute, seconds))
    try:
        return start_http_server(port, addr=host, registry=registry)
    except OSError as error:
        raise BadInput(f"cannot listen ({error.strerror or error})", f"{host}:{port}", "give another --listen HOST:PORT") from None
