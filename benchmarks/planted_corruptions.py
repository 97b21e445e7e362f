"""Plants in a passage what a judge of edits must catch, one maker a kind."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence

from benchmarks.planting import (
    MONTHS,
    NAME,
    ORDINALS,
    SMALL,
    TABLES,
    Made,
    Maker,
    from_table,
    one_of,
    put,
    same_case,
    sentences,
    swapped,
    tells,
)

CORRUPTIONS: dict[str, Maker] = {}


def corruption(maker: Maker) -> Maker:
    """Registers a kind under the function's name."""
    CORRUPTIONS[maker.__name__] = maker
    return maker


@corruption
def number_changed(text: str, rng: random.Random, others: Sequence[str]) -> Made:
    match = one_of(r"(?<![\d.,])\d{1,3}(?![\d.,]*\d)|\b(?:two|three|four|five|six|seven|eight|ten)\b", text, rng)
    if not match:
        return None
    new = str(int(match[0]) + rng.choice((1, 2, 5, 10))) if match[0].isdigit() else rng.choice([word for word in SMALL if word != match[0]])
    return text, put(text, match, new)


@corruption
def numbers_exchanged(text: str, rng: random.Random, others: Sequence[str]) -> Made:
    found = list(re.finditer(r"(?<![\w.,])\d[\d,.]*\d(?!\w)|(?<![\w.,])\d(?![\w.,])", text))
    if len({match[0] for match in found}) < 2:
        return None
    first = rng.choice(found)
    second = rng.choice([match for match in found if match[0] != first[0]])
    return text, swapped(text, first.span(), second.span())


@corruption
def number_moved(text: str, rng: random.Random, others: Sequence[str]) -> Made:
    """A number belongs to another noun: "three dogs and cats" becomes "dogs and three cats"."""
    match = one_of(r"\b(\d+|two|three|four|five|six|seven|eight|ten) ([a-z]+s) (and|or|,|in|of|from|with) ([a-z]+s)\b", text, rng)
    return (text, put(text, match, f"{match[2]} {match[3]} {match[1]} {match[4]}")) if match else None


@corruption
def unit_changed(text: str, rng: random.Random, others: Sequence[str]) -> Made:
    match = one_of(rf"(?:\d|\b(?:{'|'.join(SMALL)}|hundred)) (?P<unit>{'|'.join(TABLES['other_units'])})\b", text, rng)
    return (text, text[: match.start("unit")] + TABLES["other_units"][match["unit"]] + text[match.end("unit") :]) if match else None


@corruption
def currency_changed(text: str, rng: random.Random, others: Sequence[str]) -> Made:
    match = one_of(r"[$£€](?=\d)", text, rng)
    return (text, put(text, match, rng.choice([sign for sign in "$£€" if sign != match[0]]))) if match else None


@corruption
def date_shifted(text: str, rng: random.Random, others: Sequence[str]) -> Made:
    match = one_of(rf"\b(?:1[5-9]|20)\d\d\b|\b(?:{'|'.join(MONTHS)})(?= \d)", text, rng)
    if not match:
        return None
    new = (
        str(int(match[0]) + rng.choice((-10, -1, 1, 4)))
        if match[0].isdigit()
        else rng.choice([month for month in MONTHS if month != match[0]])
    )
    return text, put(text, match, new)


@corruption
def ordinal_changed(text: str, rng: random.Random, others: Sequence[str]) -> Made:
    match = one_of(rf"\b(?:{'|'.join(ORDINALS)})\b", text, rng)
    return (text, put(text, match, rng.choice([word for word in ORDINALS if word != match[0]]))) if match else None


@corruption
def name_replaced(text: str, rng: random.Random, others: Sequence[str]) -> Made:
    names = list(NAME.finditer(text))
    if len({name[0] for name in names}) < 2:
        return None
    first = rng.choice(names)
    return text, put(text, first, rng.choice([name[0] for name in names if name[0] != first[0]]))


@corruption
def names_exchanged(text: str, rng: random.Random, others: Sequence[str]) -> Made:
    names = list(NAME.finditer(text))
    if len({name[0] for name in names}) < 2:
        return None
    first = rng.choice(names)
    second = rng.choice([name for name in names if name[0] != first[0]])
    return text, swapped(text, first.span(), second.span())


@corruption
def name_from_elsewhere(text: str, rng: random.Random, others: Sequence[str]) -> Made:
    here, foreign = one_of(NAME.pattern, text, rng), one_of(NAME.pattern, rng.choice(others), rng)
    return (text, put(text, here, foreign[0])) if here and foreign and foreign[0] not in text else None


