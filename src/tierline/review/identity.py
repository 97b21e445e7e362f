"""Who asks: known by a token in a cookie, or by a header of a reverse proxy that proves itself; nobody can decide as someone else."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import Protocol

from starlette.requests import Request

from tierline.display import is_shown, printable
from tierline.lake.reviews import REVIEWER_CHARACTERS
from tierline.review.reviewers import Reviewers

COOKIE = "tierline_token"
PROXY_KEY = "x-tierline-proxy-key"


class Identity(Protocol):
    """Tells the reviewer of a request."""

    @property
    def has_login(self) -> bool:
        """Whether reviewers sign in here."""
        ...

    def of(self, request: Request) -> str | None:
        """The reviewer's name; None if nobody is known."""
        ...


@dataclass(frozen=True, slots=True)
class ByToken:
    """A reviewer's own token, in a cookie that no script can read and no other site can send."""

    reviewers: Reviewers
    has_login: bool = True

    def of(self, request: Request) -> str | None:
        """Looked up for each request, so that a token that was taken away ends at once."""
        token = request.cookies.get(COOKIE, "")
        return self.reviewers.of_token(token) if token else None


@dataclass(frozen=True, slots=True)
class ByProxy:
    """A reverse proxy that has asked who it is, and says so in a header. It is believed if it connects from one of these addresses and
    sends the key that it shares with this process: on one machine every program has the same address."""

    header: str
    key: str
    addresses: tuple[str, ...] = ("127.0.0.1", "::1")
    has_login: bool = False

    def of(self, request: Request) -> str | None:
        """None for whoever is not the proxy, or a header that is there twice."""
        peer = request.client.host if request.client else ""
        given, names = request.headers.getlist(PROXY_KEY), request.headers.getlist(self.header)
        if peer not in self.addresses or len(given) != 1 or len(names) != 1:
            return None
        if not hmac.compare_digest(given[0].encode(), self.key.encode()):
            return None
        try:
            name = names[0].encode("latin-1").decode("utf-8").strip()
        except UnicodeDecodeError:  # two ways of writing a name would be two reviewers
            return None
        return name if is_shown(name) and printable(name) == name and len(name) <= REVIEWER_CHARACTERS else None
