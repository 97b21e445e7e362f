"""Decodes the 7-bit charsets that shift between alphabets, by turning them into the 8-bit ones that have the same characters.

Browsers refuse most of them as a danger to scripts; their text is prose like any other.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from tierline.crawl.euc_jp import decode_euc_jp

JAPANESE, KOREAN, CHINESE, CHINESE_HZ = "iso-2022-jp", "iso-2022-kr", "iso-2022-cn", "hz-gb-2312"
# An escape sequence that only this charset has.
DESIGNATIONS = ((JAPANESE, re.compile(rb"\x1b\$[@B]|\x1b\(I")), (KOREAN, re.compile(rb"\x1b\$\)C")), (CHINESE, re.compile(rb"\x1b\$\)A")))
HZ_RUN = re.compile(rb"~\{((?:[\x21-\x7d][\x21-\x7e])*)(?:~\})?")
HZ_EVIDENCE = re.compile(rb"~\{(?:[\x21-\x77][\x21-\x7e]){4,200}?~\}")
SHIFTED = re.compile(rb"\x0e([^\x0f\n]*)\x0f?")
LABELS = {"csiso2022kr": KOREAN, "iso-2022-cn-ext": CHINESE, "hz": CHINESE_HZ}
_HIGH = bytes(code | 0x80 if 0x21 <= code <= 0x7E else code for code in range(256))


def stateful_charset(body: bytes, labels: Sequence[str]) -> str | None:
    """The one that the body's escape sequences are of; of HZ, which has none, only with a label or in a body of nothing but ASCII."""
    for name, designation in DESIGNATIONS:
        if designation.search(body):
            return name
    labeled = any(LABELS.get(label, label) == CHINESE_HZ for label in labels)
    return CHINESE_HZ if (HZ_RUN if labeled else HZ_EVIDENCE).search(body) and (labeled or body.isascii()) else None


def decode_stateful(body: bytes, charset: str) -> str:
    """The text; what cannot be read becomes U+FFFD."""
    if charset == JAPANESE:
        return decode_euc_jp(_japanese(body))
    if charset == CHINESE_HZ:
        plain = HZ_RUN.sub(lambda run: run.group(1).translate(_HIGH), body.replace(b"~\n", b""))
        return plain.replace(b"~~", b"~").decode("gb18030", "replace")
    plain = SHIFTED.sub(lambda run: run.group(1).translate(_HIGH), re.sub(rb"\x1b\$[)*+][A-Z]", b"", body))
    return plain.decode("cp949" if charset == KOREAN else "gb18030", "replace")


def _japanese(body: bytes) -> bytes:
    """ISO-2022-JP as EUC-JP."""
    alphabets: dict[bytes, Callable[[bytes], bytes]] = {
        b"$@": lambda run: run.translate(_HIGH),
        b"$B": lambda run: run.translate(_HIGH),
        b"(I": lambda run: re.sub(rb"[\x21-\x5f]", lambda kana: b"\x8e" + kana.group().translate(_HIGH), run),
        b"$(D": lambda run: re.sub(rb"[\x21-\x7e]{2}", lambda pair: b"\x8f" + pair.group().translate(_HIGH), run),
    }
    first, *rest = re.split(rb"\x1b(\$[@B]|\([BIJ]|\$\(D)", body)
    return first + b"".join(alphabets.get(name, bytes)(run) for name, run in zip(rest[::2], rest[1::2], strict=True))