@corruption
def subject_object(text: str, rng: random.Random, others: Sequence[str]) -> Made:
    match = one_of(r"\b([Tt]he|[Aa]n?) ([a-z]+) ([a-z]+(?:ed|es|s)) (the|an?) ([a-z]+)\b", text, rng)
    if not match or match[2] == match[5]:
        return None
    return text, put(text, match, f"{match[1]} {match[5]} {match[3]} {match[4]} {match[2]}")


@corruption
def nouns_exchanged(text: str, rng: random.Random, others: Sequence[str]) -> Made:
    found = list(re.finditer(r"(?<=\bthe )[a-z]{4,}(?= (?:of|in|was|is|were|are|and|to)\b)", text))
    if len({match[0] for match in found}) < 2:
        return None
    first = rng.choice(found)
    return text, swapped(text, first.span(), rng.choice([match for match in found if match[0] != first[0]]).span())


@corruption
def noun_from_elsewhere(text: str, rng: random.Random, others: Sequence[str]) -> Made:
    pattern = r"(?<=\bthe )[a-z]{4,}(?= (?:of|in|was|is|were|are|and|to)\b)"
    here, foreign = one_of(pattern, text, rng), one_of(pattern, rng.choice(others), rng)
    return (text, put(text, here, foreign[0])) if here and foreign and foreign[0] not in text else None


@corruption
def events_reordered(text: str, rng: random.Random, others: Sequence[str]) -> Made:
    parts = sentences(text)
    told = [index for index, part in enumerate(parts[:-1]) if all(tells(one) for one in parts[index : index + 2])]
    if not told:
        return None
    at = rng.choice(told)
    return text, " ".join([*parts[:at], parts[at + 1], parts[at], *parts[at + 2 :]])


@corruption
def before_after(text: str, rng: random.Random, others: Sequence[str]) -> Made:
    return from_table(
        text, rng, {"before": "after", "after": "before", "until": "since", "since": "until", "earlier": "later", "later": "earlier"}
    )


@corruption
def direction(text: str, rng: random.Random, others: Sequence[str]) -> Made:
    return from_table(text, rng, TABLES["directions"])


@corruption
def from_to(text: str, rng: random.Random, others: Sequence[str]) -> Made:
    match = one_of(r"\bfrom ((?:the )?[\w$]+) to ((?:the )?[\w$]+)", text, rng)
    return (text, put(text, match, f"from {match[2]} to {match[1]}")) if match and match[1] != match[2] else None


@corruption
def relation_reversed(text: str, rng: random.Random, others: Sequence[str]) -> Made:
    match = one_of(r"\b([a-z]{4,}) of (the |a )?([a-z]{4,})\b", text, rng)
    return (text, put(text, match, f"{match[3]} of {match[2] or ''}{match[1]}")) if match and match[1] != match[3] else None


@corruption
def negation_added(text: str, rng: random.Random, others: Sequence[str]) -> Made:
    match = one_of(r"\b(?:is|are|was|were|can|could|will|would|has|have)\b(?! not|n't)", text, rng)
    return (text, put(text, match, f"{match[0]} not")) if match else None


@corruption
def negation_removed(text: str, rng: random.Random, others: Sequence[str]) -> Made:
    match = one_of(r" not\b(?! only)|(?<=\bcan)not\b|\bnever ", text, rng)
    return (text, put(text, match, "")) if match else None


@corruption
def negation_moved(text: str, rng: random.Random, others: Sequence[str]) -> Made:
    match = one_of(r"\b(is|are|was|were|did|do|does|could|would) not\b", text, rng)
    if not match:
        return None
    others_there = [
        one for one in re.finditer(r"\b(?:is|are|was|were|can|could|will|would)\b(?! not)", text) if abs(one.start() - match.start()) > 12
    ]
    if not others_there:
        return None
    goal, made = rng.choice(others_there), text
    for start, end, new in sorted(((match.start(), match.end(), match[1]), (goal.start(), goal.end(), f"{goal[0]} not")), reverse=True):
        made = made[:start] + new + made[end:]
    return text, made


@corruption
def negation_lexical(text: str, rng: random.Random, others: Sequence[str]) -> Made:
    match = one_of(r"\b(?:can|could|is|are|was|were|has|have)\b(?! (?:not|hardly))", text, rng)
    return (text, put(text, match, f"{match[0]} {rng.choice(('hardly', 'scarcely', 'barely', 'rarely'))}")) if match else None


@corruption
def failed_to(text: str, rng: random.Random, others: Sequence[str]) -> Made:
    match = one_of(r"\b(?P<stem>[a-z]{3,}[^e\W])ed (?=the|a|his|her|their|its)", text, rng)
    return (text, put(text, match, f"failed to {match['stem']} ")) if match else None


@corruption
def modality(text: str, rng: random.Random, others: Sequence[str]) -> Made:
    return from_table(text, rng, TABLES["modals"])


