"""Decodes EUC-JP with the characters that Windows added to it, which Python's codec lacks and browsers know."""

from __future__ import annotations

import codecs


def decode_euc_jp(body: bytes) -> str:
    """The text; a byte that has no meaning becomes U+FFFD."""
    return body.decode("euc_jp", _WINDOWS)


def _of_windows(error: UnicodeError) -> tuple[str, int]:
    """The two bytes at the error as Shift_JIS writes them (JIS X 0208, annex 1), in which Windows' additions are code page 932."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    pair = error.object[error.start : error.start + 2]
    if len(pair) == 2 and min(pair) >= 0xA1 and max(pair) <= 0xFE:
        row, cell = pair[0] - 0xA1, pair[1] - 0xA1
        lead = row // 2 + (0x81 if row < 62 else 0xC1)
        trail = cell + (0x9F if row % 2 else 0x40 + (cell > 62))
        try:
            return bytes((lead, trail)).decode("cp932"), error.start + 2
        except UnicodeDecodeError:
            pass
    return "\ufffd", error.start + 1


_WINDOWS = "tierline.euc_jp_of_windows"
codecs.register_error(_WINDOWS, _of_windows)
