"""Tells bytes that are no text in any charset: images, archives, documents of other formats, compressed data."""

from __future__ import annotations

from unicodedata import category

from resiliparse.parse.encoding import detect_mime

# What no text of 8 bits a unit holds (WHATWG MIME Sniffing, section 3: binary data bytes) but the shifts of ISO-2022.
CONTROLS = bytes([*range(9), 0x0B, *range(0x10, 0x1B), *range(0x1C, 0x20)])
SAMPLE_BYTES = 1 << 14
MOST_CONTROLS = 0.03  # compressed data has 0.09
FEWEST_CONTROLS = 4  # a short page may have some by mistake
MOST_STRANGE = 0.1  # of the characters of 16 or 32 bits; pairs of arbitrary bytes give 0.3
STRANGE = frozenset({"Cc", "Cn", "Co", "Cs"})  # Unicode categories: controls, unassigned, private use, surrogates
TAR = slice(257, 262)  # where its magic stands (POSIX.1-2017, pax, "ustar Interchange Format")
# Formats whose files can consist of printable bytes.
PRINTABLE = ("application/pdf", "application/postscript", "application/rtf")


class NotText(ValueError):
    """Bytes that no charset makes a text of."""


def refuse_formats(body: bytes) -> None:
    """Raise NotText for the first bytes of a known format that is no text."""
    start = body[:512]
    if start[TAR] == b"ustar":
        raise NotText("application/x-tar")
    found = detect_mime(start)
    named = not found.startswith("text/") and found not in ("application/xml", "application/xhtml+xml", "application/octet-stream")
    if found in PRINTABLE or (named and _controls(start) > 0):
        raise NotText(found)


def refuse_controls(body: bytes) -> None:
    """Raise NotText for more control characters than damage explains, in a body of 8 bits a unit."""
    sample = body[:SAMPLE_BYTES]
    if _controls(sample) > max(FEWEST_CONTROLS, MOST_CONTROLS * len(sample)):
        raise NotText("binary data")


def is_wide_text(text: str) -> bool:
    """Whether what was decoded as 16 or 32 bits a unit is prose: numbers and offsets of binary files become controls and no characters."""
    sample = text[:4096]
    strange = sum(letter == "\ufffd" or (category(letter) in STRANGE and not letter.isspace()) for letter in sample)
    return strange <= max(1, MOST_STRANGE * len(sample))


def _controls(data: bytes) -> int:
    return len(data) - len(data.translate(None, CONTROLS))
