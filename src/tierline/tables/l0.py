"""Schema of L0: every record of a crawl file."""

from __future__ import annotations

from tierline.tables.spec import IDS, INT, LONG, STRING, TIME, WEB, TableSpec
from tierline.tables.tiers import Tier

L0_TABLES = (
    TableSpec(
        "l0_raw",
        "l0_raw",
        "doc_id",
        ("source_uri", "source_offset", "doc_id"),
        Tier.L0,
        {
            "doc_id": STRING,
            "parents": IDS,
            "source_uri": STRING,  # the crawl file
            "source_format": STRING,  # warc | jsonl | parquet: says what offset and length count
            "source_offset": LONG,  # warc: byte of the record in the file; jsonl: byte of the line, decompressed; parquet: row
            "source_length": LONG,  # in the same unit
            "payload_sha256": STRING,  # of the record's body before any decoding; what `tierline verify` re-hashes
            "record_id": STRING,
            "record_type": STRING,
            **WEB,
            "fetched_at": TIME,
            "http_status": INT,
            "content_type": STRING,
            "charset": STRING,
            "license": STRING,
            "robots": STRING,
            "title": STRING,
            "text": STRING,
            "structured_data": STRING,  # one JSON object a line: {"kind": "jsonld|microdata|table", ...}
            "status": STRING,  # ok | empty | unsupported | error
            "error": STRING,
        },
        id_prefix="doc",
    ),
)
