"""A real server on this machine for the length of a test, and a client's patience that keeps such tests short."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from socketserver import BaseServer
from typing import TypeVar

from tierline.llm.rules import CallRules

QUICK = CallRules(
    attempts=3, connect_seconds=2, answer_seconds=0.5, deadline_seconds=5, pause_seconds=0.01, longest_pause_seconds=0.05, outage_after=99
)

Served = TypeVar("Served", bound=BaseServer)


@contextmanager
def served(server: Served) -> Iterator[Served]:
    """The server, answering in a thread; closed at the end."""
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
