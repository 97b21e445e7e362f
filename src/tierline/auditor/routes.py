"""The pages of auditors: what each address answers, beside those of reviewers and with their rules about forms and headers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from tierline.auditor import downloads, pages
from tierline.auditor.desk import AuditDesk
from tierline.review.site import Action, Form, Page, Site, action, page

STATIC = Path(__file__).with_name("static")
PAGES: dict[str, Callable[[AuditDesk, Site, Request, str], Response]] = {
    "/audit": pages.start,
    "/audit/find": pages.find,
    "/audit/rows/{table}/{shard:path}": pages.rows,
    "/audit/row/{table}/{row_id}": pages.row,
    "/audit/made/{table}/{row_id}": pages.made,
    "/audit/bytes/{row_id}": pages.raw,
    "/audit/impact": pages.impact_form,
    "/audit/log": pages.log,
    "/audit/index": pages.index,
    "/audit/bytes/{row_id}/download": downloads.raw,
    "/audit/trace/{table}/{row_id}": downloads.trace_page,
    "/audit/trace.json/{table}/{row_id}": downloads.trace_json,
    "/audit/prov/{table}/{row_id}": downloads.prov,
}
ACTIONS: dict[str, Callable[[AuditDesk, Site, Request, str, Form], Response]] = {
    "/audit/verify/{table}/{row_id}": pages.verify,
    "/audit/uses/{table}/{row_id}": pages.uses,
    "/audit/plan": pages.plan,
    "/audit/output": pages.output,
    "/audit/make-index": pages.make_index,
    "/audit/bundle/{table}/{row_id}": downloads.bundle,
}


def audit_routes(desk: AuditDesk) -> Callable[[Site], Sequence[BaseRoute]]:
    """Of a site: nobody has to sign in for them where it is open."""

    def routes(site: Site) -> Sequence[BaseRoute]:
        asked = [Route(path, page(site, _page(desk, work), is_open=True)) for path, work in PAGES.items()]
        done = [Route(path, action(site, _action(desk, work), is_open=True), methods=["POST"]) for path, work in ACTIONS.items()]
        return [*asked, *done, Mount("/audit/static", StaticFiles(directory=STATIC))]

    return routes


def _page(desk: AuditDesk, work: Callable[[AuditDesk, Site, Request, str], Response]) -> Page:
    return lambda site, request, reviewer: work(desk, site, request, reviewer)


def _action(desk: AuditDesk, work: Callable[[AuditDesk, Site, Request, str, Form], Response]) -> Action:
    return lambda site, request, reviewer, form: work(desk, site, request, reviewer, form)
