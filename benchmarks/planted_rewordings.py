"""Plants other wording in a passage: synonyms, clauses that become sentences and auxiliaries said again, and what such edits get wrong."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence

from benchmarks.planting import TABLES, Made, Maker, from_table, one_of, put

CLAUSE = r"(?<= )(?P<noun>[a-z]{3,}), which (?P<be>is|are|was|were) (?P<rest>[^,.;:]{10,90})\.(?= |\Z)"
FOREIGN = r"(?<=\bthe )[a-z]{4,}(?= (?:of|in|was|is|were|are|and|to)\b)"
OTHER_TENSE = {"is": "was", "was": "is", "are": "were", "were": "are"}
CLAIMS = ("well known and", "the oldest of its kind and", "seldom studied and", "popular with visitors and")


def synonym(text: str, rng: random.Random, others: Sequence[str]) -> Made:
    """Another word for the same."""
    made = from_table(text, rng, TABLES["synonyms"])
    return made if rng.random() < 0.5 or not made else (made[1], made[0])


def clause_to_sentence(text: str, rng: random.Random, others: Sequence[str]) -> Made:
    """ "the mill, which is old." becomes "the mill. It is old." or "the mill. The mill is old.\""""
    match = one_of(CLAUSE, text, rng)
    if not match:
        return None
    subject = rng.choice(("It" if match["be"] in ("is", "was") else "They", f"The {match['noun']}"))
    return text, put(text, match, f"{match['noun']}. {subject} {match['be']} {match['rest']}.")


def auxiliary_repeated(text: str, rng: random.Random, others: Sequence[str]) -> Made:
    """ "was built and sold" becomes "was built and was sold", or back."""
    match = one_of(r"\b(was|were|is|are) ([a-z]+ed)((?: [a-z]+){0,4}) and ([a-z]+ed)\b", text, rng)
    made = put(text, match, f"{match[1]} {match[2]}{match[3]} and {match[1]} {match[4]}") if match else ""
    return ((made, text) if rng.random() < 0.5 else (text, made)) if match else None


def near_word(text: str, rng: random.Random, others: Sequence[str]) -> Made:
    """A word of the same sort for another thing: "lake" for "river"."""
    return from_table(text, rng, TABLES["near_words"])


def split_wrong_subject(text: str, rng: random.Random, others: Sequence[str]) -> Made:
    """The new sentence is about something that another text names."""
    match, foreign = one_of(CLAUSE, text, rng), one_of(FOREIGN, rng.choice(others), rng)
    if not match or not foreign or re.search(rf"\b{foreign[0]}", text):
        return None
    return text, put(text, match, f"{match['noun']}. The {foreign[0]} {match['be']} {match['rest']}.")


def split_other_tense(text: str, rng: random.Random, others: Sequence[str]) -> Made:
    """The new sentence is of another time."""
    match = one_of(CLAUSE, text, rng)
    if not match:
        return None
    subject = "It" if match["be"] in ("is", "was") else "They"
    return text, put(text, match, f"{match['noun']}. {subject} {OTHER_TENSE[match['be']]} {match['rest']}.")


def split_claim_added(text: str, rng: random.Random, others: Sequence[str]) -> Made:
    """The new sentence says more than the clause."""
    match = one_of(CLAUSE, text, rng)
    if not match:
        return None
    subject = "It" if match["be"] in ("is", "was") else "They"
    return text, put(text, match, f"{match['noun']}. {subject} {match['be']} {rng.choice(CLAIMS)} {match['be']} {match['rest']}.")


HARMLESS: dict[str, Maker] = {maker.__name__: maker for maker in (synonym, clause_to_sentence, auxiliary_repeated)}
CORRUPTIONS: dict[str, Maker] = {maker.__name__: maker for maker in (near_word, split_wrong_subject, split_other_tense, split_claim_added)}
