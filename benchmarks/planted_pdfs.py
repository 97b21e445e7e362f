"""Writes planted manuals as PDF documents in three ways: with an outline, with fonts alone behind a table of contents, with numbers."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib.enums import TA_JUSTIFY
from reportlab.lib.pagesizes import A4, LETTER
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, ListFlowable, PageBreak, Paragraph, Preformatted, SimpleDocTemplate, Spacer, Table, TableStyle

from benchmarks.planted_manuals import Heading, Manual, Part

SIZES = {"Helvetica": (10, (22, 16, 13, 11)), "Times-Roman": (11, (20, 15, 12.5, 11))}  # of the body, and of headings of level 1 to 4
BOLD = {"Helvetica": "Helvetica-Bold", "Times-Roman": "Times-Bold"}


class _Mark(Flowable):
    """A bookmark at the place of a heading."""

    def __init__(self, key: str, heading: Heading) -> None:
        super().__init__()
        self.key, self.heading = key, heading

    def wrap(self, aW: float, aH: float) -> tuple[float, float]:
        """No place."""
        return 0.0, 0.0

    def draw(self) -> None:
        """The bookmark."""
        self.canv.bookmarkPage(self.key)
        self.canv.addOutlineEntry(self.heading.text, self.key, self.heading.level - 1)


def outlined(manual: Manual) -> bytes:
    """As word processors export it: an outline, a running head with the title, and page numbers."""
    title = manual.headings[0].text

    def page(canvas: Canvas, document: Any) -> None:
        canvas.setFont("Helvetica", 8)
        canvas.drawString(60, 805, f"Lock 3.1 - {title}")
        canvas.drawRightString(535, 30, f"Page {document.page}")

    return _document(list(_parts(manual, "Helvetica", marks=True)), page, A4)


def by_fonts(manual: Manual) -> bytes:
    """As typesetting programs write it without an outline: justified, behind a table of contents with leaders."""
    size, _ = SIZES["Times-Roman"]
    style = ParagraphStyle("contents", fontName="Times-Roman", fontSize=size, leading=1.2 * size)
    contents = [Paragraph(f"{escape(one.text)} {'. ' * 30}{page}", style) for page, one in enumerate(manual.headings, 2)]

    def page(canvas: Canvas, document: Any) -> None:
        canvas.setFont("Times-Roman", 10)
        canvas.drawCentredString(306, 36, str(document.page))

    return _document([*contents, PageBreak(), *_parts(manual, "Times-Roman")], page, LETTER)


def with_numbers(manual: Manual) -> bytes:
    """As scientific papers are: numbered sections, and no word on the edges of pages but the number."""
    numbers = [0, 0, 0]
    names: dict[str, str] = {}
    for one in manual.headings[1:]:
        depth = one.level - 1
        numbers = [*numbers[: depth - 1], numbers[depth - 1] + 1, *[0] * (3 - depth)]
        names[one.text] = ".".join(map(str, numbers[:depth]))

    def page(canvas: Canvas, document: Any) -> None:
        canvas.setFont("Times-Roman", 9)
        canvas.drawCentredString(306, 30, f"- {document.page} -")

    return _document([*_parts(manual, "Times-Roman", names)], page, A4)


def _document(parts: list[Flowable], page: Any, size: tuple[float, float]) -> bytes:
    written = io.BytesIO()
    SimpleDocTemplate(written, pagesize=size, topMargin=60, bottomMargin=60, invariant=1).build(parts, onFirstPage=page, onLaterPages=page)
    return written.getvalue()


def _parts(manual: Manual, font: str, numbers: dict[str, str] | None = None, marks: bool = False) -> Iterator[Flowable]:
    size, sizes = SIZES[font]
    body = ParagraphStyle("body", fontName=font, fontSize=size, leading=1.25 * size, alignment=TA_JUSTIFY, spaceAfter=0.6 * size)
    code = ParagraphStyle("code", fontName="Courier", fontSize=size - 1, leading=1.2 * size, leftIndent=12)
    for number, part in enumerate(manual.parts):
        if isinstance(part, Heading):
            larger = sizes[part.level - 1]
            style = ParagraphStyle(
                "heading", fontName=BOLD[font], fontSize=larger, leading=1.25 * larger, spaceBefore=larger, spaceAfter=0.5 * larger
            )
            if marks:
                yield _Mark(f"h{number}", part)
            yield Paragraph(escape(" ".join(filter(None, [(numbers or {}).get(part.text), part.text]))), style)
        else:
            yield from _below(part, body, code)
            yield Spacer(0, 0.4 * size)


def _below(part: Part, body: ParagraphStyle, code: ParagraphStyle) -> Iterator[Flowable]:
    if part.kind == "code":
        yield Preformatted("\n".join(part.lines), code)
    elif part.kind == "table":
        rows = [[Paragraph(escape(cell), body) for cell in line.split("\t")] for line in part.lines]
        yield Table(rows, colWidths=[150, 60, 150], style=TableStyle([("GRID", (0, 0), (-1, -1), 0.5, "black")]), hAlign="LEFT")
    elif part.kind == "list":
        yield ListFlowable([Paragraph(escape(item), body) for item in part.lines], bulletType="bullet", leftIndent=18)
    else:
        yield Paragraph(escape(part.lines[0]), body)
