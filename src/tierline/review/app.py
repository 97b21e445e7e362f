"""The page of reviewers as an ASGI application: who asks is known before anything is shown, and nothing of a crawl is markup."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tierline.errors import BadInput, TierlineError
from tierline.pages import render_page
from tierline.review.desk import Answer, Desk
from tierline.review.identity import COOKIE, ByToken, Identity
from tierline.review.item import QUESTIONS, Item
from tierline.review.leases import Leases
from tierline.review.progress import progress
from tierline.review.taught import agreement_table, error_table, reviewer_table, summary, taught

PACKAGE = "tierline.review"
STATIC = Path(__file__).with_name("static")
BODY_BYTES = 1 << 20  # of an answer; a text has TEXT_CHARACTERS at most
QUEUE_SHOWN = 200
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
    """What the handlers share. `secure`: cookies travel over TLS alone. `secret` is of this process: its forms are no other's."""

    desk: Desk
    identity: Identity
    leases: Leases
    secure: bool = False
    secret: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)

    def form_key(self, reviewer: str) -> str:
        """What a form of this reviewer must bring: nobody who cannot read the page knows it."""
        return hmac.new(self.secret, reviewer.encode(), hashlib.sha256).hexdigest()


class Refusal(Exception):
    """A request that is answered by a status and a line."""

    def __init__(self, status: int, line: str) -> None:
        super().__init__(line)
        self.status, self.line = status, line


def build_app(desk: Desk, identity: Identity, hosts: list[str], secure: bool = False, leases: Leases | None = None) -> Starlette:
    """`hosts` are the names under which it may be asked: a page of another name that leads here is refused (DNS rebinding)."""
    site = Site(desk, identity, leases or Leases(desk.rules.lease_seconds), secure)

    def page(work: Callable[[Site, Request, str], Response]) -> Callable[[Request], Awaitable[Response]]:
        async def handler(request: Request) -> Response:
            return await run_in_threadpool(_answered, site, request, lambda reviewer: work(site, request, reviewer))

        return handler

    def action(work: Callable[[Site, Request, str, Form], Response]) -> Callable[[Request], Awaitable[Response]]:
        async def handler(request: Request) -> Response:
            form = await _form(request)

            def act(reviewer: str) -> Response:
                _check_origin(request)
                if form is None:
                    raise Refusal(413, "The answer is too long, or is no form.")
                if not hmac.compare_digest(form.get("form_key", ""), site.form_key(reviewer)):
                    raise Refusal(403, "This form is not of this page; load it again.")
                return work(site, request, reviewer, form)

            return await run_in_threadpool(_answered, site, request, act)

        return handler

    async def login(request: Request) -> Response:
        return await run_in_threadpool(_login, site, request, await _form(request) if request.method == "POST" else None)

    routes = [
        Route("/", page(lambda *_: RedirectResponse("/next", 303))),
        Route("/login", login, methods=["GET", "POST"]),
        Route("/logout", action(_logout), methods=["POST"]),
        Route("/next", page(_next)),
        Route("/queue", page(_queue)),
        Route("/item/{item_id}", page(_item)),
        Route("/answer/{item_id}", action(_answer), methods=["POST"]),
        Route("/undo", action(_undo), methods=["POST"]),
        Route("/progress", page(_progress)),
        Route("/progress.json", page(lambda site, _request, reviewer: JSONResponse(progress(site.desk, reviewer, True).as_row()))),
        Route("/guidelines", page(lambda site, request, reviewer: _render(site, request, "guidelines", reviewer))),
        Route("/results", page(_results)),
        Mount("/static", StaticFiles(directory=STATIC)),
    ]
    return Starlette(routes=routes, middleware=[Middleware(_Headers), Middleware(TrustedHostMiddleware, allowed_hosts=hosts)])


class _Headers:
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


def _answered(site: Site, request: Request, work: Callable[[str], Response]) -> Response:
    try:
        reviewer = site.identity.of(request)
        if reviewer is None:
            if site.identity.has_login and request.method == "GET":
                return RedirectResponse("/login", 303)
            raise Refusal(401, "Nobody is signed in." if site.identity.has_login else "The proxy in front of this page named nobody.")
        return work(reviewer)
    except Refusal as refusal:
        return _refused(site, request, refusal.status, refusal.line)
    except BadInput as error:
        return _refused(site, request, 409, str(error))
    except TierlineError as error:
        return _refused(site, request, 503, str(error))


def _refused(site: Site, request: Request, status: int, line: str) -> Response:
    reviewer = site.identity.of(request) or ""
    return _render(site, request, "refused", reviewer, status=status, line=line)


def _render(site: Site, request: Request, template: str, reviewer: str, status: int = 200, **values: Any) -> HTMLResponse:
    common = {"reviewer": reviewer, "form_key": site.form_key(reviewer), "has_login": site.identity.has_login, "here": request.url.path}
    return HTMLResponse(render_page(PACKAGE, f"{template}.html.jinja", **common, **values), status)


