"""A document as questions see it: what it is called, its sections, its sentences, and which of them could answer a question."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from tierline.derived.form import Span
from tierline.derived.grammar import states
from tierline.editing.english import FUNCTION_WORDS
from tierline.operations.document import Document
from tierline.text.redacted import TAG

NAMED_MAX = 100  # characters of a title; a longer one is cut to its first part
_PARTS = re.compile(r" (?:[|—–·»]|-{1,2}|::) ")
_NUMBERED = re.compile(
    r"\A(?:(?:(?:Chapter|Section|Appendix|Part|Cap\.)\s{1,3}(?:\d{1,3}|[A-Z])|\d{1,3}|[A-Z](?=\.))(?:\.\d{1,3}){0,6}[.:]?\s{1,3})"
)
_LATIN = re.compile(r"[A-Za-zÀ-ſ]")
_KEY = re.compile(r"[^\W_]+(?:['’][^\W\d_]+)?")
KEY_LETTERS = 6  # words that begin alike count as forms of one word
# What points out of the sentence, or at whoever speaks.
_DANGLING = re.compile(
    r"\b(?:he|she|they|them|their|theirs|his|her|hers|him|this|these|those|such|(?:above|below)(?! (?:the|an?|sea|ground|zero|\d))|"
    r"following|preceding|previous|previously|aforementioned|former|latter|here|we|us|our|ours|my|mine|me|ago|yesterday|today|"
    r"tomorrow|earlier|said|same|other|another|others|first|second|next|now|also|too|again|instead|however|therefore|thus|hence|"
    r"(?:do|does|did) so|see|figure|table|section|chapter|example)\b|\bI\b|"
    r"\b(?:if|when|because|unless|whether|in|of|for|with|by|after|before|like|do|on|at|from) that\b|\d that\b|"
    r"\b(?:prior|due|similar|compared) to that\b|\bthe (?:answer|unit|layout) (?:is|was|has|might|may|can)\b|"
    r"\A(?:X )?(?:the )?(?:default|minimum|maximum|initial)(?: [a-z]{2,12})? (?:is|are|was)\b",
    re.I,
)
_IT = re.compile(r"\b(?:it|its|itself)\b", re.I)
_BEGINS = re.compile(
    r"(?:it|there|here|but|and|or|so|then|otherwise|similarly|likewise|furthermore|moreover|additionally|note|both|either|"
    r"neither|one|some|each|now|finally|meanwhile|yet|still|afterwards|later|that|what|which|who|if so|if not|for example|"
    r"for instance|on the other hand|in addition|as a result|in contrast|by contrast)\b",
    re.I,
)
_ENDS = re.compile(r"[^.!?…:;,]\.[\"”’]?\Z|[)\]]\.\Z")
_LOST = re.compile(r"\b(?:on|in|to|from|of|at|by|with|the|an?|under|into) (?:[-–—>,;.)]|$)")  # words that extraction lost, such as a menu's
_JOINED = re.compile(r"[a-z]{3}[.!?][A-Z][a-z]{2}")  # two sentences without a space
_CUT = re.compile(r"\b(?:St|Dr|Mr|Mrs|Ms|No|vs|e\.g|i\.e|Jr|Sr|Fig|approx|cf|Vol|pp|ca|[A-Z])\.\Z")  # a sentence does not end so
_LABEL = re.compile(r"\A\W{0,2}[^\s:]{1,25}(?: [^\s:]{1,25}){0,3}(?::| [-–—] )")  # an entry of a list, and what it says
_OPEN, _SHUT = "([{“", ")]}”"
SENTENCE_CHARACTERS = (24, 320)
SENTENCE_WORDS = (4, 45)
ENGLISH_SHARE = 0.2  # of a sentence's words are function words
RIVAL_SHARE = 0.8  # of the words that a question asks with; a sentence that has so many may answer it too
POSTINGS_MAX = 400  # sentences that one word stands in and that are looked at


@dataclass(frozen=True, slots=True)
class Sentence:
    """`text` is `document.text[start:end]`; `section` is the heading above it, "" for none; `line` its number."""

    number: int
    start: int
    end: int
    text: str
    line: int
    section: str


class Paper:
    """A document with what forms need of it, each computed once."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.text = document.text

    @cached_property
    def name(self) -> str:
        """What the document is called, without the number of its section; "" if it has no title or heading that says so."""
        for title in (self.document.title, *list(self.headings)[:1]):
            name = clean_name(title)
            if len(name) > NAMED_MAX:
                name = _PARTS.split(name)[0].strip()
            if 2 < len(name) <= NAMED_MAX and is_latin(name) and not TAG.search(name) and '"' not in name:
                return name.replace("“", "").replace("”", "")
        return ""

    @cached_property
    def place(self) -> str:
        """The name in quotation marks, with the site where the name is of one or two words that many documents may bear."""
        site = self.document.url.partition("://")[2].partition("/")[0].removeprefix("www.").partition(":")[0]
        return f"“{self.name}”" + (f" on {site}" if site and len(self.name.split()) < 3 else "")

    def placed(self, section: str = "") -> str:
        """The document and one of its sections, as a question names them."""
        known = clean_name(section)
        if (
            not known
            or not is_latin(known)
            or normal(known) in normal(self.name)
            or not 3 < len(known) <= 70
            or '"' in known
            or "“" in known
        ):
            return self.place
        return f"“{known}” in {self.place}"

    @cached_property
    def sections(self) -> list[str]:
        """Of each line the heading above it; "" for none, and for a line of a table of contents."""
        found: list[str] = []
        current = ""
        for number, line in enumerate(self.document.line_texts):
            if number in self.document.headings:
                current = line.strip("#¶ ")
            found.append(current)
        return found

    @cached_property
    def headings(self) -> dict[str, list[int]]:
        """The numbers of the lines that are headings, by what they say."""
        found: dict[str, list[int]] = {}
        for line in sorted(self.document.headings):
            if line < len(self.document.line_texts):
                found.setdefault(clean_name(self.document.line_texts[line]), []).append(line)
        return found

    @cached_property
    def sentences(self) -> list[Sentence]:
        """Every sentence outside of code, tables and headings, in order."""
        found: list[Sentence] = []
        for start, end in self.document.sentences:
            line = self.document.line_of(start)
            if line in self.document.headings or self.document.code_lines[line] or self.document.line_texts[line].startswith("|"):
                continue
            found.append(Sentence(len(found), start, end, self.text[start:end], line, self.sections[line]))
        return found

    @cached_property
    def whole(self) -> list[Sentence]:
        """Sentences that say something by themselves: none begins or holds a word that points elsewhere."""
        return [one for one in self.sentences if self.is_whole(one) and not is_dangling(one.text)]

    @cached_property
    def statements(self) -> list[Sentence]:
        """Those with a verb that do not begin as an entry of a list or tell the reader what to do."""
        return [one for one in self.whole if not _LABEL.match(one.text) and states(one.text)]

    @cached_property
    def plain(self) -> list[Sentence]:
        """Sentences of full length that are prose; they may point elsewhere."""
        return [one for one in self.sentences if self.is_whole(one)]

    def is_whole(self, one: Sentence) -> bool:
        """A sentence of prose from its first letter to its full stop, with nothing that means every letter."""
        text = one.text
        if not SENTENCE_CHARACTERS[0] <= len(text) <= SENTENCE_CHARACTERS[1] or not _ENDS.search(text):
            return False
        if not SENTENCE_WORDS[0] <= len(text.split()) <= SENTENCE_WORDS[1] or TAG.search(text) or self._is_verbatim(one):
            return False
        if any(text.count(left) != text.count(right) for left, right in zip(_OPEN, _SHUT, strict=True)) or text.count('"') % 2:
            return False
        if (
            not is_english(text)
            or _CUT.search(text)
            or _LOST.search(text)
            or _JOINED.search(text)
            or _CUT.search(self.text[max(0, one.start - 12) : one.start].rstrip(" "))
        ):
            return False
        return (
            (text[0].isupper() or text[0] in "“\"'‘" or one.text.split()[0].lower() in normal(self.name).split())
            and "�" not in text
            and "|" not in text
        )

    def _is_verbatim(self, one: Sentence) -> bool:
        return self.document.is_verbatim(one.start, one.end)

    @cached_property
    def _keys(self) -> list[frozenset[str]]:
        return [keys_of(one.text) for one in self.sentences]

    @cached_property
    def _postings(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for number, keys in enumerate(self._keys):
            for key in keys:
                found.setdefault(key, []).append(number)
        return found

    def rivals(self, asked: str, evidence: Span, share: float = RIVAL_SHARE) -> Iterator[Sentence]:
        """Sentences outside of the evidence that have most of the words that a question asks with: they may answer it as well.

        A sentence with that share of n words has one of any n - ceil(share n) + 1 of them, so only those that have one of the rarest are
        looked at. A question of words that are all frequent has every sentence as its rival.
        """
        wanted = sorted(keys_of(asked), key=lambda key: (len(self._postings.get(key, ())), key))
        if not wanted:
            return
        least = max(1, -int(-share * len(wanted) // 1))
        rare = wanted[: len(wanted) - least + 1]
        seen: set[int] = set()
        for key in rare:
            numbers = self._postings.get(key, [])
            if len(numbers) > POSTINGS_MAX:
                yield from self.sentences[:1]
                return
            seen.update(numbers)
        for number in sorted(seen):
            one = self.sentences[number]
            if not evidence[0] <= one.start < evidence[1] and len(self._keys[number] & set(wanted)) >= least:
                yield one

    @cached_property
    def mentions(self) -> Counter[str]:
        """How often each word stands in the text, in lower case and cut to its first letters."""
        return Counter(key(word) for word in _KEY.findall(self.text))


def is_latin(text: str) -> bool:
    """Whether two letters or more, and most, are Latin ones."""
    letters = [character for character in text if character.isalpha()]
    return len(letters) > 1 and len(_LATIN.findall(text)) >= 0.8 * len(letters)


def is_english(text: str) -> bool:
    """Whether enough of the words hold English sentences together: documents in English quote others, and are translated in part."""
    words = _KEY.findall(text.lower())
    function = sum(word in FUNCTION_WORDS for word in words)
    return function >= max(2, ENGLISH_SHARE * len(words)) and sum(map(str.isascii, words)) >= 0.85 * len(words)


def clean_name(title: str) -> str:
    """A title or heading without its number, marks and spaces around."""
    return _NUMBERED.sub("", " ".join(title.strip("#¶ ").split())).strip(" :.|-–—")


def normal(text: str) -> str:
    """Words in lower case, with one space between them."""
    return " ".join(word.lower() for word in _KEY.findall(text))


def key(word: str) -> str:
    """The beginning that forms of a word share."""
    return word.lower()[:KEY_LETTERS]


def keys_of(text: str) -> frozenset[str]:
    """The words of a text that say something, by their beginnings."""
    return frozenset(key(word) for word in _KEY.findall(text) if word.lower() not in FUNCTION_WORDS)


def is_dangling(text: str, may_have_it: bool = False) -> bool:
    """Whether words point out of a sentence. `may_have_it`: "it" and "its" stand behind what they mean."""
    return bool(_BEGINS.match(text) or _DANGLING.search(text) or (not may_have_it and _IT.search(text)))
