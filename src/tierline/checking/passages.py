"""Compares a clause with a sentence of a passage: the same words in the same relations support it, their denial refutes it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from tierline.checking.stated import WORTH, quoted
from tierline.checking.statement import Clause, affirmed
from tierline.checking.verdict import REFUTED, SUPPORTED, Verdict
from tierline.editing.english import FUNCTION_WORDS
from tierline.editing.faithfulness import FaithfulnessRules, judge_faithfulness
from tierline.editing.inflection import one_word
from tierline.knowledge.text import CLAUSE, DOUBTED

SAME_WORDS = 0.97  # score of a sentence whose words are those of the clause; a part of it is worth less
PART = 0.9
PARTS_MAX = 8  # of a sentence that are compared
SHARED_MIN = 0.5  # of the clause's words other than function words: others are written otherwise, such as numbers and spellings
COMPARED = "l3_refined", "l4_manuals"  # tables of sentences; those of facts are read by their columns
_WORD = re.compile(r"[^\W_]+")
_ASIDE = re.compile(r" \([^()]{1,200}\)|, (?:which|who|whose|where|an?|the) [^,;]{1,200},| – [^–]{1,200} –")
_TAIL = re.compile(r", (?:which|who|whose|where|when|making|with|after|before|although|because|but|and) [^;]{1,300}\Z")
_TOLD = re.compile(r"([^,]{1,100}), (?:which|who) ([^,]{1,200})(?:,|\Z)")
_DID = re.compile(r"\bdid ([a-z]{1,20})\b")
# The judge compares an edit with its source; what is shorter than a sentence may be a part of it.
_RULES = FaithfulnessRules(length_ratio_min=0.0, length_ratio_max=10.0, similarity_min=-1.0, probability_min=1.0)


def on_passage(clause: Clause, passage: Mapping[str, Any]) -> Verdict | None:
    """The verdict on a clause by a sentence of a passage, by the judge of L3's edits (editing/faithfulness.py): each word of the clause is
    one of the sentence or another way to write it, in its place. Asides of the sentence may be left out. None where they differ."""
    if clause.doubted or passage["table"] not in COMPARED or not _shares_words(clause.text, passage["quote"]):
        return None
    said = affirmed(passage["quote"])
    if said.doubted:
        return None
    score = SAME_WORDS * WORTH[passage["table"]]
    for number, part in enumerate(_parts(said.text)):
        if judge_faithfulness(part, _in_tense(clause.text, part), 1.0, _RULES).accepted:
            same = clause.negated == said.negated
            rule = "same words" if same else "denied in the same words"
            return Verdict(SUPPORTED if same else REFUTED, score * (PART if number else 1.0), rule, quoted(passage))
    return None


def _shares_words(clause: str, sentence: str) -> bool:
    """Whether the two can be the same at all: comparing costs a thousand times as much."""
    asked, there = ({word for word in _WORD.findall(text.lower()) if word not in FUNCTION_WORDS} for text in (clause, sentence))
    return len(asked & there) >= SHARED_MIN * len(asked)


def _in_tense(clause: str, sentence: str) -> str:
    """A clause that was denied with "did not burn" with the sentence's own form of that verb."""
    words = sentence.split()
    return _DID.sub(lambda found: next((word for word in words if one_word(word, found[1])), found[0]), clause)


def _parts(sentence: str) -> Iterator[str]:
    """The sentence, its clauses, and what is left without its asides: what is true if the sentence is."""
    parts = [sentence]
    told = _TOLD.match(sentence)
    of_name = (f"{told[1]} {told[2]}",) if told else ()
    for part in (
        *CLAUSE.split(sentence),
        *of_name,
        _ASIDE.sub("", sentence),
        _TAIL.sub("", sentence),
        _TAIL.sub("", _ASIDE.sub("", sentence)),
    ):
        plain = part.strip(" ,")
        if plain and plain not in parts and not DOUBTED.search(plain):
            parts.append(plain)
    yield from parts[:PARTS_MAX]