@corruption
def hedge_lost(text: str, rng: random.Random, others: Sequence[str]) -> Made:
    match = one_of(rf"\b(?:{'|'.join(TABLES['hedges'])}) |(?<= )about (?=\d)", text, rng)
    return (text, put(text, match, "")) if match else None


@corruption
def hedge_added(text: str, rng: random.Random, others: Sequence[str]) -> Made:
    match = one_of(r"\b(?:is|are|was|were|has|have) ", text, rng)
    return (text, put(text, match, f"{match[0]}{rng.choice(TABLES['hedges'][1:6])} ")) if match else None


@corruption
def frequency(text: str, rng: random.Random, others: Sequence[str]) -> Made:
    return from_table(
        text, rng, {"often": "always", "always": "often", "sometimes": "always", "usually": "never", "rarely": "often", "never": "seldom"}
    )


@corruption
def condition_lost(text: str, rng: random.Random, others: Sequence[str]) -> Made:
    match = one_of(r"(?:(?<=\. )|\A)(?:If|When|Unless) [^,.]{8,80}, (\w)|,? (?:if|unless|provided that|when) [^,.]{8,80}(?=\.)", text, rng)
    if not match:
        return None
    return text, put(text, match, match[1].upper() if match[1] else "")


@corruption
def condition_changed(text: str, rng: random.Random, others: Sequence[str]) -> Made:
    return from_table(text, rng, {"if": "unless", "unless": "if", "when": "because", "because": "if", "whether": "that"})


@corruption
def quantifier(text: str, rng: random.Random, others: Sequence[str]) -> Made:
    return from_table(text, rng, TABLES["quantifiers"])


@corruption
def only_moved(text: str, rng: random.Random, others: Sequence[str]) -> Made:
    match = one_of(r"\bonly (\w+(?: \w+)?) ", text, rng)
    if match:
        return text, put(text, match, f"{match[1]} only ")
    there = one_of(r"\b(?:in|for|by|to) (?=the\b)", text, rng)
    return (text, put(text, there, f"only {there[0]}")) if there else None


@corruption
def comparative(text: str, rng: random.Random, others: Sequence[str]) -> Made:
    return from_table(text, rng, TABLES["comparatives"])


@corruption
def comparison_turned(text: str, rng: random.Random, others: Sequence[str]) -> Made:
    match = one_of(r"\b(\w+) (is|are|was|were) (\w+er|more \w+) than (\w+)\b", text, rng)
    return (text, put(text, match, f"{same_case(match[1], match[4])} {match[2]} {match[3]} than {match[1].lower()}")) if match else None


@corruption
def quotation_changed(text: str, rng: random.Random, others: Sequence[str]) -> Made:
    match = one_of(r"[“\"][^“”\"]*?\b([a-z]{4,})\b[^“”\"]*[”\"]", text, rng)
    foreign = one_of(r"\b[a-z]{4,}\b", rng.choice(others), rng)
    return (text, put(text, match, foreign[0], 1)) if match and foreign and foreign[0] != match[1] else None


@corruption
def attribution_changed(text: str, rng: random.Random, others: Sequence[str]) -> Made:
    match = one_of(
        r"\b([A-Z]\w+(?: [A-Z]\w+)*)(?= (?:said|argued|wrote|claimed|believed|stated|suggested|found|says|argues|thought)\b)", text, rng
    )
    foreign = one_of(NAME.pattern, rng.choice(others), rng)
    return (text, put(text, match, foreign[0], 1)) if match and foreign and foreign[0] not in text else None


@corruption
def attribution_lost(text: str, rng: random.Random, others: Sequence[str]) -> Made:
    match = one_of(r"According to [^,.]{3,60}, (\w)|\b(?:[A-Z]\w+|[Hh]e|[Ss]he|[Tt]hey|[Ss]cientists|[Rr]esearchers) "
                 r"(?:said|argued|wrote|claimed|believed|stated|suggested|believe|argue|think) that (\w)", text, rng)  # fmt: skip
    if not match:
        return None
    letter = match[1] or match[2]
    return text, put(text, match, letter.upper() if not match.start() or text[match.start() - 2] in ".!?" else letter)


@corruption
def list_item_lost(text: str, rng: random.Random, others: Sequence[str]) -> Made:
    match = one_of(r"\b(\w+), (\w+),? (and|or) (\w+)", text, rng)
    return (text, put(text, match, f"{match[1]} {match[3]} {match[4]}")) if match else None


@corruption
def list_item_added(text: str, rng: random.Random, others: Sequence[str]) -> Made:
    match = one_of(r"\b(\w+), (\w+),? (and|or) (\w+)", text, rng)
    foreign = one_of(r"\b[a-z]{4,}s\b", rng.choice(others), rng)
    return (text, put(text, match, f"{match[1]}, {foreign[0]}, {match[2]}, {match[3]} {match[4]}")) if match and foreign else None


