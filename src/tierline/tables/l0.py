"""Schema of L0: every record of a crawl file."""

from __future__ import annotations

from tierline.tables.spec import DOC_ID, HEADINGS, IDS, INT, LONG, STATEMENTS, STRING, TIME, WEB, Column, TableSpec
from tierline.tables.tiers import Tier

L0_RAW = TableSpec(
    "l0_raw",
    "l0_raw",
    "doc_id",
    ("source_uri", "source_offset", "doc_id"),
    Tier.L0,
    {
        "doc_id": DOC_ID,
        "parents": Column(IDS, "Always empty: an L0 row is made from bytes of a crawl file, not from another row."),
        "source_uri": Column(STRING, "Path or URL of the crawl file; of a WACZ file with `!` and the member behind it."),
        "source_format": Column(
            STRING,
            "Format of the crawl file: `warc`, `arc`, `wacz`, `jsonl`, `parquet`, `csv`, `text` or `html`; decides the unit of "
            "offset and length.",
        ),
        "source_offset": Column(
            LONG,
            "Start of the record: for WARC and ARC the byte in the stored file (WACZ: member), for Parquet the row, else the byte "
            "after decompression.",
        ),
        "source_length": Column(LONG, "Length of the record, in the unit of `source_offset` (bytes, or rows for Parquet)."),
        "payload_sha256": Column(
            STRING, "SHA-256 of the record's body before any decoding, as hex digits; `tierline verify` computes it again."
        ),
        "record_id": Column(STRING, "The crawler's own id of the record (WARC-Record-ID); null if there is none."),
        "record_type": Column(STRING, "Kind of record, for example `response` or `conversion` in WARC; null in other formats."),
        **WEB,
        "fetched_at": Column(TIME, "When the crawler fetched the page, in UTC; null if unknown."),
        "http_status": Column(INT, "HTTP status code of the response, such as 200; null if the crawl file holds none."),
        "content_type": Column(STRING, "Media type that the server declared, such as `text/html`; null if unknown."),
        "charset": Column(STRING, "Character encoding that the body was decoded with; null if nothing was decoded."),
        "license": Column(STRING, "License that the page or the crawl record declares, usually a URL; null if none is declared."),
        "robots": Column(STRING, "Content of the page's `robots` meta tag or `X-Robots-Tag`, such as `noindex`; null if there is none."),
        "rights": Column(
            STATEMENTS,
            "What page, response and record state about the use of the text (docs/rights.md), each with where and when; null if nothing.",
        ),
        "title": Column(STRING, "Title of the page on one line; null if it has none."),
        "text": Column(STRING, "Main text extracted from the page, unfiltered; null unless `status` is `ok`."),
        "structured_data": Column(
            STRING,
            'Names, JSON-LD, microdata, RDFa, tables and dates in `<meta>` of the page, one JSON object per line with a `"kind"`; null if '
            "it has none.",
        ),
        "headings": Column(
            HEADINGS,
            "The document's own headings (h1 to h6, or those of a PDF) within `text`, in order: number of the line, from 0, and level; "
            "null if nothing tells.",
        ),
        "status": Column(STRING, "Result of reading: `ok`, `empty` (no text), `unsupported` (no text format) or `error` (unreadable)."),
        "error": Column(STRING, "Why the record has no text, `unforeseen:` first where no reader foresaw it; null if `status` is `ok`."),
    },
    preview=("url", "status", "title", "text"),
    id_prefix="doc",
)
L0_SITE_FILES = TableSpec(
    "l0_site_files",
    "l0_raw",
    "doc_id",
    ("site", "path", "doc_id"),
    None,
    {
        "doc_id": Column(STRING, "Id in `l0_raw` of the record that holds the file."),
        "site": Column(STRING, "Scheme, host and port that the file speaks for, such as `https://a.example:443`."),
        "path": Column(STRING, "Where the file is, such as `/robots.txt`."),
        "kind": Column(STRING, "What it is: `robots_txt`, `ai_txt` or `tdmrep`."),
        "fetched_at": Column(TIME, "When the crawler fetched it, in UTC; null if unknown."),
        "http_status": Column(INT, "HTTP status code of the response; null if the crawl file holds none."),
        "redirects_to": Column(STRING, "Address that the response redirects to; null if it does not."),
        "text": Column(STRING, "The file, up to 512,000 bytes; null if it was refused, redirected or is no text."),
    },
    group_rows=512,
)
L0_TABLES = (L0_RAW, L0_SITE_FILES)
