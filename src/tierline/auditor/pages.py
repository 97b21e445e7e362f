"""What each page of auditors shows: a question of a browser, put to the readers of the commands, as the values of a template."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from tierline.audit.impact import impact, impact_data, parted, title
from tierline.audit.uses import experiments_of, exports_of
from tierline.auditor.addresses import kin_address, row_address, rows_address
from tierline.auditor.desk import AuditDesk
from tierline.auditor.downloads import attached, read_source
from tierline.auditor.kin import listed
from tierline.auditor.log_view import log_view
from tierline.auditor.row_view import refused_row, row_view
from tierline.auditor.rows import cell, headline, rows_from, shown_columns
from tierline.auditor.searching import FACTS, NAMED, PAGES, PHRASE, SHOWN, WORDS, listing, search_named, search_output, search_words
from tierline.auditor.source_bytes import STRETCH, stretch_of
from tierline.descent.selection import KINDS, Kind, Selection
from tierline.descent.walk import walk
from tierline.errors import BadInput
from tierline.lineage.row_checks import row_checks
from tierline.review.site import Form, Refusal, Site, render
from tierline.stages import PREFIX_TABLES
from tierline.tables import TABLES

PACKAGES = ("tierline.auditor", "tierline.audit")  # with templates
ANY = "any"  # in the place of a table: the most refined one that has the row
ROWS_SHOWN = 50
FACTS_LISTED = 200  # of an impact; its JSON names all
SEARCHES = {FACTS: "facts", PAGES: "pages", WORDS: "words of texts", PHRASE: "words in this order"}


def start(desk: AuditDesk, site: Site, request: Request, reviewer: str) -> Response:
    """Where an audit begins: a search, and every table with its shards."""
    texts, waiting = desk.index()
    tables = [(table, desk.lake.manifests(table), {one.shard for one in desk.lake.promoted(table)}) for table in TABLES]
    held = [(TABLES[table], own, sum(one.rows for one in own), promoted) for table, own, promoted in tables if own]
    return shown(site, request, "start", reviewer, waiting=waiting, tables=held, asked={}, indexed=texts is not None)


def find(desk: AuditDesk, site: Site, request: Request, reviewer: str) -> Response:
    """Facts, pages or texts that hold words; an id leads to its row."""
    asked = {name: value.strip() for name, value in request.query_params.items()}
    words, what = asked.get("q", ""), asked.get("in", FACTS)
    prefix, _, rest = words.partition("_")
    if prefix in PREFIX_TABLES and rest and " " not in words:
        return RedirectResponse(row_address(ANY, words), 303)
    if what not in SEARCHES:
        raise Refusal(400, "There is no such search.")
    texts, waiting = desk.index()
    parts = [(name, asked.get(name, "")) for name in NAMED[FACTS][1]] if what == FACTS else []
    if texts is None or not (words or any(value for _, value in parts)):
        return shown(site, request, "find", reviewer, waiting=waiting, asked=asked, what=what, found=None, named=None)
    first = number(asked, "from")
    if what in NAMED:
        named = search_named(texts, what, words, parts, first)
        return shown(site, request, "find", reviewer, waiting=None, asked=asked, what=what, found=None, named=named)
    found = search_words(texts, words, what == PHRASE, first)
    return shown(site, request, "find", reviewer, waiting=None, asked=asked, what=what, found=found, named=None, first=first)


def rows(desk: AuditDesk, site: Site, request: Request, reviewer: str) -> Response:
    """The rows of a table's shard in their order, promoted or not."""
    table, shard = _table(request), request.path_params["shard"]
    manifest = desk.lake.manifest(table, shard)
    first, columns = number(request.query_params, "from"), shown_columns(table)
    found = rows_from(desk.lake, manifest, first, ROWS_SHOWN, columns)
    promoted = any(one.shard == shard for one in desk.lake.promoted(table))
    values = {"manifest": manifest, "columns": columns, "rows": found, "first": first, "last": first + len(found), "promoted": promoted}
    return shown(site, request, "rows", reviewer, spec=TABLES[table], step=ROWS_SHOWN, **values)


def row(desk: AuditDesk, site: Site, request: Request, reviewer: str) -> Response:
    """One row: text, lineage, evidence, records, bytes."""
    row_id = request.path_params["row_id"]
    of = "" if request.path_params["table"] == ANY else _table(request)
    texts, waiting = desk.index()
    try:
        view = row_view(desk.lake, texts, of, row_id, request.query_params.get("shard", ""))
    except BadInput as error:
        fields = refused_row(desk.lake, texts, of, row_id)
        if not fields:
            raise
        return shown(site, request, "refused_row", reviewer, table=of, row_id=row_id, line=error.what, why=error.do, fields=fields)
    table = view.node.table
    others = [name for name in PREFIX_TABLES.get(row_id.partition("_")[0], ()) if name != table and TABLES[name].key == TABLES[table].key]
    return shown(site, request, "row", reviewer, view=view, waiting=waiting, spec=TABLES[table], others=others[::-1])


