"""Finds the text, address, time and other fields of a record under the names, and in the types, that public corpora use."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from math import isfinite
from typing import Any, cast

from tierline.crawl.charset import decode_text, joined
from tierline.crawl.extract import clean_text
from tierline.crawl.page_rights import declared_license
from tierline.crawl.rules import ReadRules
from tierline.crawl.times import time_of
from tierline.crawl.urls import kept_url
from tierline.crawl.warc_rows import host_of, read_text
from tierline.rights.licenses import text_statements
from tierline.rights.statement import distinct, rows_of
from tierline.text.bounded_json import parse_json

TEXT_FIELDS = ("text", "raw_content", "content", "document")
HTML_FIELDS = ("html",)
URL_FIELDS = ("url", "uri", "source_url", "warc_target_uri")
TIME_FIELDS = ("timestamp", "fetched_at", "date", "crawled_at", "crawl_date", "warc_date", "date_download", "added", "created")
ID_FIELDS = ("id", "doc_id", "record_id")
LICENSE_FIELDS = ("license", "licence")
TITLE_FIELDS = ("title",)
METADATA_FIELDS = ("metadata", "meta", "warc_headers")
KNOWN_FIELDS = frozenset((*TEXT_FIELDS, *HTML_FIELDS, *URL_FIELDS, *TIME_FIELDS, *ID_FIELDS, *LICENSE_FIELDS, *TITLE_FIELDS))
# Where an object that stands for a text or a word has it: JSON-LD's value objects, MongoDB's ids, paragraphs of structured documents.
PART_FIELDS = (*TEXT_FIELDS, "value", "@value", "body", "paragraphs", "sections", "sentences", "lines")
WORD_FIELDS = ("value", "@value", *URL_FIELDS, "href", "@id", "$oid", "id", "name", "title", "text")
Fields = Mapping[str, Any]


def row_of(record: Fields, rules: ReadRules) -> dict[str, Any]:
    """The fields of an `l0_raw` row beside its address. `record`: name -> value of any JSON type, bytes, date or datetime."""
    fields = _fields(record)
    url = kept_url(_word(fields, URL_FIELDS))
    row: dict[str, Any] = {
        "record_id": _word(fields, ID_FIELDS),
        "record_type": "document",
        "url": url,
        "domain": host_of(url),
        "fetched_at": _time(fields),
        "license": _word(fields, LICENSE_FIELDS),
        "title": _word(fields, TITLE_FIELDS),
        "content_type": "text/plain",
    }
    html = _content(fields, HTML_FIELDS)
    content = html or _content(fields, TEXT_FIELDS)
    if content is None:
        return row | {"status": "error", "error": _no_text(fields)}
    if len(content) > rules.max_body_bytes:
        return row | {"status": "error", "error": f"more than the {rules.max_body_bytes} characters that are read"}
    if html:
        payload, charset = (html, None) if isinstance(html, bytes) else (joined(html).encode(), "utf-8")
        found = {name: value for name, value in read_text(payload, charset, True, rules.page).items() if value}
        return _with_rights(row, {"content_type": "text/html"} | found)
    if isinstance(content, bytes):
        return _with_rights(row, read_text(content, None, False, rules.page))
    cleaned = clean_text(content)
    found = {"charset": "utf-8", "text": cleaned, "status": "ok" if cleaned else "empty", "error": None if cleaned else "no text"}
    return _with_rights(row, found | {"rights": list(text_statements(cleaned))})


def _with_rights(row: dict[str, Any], found: dict[str, Any]) -> dict[str, Any]:
    """The whole row: what the record says of its license counts beside what its text or page does."""
    declared = declared_license(row["license"], "record") if row["license"] else None
    stated = distinct([*([declared] if declared else []), *found.get("rights", ())])
    return row | found | {"rights": rows_of(stated, row["fetched_at"])}


@lru_cache(1024)
def plain_name(name: str) -> str:
    """The name of a field in small letters with underscores."""
    return name.strip().lower().replace("-", "_").replace(" ", "_")


def _fields(record: Fields) -> dict[str, Any]:
    """Those of the record's metadata too, whose own win; under their names as they are, and in small letters with underscores."""
    fields = dict(record)
    for name in METADATA_FIELDS:
        inner = fields.get(name)
        if isinstance(inner, str) and inner.startswith("{"):
            try:
                inner = parse_json(inner)
            except ValueError:
                continue  # some text
        if named := _named(inner):
            fields = {**named, **fields}
    for name in list(fields):
        fields.setdefault(plain_name(str(name)), fields[name])
    return fields


def _named(value: Any) -> dict[str, Any]:
    """An object, that in a list of one, or the pairs that Arrow makes of a map; nothing of other values."""
    if isinstance(value, list):
        items = cast("list[Any]", value)
        if items and all(isinstance(item, tuple) and len(cast("tuple[Any, ...]", item)) == 2 for item in items):
            return {str(name): inner for name, inner in cast("list[tuple[Any, Any]]", items)}
        value = items[0] if len(items) == 1 else None
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _content(fields: Fields, names: Sequence[str]) -> str | bytes | None:
    """The first value that holds a text; an empty one where there is no other."""
    empty = None
    for name in names:
        if (value := fields.get(name)) is not None and (text := _text(value)) is not None:
            if text:
                return text
            empty = text
    return empty


def _text(value: Any) -> str | bytes | None:
    """A text as it stands; of a list or object the texts in it, a line each. Truth values and other things are none."""
    if isinstance(value, str | bytes):
        return value
    if value is None or isinstance(value, bool) or (isinstance(value, float) and not isfinite(value)):
        return None
    if isinstance(value, int | float):
        return str(value)
    if not isinstance(value, list | dict):
        return None
    parts = [_decoded(text) for text in _parts(value)]
    return "\n".join(filter(None, parts)) if parts else None


def _parts(value: Any) -> Iterator[str | bytes]:
    if isinstance(value, list):
        inner = cast("list[Any]", value)
    else:
        named = cast("dict[str, Any]", value)
        inner = [named[name] for name in PART_FIELDS if name in named][:1]
    for one in inner:
        if (text := _text(one)) is not None:
            yield text


def _word(fields: Fields, names: Sequence[str]) -> str | None:
    """The first value that is not null, as one word or line of text; bytes that are an id and no text, as those of a UUID, in hex."""
    for name in names:
        value = fields.get(name)
        if isinstance(value, bytes) and names == ID_FIELDS and not (value.isascii() and value.decode().isprintable()):
            return value.hex()
        if value is not None and (word := _word_of(value)):
            return word
    return None


def _word_of(value: Any) -> str | None:
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return next((word for one in cast("list[Any]", value) if (word := _word_of(one))), None)
    if isinstance(value, dict):
        return _word(cast("dict[str, Any]", value), WORD_FIELDS)
    return None if value is None or isinstance(value, bool) else _decoded(value if isinstance(value, bytes) else str(value))


def _time(fields: Fields) -> datetime | None:
    for name in TIME_FIELDS:
        if (value := fields.get(name)) is not None and (moment := time_of(value)):
            return moment
    return None


def _decoded(value: str | bytes) -> str:
    return decode_text(value, None, False)[0] if isinstance(value, bytes) else value


def _no_text(fields: Fields) -> str:
    held = [f"{name} holds {type(fields[name]).__name__}" for name in (*TEXT_FIELDS, *HTML_FIELDS) if fields.get(name) is not None]
    names = ", ".join((*TEXT_FIELDS, *HTML_FIELDS))
    return f"no text: {', '.join(held)}" if held else f"no text: none of the fields {names} is there"
