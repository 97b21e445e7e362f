"""Plants in a passage what a judge of edits must let through, one maker a kind; often it is the source that is damaged."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence

from benchmarks.planting import MONTHS, NAME, ORDINALS, SMALL, TABLES, Made, Maker, from_table, one_of, put, sentences

HARMLESS: dict[str, Maker] = {}
ADDRESS = "https://source.example/page"


def harmless(maker: Maker) -> Maker:
    """Registers a kind under the function's name."""
    HARMLESS[maker.__name__] = maker
    return maker


@harmless
def number_in_digits(text: str, rng: random.Random, others: Sequence[str]) -> Made:
    match = one_of(rf"(?<!-)\b(?:{'|'.join(SMALL)})\b(?!-)", text, rng)
    return (text, put(text, match, str(SMALL.index(match[0]) + 2))) if match else None


@harmless
def number_in_words(text: str, rng: random.Random, others: Sequence[str]) -> Made:
    match = one_of(rf"(?<=[a-z]{{2}} )(?<!(?:{'|'.join(name[-3:] for name in MONTHS)}) )(?:[2-9]|1[0-2])(?= [a-z]{{3,}})", text, rng)
    return (text, put(text, match, SMALL[int(match[0]) - 2])) if match else None


@harmless
def ordinal_in_digits(text: str, rng: random.Random, others: Sequence[str]) -> Made:
    match = one_of(rf"(?<!-)\b(?:{'|'.join(ORDINALS[:1] + ORDINALS[2:])})\b", text, rng)
    if not match:
        return None
    value = ORDINALS.index(match[0]) + 1
    return text, put(text, match, f"{value}{ {1: 'st', 3: 'rd'}.get(value, 'th') }")


@harmless
def ordinal_in_words(text: str, rng: random.Random, others: Sequence[str]) -> Made:
    tens = {
        "nineteenth": "19th",
        "twentieth": "20th",
        "eighteenth": "18th",
        "twenty-first": "21st",
        "seventeenth": "17th",
        "sixteenth": "16th",
    }
    match = one_of(rf"\b(?:{'|'.join(tens)})\b", text, rng)
    made = put(text, match, tens[match[0]]) if match else ""
    return ((made, text) if rng.random() < 0.5 else (text, made)) if match else None


@harmless
def thousands(text: str, rng: random.Random, others: Sequence[str]) -> Made:
    match = one_of(r"(?<![\d,.])\d{1,3}(?:,\d{3})+(?![\d,])", text, rng)
    return (text, put(text, match, match[0].replace(",", rng.choice((" ", "", "\u202f"))))) if match else None


@harmless
def millions(text: str, rng: random.Random, others: Sequence[str]) -> Made:
    match = one_of(r"(?<![\w.,])(\d{1,3}) (million|billion)\b", text, rng)
    return (text, put(text, match, f"{match[1]}{',000' * {'million': 2, 'billion': 3}[match[2]]}")) if match else None


@harmless
def date_order(text: str, rng: random.Random, others: Sequence[str]) -> Made:
    match = one_of(rf"\b({'|'.join(MONTHS)}) (\d{{1,2}}), (\d{{4}})\b", text, rng)
    return (text, put(text, match, f"{match[2]} {match[1]} {match[3]}")) if match else None


@harmless
def date_iso(text: str, rng: random.Random, others: Sequence[str]) -> Made:
    match = one_of(rf"\b({'|'.join(MONTHS)}) (\d{{1,2}}), (\d{{4}})\b", text, rng)
    return (text, put(text, match, f"{match[3]}-{MONTHS.index(match[1]) + 1:02}-{int(match[2]):02}")) if match else None


@harmless
def month_abbreviated(text: str, rng: random.Random, others: Sequence[str]) -> Made:
    match = one_of(r"\b(?:January|February|August|September|October|November|December)(?= \d{1,2},)", text, rng)
    return (put(text, match, f"{match[0][:3]}."), text) if match else None


@harmless
def clock_form(text: str, rng: random.Random, others: Sequence[str]) -> Made:
    match = one_of(r"\b(\d{1,2}):(\d\d) ([ap])\.m\.(?= [a-z])", text, rng)
    planted = f"The doors opened at {rng.randint(1, 11)}:{rng.choice(('15', '30', '45'))} p.m. on that day. {text}"
    text = text if match else planted
    match = match or one_of(r"\b(\d{1,2}):(\d\d) ([ap])\.m\.(?= [a-z])", text, rng)
    if not match:
        return None
    hour = int(match[1]) % 12 + 12 * (match[3] == "p")
    return text, put(
        text, match, rng.choice((f"{match[1]}:{match[2]} {match[3].upper()}M", f"{hour}:{match[2]}", f"{match[1]}:{match[2]} {match[3]}m"))
    )


