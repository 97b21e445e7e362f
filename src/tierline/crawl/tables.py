"""Makes rows of JSONL and Parquet crawls: one record a line or row, texts under the names that public corpora use."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from io import BytesIO
from typing import IO, Any
from urllib.parse import urlsplit

import fsspec
import pyarrow.parquet as pq
import zstandard

from tierline.crawl.extract import clean_text
from tierline.crawl.warc_rows import read_text

TEXT_FIELDS = ("text", "raw_content", "content", "document")
URL_FIELDS = ("url", "uri", "source_url", "warc_target_uri")
TIME_FIELDS = ("timestamp", "fetched_at", "date", "crawled_at", "added", "created")
ID_FIELDS = ("id", "doc_id", "record_id")
LICENCE_FIELDS = ("licence", "license")


def open_decompressed(uri: str) -> IO[bytes]:
    """The file's bytes behind .gz or .zst, as a stream."""
    file: Any = fsspec.open(uri, "rb").open()
    if uri.endswith(".gz"):
        return gzip.GzipFile(fileobj=file)  # pyright: ignore[reportReturnType]
    if uri.endswith(".zst"):
        return zstandard.ZstdDecompressor().stream_reader(file, read_across_frames=True, closefd=True)  # pyright: ignore[reportReturnType]
    return file


def read_jsonl(uri: str, max_body_bytes: int) -> Iterator[dict[str, Any]]:
    """A row a line; offset and length count bytes of the decompressed file. A broken line is an error row, reading goes on."""
    offset = 0
    with open_decompressed(uri) as file:
        lines = iter(_lines(file))
        while True:
            try:
                line = next(lines, None)
            except (EOFError, OSError, zstandard.ZstdError) as error:
                yield {"source_offset": offset, "source_length": 0, "status": "error", "error": f"truncated: {error}"}
                return
            if line is None:
                return
            if line.strip():
                yield _address(offset, len(line), line) | _from_line(line, max_body_bytes)
            offset += len(line)


def read_parquet(uri: str, max_body_bytes: int) -> Iterator[dict[str, Any]]:
    """A row a row; the offset is the row's number, the length 1."""
    with open_decompressed(uri) as file:
        source: Any = file if uri.endswith(".parquet") else BytesIO(file.read())
        number = 0
        for batch in pq.ParquetFile(source).iter_batches(batch_size=512):
            for record in batch.to_pylist():
                payload = parquet_payload(record)
                yield _address(number, 1, payload) | _from_record(record, max_body_bytes)
                number += 1


def parquet_payload(record: Mapping[str, Any]) -> bytes:
    """What is hashed of a Parquet row: its values as JSON with sorted names."""
    return json.dumps(record, sort_keys=True, ensure_ascii=False, default=str).encode()


def _lines(file: IO[bytes]) -> Iterator[bytes]:
    pending = b""
    while block := file.read(1 << 20):
        pending += block
        *whole, pending = pending.split(b"\n")
        for line in whole:
            yield line + b"\n"
    if pending:
        yield pending


def _address(offset: int, length: int, payload: bytes) -> dict[str, Any]:
    return {"source_offset": offset, "source_length": length, "payload_sha256": hashlib.sha256(payload).hexdigest()}


def _from_line(line: bytes, max_body_bytes: int) -> dict[str, Any]:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError) as error:
        return {"status": "error", "error": f"broken JSON: {error}"}
    if not isinstance(record, dict):
        return {"status": "error", "error": "the line is no JSON object"}
    return _from_record(record, max_body_bytes)


def _from_record(record: Mapping[str, Any], max_body_bytes: int) -> dict[str, Any]:
    metadata = record.get("metadata")
    fields: dict[str, Any] = {**metadata, **record} if isinstance(metadata, dict) else dict(record)
    url = _first(fields, URL_FIELDS)
    row: dict[str, Any] = {
        "record_id": _first(fields, ID_FIELDS),
        "record_type": "document",
        "url": url,
        "domain": _host(url),
        "fetched_at": _time(_first(fields, TIME_FIELDS)),
        "licence": _first(fields, LICENCE_FIELDS),
        "title": _first(fields, ("title",)),
        "content_type": "text/plain",
    }
    html, text = fields.get("html"), _first(fields, TEXT_FIELDS)
    if max(len(html) if isinstance(html, str) else 0, len(text or "")) > max_body_bytes:
        return row | {"status": "error", "error": f"more than the {max_body_bytes} characters that are read"}
    if isinstance(html, str) and html:
        found = {name: value for name, value in read_text(html.encode("utf-8", "replace"), "utf-8", html=True).items() if value}
        return row | {"content_type": "text/html"} | found
    if text is None:
        return row | {"status": "error", "error": f"no text: none of the fields {', '.join(TEXT_FIELDS)}, html is there"}
    cleaned = clean_text(text)
    return row | {"charset": "utf-8", "text": cleaned, "status": "ok" if cleaned else "empty", "error": None if cleaned else "no text"}


def _first(fields: Mapping[str, Any], names: tuple[str, ...]) -> str | None:
    return next((str(fields[name]) for name in names if fields.get(name) is not None), None)


def _host(url: str | None) -> str | None:
    try:
        return urlsplit(url).hostname if url else None
    except ValueError:
        return None


def _time(value: str | None) -> datetime | None:
    try:
        moment = datetime.fromisoformat(value) if value else None
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment and moment.tzinfo is None else moment
