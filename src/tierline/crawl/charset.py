"""Decides which charset a body is in, by what its bytes show before what is said of it, and decodes it."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from functools import cache, lru_cache, partial
from typing import NamedTuple

import webencodings
from chardetng_py import EncodingDetector

from tierline.crawl.binary import MOST_CONTROLS, NotText, is_wide_text, refuse_controls, refuse_formats
from tierline.crawl.euc_jp import decode_euc_jp
from tierline.crawl.realign import LAYOUTS, has_alien, realign
from tierline.crawl.stateful_charsets import decode_stateful, stateful_charset
from tierline.crawl.strangeness import strangeness
from tierline.crawl.western import HIGH, count_high, is_western

META = re.compile(rb"<meta\b[^>]{0,500}", re.I)
META_CHARSET = re.compile(rb"[\s\"'/;]charset\s{0,9}=\s{0,9}[\"']?\s{0,9}([^\s\"'/>;]{1,40})", re.I)
XML_ENCODING = re.compile(rb"^\s{0,99}<\?xml[^>]{0,100}?\sencoding\s{0,9}=\s{0,9}[\"']([\w.:-]{1,40})", re.I)
COMMENT = re.compile(rb"<!--.*?(?:-->|\Z)", re.S)
HEAD_BYTES = 1 << 14  # browsers go on behind the 1,024 bytes of WHATWG HTML, 4.2.5.4
MARKS = (  # of 32 bits before those of 16, which they begin with
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32le"),
    (codecs.BOM_UTF32_BE, "utf-32be"),
    (codecs.BOM_UTF16_LE, "utf-16le"),
    (codecs.BOM_UTF16_BE, "utf-16be"),
)
# Of DOS and mainframes: no browser knows them, so that only old pages and exports are labeled so.
_OLD = "437 720 737 775 850 852 855 857 858 860 861 862 863 864 865 869 037 500 1026 1140".split()
# What pages say and the standard does not list.
MORE_LABELS = {
    "cp932": "shift_jis", "cp936": "gbk", "cp949": "euc-kr", "uhc": "euc-kr", "cp950": "big5", "utf-32": "utf-32le", "utf-32le": "utf-32le",
    "utf-32be": "utf-32be", **{f"{prefix}{number}": f"cp{number}" for number in _OLD for prefix in ("cp", "ibm", "ibm-")},
}  # fmt: skip
# Where Python's codec is none of `webencodings`: GBK is decoded as GB 18030 (WHATWG Encoding, 10.1.1).
PYTHON_CODECS = {
    "gbk": "gb18030",
    "gb18030": "gb18030",
    "utf-32le": "utf-32-le",
    "utf-32be": "utf-32-be",
    **{f"cp{number}": f"cp{number}" for number in _OLD},
}
NO_SHIFT_JIS = re.compile("[\x80\xa0\uf8f0-\uf8f3]")  # what Python makes of single bytes that the standard does not have
# Latin letters with other accents: on a short text no detector tells these from each other, and a label does.
LATIN = frozenset(
    {"macintosh", *(f"windows-125{number}" for number in "02478"), *(f"iso-8859-{number}" for number in (2, 3, 4, 10, 13, 14, 15, 16))}
)
# Labels of which the detector has no notion, so that it cannot deny them.
UNDETECTABLE = frozenset({"x-mac-cyrillic", *(f"cp{number}" for number in _OLD)})
# Charsets of one byte a character that lack some bytes, by which the detector excludes them.
OTHER_SCRIPTS = ("windows-1251", "windows-1253", "iso-8859-7", "windows-1255", "iso-8859-6", "windows-874", "iso-8859-5")
# What a short text may be that nobody says anything of.
UNSAID = (*LAYOUTS, "koi8-u", *OTHER_SCRIPTS, "windows-1256")
FEWEST_BYTES, SHORT_BYTES = 6, 400  # beyond ASCII: of fewer nothing can be said; in more of them the detector is hardly ever wrong
STRANGE = 2.0  # characters that a guess has to read stranger than another one
BYTES_FOR_A_STRAY = 50
SEARCHED_BYTES, SAMPLE_BYTES = 1 << 18, 1 << 13  # where the detector's sample is looked for, and its size
CERTAIN_BYTES = 32  # beyond ASCII; in shorter pieces of labeled text the detector took Cyrillic, Greek and Arabic for another script
CERTAIN_DAMAGE = 20  # the same where bytes of no meaning are taken for damage of text in two bytes a character
CERTAIN_PAIRS = 128  # the same where it takes text that is labeled as of another script than Latin for one of several bytes a character
CLEAR_UTF8 = 2  # characters for each byte that is none; no text in another charset has more than 0.7
FEWEST_NULS = 4
NARROW_SPACE = re.compile(rb"(?<=[^\x00-\x20]) (?=[^\x00-\x20])")  # in UTF-16 of other scripts 0x20 is half a dash or quote, or rare
NARROW_TAG = re.compile(rb"<(?:!doctype|\?xml|/?(?:html|head|body|meta|title|div|span|table))[\s>]", re.I)
# A character beyond 16 bits as two units of UTF-16, each in UTF-8: so old programs of Java and Oracle write it (Unicode TR26, CESU-8).
SURROGATES = re.compile(rb"\xed[\xa0-\xaf][\x80-\xbf]\xed[\xb0-\xbf][\x80-\xbf]")

LONE_SURROGATE = re.compile(rb"\xed[\xa0-\xbf][\x80-\xbf]")


class Decoded(NamedTuple):
    """A body's text, its charset by its WHATWG name, and the text in UTF-8 where the body has it so."""

    text: str
    charset: str
    utf8: bytes | None = None


