"""Finds the time that is stated with a claim about what changes, and takes it out of the words of its predicate and value."""

from __future__ import annotations

import re

from tierline.knowledge.page_times import day_of
from tierline.knowledge.predicates import predicate_key
from tierline.knowledge.structured import Statement
from tierline.knowledge.times import of_label, of_value, read_time
from tierline.knowledge.vocabulary import changes

LOOK_BACK = 100  # characters before the span, and behind it, in which the sentence may say when
_SENTENCE_END = re.compile(r"[.!?]\s+(?=[A-Z])|\n")
_AS_OF = re.compile(r"\b[Aa]s (?:of|at) ([^,.;:()\n]{4,30})")
# Behind a value: "(2011 census)", "people in 2011", "according to the 2011 census".
_BEHIND = re.compile(r"(?: [a-z]{1,20})? (?:\(|in |at (?:the )?|according to (?:the )?)([^()\n]{4,60})")

Time = dict[str, str | None]


def timed(statement: Statement, text: str, language: str) -> tuple[str, str, Time]:
    """(predicate without its time, value without its time, columns of the time) of a statement in a text.

    Of several times the first of these counts: in the value, in the label, beside it, in the sentence. An object's own date replaces that
    of its page. What never changes, or is not declared, keeps its words.
    """
    label, value = statement.predicate, statement.object
    time, source = None, None
    if found := of_label(label, language):
        label, time, source = *found, "label"
    if not changes(predicate_key(label)):
        return statement.predicate, value, {}
    if found := of_value(value, language):
        value, time, source = *found, "value"
    columns: Time = {}
    if statement.time_source in ("modified", "published"):
        if day := day_of(statement.time, None):
            columns = {"page_time": day, "page_time_source": statement.time_source}
    elif time is None and statement.time:
        time, source = read_time(statement.time, language), statement.time_source
    if time is None and statement.method == "text":
        time, source = _of_sentence(text, statement, language), "sentence"
    return label, value, columns | ({"time": time, "time_source": source} if time else {})


def _of_sentence(text: str, statement: Statement, language: str) -> str | None:
    """The time in "As of 2011, ..." of the sentence around a statement, else that directly behind its value."""
    before = _SENTENCE_END.split(text[max(0, statement.start - LOOK_BACK) : statement.start])[-1]
    behind = _SENTENCE_END.split(text[statement.end : statement.end + LOOK_BACK])[0]
    stated = text[statement.start : statement.end]
    found = _AS_OF.search(before + stated + behind) or _BEHIND.match(stated.partition(statement.object)[2])
    return read_time(found[1].strip(), language) if found else None
