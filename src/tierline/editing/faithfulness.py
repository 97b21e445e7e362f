"""Judges whether an edit says what its source says: the same words in the same order but for ways of writing."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

from tierline.editing.abbreviations import abbreviations_of
from tierline.editing.alignment import Hunk, align
from tierline.editing.allowed import STEPS_MAX, is_allowed
from tierline.editing.english import FUNCTION_WORDS
from tierline.editing.moves import is_allowed_move
from tierline.editing.normal_form import words_of
from tierline.editing.pair import QUOTATION, Pair, is_name
from tierline.editing.pair_model import probability
from tierline.editing.reasons import NEGATIONS, reason
from tierline.editing.word import Word

WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
SENTENCE_START = re.compile(r"(?:^|[.!?:\n]\s{0,12})[\"'“(]{0,12}$")
CITES = re.compile(r"\s?[(\[]?(?:(?:source|from|see|retrieved from|available at|cited from)\b:? ?)?<?\Z", re.I)
CITING = 24  # characters
CLAUSE_END = re.compile(r"[,;:.!?\n](?=\s)|\n")
QUOTATIONS_MAX = 50
ACRONYMS = frozenset("who it us me or am so as at he".split())  # of organizations, places and degrees, and words too
SHOWN_MAX = 8  # changes that a judgment names, and that a model may weigh
WEIGHED = frozenset("words new_claims lost_content direction time cause".split())  # rules that a model may overrule


@dataclass(frozen=True, slots=True)
class FaithfulnessRules:
    """Bounds of the judge. That no word may change its place covers the error types of summarization that Kryscinski et al. 2020
    (arXiv 1910.12840, section 3) introduce on purpose: entities, numbers, pronouns, negation, noise."""

    SECTION: ClassVar[str] = "l3.faithfulness"
    length_ratio_min: float = 0.4
    length_ratio_max: float = 1.5
    similarity_min: float = 0.75  # cosine of static sentence vectors
    probability_min: float = 0.6  # that changes without a rule keep what is said, by the pair model; 1 leaves it to rules alone
    question_words_shared_min: float = 0.7  # share of a question's content words that its answer has too
    question_length_ratio_max: float = 0.95  # a question with only the answer's words and as long as the answer asks nothing


@dataclass(frozen=True, slots=True)
class Change:
    """Words of the source that became others in the edit, with the clauses in which they stand, and the rule that this broke."""

    rule: str
    source: str
    edit: str
    source_clause: str
    edit_clause: str


@dataclass(frozen=True, slots=True)
class Judgment:
    """`rule` names the first rule that the edit failed, with the details; None if it passed all. `changes` are those that nothing allows.

    `score` in [0, 1] is the share of the words of both texts that are the same, or are shown to say the same; 1 for accepted edits.
    """

    score: float
    length_ratio: float
    rule: str | None = None
    value: float | None = None
    threshold: float | None = None
    detail: str | None = None
    changes: tuple[Change, ...] = ()

    @property
    def accepted(self) -> bool:
        """The edit passed every rule."""
        return self.rule is None


def judge_faithfulness(
    source: str, edit: str, similarity: float, rules: FaithfulnessRules, *, language: str = "en", document: str = "", address: str = ""
) -> Judgment:
    """Compare an edit with its source; `similarity` is the cosine of their sentence vectors.

    An edit is accepted if its words are the source's, in their order, but for what `tierline.editing.allowed` lists; other changes of
    wording are weighed together by a model (`tierline.editing.pair_model`), `score` tells how many words they are. In other languages
    than English only case, punctuation, spaces and separators of numbers may differ. `document` is the text that the source is part of:
    abbreviations that it defines may be written in full. `address` is its URL or title, which the edit may cite at its end.
    """
    ratio = len(edit) / max(1, len(source))
    if not rules.length_ratio_min <= ratio <= rules.length_ratio_max:
        threshold = rules.length_ratio_max if ratio > 1 else rules.length_ratio_min
        return Judgment(0.0, ratio, "faithfulness:length", ratio, threshold)
    english = language == "en"
    found = compare(source, edit, english=english, document=document, address=address)
    if found is None:
        return Judgment(0.0, ratio, "faithfulness:rewritten", None, None, "more words changed than are compared")
    refused, changes = found.refused, found.changes
    changed = sum(hunk.end - hunk.start + hunk.end_edit - hunk.start_edit for hunk in refused)
    score = 1 - changed / max(1, len(found.pair.source) + len(found.pair.edit))
    if english and rules.probability_min < 1 and found.may_be_weighed and probability(found.pair, refused) >= rules.probability_min:
        changes = ()
    changes = changes or _quotations(source, edit)
    if changes:
        detail = "; ".join(
            f"{change.rule}: {change.source or '-'} -> {change.edit or '-'} in: {change.source_clause}" for change in changes
        )
        return Judgment(score, ratio, f"faithfulness:{changes[0].rule}", float(max(1, len(refused))), 0.0, detail, changes)
    if similarity < rules.similarity_min:
        return Judgment(score, ratio, "faithfulness:similarity", similarity, rules.similarity_min)
    return Judgment(score, ratio)


@dataclass(frozen=True)
class Comparison:
    """A pair with its changes, and those that no rule explains."""

    pair: Pair
    hunks: Sequence[Hunk]
    refused: Sequence[Hunk]

    @cached_property
    def changes(self) -> tuple[Change, ...]:
        """The first of the changes that no rule explains, with their reasons."""
        return tuple(_change(self.pair, hunk, self.hunks) for hunk in self.refused[:SHOWN_MAX])

    @property
    def may_be_weighed(self) -> bool:
        """There are changes, few and short ones, and of no kind that only rules let through."""
        words = max((max(hunk.end - hunk.start, hunk.end_edit - hunk.start_edit) for hunk in self.refused), default=0)
        return 0 < len(self.refused) <= SHOWN_MAX and words <= STEPS_MAX and all(change.rule in WEIGHED for change in self.changes)


def compare(source: str, edit: str, *, english: bool = True, document: str = "", address: str = "") -> Comparison | None:
    """Align a pair and explain its changes; None if there are more than are compared. For the arguments see `judge_faithfulness`."""
    abbreviations = abbreviations_of(f"{document}\n{source}") if english else {}
    said, written = (words_of(text, english, abbreviations) for text in (source, without_citation(edit, source, address)))
    pair = Pair(source, edit, said, written, frozenset(abbreviations.values()))
    hunks = align(pair.forms, pair.edit_forms)
    return None if hunks is None else Comparison(pair, hunks, _refused(pair, hunks, english))


def without_citation(edit: str, source: str, address: str) -> str:
    """The edit without a citation of its own source at its end, such as "(Source: https://example.org/page)"."""
    if not address or address in source or address not in edit:
        return edit
    at = edit.rindex(address)
    before, behind = edit[max(0, at - CITING) : at], edit[at + len(address) :]
    cited = CITES.search(before)
    return edit[: at - len(before) + cited.start()] if cited and not behind.strip(" >)].") else edit


def _refused(pair: Pair, hunks: Sequence[Hunk], english: bool) -> list[Hunk]:
    if not english:
        return [hunk for hunk in hunks if not _same_letters(pair, hunk)]
    left = [hunk for hunk in hunks if not is_allowed(pair, hunk)]
    if left and is_allowed_move(pair, left):
        return []
    return left or _uncapitalized(pair, hunks)


def _same_letters(pair: Pair, hunk: Hunk) -> bool:
    """Words that were written together or apart: nothing else is known of other languages."""
    lost, added = "".join(pair.forms[hunk.start : hunk.end]), "".join(pair.edit_forms[hunk.start_edit : hunk.end_edit])
    return lost == added and not any(character.isdigit() for character in lost)


def _uncapitalized(pair: Pair, hunks: Sequence[Hunk]) -> list[Hunk]:
    """Abbreviations in capitals that became function words, such as WHO and IT."""
    found: list[Hunk] = []
    shift = at = 0
    for hunk in [*hunks, Hunk(len(pair.source), len(pair.source), len(pair.edit), len(pair.edit))]:
        for index in range(at, hunk.start):
            before, after = pair.source[index], pair.edit[index + shift]
            shouted = len(before.written) > 1 and before.written.isupper() and before.written.isalpha()
            if shouted and before.form in ACRONYMS and not after.written.isupper() and not _among_capitals(pair.source, index):
                found.append(Hunk(index, index + 1, index + shift, index + shift + 1))
        at, shift = hunk.end, hunk.end_edit - hunk.end
    return found


def _among_capitals(words: Sequence[Word], index: int) -> bool:
    """A word next to this one is in capitals too, so that somebody shouts."""
    return any(
        len(word.written) > 1 and word.written.isupper() for word in (*words[max(0, index - 2) : index], *words[index + 1 : index + 3])
    )


def _change(pair: Pair, hunk: Hunk, hunks: Sequence[Hunk]) -> Change:
    lost, added = pair.forms[hunk.start : hunk.end], pair.edit_forms[hunk.start_edit : hunk.end_edit]
    others = [other for other in hunks if other != hunk]
    moved = bool(lost or added) and any(
        _holds(pair.edit_forms[other.start_edit : other.end_edit], lost) or _holds(pair.forms[other.start : other.end], added)
        for other in others
    )
    named = any(is_name(pair.source, at) for at in range(hunk.start, hunk.end)) or any(
        is_name(pair.edit, at) for at in range(hunk.start_edit, hunk.end_edit)
    )
    place, place_edit = _place(pair.source, hunk.start), _place(pair.edit, hunk.start_edit)
    return Change(
        reason(lost, added, named, moved, pair.is_quoted(hunk.start)),
        _text(pair.source_text, pair.source[hunk.start : hunk.end]),
        _text(pair.edit_text, pair.edit[hunk.start_edit : hunk.end_edit]),
        clause_at(pair.source_text, place),
        clause_at(pair.edit_text, place_edit),
    )


def _holds(words: Sequence[str], run: Sequence[str]) -> bool:
    """What the run says is among the words, in whatever order."""
    said = Counter(word for word in run if word not in FUNCTION_WORDS or word in NEGATIONS)
    return bool(said) and said <= Counter(words)


def _place(words: Sequence[Word], index: int) -> int:
    return words[min(index, len(words) - 1)].start if words else 0


def _text(text: str, words: Sequence[Word]) -> str:
    return text[min(word.start for word in words) : max(word.end for word in words)] if words else ""


def clause_at(text: str, place: int) -> str:
    """The clause of a text around a character of it."""
    start = 0
    for match in CLAUSE_END.finditer(text):
        if match.start() >= place:
            return text[start : match.end()].strip()
        start = match.end()
    return text[start:].strip()


def _quotations(source: str, edit: str) -> tuple[Change, ...]:
    """Words that became a quotation, or are none any longer."""
    there, here = ([match[0] for match in QUOTATION.finditer(text)] for text in (source, edit))
    if len(there) == len(here) or abs(_marks(source) - _marks(edit)) < 2:
        return ()
    longer = there if len(there) > len(here) else here
    plain = " ".join(WORD.findall(edit if longer is there else source)).lower()
    for quotation in longer[:QUOTATIONS_MAX]:
        words = " ".join(WORD.findall(quotation)).lower()
        if len(words.split()) > 3 and words in plain:
            pair = (quotation, "") if longer is there else ("", quotation)
            return (Change("quotations", *pair, clause_at(source, source.find(pair[0])), clause_at(edit, edit.find(pair[1]))),)
    return ()


def _marks(text: str) -> int:
    return sum(text.count(mark) for mark in ('"', "“", "”", "„", "«", "»", "''"))


def names(text: str, everywhere: bool = False) -> set[str]:
    """Words with a capital that does not just begin a sentence (`everywhere`: also those), months and weekdays among them."""
    found: set[str] = set()
    for match in WORD.finditer(text):
        word = match[0]
        begins = bool(SENTENCE_START.search(text[max(0, match.start() - 12) : match.start()]))
        if word[0].isupper() and word != "I" and (everywhere or not begins):
            found.add(re.sub(r"['’]s$", "", word))
    return found
