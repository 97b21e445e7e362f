"""From bytes or HTML to text and structure: L0's reading of one body, without a crawl file."""

from __future__ import annotations

import hashlib
from functools import partial
from typing import Any

import pyarrow as pa

from tierline.batch.function import batch_function
from tierline.crawl.one_record import fields_or_fault
from tierline.crawl.read import storable_fields
from tierline.crawl.rules import ReadRules
from tierline.crawl.urls import kept_url
from tierline.crawl.warc_rows import fields_of_body, host_of
from tierline.rights.statement import rows_of
from tierline.tables import TABLES, document_id

_L0 = TABLES["l0_raw"].columns
_CRAWLED = (
    "parents",
    "source_uri",
    "source_format",
    "source_offset",
    "source_length",
    "record_id",
    "record_type",
    "fetched_at",
    "http_status",
)
WRITES = pa.schema({name: kind for name, kind in _L0.items() if name not in _CRAWLED})
RULES = ReadRules()


@batch_function(
    reads=pa.schema({"body": pa.binary()}),
    may_read=pa.schema({name: _L0[name] for name in ("doc_id", "url", "content_type")}),
    writes=WRITES,
)
def extract(batch: pa.Table, rules: ReadRules = RULES) -> pa.Table:
    """Main text, title, headings, structured data, license and other statements of rights of each body: HTML, plain text or PDF, by what
    its bytes show and its server said (`content_type`, with charset).

    `status` is `ok`, `empty` (no text), `unsupported` (no text format) or `error`, and `error` says why; a body that cannot be read
    harms no other. A row without `doc_id` gets one that depends on its URL and bytes.
    """
    return pa.Table.from_pylist([_fields(row, rules) for row in batch.to_pylist()], schema=WRITES)


def _fields(row: dict[str, Any], rules: ReadRules) -> dict[str, Any]:
    body, url = row["body"] or b"", kept_url(row["url"])
    domain, digest = host_of(url), hashlib.sha256(body).hexdigest()
    known = {"doc_id": row["doc_id"] or document_id(url or "", 0, digest), "url": url, "domain": domain, "payload_sha256": digest}
    if row["body"] is None:
        return known | {"status": "unsupported", "error": "the body is null"}
    if len(body) > rules.max_body_bytes:
        return known | {"status": "error", "error": f"body of {len(body)} bytes, more than the {rules.max_body_bytes} that are read"}
    read = partial(fields_of_body, body, row["content_type"] or "", domain, rules)
    found = known | fields_or_fault(read)
    found["rights"] = rows_of(found.get("rights", ()))
    return found | fields_or_fault(partial(storable_fields, found, rules))
