"""What every page of `tierline serve` shares: who asks, what responses say to browsers, the forms that count, and how a page is shown."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tierline.errors import BadInput, TierlineError
from tierline.pages import render_page
from tierline.review.desk import Desk
from tierline.review.identity import Identity
from tierline.review.leases import Leases

PACKAGE = "tierline.review"
BODY_BYTES = 1 << 20  # of an answer; a text has TEXT_CHARACTERS at most
POLICY = "; ".join(
    ("default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self'", "connect-src 'self'", "form-action 'self'",
     "frame-ancestors 'none'", "base-uri 'none'")
)  # fmt: skip
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",  # with none, browsers hide from where a form comes
    "cross-origin-opener-policy": "same-origin",
    "cache-control": "no-store",
}
Form = dict[str, str]


@dataclass(frozen=True, slots=True)
class Site:
    """What the handlers share. `secure`: cookies travel over TLS alone. `is_open`: pages that change nothing are shown to whoever asks,
    because only this machine can. `has_audit`: whether it has pages for auditors. `secret` is of this process: its forms are no other's."""

    desk: Desk
    identity: Identity
    leases: Leases
    secure: bool = False
    is_open: bool = False
    has_audit: bool = False
    secret: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)

    def form_key(self, reviewer: str) -> str:
        """What a form of this reviewer must bring: nobody who cannot read the page knows it."""
        return hmac.new(self.secret, reviewer.encode(), hashlib.sha256).hexdigest()


class Refusal(Exception):
    """A request that is answered by a status and a line."""

    def __init__(self, status: int, line: str) -> None:
        super().__init__(line)
        self.status, self.line = status, line


Page = Callable[[Site, Request, str], Response]  # of a request and the reviewer, "" of nobody who needs no name
Action = Callable[[Site, Request, str, Form], Response]
Handler = Callable[[Request], Awaitable[Response]]


def page(site: Site, work: Page, is_open: bool = False) -> Handler:
    """Answers a question of somebody who is known; of anybody where the page `is_open` and the site is."""

    async def handler(request: Request) -> Response:
        return await run_in_threadpool(answered, site, request, lambda reviewer: work(site, request, reviewer), is_open)

    return handler


def action(site: Site, work: Action, is_open: bool = False) -> Handler:
    """Does what a form of the site's own asks for."""

    async def handler(request: Request) -> Response:
        form = await form_of(request)

        def act(reviewer: str) -> Response:
            check_origin(request)
            if form is None:
                raise Refusal(413, "The answer is too long, or is no form.")
            if not hmac.compare_digest(form.get("form_key", ""), site.form_key(reviewer)):
                raise Refusal(403, "This form is not of this page; load it again.")
            return work(site, request, reviewer, form)

        return await run_in_threadpool(answered, site, request, act, is_open)

    return handler


class Headers:
    """Sets what every response says to the browser."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                known = {name.lower() for name, _ in message["headers"]}
                own = [(name.encode(), value.encode()) for name, value in HEADERS.items() if name.encode() not in known]
                message["headers"] = [*message["headers"], *own]
            await send(message)

        await self._app(scope, receive, with_headers)


def answered(site: Site, request: Request, work: Callable[[str], Response], is_open: bool = False) -> Response:
    """What `work` gives for whoever asks; a refusal or an error of the lake as a page of its own."""
    try:
        reviewer = site.identity.of(request)
        if reviewer is None and is_open and site.is_open:
            reviewer = ""
        if reviewer is None:
            if site.identity.has_login and request.method == "GET":
                return RedirectResponse("/login", 303)
            raise Refusal(401, "Nobody is signed in." if site.identity.has_login else "The proxy in front of this page named nobody.")
        return work(reviewer)
    except Refusal as refusal:
        return refused(site, request, refusal.status, refusal.line)
    except BadInput as error:
        return refused(site, request, 409, str(error))
    except TierlineError as error:
        return refused(site, request, 503, str(error))


def refused(site: Site, request: Request, status: int, line: str) -> Response:
    """A page with the line."""
    reviewer = site.identity.of(request) or ""
    return render(site, request, "refused", reviewer, status=status, line=line)


def render(
    site: Site, request: Request, template: str, reviewer: str, status: int = 200, packages: tuple[str, ...] = (), **values: Any
) -> HTMLResponse:
    """A template of these packages, which may extend those of this one."""
    common = {"reviewer": reviewer, "form_key": site.form_key(reviewer), "has_login": site.identity.has_login, "here": request.url.path}
    common["has_audit"] = site.has_audit and bool(reviewer or site.is_open)
    return HTMLResponse(render_page((*packages, PACKAGE), f"{template}.html.jinja", **common, **values), status)


async def form_of(request: Request) -> Form | None:
    """The fields of a posted form, the first of each name; None if it is too long or no form."""
    if not request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        return None
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > BODY_BYTES:
            return None
    try:
        parsed = parse_qs(body.decode("utf-8"), keep_blank_values=True, max_num_fields=50)
    except ValueError:
        return None
    return {name: values[0].replace("\r\n", "\n") for name, values in parsed.items()}


def check_origin(request: Request) -> None:
    """Refuses a form that another site sends: browsers say where it comes from."""
    origin, site = request.headers.get("origin"), request.headers.get("sec-fetch-site", "same-origin")
    if site not in ("same-origin", "none") or (origin is not None and urlsplit(origin).netloc != request.headers.get("host")):
        raise Refusal(403, "Another site sent this form.")
