"""A real server on this machine for the length of a test, and a client's patience that keeps such tests short."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from socketserver import BaseServer
from typing import TypeVar

from tierline.llm.rules import CallRules

QUICK = CallRules(
    attempts=3, connect_seconds=20, answer_seconds=20, deadline_seconds=60, pause_seconds=0.01, longest_pause_seconds=0.05, outage_after=99
)
"""Between attempts. A busy machine may take its time for an answer: what is slow there is no fault of the server."""
IMPATIENT = replace(QUICK, answer_seconds=0.5, deadline_seconds=5)
"""For servers that never answer in full."""

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