def decode_text(body: bytes, declared: str | None, html: bool, top_level: str | None = None) -> tuple[str, str]:
    """(text, charset by its WHATWG name) of a body, see `text_of`."""
    return text_of(body, declared, html, top_level)[:2]


def text_of(body: bytes, declared: str | None, html: bool, top_level: str | None = None) -> Decoded:
    """The text of a body. A byte that has no meaning in its charset becomes one U+FFFD.

    A byte order mark decides; then bytes that only one charset explains: 16 and 32 bits a unit, escape sequences, UTF-8; then the label
    of the header (`declared`), of the page (`html`) and the detector of Firefox, which knows habits of the site's `top_level` domain.
    The detector chooses between labels, and overrules one whose letters would be of another script than the bytes show. Raises NotText
    for an image, an archive and other bytes that no charset makes a text of.
    """
    body, marked = _without_mark(_without_padding(body))
    refuse_formats(body)
    labels = _Labels(body, declared, html)
    wide = marked if marked and marked != "utf-8" else wide_charset(body, declared)
    if wide and is_wide_text(text := _decode(body, wide)):
        return Decoded(text, wide)
    body = body.strip(b"\0")
    refuse_controls(body)
    utf8 = _utf8(body)
    if not marked and _may_shift(body, utf8) and (stateful := stateful_charset(body, labels.names())):
        return Decoded(decode_stateful(body, stateful), stateful)
    if utf8 is not None:
        return Decoded(utf8, "utf-8", body)
    if found := _nearly_utf8(body, bool(marked) or "utf-8" in labels.names()):
        return Decoded(*found)
    denied = ("utf-8", "utf-16le", "utf-16be") if _is_narrow(body) else ("utf-8",)
    return Decoded(*_by_label(body, [name for name in labels.names() if name not in denied], top_level))


def joined(text: str) -> str:
    """A text without surrogates, which no UTF-8 can hold: two that belong together become their character, any other U+FFFD."""
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def _without_padding(body: bytes) -> bytes:
    """Without the NULs that fill a body up, as many as leave units of 16 and 32 bits whole."""
    start, end = len(body) - len(body.lstrip(b"\0")), len(body.rstrip(b"\0"))
    return body[start - start % 4 : end + -end % 4]


