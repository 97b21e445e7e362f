"""The page of reviewers as an ASGI application: who asks is known before anything is shown, and nothing of a crawl is markup."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from tierline.errors import TierlineError
from tierline.review.desk import Answer, Desk
from tierline.review.identity import COOKIE, ByToken, Identity
from tierline.review.item import QUESTIONS, Item
from tierline.review.leases import Leases
from tierline.review.progress import progress
from tierline.review.site import Form, Headers, Refusal, Site, action, check_origin, form_of, page, refused, render
from tierline.review.taught import agreement_table, error_table, reviewer_table, summary, taught

STATIC = Path(__file__).with_name("static")
QUEUE_SHOWN = 200


def build_app(
    desk: Desk,
    identity: Identity,
    hosts: list[str],
    secure: bool = False,
    leases: Leases | None = None,
    is_open: bool = False,
    audit: Callable[[Site], Sequence[BaseRoute]] | None = None,
) -> Starlette:
    """`hosts` are the names under which it may be asked: a page of another name that leads here is refused (DNS rebinding). `audit` adds
    the pages of auditors, for which nobody has to sign in where the site `is_open`."""
    site = Site(desk, identity, leases or Leases(desk.rules.lease_seconds), secure, is_open, audit is not None)

    async def login(request: Request) -> Response:
        return await run_in_threadpool(_login, site, request, await form_of(request) if request.method == "POST" else None)

    routes = [
        Route("/", page(site, _first, is_open=audit is not None)),
        Route("/login", login, methods=["GET", "POST"]),
        Route("/logout", action(site, _logout), methods=["POST"]),
        Route("/next", page(site, _next)),
        Route("/queue", page(site, _queue)),
        Route("/item/{item_id}", page(site, _item)),
        Route("/answer/{item_id}", action(site, _answer), methods=["POST"]),
        Route("/undo", action(site, _undo), methods=["POST"]),
        Route("/progress", page(site, _progress)),
        Route("/progress.json", page(site, lambda site, _request, reviewer: JSONResponse(progress(site.desk, reviewer, True).as_row()))),
        Route("/guidelines", page(site, lambda site, request, reviewer: render(site, request, "guidelines", reviewer))),
        Route("/results", page(site, _results)),
        *(audit(site) if audit else ()),
        Mount("/static", StaticFiles(directory=STATIC)),
    ]
    return Starlette(routes=routes, middleware=[Middleware(Headers), Middleware(TrustedHostMiddleware, allowed_hosts=hosts)])


def _first(site: Site, request: Request, _reviewer: str) -> Response:
    """The next item; where nobody could sign in for it, what can be seen without."""
    nobody = isinstance(site.identity, ByToken) and not site.identity.reviewers.names()
    return RedirectResponse("/audit" if nobody and site.is_open else "/next", 303)


def _login(site: Site, request: Request, form: Form | None) -> Response:
    if not isinstance(site.identity, ByToken):
        return refused(site, request, 404, "Reviewers are signed in by the proxy in front of this page.")
    if request.method == "GET":
        return render(site, request, "login", "", line="")
    try:
        check_origin(request)
        token = (form or {}).get("token", "").strip()
        if site.identity.reviewers.of_token(token) is None:
            return render(site, request, "login", "", status=401, line="Nobody has this token.")
    except Refusal as refusal:
        return refused(site, request, refusal.status, refusal.line)
    except TierlineError as error:
        return refused(site, request, 503, str(error))
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
    return render(site, request, "done", reviewer, last=_last(site, reviewer), progress=progress(site.desk, reviewer))


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
    return render(site, request, "item", reviewer, **values)


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
    return render(site, request, "queue", reviewer, rows=rows, whole=len(waiting), rules=site.desk.rules)


def _progress(site: Site, request: Request, reviewer: str) -> Response:
    return render(site, request, "progress", reviewer, progress=progress(site.desk, reviewer, True))


def _results(site: Site, request: Request, reviewer: str) -> Response:
    found = taught(site.desk.lake, site.desk.rows())
    tables = [("Where people decided otherwise than the pipeline", error_table(found)), ("Reviewers", reviewer_table(found)),
              ("Agreement", agreement_table(found))]  # fmt: skip
    return render(site, request, "results", reviewer, lines=summary(found), tables=tables)


def _last(site: Site, reviewer: str) -> dict[str, Any] | None:
    return site.desk.last_entry(reviewer)
