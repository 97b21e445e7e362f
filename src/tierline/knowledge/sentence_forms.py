"""The forms of plain English sentences that state a property of something with a name."""

from __future__ import annotations

import re
from typing import NamedTuple

from tierline.knowledge.vocabulary import VOCABULARY

_CAPITAL = r"[A-Z\u00C0-\u00DE][\w'’&./-]{0,40}"
_JOINING = "of|the|de|la|le|du|des|da|do|di|del|della|van|von|der|den|and|for|upon|al|el|bin|ibn|y|e|&"
_NAME = rf"{_CAPITAL}(?: (?:{_CAPITAL}|\d{{1,4}}|{_JOINING}))*"
_PERSON = rf"{_CAPITAL}(?: (?:{_CAPITAL}|de|la|le|du|da|di|del|van|von|der|den|al|el|bin|ibn|y|e))*"
_PLACE = rf"{_CAPITAL}(?: (?:{_CAPITAL}|of|the|de|la|le|du|da|do|di|del|van|von|and|upon))*(?:, {_CAPITAL}(?: {_CAPITAL})*){{0,2}}"
_MONTH = "(?:January|February|March|April|May|June|July|August|September|October|November|December)"
_YEAR = r"(?:1\d{3}|20\d{2})"
_DAY = rf"(?:\d{{1,2}}(?:st|nd|rd|th)? {_MONTH},? {_YEAR}|{_MONTH} \d{{1,2}}(?:st|nd|rd|th)?, {_YEAR})"
_DATE = rf"(?:{_DAY}|{_MONTH} {_YEAR}|{_YEAR})"
_NUMBER = r"(?:\d{1,3}(?:[,\u00a0\u202f]\d{3})+|\d+)(?:\.\d+)?(?: (?:thousand|million|billion))?"
_UNIT = r"(?:km²|km2|km\^2|sq\.? ?km|sq\.? ?mi|square (?:kilomet(?:er|re)s?|miles?|met(?:er|re)s?|feet)|hectares?|ha|acres?|mi²|m²)"
_LABEL = "|".join(
    sorted({re.escape(word) for one in VOCABULARY.values() for word in (one.name, *one.labels)}, key=lambda word: (-len(word), word))
)
# What stands in brackets behind a name may be another name of it, but no word that tells it from others: "(India)".
_SUBJECT = rf"(?:[Tt]he (?=[^ ]+ (?:of |and |[A-Z\d])))?(?P<subject>{_NAME}),?(?: \((?! ?[A-Z][a-z]+ ?\))[^()]{{0,120}}\),?)?"
# What may follow a date or a place, and says something else.
_FOLLOWING = "when|where|which|who|as|by|with|after|to|from|under|during|making|following|near|in|on the|at the|into"
_MORE = rf"(?:,? (?:{_FOLLOWING}|and(?! \d)) .{{1,300}}| \([^()]{{1,80}}\))?"
_AS_OF, _STATED_WHEN = "(?:As of [^,]{1,30}, )?", r"(?: (?:\(|as of|in|at the|according to).{1,80})?"


class Form(NamedTuple):
    """A whole sentence or clause that has one of the cues in it, and its properties: groups and what they state of `subject`."""

    cues: tuple[str, ...]
    pattern: re.Pattern[str]
    predicates: dict[str, str]


def _form(cues: str, pattern: str, **predicates: str) -> Form:
    return Form(tuple(cues.split("|")), re.compile(pattern), predicates)


def _founding(cue: str, pattern: str) -> Form:
    """One that says when and by whom something was founded; `{}` of the cue is the verb."""
    return _form("|".join(map(cue.format, _VERBS)), pattern, date="founding date", by="founder")