@corruption
def and_or(text: str, rng: random.Random, others: Sequence[str]) -> Made:
    match = one_of(r" (and|or) ", text, rng)
    return (text, put(text, match, {"and": " or ", "or": " and "}[match[1]])) if match else None


@corruption
def claim_added(text: str, rng: random.Random, others: Sequence[str]) -> Made:
    match = one_of(r"\.(?= |\Z)", text, rng)
    extra = one_of(r", (?:which|and|but|so|because) [^.,]{12,60}(?=[.,])", rng.choice(others), rng)
    return (text, put(text, match, f"{extra[0]}.")) if match and extra else None


@corruption
def sentence_added(text: str, rng: random.Random, others: Sequence[str]) -> Made:
    parts, extra = sentences(text), rng.choice(sentences(rng.choice(others)))
    parts.insert(rng.randint(1, len(parts)), extra)
    return (text, " ".join(parts)) if len(extra) < len(text) / 2 else None


@corruption
def claim_lost(text: str, rng: random.Random, others: Sequence[str]) -> Made:
    match = one_of(r", (?:which|and|but|so|where|who) [^.,]{12,80}(?=\.)", text, rng)
    return (text, put(text, match, "")) if match else None


@corruption
def sentence_lost(text: str, rng: random.Random, others: Sequence[str]) -> Made:
    parts = sentences(text)
    if len(parts) < 3:
        return None
    parts.pop(rng.randrange(len(parts)))
    return text, " ".join(parts)


@corruption
def detail_lost(text: str, rng: random.Random, others: Sequence[str]) -> Made:
    match = one_of(
        r"(?<=\b(?:the|its) )[a-z]+(?:al|ic|ive|ous|ful|ed|ary|ent) (?=[a-z]+)| (?:in|by|with|from|for) the [a-z]+(?=[.,])", text, rng
    )
    return (text, put(text, match, "")) if match else None


@corruption
def scope_narrowed(text: str, rng: random.Random, others: Sequence[str]) -> Made:
    match = one_of(r"\b(?:people|students|workers|women|men|cells|states|countries|children|companies|voters)\b", text, rng)
    return (text, put(text, match, f"{rng.choice(('young', 'poor', 'northern', 'older', 'certain'))} {match[0]}")) if match else None


@corruption
def cause_effect(text: str, rng: random.Random, others: Sequence[str]) -> Made:
    table = {
        "because": "although",
        "therefore": "however",
        "although": "because",
        "as a result": "in spite of this",
        "thus": "nevertheless",
        "so that": "although",
    }
    return from_table(text, rng, table)


@corruption
def antonym(text: str, rng: random.Random, others: Sequence[str]) -> Made:
    return from_table(text, rng, TABLES["antonyms"])


@corruption
def verb_replaced(text: str, rng: random.Random, others: Sequence[str]) -> Made:
    here, foreign = one_of(r"\b[a-z]{3,}ed\b", text, rng), one_of(r"\b[a-z]{3,}ed\b", rng.choice(others), rng)
    return (text, put(text, here, foreign[0])) if here and foreign and here[0] != foreign[0] else None


@corruption
def preposition_changed(text: str, rng: random.Random, others: Sequence[str]) -> Made:
    return from_table(
        text,
        rng,
        {"with": "without", "for": "against", "inside": "outside", "under": "over", "within": "beyond", "by": "for", "during": "before"},
    )


@corruption
def tense(text: str, rng: random.Random, others: Sequence[str]) -> Made:
    return from_table(text, rng, {"was": "is", "is": "was", "were": "will be", "are": "were", "has": "had", "had": "has", "will": "did"})


@corruption
def gender_exchanged(text: str, rng: random.Random, others: Sequence[str]) -> Made:
    return from_table(text, rng, {"he": "she", "she": "he", "his": "her", "him": "her"})


@corruption
def reference_wrong(text: str, rng: random.Random, others: Sequence[str]) -> Made:
    """A pronoun becomes one of the names before it that are not the last one."""
    for match in re.finditer(r"(?<=[.] )(?:He|She|It|They)\b", text):
        before = text[: match.start()]
        names = [
            name[0]
            for name in NAME.finditer(before)
            if not re.search(r"\b(?:in|at|from|near|to|of|the|on|through|across) \Z", before[: name.start()])
        ]
        if len(set(names)) > 1:
            return text, put(text, match, rng.choice(names))
    return None


@corruption
def citation_invented(text: str, rng: random.Random, others: Sequence[str]) -> Made:
    match = one_of(r"\.(?= |\Z)", text, rng)
    cited = rng.choice(
        (
            ", as researchers have reported.",
            " (Miller, 2011).",
            " [4].",
            ", according to a recent study.",
            " (Source: https://other.example/a).",
        )
    )
    return (text, put(text, match, cited)) if match else None
