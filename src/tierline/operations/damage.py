"""Repairs letters that a wrong character set, a missing font, a machine's reading or a page's links put in the place of others."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterator
from itertools import product

from tierline.operations.dictionary import is_word
from tierline.operations.document import Document
from tierline.operations.operation import Kind, Operation, Rule

_RUN = re.compile(r"[^\s<>|]{2,200}")
_ODD = re.compile("[\u0080-\u009fÂÃâãÄÅÐÑÎÏØÙàðĂă€]")  # without one of these nothing was read in a wrong character set
# Sets in which UTF-8 is read by mistake, by their names in Python and ftfy.
_MISTAKEN = ("latin-1", "sloppy-windows-1252", "sloppy-windows-1250", "sloppy-windows-1251", "macroman", "cp437")
_ENTITY = re.compile(r"&(?:amp|nbsp|quot|apos|lt|gt|[lr]s?quo|[lr]dquo|[mn]dash|hellip|#\d{2,5}|#x[0-9a-fA-F]{2,4});")
_ABOUT_MARKUP = re.compile(r"</?[a-z]{1,12}[ />]|\b(?:HTML|XML|XHTML|SGML|entity|entities|escap(?:e|ed|ing)|markup)\b", re.I)
_LIGATURE = re.compile("[\ufb00-\ufb06]")
_UNSEEN = "\u00ad\u200b\ufeff"  # soft hyphen, space of no width, byte order mark
_DRAWN = re.compile(f"[^\\s{_UNSEEN}]{{0,60}}[{_UNSEEN}][^\\s]{{0,200}}")
# Scripts whose words stand without spaces: there a space of no width parts them.
_UNSPACED = re.compile("[\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")
_LOST = re.compile("([^\\W\\d_]{1,30})\ufffd([^\\W\\d_]{1,2})(?![^\\W\\d_])")
_CONTRACTED = frozenset(
    """don't can't won't isn't aren't wasn't weren't doesn't didn't hasn't haven't hadn't couldn't wouldn't shouldn't it's that's there's
    he's she's what's who's let's here's i'm i've i'd i'll you're you've you'd you'll we're we've we'd we'll they're they've they'd
    they'll he'd he'll she'd she'll it'll""".split()
)
_PERMALINK = re.compile(r"(?<=\S)[ \t]?¶(?=\n|\Z)")  # what tools of documentation put behind headings and definitions, as a link to them
PERMALINKS_MIN = 2  # of a document; a single one may be meant
_READ_SO = {"0": "o", "1": "li", "5": "s", "6": "b", "8": "b", "3": "e"}
_MISREAD = re.compile(r"(?<![\w.-])[a-z]{2,20}[013568][a-z]{2,20}(?![\w.-]|\.\w)")


def find_damage(document: Document, proposer: str) -> Iterator[Operation]:
    """Words of a wrong character set, entities, ligatures, unseen characters, lost apostrophes, signs of links, digits for letters."""
    text = document.text
    for start, end in _permalinks(document):
        yield Operation(Kind.DAMAGE, start, end, "", "the sign of a link to a heading", proposer)
    if _ODD.search(text):
        yield from _mistaken(document, proposer)
    if "&" in text and not _ABOUT_MARKUP.search(text):
        for match in _ENTITY.finditer(text):
            meant = html.unescape(match[0]).replace("\xa0", " ")
            yield Operation(Kind.DAMAGE, *match.span(), meant, "an entity that was escaped twice", proposer)
    for match in _LIGATURE.finditer(text):
        yield Operation(Kind.DAMAGE, *match.span(), _joined(match[0]), "a ligature", proposer)
    if any(character in text for character in _UNSEEN):
        for match in _DRAWN.finditer(text):
            yield Operation(Kind.DAMAGE, *match.span(), _seen(match[0]), "a character that nobody sees", proposer)
    for match in _LOST.finditer(text):
        yield Operation(Kind.DAMAGE, match.end(1), match.end(1) + 1, "’", "a lost apostrophe", proposer)
    if document.is_english:
        for match in _MISREAD.finditer(text):
            for meant in _readings(match[0]):
                yield Operation(Kind.DAMAGE, *match.span(), meant, "a digit in a word", proposer)


def verify_damage(document: Document, operation: Operation) -> str:
    """The damage can be done again: what is proposed, damaged in a known way, gives exactly what the document has."""
    text, start, end = document.text, operation.start, operation.end
    was, meant = text[start:end], operation.replacement
    if was.lstrip() == "¶":
        return "" if meant == "" and (start, end) in _permalinks(document) else "damage:permalink"
    if _ENTITY.fullmatch(was):
        return "" if html.unescape(was).replace("\xa0", " ") == meant and not _ABOUT_MARKUP.search(text) else "damage:entity"
    if _LIGATURE.fullmatch(was):
        return "" if meant == _joined(was) else "damage:letter"
    if any(character in was for character in _UNSEEN):
        return "" if meant == _seen(was) and not _UNSPACED.search(was) else "damage:letter"
    if was == "\ufffd":
        return _lost_apostrophe(document, operation)
    if _MISREAD.fullmatch(was):
        return _misread(document, was, meant)
    return "" if meant in _meanings(was) else "damage:character_set"


def _permalinks(document: Document) -> list[tuple[int, int]]:
    """Signs at the ends of lines outside of code, of a document that has several; nothing stands behind them."""
    if "¶" not in document.text:
        return []
    found = [match.span() for match in _PERMALINK.finditer(document.text) if not document.code_lines[document.line_of(match.start())]]
    return found if len(found) >= PERMALINKS_MIN else []


def _mistaken(document: Document, proposer: str) -> Iterator[Operation]:
    for match in _RUN.finditer(document.text):
        if _ODD.search(match[0]):
            for meant in _meanings(match[0]):
                yield Operation(Kind.DAMAGE, *match.span(), meant, "UTF-8 that was read in another character set", proposer)
                break


def _meanings(was: str) -> list[str]:
    """What a run of characters stands for if it is UTF-8 read in another set, once or twice: none unless ftfy finds it bad and what it
    stands for good."""
    import ftfy
    from ftfy.badness import is_bad

    if not is_bad(was):
        return []
    meant = ftfy.fix_encoding(was)
    if meant == was or is_bad(meant) or len(meant) >= len(was) or any(unicodedata.category(one) in ("Cc", "Co", "Cn") for one in meant):
        return []
    return [meant] if was in _damaged(meant) or any(was in _damaged(once) for once in _damaged(meant)) else []


def _damaged(meant: str) -> list[str]:
    found: list[str] = []
    for name in _MISTAKEN:
        try:
            found.append(meant.encode("utf-8").decode(name))
        except (UnicodeDecodeError, UnicodeEncodeError):
            continue
    return found


def _joined(ligature: str) -> str:
    return unicodedata.normalize("NFKC", ligature)


def _seen(run: str) -> str:
    return "".join(character for character in run if character not in _UNSEEN)


def _lost_apostrophe(document: Document, operation: Operation) -> str:
    match = _LOST.search(document.text, max(0, operation.start - 30), operation.end + 3)
    while match and match.end(1) != operation.start:
        match = _LOST.search(document.text, match.start() + 1, operation.end + 3)
    if match is None or operation.replacement != "’" or not document.is_english:
        return "damage:letter"
    before, behind = match[1].lower(), match[2].lower()
    return "" if f"{before}'{behind}" in _CONTRACTED or (behind == "s" and is_word(before)) else "damage:letter"


def _misread(document: Document, was: str, meant: str) -> str:
    """A word that stands elsewhere in the document, while what it was read as stands once."""
    if meant not in _readings(was) or not is_word(meant):
        return "damage:digit"
    written = re.findall(r"(?<!\w)" + re.escape(was) + r"(?!\w)", document.text)
    return "" if document.lowered[meant] and len(written) == 1 else "damage:digit_meant"


def _readings(was: str) -> list[str]:
    return ["".join(letters) for letters in product(*(_READ_SO.get(letter, letter) for letter in was))]


DAMAGE = Rule("damage-2", find_damage)
