"""The process that reads PDF documents: what ends it, and what never ends, costs one document, and the next one is read."""

import os
import signal
import time

import pytest

from benchmarks.planted_manuals import manuals
from benchmarks.planted_pdfs import outlined
from tierline.pdf import PdfFault, PdfRules, is_pdf, process, read_pdf

DOCUMENT = outlined(next(iter(manuals(1))))
RULES = PdfRules()


@pytest.fixture(autouse=True)
def ended():
    yield
    process._close()


def test_a_document_is_read_with_its_title_and_headings():
    found = read_pdf(DOCUMENT, RULES)
    assert found.title == found.text.split("\n")[found.headings[0][0]] and len(found.headings) >= 4


@pytest.mark.parametrize(
    ("data", "reason"),
    [(b"%PDF-1.4\n1 0 obj", "its structure is broken"), (b"", "its structure is broken"), (DOCUMENT[: len(DOCUMENT) // 3], "broken")],
)
def test_what_is_no_whole_document_is_said_and_the_next_one_is_read(data, reason):
    with pytest.raises(PdfFault, match=reason):
        read_pdf(data, RULES)
    assert read_pdf(DOCUMENT, RULES).text


def test_bounds_of_pages_and_seconds():
    with pytest.raises(PdfFault, match="pages, more than the 1 that are read"):
        read_pdf(outlined(max(manuals(8), key=lambda one: len(one.parts))), PdfRules(max_pages=1))
    with pytest.raises(PdfFault, match=r"takes more than the 0\.001 s"):
        read_pdf(DOCUMENT, PdfRules(max_page_seconds=0.001))
    assert read_pdf(DOCUMENT, RULES).text


def test_a_process_that_is_killed_costs_one_document_at_most():
    read_pdf(DOCUMENT, RULES)
    pid = process._running[0]._process.pid
    os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + 10
    while process._running[0].runs and time.monotonic() < deadline:
        time.sleep(0.01)
    assert read_pdf(DOCUMENT, RULES).text and process._running[0]._process.pid != pid


def test_first_bytes():
    assert is_pdf(DOCUMENT) and is_pdf(b"\n %PDF-1.7") and not is_pdf(b"<p>%PDF-1.7 begins a document")
    assert is_pdf(b"junk before %PDF-1.7", told=True)