def _login(site: Site, request: Request, form: Form | None) -> Response:
    if not isinstance(site.identity, ByToken):
        return _refused(site, request, 404, "Reviewers are signed in by the proxy in front of this page.")
    if request.method == "GET":
        return _render(site, request, "login", "", line="")
    try:
        _check_origin(request)
        token = (form or {}).get("token", "").strip()
        if site.identity.reviewers.of_token(token) is None:
            return _render(site, request, "login", "", status=401, line="Nobody has this token.")
    except Refusal as refusal:
        return _refused(site, request, refusal.status, refusal.line)
    except TierlineError as error:
        return _refused(site, request, 503, str(error))
    response = RedirectResponse("/next", 303)
    response.set_cookie(COOKIE, token, httponly=True, samesite="strict", secure=site.secure, path="/")
    return response


def _logout(_site: Site, _request: Request, _reviewer: str, _form: Form) -> Response:
    response = RedirectResponse("/login", 303)
    response.delete_cookie(COOKIE, path="/")
    return response


def _next(site: Site, request: Request, reviewer: str) -> Response:
    for item in site.desk.turns(reviewer):
        if site.leases.take(item.item_id, reviewer):
            return _show(site, request, reviewer, item)
    return _render(site, request, "done", reviewer, last=_last(site, reviewer), progress=progress(site.desk, reviewer))


def _item(site: Site, request: Request, reviewer: str) -> Response:
    item = site.desk.item(request.path_params["item_id"])
    if not site.leases.take(item.item_id, reviewer):
        raise Refusal(409, "Somebody else is reading this item now.")
    return _show(site, request, reviewer, item)


def _show(site: Site, request: Request, reviewer: str, item: Item) -> Response:
    values: dict[str, Any] = {
        "item": item,
        "view": site.desk.view(item),
        "question": QUESTIONS[item.kind],
        "notes": site.desk.notes(item),
        "own": site.desk.own_vote(item, reviewer),
        "last": _last(site, reviewer),
        "progress": progress(site.desk, reviewer),
    }
    return _render(site, request, "item", reviewer, **values)


def _answer(site: Site, request: Request, reviewer: str, form: Form) -> Response:
    item = site.desk.item(request.path_params["item_id"])
    holder = site.leases.holder(item.item_id)
    if holder and holder != reviewer:
        raise Refusal(409, "Somebody else is reading this item now: your time for it was over.")
    seconds = site.leases.seconds_since_shown(item.item_id, reviewer)
    text = form.get("text") if form.get("verdict") == "edit" else None
    given = Answer(form.get("verdict", ""), form.get("reason", ""), form.get("comment", ""), text, seconds, source="page")
    if given.verdict not in ("keep", "drop", "edit", "skip", "comment") or (text is not None and not item.is_writable):
        raise Refusal(400, "There is no such answer.")
    site.desk.answer(item, reviewer, given)
    if given.verdict == "comment":
        return RedirectResponse(f"/item/{item.item_id}", 303)
    site.leases.release(item.item_id, reviewer)
    return RedirectResponse("/next", 303)


def _undo(site: Site, _request: Request, reviewer: str, _form: Form) -> Response:
    last = site.desk.undo(reviewer, "page")
    item = site.desk.item_at((last["row_id"], last["row_digest"]))
    return RedirectResponse(f"/item/{item.item_id}" if item else "/next", 303)


def _queue(site: Site, request: Request, reviewer: str) -> Response:
    waiting = site.desk.waiting()
    rows = [(item, site.desk.state(item), site.leases.holder(item.item_id)) for item in waiting[:QUEUE_SHOWN]]
    return _render(site, request, "queue", reviewer, rows=rows, whole=len(waiting), rules=site.desk.rules)


def _progress(site: Site, request: Request, reviewer: str) -> Response:
    return _render(site, request, "progress", reviewer, progress=progress(site.desk, reviewer, True))


def _results(site: Site, request: Request, reviewer: str) -> Response:
    found = taught(site.desk.lake, site.desk.rows())
    tables = [("Where people decided otherwise than the pipeline", error_table(found)), ("Reviewers", reviewer_table(found)),
              ("Agreement", agreement_table(found))]  # fmt: skip
    return _render(site, request, "results", reviewer, lines=summary(found), tables=tables)


def _last(site: Site, reviewer: str) -> dict[str, Any] | None:
    return site.desk.last_entry(reviewer)


async def _form(request: Request) -> Form | None:
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


def _check_origin(request: Request) -> None:
    """Refuses a form that another site sends: browsers say where it comes from."""
    origin, site = request.headers.get("origin"), request.headers.get("sec-fetch-site", "same-origin")
    if site not in ("same-origin", "none") or (origin is not None and urlsplit(origin).netloc != request.headers.get("host")):
        raise Refusal(403, "Another site sent this form.")