def _without_mark(body: bytes) -> tuple[bytes, str | None]:
    """(what follows the byte order mark, the charset that it says); no charset where a mark of 16 bits stands before text of 8."""
    for mark, charset in MARKS:
        if body.startswith(mark):
            body = body[len(mark) :]
            return body, None if charset.startswith("utf-16") and _is_narrow(body) else charset
    return body, None


def _utf8(body: bytes) -> str | None:
    try:
        return body.decode()
    except UnicodeDecodeError:
        return None


def _may_shift(body: bytes, utf8: str | None) -> bool:
    """Whether there are signs of a charset of escapes, and bytes beyond ASCII are at most damage: nothing is UTF-8 by chance."""
    if utf8 is not None and not utf8.isascii():
        return False
    shifts = b"\x1b" in body or (b"~" in body and b"~{" in body)  # a single byte is found ten times as fast
    return shifts and (utf8 is not None or count_high(body) <= MOST_CONTROLS * len(body))


class _Labels:
    """What is said about a body's charset, looked for once and only if it matters."""

    def __init__(self, body: bytes, declared: str | None, html: bool) -> None:
        self._body, self._declared, self._html = body, declared, html
        self._names: list[str] | None = None

    def names(self) -> list[str]:
        """WHATWG names in the order in which they count, each once."""
        if self._names is None:
            header = _charset_of(self._declared) if self._declared else None
            self._names = list(dict.fromkeys([*([header] if header else []), *(_within_page(self._body) if self._html else ())]))
        return self._names


@lru_cache(256)
def _charset_of(label: str) -> str | None:
    """The charset that browsers mean by a label; of the stateful ones that they refuse, the label."""
    label = label.strip().lower()
    found = webencodings.lookup(label)
    if found is None:
        return MORE_LABELS.get(label)
    return {"replacement": label, "x-user-defined": "windows-1252"}.get(found.name, found.name)


def _within_page(body: bytes) -> Iterator[str]:
    """The first known label of a meta element, then of the XML declaration. A page in which they can be read has no 16 bits a unit."""
    head = COMMENT.sub(b"", body[:HEAD_BYTES])
    tags = (match.group() for match in META.finditer(head))
    said = [META_CHARSET.search(tag) for tag in tags if b"content" not in tag.lower() or b"http-equiv" in tag.lower()]
    for matches in (said, [XML_ENCODING.search(head)]):
        names = (_charset_of(match.group(1).decode("latin-1")) for match in matches if match)
        if name := next((name for name in names if name), None):
            yield "utf-8" if name.startswith(("utf-16", "utf-32")) else name


def wide_charset(body: bytes, declared: str | None) -> str | None:
    """UTF-16 or UTF-32 without a mark: the NULs of its markup and spaces lie in every second place, or in three of four.

    Prose without spaces may have none: then the header is believed, if its charset explains every byte and UTF-8 does not.
    """
    sample = body[:4096]
    if sample.count(0) >= FEWEST_NULS:
        nulls = [sample[place::4].count(0) * 4 / len(sample) for place in range(4)]
        if min(nulls[2:]) > 0.9 or min(nulls[:2]) > 0.9:
            return "utf-32le" if nulls[3] > 0.9 else "utf-32be"
        even, odd = nulls[0] + nulls[2], nulls[1] + nulls[3]
        if max(even, odd) > 0.2 and min(even, odd) < max(even, odd) / 8:
            return "utf-16le" if odd > even else "utf-16be"
    named = _charset_of(declared) if declared else None
    if named not in ("utf-16le", "utf-16be") or _is_narrow(body) or not _explains(named, body) or _explains("utf-8", body):
        return None
    return named


def _is_narrow(body: bytes) -> bool:
    """Whether spaces or tags of ASCII stand there: in units of 16 bits, NULs would be beside each of their letters."""
    sample = body[:4096]
    spaces = len(NARROW_SPACE.findall(sample))
    return sample.count(0) < FEWEST_NULS and (0 < len(sample) <= 32 * spaces or NARROW_TAG.search(sample) is not None)


