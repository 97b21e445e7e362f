"""What auditors take with them: traces, PROV, bundles with their checker, and the bytes of a page; always as files, never as pages."""

from __future__ import annotations

import io
import json
import re
import tempfile
import zipfile
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from tierline.auditor.desk import AuditDesk
from tierline.crawl.payload import read_payload
from tierline.errors import BadInput
from tierline.lake import Lake
from tierline.lineage import trace_data, trace_html
from tierline.lineage.bundle import export_bundle
from tierline.lineage.dossier import dossiers
from tierline.lineage.prov import prov_document
from tierline.lineage.trace import Node, trace
from tierline.review.site import Form, Site
from tierline.stages import STAGES

BUNDLE_BYTES = 512 << 20  # of the tables that the proofs in a bundle are made from: from larger ones the command makes it
BINARY, JSON, ZIP = "application/octet-stream", "application/json", "application/zip"


def attached(value: Any, name: str, kind: str = JSON) -> Response:
    """A file for the browser to store: no browser shows it, whatever it holds."""
    body = (
        value
        if isinstance(value, bytes)
        else (json.dumps(value, ensure_ascii=False, default=str, indent=1) + "\n").encode("utf-8", "replace")
    )
    safe = re.sub(r"[^\w.-]", "_", name, flags=re.ASCII)
    return Response(body, media_type=kind, headers={"content-disposition": f'attachment; filename="{safe}"'})


def raw(desk: AuditDesk, _site: Site, request: Request, _reviewer: str) -> Response:
    """The bytes of a page as they were stored."""
    node, data = read_source(desk.lake, request.path_params["row_id"])
    return attached(data, f"{node.row_id}.bin", BINARY)


def trace_page(desk: AuditDesk, _site: Site, request: Request, _reviewer: str) -> Response:
    """The trace as one page that needs nothing else."""
    node = _traced(desk, request)
    return attached(trace_html(node, dossiers(desk.lake, node)).encode(), f"trace-{node.row_id}.html", BINARY)


def trace_json(desk: AuditDesk, _site: Site, request: Request, _reviewer: str) -> Response:
    """The trace for programs."""
    node = _traced(desk, request)
    return attached(trace_data(node, dossiers(desk.lake, node)), f"trace-{node.row_id}.json")


def prov(desk: AuditDesk, _site: Site, request: Request, _reviewer: str) -> Response:
    """The trace as PROV-JSON."""
    node = _traced(desk, request)
    return attached(prov_document([node]), f"prov-{node.row_id}.json")


def bundle(desk: AuditDesk, _site: Site, request: Request, _reviewer: str, _form: Form) -> Response:
    """The row with all that proves it, and the program that checks it."""
    node = _traced(desk, request)
    places = {(one.table, one.shard) for one in node.walk()}
    size = sum(_size(file) for table, shard in places for file in desk.lake.files(desk.lake.manifest(table, shard)))
    if size > BUNDLE_BYTES:
        do = f"`tierline bundle {node.row_id} --to FOLDER` writes it"
        raise BadInput(f"its proofs are made from whole tables of its shards, {size >> 20:,} MiB", node.row_id, do)
    with desk.turn(), tempfile.TemporaryDirectory(prefix="tierline-") as scratch:
        folder = Path(scratch) / "bundle"
        export_bundle(desk.lake, [node.row_id], folder)
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
            for path in sorted(path for path in folder.rglob("*") if path.is_file()):
                archive.write(path, f"bundle-{node.row_id}/{path.relative_to(folder).as_posix()}")
    return attached(file.getvalue(), f"bundle-{node.row_id}.zip", ZIP)


def read_source(lake: Lake, row_id: str) -> tuple[Node, bytes]:
    """A row of L0 and its bytes. BadInput if it has none; SourceGone."""
    node = trace(lake, row_id, STAGES[0].name)
    if node.row["payload_sha256"] is None:
        raise BadInput("has no bytes: it is a record that could not be read", row_id, "see its row")
    return node, read_payload(node.row)


def _traced(desk: AuditDesk, request: Request) -> Node:
    return trace(desk.lake, request.path_params["row_id"], request.path_params["table"])


def _size(uri: str) -> int:
    path = Path(uri.removeprefix("file://"))
    return path.stat().st_size if path.is_file() else 0