def made(desk: AuditDesk, site: Site, request: Request, reviewer: str) -> Response:
    """The rows of a table that were made from a row."""
    table, row_id, of = _table(request), request.path_params["row_id"], request.query_params.get("of", "")
    if of not in TABLES:
        raise Refusal(404, "There is no such table.")
    texts, waiting = desk.index()
    if texts is None:
        return shown(site, request, "find", reviewer, waiting=waiting, asked={}, what=FACTS, found=None, named=None)
    first = number(request.query_params, "from")
    places, total = listed(texts, table, row_id, of, first, SHOWN)
    named = listing(texts, of, places, first, total)
    return shown(site, request, "made", reviewer, named=named, table=table, row_id=row_id, of=of)


def raw(desk: AuditDesk, site: Site, request: Request, reviewer: str) -> Response:
    """The bytes of a page, as text and as numbers."""
    node, data = read_source(desk.lake, request.path_params["row_id"])
    first = number(request.query_params, "from")
    stretch = stretch_of(data, first, node.row.get("charset"))
    return shown(site, request, "bytes", reviewer, node=node, stretch=stretch, step=STRETCH)


def verify(desk: AuditDesk, site: Site, request: Request, reviewer: str, _form: Form) -> Response:
    """Every check of a row by name."""
    table, row_id = _table(request), request.path_params["row_id"]
    with desk.turn():
        checks = row_checks(desk.lake, row_id, table)
    return shown(
        site, request, "verify", reviewer, table=table, row_id=row_id, checks=sorted(checks, key=lambda one: one.holds is not False)
    )


def uses(desk: AuditDesk, site: Site, request: Request, reviewer: str, _form: Form) -> Response:
    """The exported mixes and training experiments that hold what was made from a row."""
    table, row_id = _table(request), request.path_params["row_id"]
    with desk.turn(), walk(desk.lake, Selection("document" if TABLES[table].key == "doc_id" else "row", row_id)) as reach:
        found = {"exports": exports_of(reach, desk.exports), "experiments": experiments_of(reach, desk.training), "counts": reach.counts()}
    return shown(site, request, "uses", reviewer, table=table, row_id=row_id, **found)


def impact_form(_desk: AuditDesk, site: Site, request: Request, reviewer: str) -> Response:
    """What to take away: asked for before it is planned."""
    asked = {name: request.query_params.get(name, "") for name in ("kind", "value")}
    return shown(site, request, "impact_page", reviewer, kinds=KINDS, asked=asked, found=None)


def plan(desk: AuditDesk, site: Site, request: Request, reviewer: str, form: Form) -> Response:
    """What rests on a source, as `tierline impact` says it; nothing is changed."""
    kind: Kind | None = next((one for one in KINDS if one == form.get("kind")), None)
    value = form.get("value", "").strip()
    if kind is None:
        raise Refusal(400, "There is no such way to select rows.")
    with desk.turn():
        found = impact(desk.lake, Selection(kind, value), desk.exports, desk.training)
    if form.get("as") == "json":
        return attached(impact_data(found), f"impact-{kind}.json")
    values: dict[str, Any] = {"counts": parted(found.counts), "facts": found.facts, "listed": FACTS_LISTED, "tables": TABLES}
    asked = {"kind": kind, "value": value}
    return shown(site, request, "impact_page", reviewer, kinds=KINDS, asked=asked, found=found, title=title(found), **values)


def output(desk: AuditDesk, site: Site, request: Request, reviewer: str, form: Form) -> Response:
    """Where a model's output stands word for word."""
    texts, waiting = desk.index()
    if texts is None:
        return shown(site, request, "find", reviewer, waiting=waiting, asked={}, what=FACTS, found=None, named=None)
    with desk.turn():
        origin = search_output(texts, form.get("output", ""))
    return shown(site, request, "output", reviewer, origin=origin)


def log(desk: AuditDesk, site: Site, request: Request, reviewer: str) -> Response:
    """Commits, signed heads, keys, statements, waivers."""
    before = number(request.query_params, "before") if "before" in request.query_params else None
    return shown(site, request, "log", reviewer, log=log_view(desk.lake, before), today=desk.lake.today())


def index(desk: AuditDesk, site: Site, request: Request, reviewer: str) -> Response:
    """How far the index is."""
    return shown(site, request, "index", reviewer, waiting=desk.index()[1])


def make_index(desk: AuditDesk, _site: Site, _request: Request, _reviewer: str, _form: Form) -> Response:
    """Index what waits, while the page looks on."""
    desk.indexing.start()
    return RedirectResponse("/audit/index", 303)


def shown(site: Site, request: Request, template: str, reviewer: str, **values: Any) -> HTMLResponse:
    """A template with what all of them use."""
    common: dict[str, Any] = {"searches": SEARCHES, "row_address": row_address, "kin_address": kin_address, "cell": cell}
    common |= {"rows_address": rows_address, "headline_of": headline, "asked": {}}
    return render(site, request, template, reviewer, 200, PACKAGES, **common | values)


def number(values: Any, name: str) -> int:
    """A number of an address, 0 without one. BadInput."""
    value = values.get(name, "") or "0"
    if not value.isdecimal() or len(value) > 12:
        raise BadInput("is no number", f"{name}={value[:40]}", "give 0 or more")
    return int(value)


def _table(request: Request) -> str:
    table = request.path_params["table"]
    if table not in TABLES:
        raise Refusal(404, "There is no such table.")
    return table
