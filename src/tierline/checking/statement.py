"""Takes a statement apart: its clauses, each in the affirmative, with whether it was denied and whether it is a plain statement at all."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tierline.knowledge.text import CLAUSE, COUNTED, DOUBTED, sentences

LONGEST = 400  # characters of a clause that is read
_DENIED_WHOLE = re.compile(
    r"\s{0,4}it(?: is|['’]s)(?P<not>n['’]t| not)? (?:(?P<false>false|untrue|wrong|incorrect|a myth)|true|the case) that ", re.I
)
_NEVER = re.compile(
    r"\b(?:(?P<verb>do|does|did)(?: not|n['’]t) (?P<next>[a-z]{1,20})|(?P<be>is|are|was|were|has|have|had)(?: not|n['’]t| never))\b"
)  # elsewhere "not" contrasts: "Oslo, not Bergen, is"
_THIRD = {"have": "has", "be": "is"}
_NAME = re.compile(r"(?:The )?((?:[A-Z][\w'’.-]{1,30} ){0,6}[A-Z][\w’.-]{1,30})")
_PRONOUN = re.compile(r"^(?:(?P<own>its|their|his|her)|it|they|he|she)\b", re.I)
_CORRECTED = re.compile(r"\bnot only\b|\bbut\b|\brather\b")


@dataclass(frozen=True, slots=True)
class Clause:
    """`text` in the affirmative. `negated`: the statement denies it. `doubted`: it hedges, asks, reports or compares, so that neither
    evidence for it nor against it decides."""

    text: str
    negated: bool
    doubted: bool


def clauses_of(statement: str) -> list[Clause]:
    """The clauses of a statement, in order. All of them must hold for the statement to hold, and if it is denied as a whole ("It is
    false that ...") it is one clause."""
    line = " ".join(statement.split())
    whole = _DENIED_WHOLE.match(line)
    if whole:
        line = line[whole.end() :][:1].upper() + line[whole.end() :][1:]
    clauses = [clause.strip(" .") for first, last in sentences(line) for clause in CLAUSE.split(line[first:last]) if clause.strip(" .")]
    name = _NAME.match(clauses[0]) if clauses else None
    found = [affirmed(_named(clause, name[1]) if name and number else clause) for number, clause in enumerate(clauses)]
    if whole and bool(whole["false"]) != bool(whole["not"]):
        if len(found) != 1:
            return [Clause(line, True, True)]
        return [Clause(found[0].text, not found[0].negated, found[0].doubted)]
    return found


def _named(clause: str, name: str) -> str:
    """A later clause about what the first one begins with, by that name: "its capital is Oslo"."""
    return _PRONOUN.sub(lambda found: f"{name}'s" if found["own"] else name, clause)


def affirmed(clause: str) -> Clause:
    """One clause without its negation. Two negations, or one that corrects ("not X but Y"), are no plain statement."""
    negations = list(_NEVER.finditer(clause))
    text = _NEVER.sub(_positive, clause) if negations else clause
    doubted = len(negations) > 1 or len(clause) > LONGEST or bool(negations and _CORRECTED.search(clause))
    return Clause(text, bool(negations), doubted or bool(DOUBTED.search(COUNTED.sub("", text))))


def _positive(found: re.Match[str]) -> str:
    verb, following = found["verb"], found["next"]
    if not verb:
        return found["be"]
    if verb == "did":
        return f"did {following}" if following != "have" else "had"
    return following if verb == "do" else _THIRD.get(following, f"{following}{'es' if following.endswith(('s', 'sh', 'ch', 'x')) else 's'}")
