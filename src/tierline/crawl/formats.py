"""What the name of a file says: the format of a crawl file and how it is compressed, or what would make another file readable."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from tierline.crawl.address import is_remote

_CODECS = r"(?:\.(?P<codec>gz|zst|bz2|xz))?"
# fastwarc undoes the compression of WARC files itself, record by record.
_NAMES = {
    "warc": r"\.(warc|wet|wat)(\.(gz|zst|lz4))?|\.warc\.(wet|wat)(\.(gz|zst))?",
    "arc": r"\.arc(\.gz)?",
    "wacz": r"\.wacz",
    "jsonl": rf"\.(jsonl|ndjson){_CODECS}",
    "parquet": rf"\.parquet{_CODECS}",
    "csv": rf"\.(csv|tsv){_CODECS}",
    "text": rf"\.(txt|log|md|markdown|rst){_CODECS}",
    "html": rf"\.(html?|xhtml|xht){_CODECS}",
    "pdf": rf"\.pdf{_CODECS}",
}
FORMATS = tuple((kind, re.compile(rf"(?:{pattern})\Z", re.I)) for kind, pattern in _NAMES.items())
KNOWN = (
    "WARC (*.warc, *.wet, also .gz, .zst, .lz4), ARC (*.arc, also .gz), *.wacz, and *.jsonl, *.ndjson, *.parquet, *.csv, *.tsv, "
    "*.txt, *.log, *.md, *.rst, *.html, *.xhtml, *.pdf, also .gz, .zst, .bz2, .xz"
)
# What would make a file of another format readable, by the end of its name.
REMEDIES = (
    (re.compile(r"\.(zip|7z|rar|tar|tgz|tbz2?|txz|tzst)\Z|\.tar\.\w+\Z", re.I), "an archive of files: unpack it, and give the files in it"),
    (re.compile(r"\.(docx?|odt|epub|rtf)\Z", re.I), "extract its text to JSON Lines, one object with `text` and `url` a line"),
    (re.compile(r"\.(tex|adoc|org)\Z", re.I), "rename it to end in .txt, to be read as it stands"),
    (re.compile(r"\.(xlsx?|ods)(\.gz)?\Z", re.I), "save it as CSV with a column `text`"),
    (re.compile(r"\.json(\.\w+)?\Z", re.I), "write one JSON object a line and name it .jsonl"),
    (re.compile(r"\.(warc|wet|wat|arc)\.\w+\Z", re.I), "compress it with gzip instead, each record for itself"),
    (
        re.compile(r"\.(jsonl|ndjson|parquet|csv|tsv|txt|log|md|rst|html?|pdf)\.\w+\Z", re.I),
        "compress it with gzip, zstd, bzip2 or xz instead",
    ),
)


class Form(NamedTuple):
    """`kind`: as in FORMATS; `codec`: gz, zst, bz2, xz, or empty where the reader of the format sees the file as it is stored."""

    kind: str
    codec: str


def form_of(address: str) -> Form | None:
    """By the name of the file; None if it is no crawl file. What follows `?` or `#` in the address of a remote one is no part of it."""
    for name in _names(address):
        for kind, pattern in FORMATS:
            if match := pattern.search(name):
                return Form(kind, (match.groupdict().get("codec") or "").lower())
    return None


def source_format(address: str) -> str | None:
    """The format alone."""
    form = form_of(address)
    return form.kind if form else None


def codec_of(address: str) -> str:
    """How the file is compressed as a whole, as of Form; of a file that has another name too."""
    form = form_of(address)
    return form.codec if form else ""


def remedy(name: str) -> str:
    """What would make a file readable that is not a crawl file by its name."""
    return next((advice for pattern, advice in REMEDIES if pattern.search(name)), f"crawl files are {KNOWN}")


def _names(address: str) -> Iterator[str]:
    """What the file may be called. In an object store `?` and `#` may be letters, on a web server they never are."""
    if not is_remote(address):
        yield address
        return
    # In a chain of file systems the link that has a path names the file: zip://a.csv::s3://..., simplecache::https://...
    link = next((link for link in address.split("::") if not link.endswith("://") and "://" in link), address)
    if not link.startswith(("http://", "https://")):
        yield link
        yield address
    yield re.split(r"[?#]", link, maxsplit=1)[0]