def _explains(charset: str, body: bytes) -> bool:
    try:
        body.decode(charset)
    except UnicodeDecodeError:
        return False
    return True


def _nearly_utf8(body: bytes, said: bool) -> tuple[str, str] | None:
    """UTF-8 with some bytes that are none, as where a page quotes another or was cut; fewer of them where nobody has `said` UTF-8."""
    lone = 0
    if b"\xed" in body:
        body, lone = LONE_SURROGATE.subn("\ufffd".encode(), SURROGATES.sub(_one_character, body))
    text, used = codecs.utf_8_decode(body, "replace", False)
    bad = text.count("\ufffd") - body.count("\ufffd".encode()) + lone
    good = _beyond_ascii(text) - bad
    if (not good or good < bad * (1 if said else CLEAR_UTF8)) and not (said and bad == lone):
        return None
    return text + "\ufffd" * (used < len(body)), "utf-8"


def _one_character(pair: re.Match[bytes]) -> bytes:
    return pair[0].decode("utf-8", "surrogatepass").encode("utf-16", "surrogatepass").decode("utf-16").encode()


def _by_label(body: bytes, labels: list[str], top_level: str | None) -> tuple[str, str]:
    charset = _choose(body, labels, top_level)
    text = _decode(body, charset)
    if charset in LAYOUTS and ("\ufffd" in text or has_alien(body, charset)):
        text = realign(body, charset, partial(_decode, charset=charset))
    if not _fits(text):  # damage was supposed where there is none
        charset = _ask(_sample(body), top_level)
        text = _decode(body, charset)
    if not _fits(text):
        raise NotText("bytes that are text in no charset")
    return text, charset


def _choose(body: bytes, labels: list[str], top_level: str | None) -> str:
    fitting = {name: text for name in labels if _fits(text := _decode(body, name))}
    found = _detect(body, list(fitting), top_level)
    text = fitting[found] if found in fitting else _decode(body, found)
    for label, labeled in fitting.items():
        if label == found or labeled == text:
            return label
    if not fitting:
        return "windows-1252" if is_western(body[:SEARCHED_BYTES], top_level) else _least_strange(body, found)
    label, labeled = next(iter(fitting.items()))
    as_pairs = found in LAYOUTS and label not in LAYOUTS
    deniable = label not in UNDETECTABLE and not (label in LATIN and found in LATIN)
    damaged = as_pairs and "\ufffd" in text and "\ufffd" not in labeled
    certain = CERTAIN_PAIRS if as_pairs and label not in LATIN else CERTAIN_BYTES
    return found if deniable and not damaged and _fits(text) and count_high(body) >= certain else label


def _least_strange(body: bytes, found: str) -> str:
    """The detector's guess about few bytes, unless what it makes of them reads twice as strange as what another charset does."""
    sample = _sample(body)
    if not FEWEST_BYTES <= count_high(sample) <= SHORT_BYTES:
        return found
    most = strangeness(_repaired(sample, found), found)
    if most < STRANGE:
        return found
    others = {name: strangeness(_repaired(sample, name), name) for name in UNSAID}
    best = min(others, key=others.__getitem__)
    return best if others[best] <= most - STRANGE and 2 * others[best] <= most else found


def _repaired(sample: bytes, charset: str) -> str:
    if charset in LAYOUTS:
        return realign(sample, charset, partial(_decode, charset=charset))
    return _decode(sample, charset)


def _fits(text: str) -> bool:
    """Whether bytes without meaning are the exception: at most one for four characters beyond ASCII, or the only one."""
    bad = text.count("\ufffd")
    return bad <= 1 or bad <= (_beyond_ascii(text) - bad) // 4


def _beyond_ascii(text: str) -> int:
    return len(text) - len(text.encode("ascii", "ignore"))


def _sample(body: bytes) -> bytes:
    return b"\n".join(re.findall(rb"[\x80-\xff][^<>\n]*", body[:SEARCHED_BYTES]))[:SAMPLE_BYTES]


