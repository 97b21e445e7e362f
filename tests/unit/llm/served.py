"""A real server on this machine for the length of a test, and a client's patience that keeps such tests short."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from socketserver import BaseServer
from typing import TypeVar

from tierline.llm.http_client import Patience

QUICK = Patience(attempts=3, connect_seconds=2, read_seconds=0.5, pause=0.01, longest_pause=0.05)

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
