"""Reads PDF documents in a process of their own: PDFium is no Python, and a document that ends it, or never ends, costs its row alone."""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import re
import resource
import signal
import subprocess
import sys
from dataclasses import dataclass
from typing import IO, Any

from tierline.pdf.rules import PdfRules

PDF_TYPES = ("application/pdf", "application/x-pdf")
START, START_WITHIN = b"%PDF-", 1024  # the header may stand behind other bytes (ISO 32000-1, annex H, note 13)
MEMORY_BYTES = 2 << 30  # of the process
LENGTH = 8  # bytes before each message
# What programs write where nobody gave a title: nothing, a word for it, or the name of a file.
NO_TITLE = re.compile(r"\Z|\(?(?:untitled|anonymous|unspecified)\)?\Z|Microsoft \w{1,20} - ", re.I)
FILE_NAME = re.compile(r"\.(?:docx?|pdf|tex|dvi|rtf|odt|indd|qxd|pptx?|html?)\Z", re.I)
LONGEST_TITLE = 300  # characters of a heading that is taken for the title


class PdfFault(ValueError):
    """A document that cannot be read."""


@dataclass(frozen=True, slots=True)
class Pdf:
    """What a document holds; `text` is empty where its pages are pictures. Headings: (number of a line, from 0; level, 1 to 6)."""

    title: str | None
    text: str
    headings: list[tuple[int, int]]


def is_pdf(body: bytes, told: bool = False) -> bool:
    """Whether the bytes begin as PDF documents do; where it is `told` that they are one, other bytes may stand before."""
    return START in body[:START_WITHIN] if told else body[:START_WITHIN].lstrip().startswith(START)


def read_pdf(data: bytes, rules: PdfRules) -> Pdf:
    """The text of a document with its headings. Raises PdfFault with the reason."""
    return _process(rules).ask(data)


class _Process:
    """The process that reads, and the pipes to it."""

    def __init__(self, rules: PdfRules) -> None:
        self.rules = rules
        self._process = subprocess.Popen(
            [sys.executable, "-m", __spec__.name, str(rules.max_pages), str(rules.max_page_seconds), str(os.getpid())],
            env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # no signal to the run's group reaches it: it ends when its pipe does
        )

    @property
    def runs(self) -> bool:
        """Whether it has not ended."""
        return self._process.poll() is None

    def ask(self, data: bytes) -> Pdf:
        """What it answers for a document."""
        assert self._process.stdin is not None and self._process.stdout is not None
        try:
            _send(self._process.stdin, data)
            answer = json.loads(_receive(self._process.stdout))
        except (OSError, EOFError):
            self.close()
            raise PdfFault(_end(self._process.returncode, self.rules)) from None
        if "fault" in answer:
            raise PdfFault(answer["fault"])
        return Pdf(answer["title"], answer["text"], [(line, level) for line, level in answer["headings"]])

    def close(self) -> None:
        """End it."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(1)
        self._process.kill()
        self._process.wait()


_running: list[_Process] = []


def _process(rules: PdfRules) -> _Process:
    """The process for these bounds; a new one where the last has ended."""
    if _running and (_running[0].rules != rules or not _running[0].runs):
        _running.pop().close()
    if not _running:
        _running.append(_Process(rules))
    return _running[0]


@atexit.register
def _close() -> None:
    while _running:
        _running.pop().close()


def _end(status: int | None, rules: PdfRules) -> str:
    if status == -signal.SIGALRM:
        return f"a page of the PDF document takes more than the {rules.max_page_seconds:g} s that it may"
    return f"the PDF document ends its reader (status {status})"


def _send(pipe: IO[bytes], body: bytes) -> None:
    pipe.write(len(body).to_bytes(LENGTH, "big"))
    pipe.write(body)
    pipe.flush()


def _receive(pipe: IO[bytes]) -> bytes:
    """A message. EOFError if the other side has closed."""
    size = pipe.read(LENGTH)
    if len(size) < LENGTH:
        raise EOFError
    body = pipe.read(length := int.from_bytes(size, "big"))
    if len(body) < length:
        raise EOFError
    return body


def _read(data: bytes, max_pages: int, seconds: float, owner: int) -> dict[str, Any]:
    """The answer for a document. The clock of each page ends this process."""
    from tierline.pdf.lines import open_pdf, outline, page_lines
    from tierline.pdf.text import text_of

    signal.setitimer(signal.ITIMER_REAL, seconds)
    document = open_pdf(data)
    if len(document) > max_pages:
        raise PdfFault(f"a PDF document of {len(document)} pages, more than the {max_pages} that are read")
    marks = list(outline(document))
    pages = []
    for number in range(len(document)):
        if os.getppid() != owner:
            sys.exit()
        signal.setitimer(signal.ITIMER_REAL, seconds)
        pages.append(page_lines(document, number))
    signal.setitimer(signal.ITIMER_REAL, seconds)
    found = text_of(pages, marks)
    signal.setitimer(signal.ITIMER_REAL, 0)
    first = next((found.text.split("\n", line + 1)[line] for line, level in found.headings if level == 1), "")
    stated = document.get_metadata_value("Title").strip()
    title = first if NO_TITLE.match(stated) or FILE_NAME.search(stated) else stated
    return {"title": title[:LONGEST_TITLE] or None, "text": found.text, "headings": found.headings}


def _serve(max_pages: int, seconds: float, owner: int) -> None:
    """Answer until the pipe ends."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    asked, answers = sys.stdin.buffer, sys.stdout.buffer
    while True:
        data = _receive(asked)
        try:
            answer = _read(data, max_pages, seconds, owner)
        except ValueError as fault:
            answer = {"fault": str(fault)}
        _send(answers, json.dumps(answer).encode())


if __name__ == "__main__":
    with contextlib.suppress(EOFError, BrokenPipeError):
        _serve(int(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3]))
