"""What was found, as lines of text and as data for programs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from tierline.audit.find import Findings, Found
from tierline.audit.spans import Origin, Span
from tierline.display import one_line, printable, shortened

SPAN_CHARACTERS = 240
COPIES = 4  # named of a row


def findings_lines(found: Findings) -> Iterator[str]:
    """A line on how many there are, then two for each row: what it is, and the words in it."""
    yield f"{found.total:,} text{'' if found.total == 1 else 's'}" + (
        f", the best {len(found.rows)}:" if found.total > len(found.rows) else ""
    )
    for row in found.rows:
        yield from _row(row)


def origin_lines(found: Origin) -> Iterator[str]:
    """What part of an output is found, each span with its rows, then the pages behind them and all that was made from these."""
    share = found.covered / found.words
    yield f"{found.covered:,} of {found.words:,} words ({share:.0%}) stand word for word in rows of the lake, in {len(found.spans):,} spans"
    for span in found.spans:
        yield f"{span.words} words from word {span.first + 1}: {one_line(span.text, SPAN_CHARACTERS)}"
        for row in span.rows:
            yield from ("  " + line for line in _row(row))
        if span.total > len(span.rows):
            yield f"  and {span.total - len(span.rows):,} more texts"
    if found.sources:
        yield "pages behind these rows:"
        for page in found.sources:
            place = f"{printable(page.source_uri)} at {page.source_offset}, {page.source_length} long"
            yield f"  {page.doc_id}  {printable(page.url or 'no address')}  {place}"
        yield "made from these pages, in the same words or in others:"
        for count in found.beyond:
            refused = f", {count.rows - count.promoted:,} not promoted" if count.promoted < count.rows else ""
            yield f"  {count.table}: {count.rows:,} rows{refused}"


def findings_data(found: Findings) -> dict[str, Any]:
    """For programs."""
    return {"total": found.total, "rows": [_data(row) for row in found.rows]}


def origin_data(found: Origin) -> dict[str, Any]:
    """For programs."""
    spans = [_span(span) for span in found.spans]
    more = {"sources": [asdict(page) for page in found.sources], "beyond": [asdict(count) for count in found.beyond]}
    return {"words": found.words, "covered": found.covered, "spans": spans, **more}


def _span(span: Span) -> dict[str, Any]:
    said = {"first_word": span.first, "words": span.words, "text": span.text, "total": span.total}
    return said | {"rows": [_data(row) for row in span.rows]}


def _data(row: Found) -> dict[str, Any]:
    copies = [{"table": table, "id": row_id, "promoted": promoted} for table, row_id, promoted in row.copies]
    own = {"table": row.table, "id": row.row_id, "shard": row.shard, "promoted": row.promoted}
    return own | {"start": row.span[0], "end": row.span[1], "text": row.around[1], "copies": copies}


def _row(row: Found) -> Iterator[str]:
    copies = [f"{table} {row_id}{'' if promoted else ' (not promoted)'}" for table, row_id, promoted in row.copies[:COPIES]]
    more = [f"{len(row.copies) - COPIES} more"] if len(row.copies) > COPIES else []
    also = f"; also {', '.join([*copies, *more])}" if copies else ""
    state = "" if row.promoted else " (not promoted)"
    yield f"{row.table}  {printable(row.row_id)}{state}{printable(also)}"
    before, words, after = (printable(" ".join(part.split())) for part in row.around)
    gap = " " if row.around[0][-1:].isspace() else "", " " if row.around[2][:1].isspace() else ""
    yield f"    ...{before}{gap[0]}[{shortened(words, SPAN_CHARACTERS)}]{gap[1]}{after}..."
