"""Finds what a pronoun or "the company" stands for: a name of the document, if one alone agrees."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from itertools import islice
from pathlib import Path

from tierline.editing.english import FUNCTION_WORDS
from tierline.operations.dictionary import is_common
from tierline.operations.document import Document
from tierline.operations.operation import Kind, Operation, Rule

GIVEN_NAMES = Path(__file__).with_name("given_names.txt")
_TITLE = r"(?:(?P<title>Mr|Mrs|Ms|Miss|Sir|Dame|Dr|Prof|President|Senator|King|Queen|Lord|Lady)\b\.? )?"
_PART = r"[A-Z][^\W\d_]+(?:[-'’][A-Z]?[^\W\d_]+)?"
_RUN = re.compile(rf"{_TITLE}[A-Z][^\W\d_]+(?:[-'’][A-Z][^\W\d_]+)?(?: (?:[A-Z]\.|(?:of|de|van|von|der|la) (?=[A-Z])|{_PART})){{0,5}}")
_PRONOUN = re.compile(r"(?:He|She)(?= [a-z])")
_KINDS = {
    "company": "Inc Corp Corporation Ltd Limited LLC GmbH AG PLC Company Holdings".split(),
    "firm": "Inc Corp Corporation Ltd Limited LLC GmbH AG PLC Company LLP".split(),
    "university": ["University"], "museum": ["Museum"], "institute": ["Institute"], "foundation": ["Foundation"],
    "committee": ["Committee"], "hospital": ["Hospital"], "college": ["College"], "commission": ["Commission"],
    "ministry": ["Ministry"], "library": ["Library"], "association": ["Association"], "council": ["Council"],
    "cathedral": ["Cathedral"], "castle": ["Castle"], "bridge": ["Bridge"], "river": ["River"], "festival": ["Festival"],
}  # fmt: skip
_VERB = r"(?:is|was|has|had|will|can|also|now|then|later|first|opened|said|[a-z]{3,14}ed|[a-z]{3,14}s)\b"
_NOUN = re.compile(rf"The (?P<noun>{'|'.join(_KINDS)})(?= {_VERB})")
_UNNAMED = "an? another other each every any one this that our their his her your parent former new".replace(" ", "|")  # of its kind
_GENDERS = {"Mr": "m", "Sir": "m", "King": "m", "Lord": "m", "Mrs": "f", "Ms": "f", "Miss": "f", "Dame": "f", "Queen": "f", "Lady": "f"}
_OTHERS = frozenset("he him his himself".split()), frozenset("she her hers herself".split())
OPENINGS_MAX = 30  # of a document, before each of which all names are read
MENTIONS_MIN = 2  # of a name in the document: what is said once is hardly what a text is about


def find_referents(document: Document, proposer: str) -> Iterator[Operation]:
    """Pronouns and descriptions that open a paragraph: whoever reads it alone does not know who is meant."""
    starts = (start for number, (start, _) in enumerate(document.lines) if number and number not in document.headings)
    found = (_PRONOUN.match(document.text, start) or _NOUN.match(document.text, start) for start in starts)
    for match in islice(filter(None, found), OPENINGS_MAX):
        reason = "a description that opens a paragraph" if "noun" in match.groupdict() else "a pronoun that opens a paragraph"
        for name in names_meant(document, match.start(), match):
            yield Operation(Kind.RESOLVE, *match.span(), name, reason, proposer)


def verify_referent(document: Document, operation: Operation) -> str:
    """One name of the document agrees with the words, and no other does: read with each other name in its place, it is refused."""
    start, end = operation.start, operation.end
    match = _PRONOUN.match(document.text, start) or _NOUN.match(document.text, start)
    if match is None or match.end() != end or document.lines[document.line_of(start)][0] != start or document.is_verbatim(start, end):
        return "resolve:place"
    meant = names_meant(document, start, match)
    if operation.replacement not in meant:
        return "resolve:other_name"
    return "" if len(meant) == 1 else "resolve:several"


def names_meant(document: Document, place: int, match: re.Match[str]) -> list[str]:
    """Every name before this place that the words may stand for; none where somebody or something without a name is meant, perhaps."""
    before = document.text[:place]
    if noun := match.groupdict().get("noun"):
        return _things(before, noun)
    gender = "m" if match[0] == "He" else "f"
    return _persons(document, before, gender)


def _things(before: str, noun: str) -> list[str]:
    """Names whose last word says that they are such a thing, if no other such thing is spoken of."""
    endings = _KINDS[noun]
    named = {match[0] for match in _RUN.finditer(before) if match[0].rstrip(".").split()[-1] in endings}
    named = {name for name in named if f"The {name}" not in named}
    named = {
        name
        for name in named
        if len(name.removeprefix("The ").split()) > 1 and name.split()[0] not in ("A", "An", "This", "That", "Our", "Your", "Every")
    }
    plural = noun.removesuffix("y") + "ies" if noun.endswith("y") else noun + "s"
    if re.search(
        rf"\b(?:{_UNNAMED}) (?:[a-z-]{{1,30}} )?{noun}\b|\b{plural}\b",
        before,
        re.I,
    ):
        return []
    with_article = noun not in ("company", "firm")
    return [f"The {name}" if with_article and not name.startswith("The ") else name for name in sorted(named)]


def _persons(document: Document, before: str, gender: str) -> list[str]:
    """Full names of persons of this gender, if the text before speaks of nobody else who could be meant."""
    words = frozenset(re.findall(r"[a-z]+", before.lower()))
    if words & _OTHERS[gender == "m"]:
        return []
    runs = list(_RUN.finditer(before))
    persons: dict[str, str] = {}
    for match in runs:
        name = match[0].removeprefix(f"{match['title']}. ").removeprefix(f"{match['title']} ") if match["title"] else match[0]
        found = _GENDERS.get(match["title"] or "") or given_names().get(name.split()[0])
        if found and len(name.split()) > 1 and not _is_thing(name):
            persons[name] = found
    full = {name for name in persons if not any(name != other and _is_part(name, other) for other in persons)}
    if len(full) != 1:
        return sorted(name for name in full if persons[name] == gender) if len(full) > 1 else []
    name = next(iter(full))
    if persons[name] != gender or _mentions(before, name) < MENTIONS_MIN:
        return []
    near = before[document.sentence_at(max(0, len(before) - 2))[0] :]
    others = [match[0] for match in _RUN.finditer(near) if not _is_part(match[0].split(". ")[-1], name) and _may_be_person(match[0], name)]
    return [] if others or not _mentions(near, name) else [name]


def _is_part(shorter: str, name: str) -> bool:
    return set(shorter.replace("’s", "").replace("'s", "").split()) <= set(name.split())


def _may_be_person(run: str, name: str) -> bool:
    """Whether a capitalized run could be of somebody else: not a function word, a common word that opens a sentence, or a known thing."""
    words = [word for word in run.split() if word.lower() not in FUNCTION_WORDS]
    if not words or set(words) <= set(name.split()):
        return False
    return not (len(words) == 1 and is_common(words[0].lower())) and not _is_thing(run)


def _is_thing(name: str) -> bool:
    return any(name.rstrip(".").split()[-1] in endings for endings in _KINDS.values())


def _mentions(text: str, name: str) -> int:
    return len(re.findall(rf"(?<!\w){re.escape(name.split()[-1])}(?!\w)", text))


@cache
def given_names() -> dict[str, str]:
    """Given names that are of one gender, `m` or `f`."""
    lines = (line.split() for line in GIVEN_NAMES.read_text("utf-8").splitlines() if line[:2] in ("m:", "f:"))
    return {name: kind[0] for kind, *names in lines for name in names}


REFERENTS = Rule("referents-1", find_referents, ("en",))