def _detect(body: bytes, labels: list[str], top_level: str | None) -> str:
    """The detector's answer to what follows bytes beyond ASCII, up to the next tag or line.

    For one wrong byte it excludes a charset, so a label is asked for again without the bytes that have no meaning in it, as are charsets
    of other scripts, and a charset of several bytes a character in what is whole.
    """
    sample = _sample(body)
    found = _ask(sample, top_level)
    for name in labels:
        meant = sample if name in LAYOUTS else sample.translate(None, _undefined(name))
        if meant != sample and _decode(meant, _ask(meant, top_level)) == _decode(meant, name):
            return name
    for name in OTHER_SCRIPTS:
        meant = sample.translate(None, _undefined(name))
        few = 0 < len(sample) - len(meant) <= max(1, len(sample) // BYTES_FOR_A_STRAY)
        enough = CERTAIN_BYTES * (2 if name == "windows-1255" else 1)  # its letters lie where Cyrillic has the small ones
        if few and count_high(meant) >= enough and _ask(meant, top_level) == name:
            return name
    whole = (found,) if found in LAYOUTS and "\ufffd" not in _decode(sample, found) else ()
    if known := next((name for name in labels if _is_mostly(sample, name, top_level, True)), None):
        return known
    layouts = LAYOUTS if count_high(sample) >= CERTAIN_DAMAGE else ()
    return next((name for name in (*whole, *layouts) if name in whole or _is_mostly(sample, name, top_level, False)), found)


@cache
def _undefined(name: str) -> bytes:
    """The bytes beyond ASCII that are nothing in a charset of one byte a character, or a control character."""
    return bytes(byte for byte in HIGH if (read := _decode(bytes([byte]), name)) < "\xa0" or read == "\ufffd")


def _is_mostly(sample: bytes, name: str, top_level: str | None, labeled: bool) -> bool:
    """Whether the detector finds the charset in the longest piece that is whole, or behind a label in all but the few bytes of a damage."""
    if name not in LAYOUTS or not _fits(text := _decode(sample, name)):
        return False
    pieces = [max(text.split("\ufffd"), key=len)]
    if labeled and "\ufffd" in text:
        repaired = realign(sample, name, partial(_decode, charset=name))
        if repaired.count("\ufffd") <= max(1, len(repaired) // BYTES_FOR_A_STRAY):
            pieces.append(repaired.replace("\ufffd", ""))
    asked = {"gbk": "gb18030"}.get(name, name)
    encoded = (webencodings.encode(piece, name, "ignore") for piece in pieces)
    return any(not piece.isascii() and _ask(piece, top_level) == asked for piece in encoded)


def _ask(sample: bytes, top_level: str | None) -> str:
    detector = EncodingDetector()
    detector.feed(sample, last=False)
    domain = top_level.encode() if top_level and top_level.isascii() and top_level.isalnum() and top_level.islower() else None
    found = detector.guess(tld=domain, allow_utf8=False).lower()
    return "windows-874" if found == "cp874" else found


def _replace_but_euro(error: UnicodeError) -> tuple[str, int]:
    """The byte 0x80 is the euro sign in GBK (WHATWG Encoding, 10.2.1), and nothing to Python."""
    assert isinstance(error, UnicodeDecodeError)
    return ("€", error.start + 1) if error.object[error.start] == 0x80 else ("\ufffd", error.end)


codecs.register_error("replace-but-euro", _replace_but_euro)


def _decode(body: bytes, charset: str) -> str:
    if charset == "euc-jp":
        return decode_euc_jp(body)
    if charset in PYTHON_CODECS:
        return body.decode(PYTHON_CODECS[charset], "replace-but-euro" if charset in ("gbk", "gb18030") else "replace")
    found = webencodings.lookup(charset)
    assert found is not None, "charsets are named by `lookup`"
    text: str = found.codec_info.decode(body, "replace")[0]
    return NO_SHIFT_JIS.sub("\ufffd", text) if charset == "shift_jis" else text