@harmless
def percent_written(text: str, rng: random.Random, others: Sequence[str]) -> Made:
    match = one_of(r"(?<=\d) percent\b", text, rng)
    if match:
        return text, put(text, match, "%")
    match = one_of(r"(?<=\d)%", text, rng)
    return (text, put(text, match, rng.choice((" percent", " per cent", " %")))) if match else None


@harmless
def unit_written(text: str, rng: random.Random, others: Sequence[str]) -> Made:
    match = one_of(rf"(?<=\d) (?P<unit>{'|'.join(TABLES['units'])})\b(?! per)", text, rng)
    made = put(text, match, f" {TABLES['units'][match['unit']]}") if match else ""
    return ((made, text) if rng.random() < 0.7 else (text, made)) if match else None


@harmless
def currency_written(text: str, rng: random.Random, others: Sequence[str]) -> Made:
    match = one_of(r"\$(\d+(?:,\d{3})*)(?![\d.,]*\d)(?! (?:million|billion|trillion))(?= [a-z])", text, rng)
    return (text, put(text, match, f"{match[1]} dollars")) if match else None


@harmless
def name_case(text: str, rng: random.Random, others: Sequence[str]) -> Made:
    match = one_of(NAME.pattern, text, rng)
    return (put(text, match, match[0].lower()), text) if match else None


@harmless
def shouting_lowered(text: str, rng: random.Random, others: Sequence[str]) -> Made:
    parts = sentences(text)
    at = rng.randrange(len(parts))
    return " ".join([*parts[:at], parts[at].upper(), *parts[at + 1 :]]), text


@harmless
def title_case_lowered(text: str, rng: random.Random, others: Sequence[str]) -> Made:
    parts = sentences(text)
    at = rng.randrange(len(parts))
    return " ".join([*parts[:at], re.sub(r"\b[a-z]", lambda letter: letter[0].upper(), parts[at]), *parts[at + 1 :]]), text


@harmless
def spacing(text: str, rng: random.Random, others: Sequence[str]) -> Made:
    match = one_of(r"(?<=\w)[,.](?= )", text, rng)
    broken = put(text, match, f" {match[0]}") if match else text
    gap = one_of(r"(?<=[a-z]) (?=[a-z])", broken, rng)
    return (put(broken, gap, rng.choice(("  ", "\u00a0", " \u200b"))), text) if gap else None


@harmless
def words_run_together(text: str, rng: random.Random, others: Sequence[str]) -> Made:
    match = one_of(r"(?<=\b[a-z]{3}) (?=[a-z]{3,}\b)", text, rng)
    return (put(text, match, ""), text) if match and text[match.start() - 3 : match.start()] != "not" else None


@harmless
def hyphenation(text: str, rng: random.Random, others: Sequence[str]) -> Made:
    match = one_of(r"(?<=\b[a-z]{4})(?=[a-z]{3,}\b)", text, rng)
    return (put(text, match, rng.choice(("-\n", "\u00ad", "- "))), text) if match else None


@harmless
def compound_hyphen(text: str, rng: random.Random, others: Sequence[str]) -> Made:
    match = one_of(r"(?<=[a-z]{3})-(?=[a-z]{3})", text, rng)
    return (text, put(text, match, " ")) if match else None


@harmless
def abbreviation_expanded(text: str, rng: random.Random, others: Sequence[str]) -> Made:
    match = one_of(r"(?<=[a-z] )[A-Z][a-z]+(?: of)?(?: the)?(?: [A-Z][a-z]+){1,3}\b", text, rng)
    if not match:
        return None
    short = "".join(word[0] for word in match[0].split() if word[0].isupper())
    if len(short) < 2:
        return None
    source = f"{put(text, match, f'{match[0]} ({short})')} The {short} is named here again."
    return source, source.replace(f"The {short} is", f"The {match[0]} is")


@harmless
def own_source_cited(text: str, rng: random.Random, others: Sequence[str]) -> Made:
    return text, text + rng.choice((f" (Source: {ADDRESS})", f" [{ADDRESS}]", f" Source: {ADDRESS}", f" (from {ADDRESS})."))


@harmless
def sentences_joined(text: str, rng: random.Random, others: Sequence[str]) -> Made:
    match = one_of(r"(?<=[a-z])\. (The|A|It|They|He|She|This|These|In|An)\b", text, rng)
    if not match:
        return None
    return text, put(text, match, rng.choice((f"; {match[1].lower()}", f", and {match[1].lower()}")))


@harmless
def sentence_split(text: str, rng: random.Random, others: Sequence[str]) -> Made:
    match = one_of(r"(?<=[a-z])(?:; |, and |, but )(the|a|it|they|he|she|this|these|an|there|we|you)\b", text, rng)
    return (text, put(text, match, f". {match[1].capitalize()}")) if match else None


