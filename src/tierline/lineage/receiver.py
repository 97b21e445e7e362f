"""Hands events of OpenLineage to who asked for them: a file of JSON lines, or a receiver that listens at a web address."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import datetime
from itertools import groupby
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from tierline.config.environment import Environment
from tierline.config.places import OPENLINEAGE_KEY
from tierline.errors import TierlineError
from tierline.lake import Lake
from tierline.lineage.occurrences import Occurrence

if TYPE_CHECKING:
    from openlineage.client.event_v2 import RunEvent

SECONDS = 5.0  # for one event; a receiver that takes longer is asked again later


class NotTaken(TierlineError):
    """A receiver that is not there, or refuses events."""


def send(lake: Lake, found: Sequence[Occurrence], receiver: str, taken: Callable[[datetime, int], object] = lambda *_: None) -> int:
    """Send the events of what happened, in order of time; the number of events. `taken` is called with a moment, and with how much happened
    at it, once all of it was taken: whoever goes on after the last of these moments leaves nothing out. Raises NotTaken at the first event
    that is not."""
    from tierline.lineage.openlineage import Events

    events, count = Events(lake), 0
    with closing(_transport(receiver)) as transport:
        for moment, group in groupby(found, lambda one: one.at):
            at_once = list(group)
            for event in (event for one in at_once for event in events.of(one)):
                _emit(transport, event, receiver)
                count += 1
            taken(moment, len(at_once))
    return count


def _emit(transport: Any, event: RunEvent, receiver: str) -> None:
    try:
        transport.emit(event)
    except Exception as error:  # of requests, urllib3 or the file system: which ones is the client's own matter
        raise NotTaken(f"takes no events ({_in_words(error)})", _shown(receiver), "they stay in the ledger, to be sent later") from None


def _transport(receiver: str) -> Any:
    if receiver.startswith(("http://", "https://")):
        from openlineage.client.transport.http import HttpConfig, HttpTransport

        key = Environment().get(OPENLINEAGE_KEY)
        auth = {"auth": {"type": "api_key", "apiKey": key}} if key else {}
        return HttpTransport(
            HttpConfig.from_dict({"url": receiver, "timeout": SECONDS, "retry": {"total": 0, "status_forcelist": []}} | auth)
        )
    from openlineage.client.transport.file import FileConfig, FileTransport

    return FileTransport(FileConfig(receiver, append=True))


def _shown(receiver: str) -> str:
    """Without what may be a password in the address."""
    parts = urlsplit(receiver)
    return f"{parts.scheme}://{parts.hostname}" if parts.scheme else receiver


def _in_words(error: BaseException) -> str:
    """What was behind it, without the address."""
    response = getattr(error, "response", None)
    if response is not None:
        return f"status {response.status_code}"
    behind = error.__cause__ if isinstance(error, RuntimeError) and error.__cause__ else error
    return getattr(behind, "strerror", None) or type(behind).__name__
