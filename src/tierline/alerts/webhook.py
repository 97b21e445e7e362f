"""Sends a text to a chat's incoming webhook, in the JSON form that Slack, Mattermost and Rocket.Chat take."""

from __future__ import annotations

import asyncio
import logging
from queue import Empty, SimpleQueue
from threading import Thread

import httpx

LAST_PORT = 65_535
SECONDS = 10.0  # for the whole exchange, whatever the receiver does

# They log the whole address of a request, or of a redirect, and a webhook's address is its key.
for name in ("httpx", "httpcore"):
    logging.getLogger(name).setLevel(logging.WARNING)


class NotTold(Exception):
    """The receiver did not take the message, in words that do not hold its address."""


def send(url: str, text: str, seconds: float = SECONDS) -> None:
    """POST the text. Redirects are not followed, and nothing of the answer but its status is read. Raises NotTold."""
    try:
        address = httpx.URL(url.strip())
        host = address.host  # decoded only when it is asked for
    except (httpx.InvalidURL, ValueError):  # also of names that no domain can have
        address, host = httpx.URL(""), ""
    if address.scheme not in ("http", "https") or not host or not 0 < (address.port or 1) <= LAST_PORT:
        raise NotTold("TIERLINE_ALERT_WEBHOOK is not an address of a web server")
    answer = SimpleQueue[int | Exception]()

    def exchange() -> None:
        try:
            answer.put(asyncio.run(asyncio.wait_for(_post(address, escaped(text), seconds), seconds)))
        except Exception as error:
            answer.put(error)

    Thread(target=exchange, name="webhook", daemon=True).start()  # the look-up of a name cannot be ended, only left behind
    try:
        status = answer.get(timeout=seconds)
    except Empty:
        status = TimeoutError()
    if isinstance(status, TimeoutError):
        raise NotTold(f"the webhook did not answer within {seconds:g} s")
    if isinstance(status, Exception):  # whatever a library of the network raises, perhaps in a group: its words may hold the address
        raise NotTold(f"the webhook cannot be reached ({type(status).__name__})")
    if not 200 <= status < 300:
        raise NotTold(f"the webhook answered with status {status}")


def escaped(text: str) -> str:
    """The text as Slack wants it: a mention, a link or a command needs an angle bracket."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


async def _post(address: httpx.URL, text: str, seconds: float) -> int:
    async with httpx.AsyncClient(timeout=seconds) as client, client.stream("POST", address, json={"text": text}) as response:
        return response.status_code