@harmless
def list_form(text: str, rng: random.Random, others: Sequence[str]) -> Made:
    match = one_of(r"\b(\w+), (\w+), and (\w+)(?=\.(?: |\Z))", text, rng)
    if not match:
        return None
    items = "\n".join(rng.choice(("- {}", "* {}", "• {}")).format(item) for item in (match[1], match[2], match[3]))
    rest = text[match.end() :].lstrip(". ")
    return text, f"{text[: match.start()].rstrip()}:\n{items}\n{rest}".strip()


@harmless
def contraction(text: str, rng: random.Random, others: Sequence[str]) -> Made:
    made = from_table(text, rng, TABLES["contractions"])
    return made if rng.random() < 0.5 or not made else (made[1], made[0])


@harmless
def spelling_variant(text: str, rng: random.Random, others: Sequence[str]) -> Made:
    made = from_table(text, rng, TABLES["spellings"])
    return made if rng.random() < 0.5 or not made else (made[1], made[0])


@harmless
def typo_repaired(text: str, rng: random.Random, others: Sequence[str]) -> Made:
    match = one_of(r"\b[a-z]{6,12}\b", text, rng)
    if not match:
        return None
    word, at = match[0], rng.randrange(2, len(match[0]) - 2)
    wrong = rng.choice((word[:at] + word[at + 1] + word[at] + word[at + 2 :], word[:at] + word[at + 1 :], word[:at] + word[at] + word[at:]))
    return (put(text, match, wrong), text) if wrong != word else None


@harmless
def name_spelling(text: str, rng: random.Random, others: Sequence[str]) -> Made:
    names = [
        match
        for match in re.finditer(r"\b[A-Z][a-z]{5,}\b", text)
        if len(re.findall(rf"\b{match[0]}\b", text)) > 1 and match[0] not in MONTHS
    ]
    if not names:
        return None
    match = rng.choice(names)
    at = rng.randrange(2, len(match[0]) - 2)
    return put(text, match, match[0][:at] + match[0][at + 1 :]), text


@harmless
def scan_damage(text: str, rng: random.Random, others: Sequence[str]) -> Made:
    match = one_of(r"(?<=[a-z]{2})(?:m|o|l)(?=[a-z]{2})", text, rng)
    return (put(text, match, {"m": "rn", "o": "0", "l": "1"}[match[0]]), text) if match else None


@harmless
def curly_quotes(text: str, rng: random.Random, others: Sequence[str]) -> Made:
    straight = text.translate(str.maketrans({"“": '"', "”": '"', "’": "'", "‘": "'"}))
    return ((text, straight) if rng.random() < 0.5 else (straight, text)) if straight != text else None


@harmless
def word_doubled(text: str, rng: random.Random, others: Sequence[str]) -> Made:
    match = one_of(r"\b(?:the|of|and|in|to|is|was|for|with|that)\b", text, rng)
    return (put(text, match, f"{match[0]} {match[0]}"), text) if match else None


@harmless
def duplicate_removed(text: str, rng: random.Random, others: Sequence[str]) -> Made:
    parts = sentences(text)
    again = rng.choice(parts)
    return (" ".join([*parts, again]), text) if len(again) > 20 else None


@harmless
def noise_dropped(text: str, rng: random.Random, others: Sequence[str]) -> Made:
    parts = sentences(text)
    parts.insert(rng.randint(0, len(parts)), f"\n{rng.choice(TABLES['noise'])}\n")
    return " ".join(parts).strip(), text


@harmless
def agreement(text: str, rng: random.Random, others: Sequence[str]) -> Made:
    match = one_of(r"\b(?:is|are|was|were|has|have|do not|does not)\b", text, rng)
    wrong = {
        "is": "are",
        "are": "is",
        "was": "were",
        "were": "was",
        "has": "have",
        "have": "has",
        "do not": "does not",
        "does not": "do not",
    }
    return (put(text, match, wrong[match[0]]), text) if match else None


@harmless
def article(text: str, rng: random.Random, others: Sequence[str]) -> Made:
    match = one_of(r"\ban(?= [aeio])|\ba(?= [bcdgkmnprst])(?! (?:good|great|number|little|lot|couple))", text, rng)
    return (put(text, match, {"a": "an", "an": "a"}[match[0]]), text) if match else None


@harmless
def phrase_fronted(text: str, rng: random.Random, others: Sequence[str]) -> Made:
    match = one_of(r"(?:(?<=\. )|\A)(In \d{4}|In the \w+ century|During the [\w ]{3,20}), ([a-z][^.,;:]*[a-z]{3})\.(?= |\Z)", text, rng)
    if not match or re.search(r"\b(?:and|or|but|which|who|that|whose|where|when|while|because|if|although|so|not|no|never)\b", match[2]):
        return None
    return text, put(text, match, f"{match[2][0].upper()}{match[2][1:]} {match[1][0].lower()}{match[1][1:]}.")


