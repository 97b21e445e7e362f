"""Forms of one fact: sentences, dated statements, questions with answers, answers with evidence; and questions that no fact answers."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from tierline.forms.form import Form
from tierline.forms.kinds import KINDS, OF_SOME
from tierline.forms.rules import FormRules
from tierline.forms.say import Worded, named_words, questions, statements, suits
from tierline.forms.things import Fact, Row, Thing, facts_of
from tierline.forms.words import SHORT, fill, language, number_of, rank
from tierline.knowledge.vocabulary import VOCABULARY

Place = tuple[object, ...]


def of_fact(fact: Fact, code: str, rules: FormRules, source: Row | None) -> Iterator[Form]:
    """Every form of one fact in one language."""
    said, asked = list(statements(fact, code, rules)), questions(fact, code, rules)
    if said:
        place = (rules.seed, *fact.place, fact.thing.entity, code)
        yield from _sentences(fact, code, said[: rules.sentences])
        yield from _answers(fact, code, said, asked[: rules.questions], place)
        if source and asked:
            yield from _evidence(fact, code, said, asked, rank(language(code).any["evidence"], *place)[: rules.evidence], source)


def _sentences(fact: Fact, code: str, said: Sequence[Worded]) -> Iterator[Form]:
    """The fact in words, with its time where it has one."""
    kind = "dated_statement" if fact.is_dated else "sentence"
    for template, words in said:
        yield Form(kind, code, template, fill(template, words), (fact,))


def _answers(fact: Fact, code: str, said: Sequence[Worded], asked: Sequence[Worded], place: Place) -> Iterator[Form]:
    """Questions, answered by the value or a statement."""
    for question, slots in asked:
        choice = number_of(*place, question) % (len(said) + 1)
        template, words = said[choice] if choice < len(said) else (SHORT, said[0][1])
        yield Form("question", code, template, fill(template, words), (fact,), question, fill(question, slots))


def _evidence(fact: Fact, code: str, said: Sequence[Worded], asked: Sequence[Worded], frames: Sequence[str], source: Row) -> Iterator[Form]:
    """Questions, answered by a statement with the words of a source."""
    for number, frame in enumerate(frames):
        (stated, words), (question, slots) = said[number % len(said)], asked[number % len(asked)]
        template = frame.replace("{statement}", stated)
        text = fill(template, {**words, "url": source["url"], "quote": source["quote"]})
        yield Form("evidence_answer", code, template, text, (fact,), question, fill(question, slots), source)


def unknowns(thing: Thing, code: str, rules: FormRules, closed: Collection[str]) -> Iterator[Form]:
    """Questions about properties that things of its kind have and of which nothing verified is known; `closed` are those of which
    something else is."""
    own = facts_of(thing)
    name = thing.named(code)
    if len(own) < 2 or not thing.kinds or name is None or not name.fits:
        return
    common = frozenset.intersection(*(KINDS[kind] for kind in thing.kinds))
    said = language(code).properties
    stated = {fact.known.name for fact in own}
    open_ones = [one for one in common - stated - OF_SOME - set(closed) if one in said and VOCABULARY[one].functional]
    for known in rank(sorted(open_ones), rules.seed, thing.entity, "unknown")[: rules.unknowns]:
        words = named_words(name, said[known])
        place = (rules.seed, thing.entity, known, code)
        asked = [one for one in rank(sorted({*said[known].ask, *language(code).any.get("ask_unknown", ())}), *place) if suits(one, name)]
        (template, *_) = rank(language(code).any["unknown"], *place)
        if asked:
            yield Form("unknown", code, template, fill(template, words), (own[0],), asked[0], fill(asked[0], words))
