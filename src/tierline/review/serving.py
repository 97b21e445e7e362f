"""Starts the server of the page: on loopback, or elsewhere where it is known who asks."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Sequence
from contextlib import suppress

import uvicorn
from starlette.routing import BaseRoute

from tierline.config.places import ReviewPlaces
from tierline.errors import BadInput
from tierline.review.app import build_app
from tierline.review.desk import Desk
from tierline.review.identity import ByProxy, ByToken, Identity
from tierline.review.reviewers import Reviewers
from tierline.review.site import Site

Audit = Callable[[Site], Sequence[BaseRoute]]
LOOPBACK = ("localhost", "127.0.0.1", "[::1]", "::1")


def listen(
    desk: Desk, places: ReviewPlaces, host: str, port: int, name: str, say: Callable[[str], None], audit: Audit | None = None
) -> None:
    """Serve until interrupted, with the pages for auditors if they are given: without signing in where only this machine can ask, and no
    proxy passes on what others ask. BadInput if nobody could be known, or a public address has no name, or the address cannot be used."""
    public = not is_loopback(host)
    is_open = audit is not None and not public and not name and not places.header
    identity = identity_of(places, is_open)
    if public and not name:
        do = "give --name, the name under which browsers ask for it, and put a proxy with TLS in front of it"
        raise BadInput("a page that others can reach needs a name", host, do)
    hosts = [name] if public else [*LOOPBACK, *([name] if name else [])]
    with _bound(host, port) as bound:
        address = f"{'[' + host + ']' if ':' in host else host}:{bound.getsockname()[1]}"
        what = "Review and audit" if audit else "Review"
        say(f"{what} on http://{address}/ (Ctrl-C ends it)" if not public else f"{what} on {address}, for https://{name}/ (Ctrl-C ends it)")
        app = build_app(desk, identity, hosts, secure=bool(name), is_open=is_open, audit=audit)
        settings = uvicorn.Config(app, log_level="warning", access_log=False, server_header=False, proxy_headers=False, lifespan="off")
        with suppress(KeyboardInterrupt):
            uvicorn.Server(settings).run(sockets=[bound])


def identity_of(places: ReviewPlaces, is_open: bool = False) -> Identity:
    """A proxy where one is configured, else tokens. BadInput where neither could tell anybody, unless there is something to see for those
    who are not known (`is_open`)."""
    if places.header:
        return ByProxy(places.header, places.key, places.proxies)
    reviewers = Reviewers(places.reviewers)
    if not reviewers.names() and not is_open:
        do = "give one with `tierline reviewer NAME`, or name a proxy's header in TIERLINE_REVIEW_HEADER"
        raise BadInput("nobody could sign in: no reviewer has a token", places.reviewers, do)
    return ByToken(reviewers)


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach the address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _bound(host: str, port: int) -> socket.socket:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        found = socket.socket(family, kind, protocol)
        try:
            found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            found.bind(address)
        except OSError:
            found.close()
            raise
    except OSError as error:
        raise BadInput(f"cannot be listened on ({error.strerror or error})", f"{host}:{port}", "give another --host or --port") from None
    return found