@harmless
def negative_prefix(text: str, rng: random.Random, others: Sequence[str]) -> Made:
    table = {"impossible": "not possible", "unable": "not able", "unclear": "not clear", "unknown": "not known", "unlikely": "not likely",
             "unnecessary": "not necessary", "illegal": "not legal", "incomplete": "not complete", "unaware": "not aware"}  # fmt: skip
    match = one_of(rf"(?:(?<=\bis )|(?<=\bwas )|(?<=\bare )|(?<=\bwere ))(?:{'|'.join(table)})\b", text, rng)
    made = put(text, match, table[match[0]]) if match else ""
    return ((made, text) if rng.random() < 0.5 else (text, made)) if match else None


@harmless
def pronoun_resolved(text: str, rng: random.Random, others: Sequence[str]) -> Made:
    """Planted at the start of a passage in which nobody else is named."""
    name = rng.choice(("Nora Lindholm", "Peter Vance", "Maria Castillo", "Harold Okafor"))
    pronoun = "He" if name[0] in "PH" else "She"
    verb = rng.choice(("kept a diary of these matters", "taught at a small school", "collected old maps"))
    source = f"{name} wrote the following lines. {pronoun} {verb}. {text}"
    return source, source.replace(f". {pronoun} {verb}", f". {rng.choice((name, name.split()[1]))} {verb}", 1)


@harmless
def sentences_reordered(text: str, rng: random.Random, others: Sequence[str]) -> Made:
    """Definitions of an index, which stand in no order."""
    lines = [part for part in sentences(rng.choice(others)) + sentences(text) if re.match(r"An? \w+(?: \w+)? is ", part)]
    lines = [line for line in dict.fromkeys(lines) if not re.search(r"\b(?:it|this|they|these|also|then|such|same|following)\b", line)]
    return (" ".join(lines), " ".join(lines[::-1])) if len(lines) > 1 else None


@harmless
def passive_turned(text: str, rng: random.Random, others: Sequence[str]) -> Made:
    names = sorted({match[0] for match in NAME.finditer(text)})
    if not names:
        return None
    agent, patient = rng.choice(names), rng.choice(("bridge", "report", "chapel", "index", "mill"))
    verb = rng.choice(("repaired", "praised", "described", "visited", "restored"))
    made = f"{text} {agent} {verb} the {patient}.", f"{text} The {patient} was {verb} by {agent}."
    return made if rng.random() < 0.5 else made[::-1]


@harmless
def phrase_shortened(text: str, rng: random.Random, others: Sequence[str]) -> Made:
    table = {
        "in order to": "to",
        "for instance": "for example",
        "prior to": "before",
        "due to": "because of",
        "a number of": "several",
        "even though": "although",
    }
    return from_table(text, rng, table)


@harmless
def emphasis_removed(text: str, rng: random.Random, others: Sequence[str]) -> Made:
    match = one_of(r"\b[a-z]{5,}\b", text, rng)
    mark = rng.choice(("**", "*", "_", "`"))
    return (put(text, match, f"{mark}{match[0]}{mark}"), text) if match else None


@harmless
def ligature(text: str, rng: random.Random, others: Sequence[str]) -> Made:
    match = one_of(r"ffi|fi|fl|ff", text, rng)
    return (put(text, match, {"ffi": "ﬃ", "fi": "ﬁ", "fl": "ﬂ", "ff": "ﬀ"}[match[0]]), text) if match else None


@harmless
def full_width(text: str, rng: random.Random, others: Sequence[str]) -> Made:
    match = one_of(r"(?<=[a-z]), ", text, rng)
    return (put(text, match, "，"), text) if match else None


@harmless
def line_breaks(text: str, rng: random.Random, others: Sequence[str]) -> Made:
    words = text.split(" ")
    width = rng.randint(6, 12)
    return "\n".join(" ".join(words[at : at + width]) for at in range(0, len(words), width)), text


@harmless
def title_abbreviated(text: str, rng: random.Random, others: Sequence[str]) -> Made:
    short = {
        "Doctor": "Dr.",
        "Professor": "Prof.",
        "versus": "vs.",
        "for example": "e.g.",
        "that is": "i.e.",
        "United States": "U.S.",
        "approximately": "approx.",
    }
    match = one_of(rf"\b(?:{'|'.join(short)})\b(?=,? [a-zA-Z])", text, rng)
    made = put(text, match, short[match[0]]) if match else ""
    return ((made, text) if rng.random() < 0.5 else (text, made)) if match else None