_VERBS = "founded", "established"
_FOUNDED = f"(?:{'|'.join(_VERBS)})"
_SPELLED = r"(?:[^();\d]{1,60}; ){0,2}"  # the name in other scripts and sounds
_IS_ONE = "(?:an?|the|one of) .{1,300}"
_ON, _IN_PLACE, _BY = rf"(?:on|in) (?P<date>{_DATE})", rf"(?P<place>{_PLACE})", rf"by (?P<by>{_PERSON})"
_PEOPLE = rf"(?P<count>{_NUMBER})(?: (?:people|inhabitants|residents))?"
_OF = rf"of {_SUBJECT}"
_VALUE = r"(?:(?! (?:is|are|was|were|has|have) )(?:[^,;:()]|(?<=\d),(?=\d))){1,80}"  # no statement of its own
FORMS = (
    _form(" was born ", rf"{_SUBJECT} was born {_ON}(?:,? (?:in|at) {_IN_PLACE})?{_MORE}", date="birth date", place="birth place"),
    _form(" was born ", rf"{_SUBJECT} was born in {_IN_PLACE},? {_ON}{_MORE}", date="birth date", place="birth place"),
    _form(" was born ", rf"{_SUBJECT} was born in {_IN_PLACE}", place="birth place"),
    _form(" died ", rf"{_SUBJECT} died in {_IN_PLACE},? {_ON}{_MORE}", date="death date", place="death place"),
    _form(" died", rf"(?:On|In) (?P<date>{_DATE}), {_SUBJECT} died{_MORE}", date="death date"),
    _form(" died ", rf"{_SUBJECT} died {_ON}(?:,? (?:in|at) {_IN_PLACE})?{_MORE}", date="death date", place="death place"),
    _form(
        ") was ",
        rf"(?P<subject>{_NAME}) \({_SPELLED}(?:born )?(?P<born>{_DATE}) ?[–—-] ?(?P<died>{_DATE})\) was {_IS_ONE}",
        born="birth date", died="death date",
    ),
    _form("born ", rf"(?P<subject>{_NAME}) \({_SPELLED}born (?P<born>{_DATE})\) is {_IS_ONE}", born="birth date"),
    _founding(" {} ", rf"{_SUBJECT} (?:was|were) {_FOUNDED} {_ON}(?: {_BY})?{_MORE}"),
    _founding(" {} in ", rf"{_SUBJECT},? (?:[a-z][^,]{{1,80}}, )?(?:was )?{_FOUNDED} in {_IN_PLACE} (?:{_BY} )?{_ON}{_MORE}"),
    _founding(" {}", rf"(?:On|In) (?P<date>{_DATE}), {_SUBJECT} was {_FOUNDED}(?: {_BY})?{_MORE}"),
    _founding(", {} in ", rf"{_SUBJECT} {_FOUNDED} {_ON}(?: {_BY})?, .{{1,300}}"),
    _founding(" {} by ", rf"{_SUBJECT} (?:was|were) {_FOUNDED} {_BY}(?: {_ON})?{_MORE}"),
    _form(" built in | completed in ", rf"{_SUBJECT} (?:was|were) (?:built|completed) in (?P<date>{_YEAR}){_MORE}", date="date built"),
    _form(" opened ", rf"{_SUBJECT} (?:was|were) opened {_ON}{_MORE}", date="opening date"),
    _form(
        " is the capital ",
        rf"(?P<first>{_NAME}) is the capital(?: and (?:the )?largest city| city)? {_OF}(?:{_MORE}|,? and .{{1,300}})",
        first="capital",
    ),
    _form(" a population of ", rf"{_AS_OF}{_SUBJECT} has a population of {_PEOPLE}{_STATED_WHEN}", count="population"),
    _form(" inhabitants", rf"{_AS_OF}{_SUBJECT} has (?P<count>{_NUMBER}) inhabitants{_STATED_WHEN}", count="population"),
    _form(
        " area of ",
        rf"{_SUBJECT} (?:has|covers) (?:an|a total) area of (?P<size>{_NUMBER} {_UNIT})(?: \([^()]{{1,40}}\))?",
        size="area",
    ),
    _form(" located in | situated in ", rf"{_SUBJECT} (?:is|are) (?:located|situated) in {_IN_PLACE}{_MORE}", place="location"),
    _form(" is ", rf"[Tt]he (?P<label>{_LABEL}) {_OF} is (?P<object>{_VALUE})", object=""),
)  # fmt: skip
CUES = tuple({cue for form in FORMS for cue in form.cues})
