"""Measures claim checking on claims whose truth is known: about generated facts, in wordings of which half were held out while rules were
written, and about sentences of passages; beside a threshold on BM25 alone.
"""

from __future__ import annotations

import gzip
import json
import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from benchmarks.claim_wordings import DENIED, HELD, OTHER_PROPERTIES, PLAIN, SEEN, TRAPS_HELD, TRAPS_SEEN
from benchmarks.fact_scenarios import claims_of
from benchmarks.fact_sites import SCENARIOS, STYLES, Country, Site, Sites, countries, written
from benchmarks.fact_times import NOW, OVER_TIME, TERMS, heads_of_state
from tierline.checking import VERDICTS, CheckRules, Evidence, abstention_curve, check, coverage_at
from tierline.checking.evidence import sentence_places
from tierline.knowledge import FactRules, verify_facts
from tierline.tables import TABLES, content_id

SUPPORTED, REFUTED, NOT_ENOUGH = VERDICTS
GOLD = "labels/facts/fool-me-twice.jsonl.gz"
THINGS = 3  # invented people, organizations and mountains for each country
WRONG_SHOWN = 12
BINS = 40  # of the thresholds that are tried for the baseline
_FIRST = "Anders Bela Carla Dario Elsa Fritz Greta Hugo Ines Jonas Karin Leon Marta Nils Olga Petra".split()
_LAST = "Abel Berger Carlsen Dorn Eklund Faber Gruber Holm Iversen Jansen Krall Lunde Moser Nagel Olsen Pohl".split()
_PLACES = "Arvenholt Brunnsby Calderford Dovermill Elmstead Farnbeck Gullhaven Hallowick Ingelby Kelderen".split()
_WORKS = "Foundry Brewery Press Shipyard Bank Orchestra Observatory Railway".split()
_PEAKS = "Mount {}|{} Peak|{} Fell".split("|")


@dataclass(frozen=True)
class Claim:
    """A claim and the verdict that it should get. `wording` is `plain`, `seen`, `held` or `passage`."""

    text: str
    truth: str
    kind: str
    wording: str


@dataclass(frozen=True)
class Known:
    """A property of a thing: what may be written for it, true and false."""

    subject: str
    predicate: str
    true: tuple[str, ...]
    false: tuple[str, ...]


def claim_metrics(data: Path, size: int, seed: int) -> dict[str, float]:
    """`claim_acc`, `claim_macro_f1`, `claim_coverage_at_90` (answered `supported` or `refuted`, of all claims), the same of those that the
    evidence decides, `claim_acc_<kind>`, `claim_acc_<wording>`, and the baseline's with `_lexical`: the thresholds on BM25 that serve it
    best on these very claims. The recipe's `score_min` is not used for the curve.
    """
    chance = random.Random(seed)
    known = countries(data)
    sites = Sites(known, size, seed)
    lasting, changing = sites.countries[: 2 * size // 3], sites.countries[2 * size // 3 :]
    things = list({(one.subject, one.predicate): one for _ in lasting for one in invented(chance)}.values())
    pages = [page for country in lasting for page in SCENARIOS["true_own_formats"](sites, country)]
    pages += [page for country in changing for name in ("census_years", "changed_back") for page in OVER_TIME[name](sites, country)]
    evidence = Evidence.of_tables(tables_of(verify_facts(claims_of(pages), FactRules()).tables, things, passages(sites, lasting)))
    facts = [*map(thing_of(sites, known), lasting), things]
    claims = [claim for own in facts for one in own for claim in claims_about(one, chance)]
    claims += [claim for country in changing for claim in over_time(country)]
    absent = [country for country in known if country not in sites.countries][: max(1, size // 3)]
    claims += [claim for country in absent for claim in unknown(country, sites, known, chance)]
    claims += [claim for country in lasting for claim in unknown_properties(country.name, chance)]
    claims += [claim for country, other in zip(lasting, [*lasting[1:], lasting[0]], strict=True) for claim in traps(country, other, chance)]
    claims += [claim for country in lasting for claim in from_passages(sites, country)]
    return measured(claims, evidence, shown=True) | fool_me_twice(data)


def invented(chance: random.Random) -> Iterator[Known]:
    """People, organizations and mountains that nobody else knows."""
    for number in range(THINGS):
        tag = "".join(chance.choices("bdfgklmnprst", k=1)).upper() + "".join(chance.choices(["ar", "el", "in", "or", "un"], k=3))
        person = f"{chance.choice(_FIRST)} {tag} {chance.choice(_LAST)}"
        days = [f"{chance.randint(1, 28)} {chance.choice(('March', 'May', 'June', 'October'))} {year}" for year in (1871 + number, 1934)]
        places = chance.sample(_PLACES, 2)
        yield Known(person, "birth date", (days[0], days[0].split()[1] + f" {days[0].split()[0]}, {days[0].split()[2]}"), (days[1],))
        yield Known(person, "birth place", (places[0],), (places[1],))
        works, years = f"{tag} {chance.choice(_WORKS)}", chance.sample(range(1790, 1990), 2)
        yield Known(works, "founding date", (str(years[0]),), (str(years[1]),))
        yield Known(works, "headquarters", (places[1],), (places[0],))
        peak, height = chance.choice(_PEAKS).format(tag), chance.randint(700, 4_800)
        yield Known(peak, "elevation", (f"{height:,} m", f"{height} meters", f"{height / 0.3048:,.0f} feet"), (f"{height + 311:,} m",))


def thing_of(sites: Sites, known: Sequence[Country]) -> Callable[[Country], list[Known]]:
    """What is known of a country."""

    def of_country(country: Country) -> list[Known]:
        wrong = sites.wrong(country)
        found: list[Known] = []
        for key, value in country.true.items():
            true = tuple(dict.fromkeys(written(key, value, style).text for style in range(STYLES)))
            found.append(Known(country.name, key, true, (written(key, wrong[key], 0).text,)))
        return found

    return of_country


def claims_about(one: Known, chance: random.Random) -> Iterator[Claim]:
    """True and false claims of one property in the plain form, a wording that was seen and one that was held out."""
    wordings = {"plain": PLAIN[one.predicate], "seen": chance.choice(SEEN[one.predicate]), "held": chance.choice(HELD[one.predicate])}
    decides = one.predicate not in ("currency",)  # several at a time are possible, so that another one refutes nothing
    for wording, text in wordings.items():
        true, false = chance.choice(one.true), chance.choice(one.false)
        yield Claim(_filled(text, one.subject, true), SUPPORTED, "true", wording)
        yield Claim(_filled(text, one.subject, false), REFUTED if decides else NOT_ENOUGH, "other_value", wording)
        if one.predicate in ("capital", "continent", "head of state", "headquarters", "birth place") and true != one.subject:
            yield Claim(_filled(text, true, one.subject), REFUTED, "swapped", wording)
    denial = chance.choice(DENIED[one.predicate])
    yield Claim(_filled(denial, one.subject, chance.choice(one.true)), REFUTED, "true_denied", "seen")
    if decides:
        yield Claim(_filled(denial, one.subject, chance.choice(one.false)), SUPPORTED, "false_denied", "seen")


def over_time(country: Country) -> Iterator[Claim]:
    """Of its time, of another time, and of no time although a later value is known."""
    name, people, heads = country.name, country.people, heads_of_state(country)
    for year, other in (("1994", "2010"), ("2010", "1994"), (NOW, "1994")):
        if year in people and other in people and people[other] != people[year]:
            yield Claim(f"As of {year}, {name} had {people[year]:,} inhabitants.", SUPPORTED, "dated_true", "held")
            yield Claim(f"In {year}, {name} had a population of {people[year]:,}.", SUPPORTED, "dated_true", "seen")
            yield Claim(f"In {year}, {name} had a population of {people[other]:,}.", REFUTED, "dated_other", "seen")
    if "1994" in people and NOW in people:
        yield Claim(f"{name} has a population of {people['1994']:,}.", REFUTED, "superseded", "seen")
        yield Claim(f"The population of {name} is {people[NOW]:,}.", SUPPORTED, "current", "seen")
    yield Claim(f"The head of state of {name} is {heads[TERMS[2]]}.", SUPPORTED, "current", "plain")
    yield Claim(f"The head of state of {name} is {heads[TERMS[1]]}.", REFUTED, "superseded", "plain")
    yield Claim(f"In {TERMS[1]}, {heads[TERMS[1]]} was the head of state of {name}.", SUPPORTED, "dated_true", "held")


def unknown(country: Country, sites: Sites, known: Sequence[Country], chance: random.Random) -> Iterator[Claim]:
    """True ones of a country that the evidence does not have."""
    for one in thing_of(sites, known)(country):
        for wording, texts in (("seen", SEEN), ("held", HELD)):
            yield Claim(
                _filled(chance.choice(texts[one.predicate]), one.subject, chance.choice(one.true)), NOT_ENOUGH, "unknown_thing", wording
            )


def unknown_properties(name: str, chance: random.Random) -> Iterator[Claim]:
    """Of a known thing."""
    for text in chance.sample(OTHER_PROPERTIES, 3):
        yield Claim(_filled(text, name, ""), NOT_ENOUGH, "unknown_property", "held")


def traps(country: Country, other: Country, chance: random.Random) -> Iterator[Claim]:
    """Claims that look like one of a property and are about something else."""
    values = {"s": country.name, "other": other.true["capital"], "capital": country.true["capital"], "continent": country.true["continent"]}
    for wording, texts in (("seen", TRAPS_SEEN), ("held", TRAPS_HELD)):
        for text in chance.sample(texts, 5):
            yield Claim(text.format_map(values), NOT_ENOUGH, f"trap_{wording}", wording)


def from_passages(sites: Sites, country: Country) -> Iterator[Claim]:
    """Sentences of a passage written otherwise, denied, and with another number; the last is not decided by the passage's own words."""
    sentences = [text for text in _sentences(sites.prose(Site("passage.example"), country)) if text.count(" ") > 4]
    for sentence in sentences[:3]:
        rewritten = (
            sentence.replace(" km", " kilometers").replace("metres", "meters") if " km " in sentence else sentence.replace(",", "", 1)
        )
        yield Claim(f"{rewritten}.", SUPPORTED, "passage_same", "passage")
        for verb in (" is ", " are ", " has ", " was "):
            if verb in sentence and verb != " has ":
                yield Claim(f"{sentence.replace(verb, f'{verb}not ', 1)}.", REFUTED, "passage_denied", "passage")
                break


def _filled(text: str, subject: str, value: str) -> str:
    filled = text.format(s=subject, v=value)
    return filled[:1].upper() + filled[1:]


def _sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in sentence_places(text)]


def passages(sites: Sites, known: Sequence[Country]) -> list[dict[str, Any]]:
    """A passage about each country."""
    texts = [sites.prose(Site("passage.example"), country) for country in known]
    return [
        {"passage_id": content_id("psg", number), "text": text, "url": f"https://passage.example/{number}", "language": "en"}
        for number, text in enumerate(texts)
    ]


def tables_of(found: Mapping[str, Any], things: Sequence[Known], texts: Sequence[Mapping[str, Any]]) -> dict[str, pa.Table]:
    """Tables of evidence: facts that were verified, those of invented things, passages."""
    facts, sources = (pa.concat_tables([found[name]]) for name in ("l4_facts", "l4_sources"))
    more: tuple[list[dict[str, Any]], list[dict[str, Any]]] = [], []
    for one in things:
        value = one.true[0]
        fact_id, text = content_id("fact", one.subject, one.predicate), f"{one.subject}, {one.predicate}: {value}."
        names = {"subject": one.subject, "predicate": one.predicate, "object": value, "language": "en", "text": text}
        more[0].append({"fact_id": fact_id, "contradictions": 0, "independent_sources": 2} | names)
        place = {"parent_table": "l2_selected", "parent_id": content_id("doc", fact_id), "parent_field": "text", "agreement": "words"}
        more[1].append({"fact_id": fact_id, "quote": text, "span_start": 0, "span_end": len(text), "url": "https://a.example/"} | place)
    return {
        "l4_facts": pa.concat_tables([facts, pa.Table.from_pylist(more[0], facts.schema)]),
        "l4_sources": pa.concat_tables([sources, pa.Table.from_pylist(more[1], sources.schema)]),
        "l3_refined": pa.Table.from_pylist(list(texts), TABLES["l3_refined"].schema),
    }


def measured(claims: Sequence[Claim], evidence: Evidence, shown: bool = False) -> dict[str, float]:
    """The metrics of claims; prints a table by kind and some that are wrong."""
    free = check([claim.text for claim in claims], evidence, CheckRules(score_min=0.0)).to_pylist()
    rows = [row if row["score"] >= CheckRules().score_min else row | {"verdict": NOT_ENOUGH} for row in free]
    truths, said = [claim.truth for claim in claims], [row["verdict"] for row in rows]
    best = [score for _, score in evidence.retrieval.by_words([claim.text for claim in claims])]
    lexical = lexical_verdicts(best, truths)
    metrics = {"claims": len(claims), "claim_acc": accuracy(said, truths), "claim_acc_lexical": accuracy(lexical, truths)}
    metrics |= {"claim_macro_f1": macro_f1(said, truths), "claim_macro_f1_lexical": macro_f1(lexical, truths)}
    answered = [(row["score"], row["verdict"] == truth) for row, truth in zip(free, truths, strict=True) if row["verdict"] != NOT_ENOUGH]
    curve = abstention_curve([score for score, _ in answered], [right for _, right in answered], len(claims))
    coverage, score_min = coverage_at(curve, 0.9)
    decided = sum(truth != NOT_ENOUGH for truth in truths)
    metrics |= {"claim_coverage_at_90": coverage, "claim_coverage_at_90_of_decided": min(1.0, coverage * len(claims) / max(1, decided))}
    metrics |= {"claim_score_min_at_90": score_min, "claim_coverage_at_99": coverage_at(curve, 0.99)[0]}
    given = [verdict == truth for verdict, truth in zip(said, truths, strict=True) if verdict != NOT_ENOUGH]
    metrics |= {"claim_answered": len(given) / len(claims), "claim_acc_answered": sum(given) / max(1, len(given))}
    ordered = [(score, truth == SUPPORTED) for score, truth in zip(best, truths, strict=True)]
    lexical_curve = abstention_curve([score for score, _ in ordered], [right for _, right in ordered], len(claims))
    metrics["claim_coverage_at_90_lexical"] = coverage_at(lexical_curve, 0.9)[0]
    for group in ("wording", "kind"):
        for name in sorted({getattr(claim, group) for claim in claims}):
            at = [number for number, claim in enumerate(claims) if getattr(claim, group) == name]
            metrics[f"claim_acc_{name}"] = accuracy([said[number] for number in at], [truths[number] for number in at])
            if shown:
                counts = Counter(said[number] for number in at)
                by_words = accuracy([lexical[number] for number in at], [truths[number] for number in at])
                print(f"{name:18} {len(at):6,} claims  {dict(counts)}  lexical {by_words:.3f}")
    if shown:
        _show(claims, rows, curve)
    return metrics


def _show(claims: Sequence[Claim], rows: Sequence[Mapping[str, Any]], curve: pa.Table) -> None:
    wrong = [(claim, row) for claim, row in zip(claims, rows, strict=True) if row["verdict"] not in (claim.truth, NOT_ENOUGH)]
    by_rule: dict[str, list[bool]] = {}
    for claim, row in zip(claims, rows, strict=True):
        by_rule.setdefault(f"{row['verdict']} by {row['rule']}", []).append(row["verdict"] == claim.truth)
    for rule, right in sorted(by_rule.items()):
        print(f"{rule:50} {len(right):6,}  right {sum(right) / len(right):.3f}")
    for claim, row in wrong[:: max(1, len(wrong) // WRONG_SHOWN)]:
        print(f"wrong: {claim.kind} {claim.wording}: {row['verdict']} {row['score']:.2f} {row['rule']}: {claim.text} | {row['quote']}")
    for row in curve.to_pylist()[:: max(1, curve.num_rows // 10)]:
        print(f"score >= {row['score_min']:.3f}  coverage {row['coverage']:.3f}  accuracy {row['accuracy']:.3f}")


def accuracy(said: Sequence[str], truths: Sequence[str]) -> float:
    """The share of verdicts that are right."""
    return sum(one == other for one, other in zip(said, truths, strict=True)) / max(1, len(truths))


def macro_f1(said: Sequence[str], truths: Sequence[str]) -> float:
    """The mean over verdicts of the harmonic mean of precision and recall."""
    found: list[float] = []
    for verdict in VERDICTS:
        right = sum(one == other == verdict for one, other in zip(said, truths, strict=True))
        found.append(2 * right / max(1, said.count(verdict) + truths.count(verdict)))
    return sum(found) / len(found)


def lexical_verdicts(scores: Sequence[float], truths: Sequence[str]) -> list[str]:
    """`supported` from one score of BM25 on, `refuted` from a lower one on, else `not_enough`: the two that make most of these right."""
    values = np.quantile(np.asarray(scores), np.linspace(0, 1, BINS))
    tried = ([_by_score(score, low, high) for score in scores] for low in values for high in values if low <= high)
    return max(tried, key=lambda said: accuracy(said, truths))


def _by_score(score: float, low: float, high: float) -> str:
    return SUPPORTED if score >= high else REFUTED if score >= low else NOT_ENOUGH


def fool_me_twice(data: Path) -> dict[str, float]:
    """On claims that people wrote to mislead (Eisenschlos et al. 2021), with their evidence among that of all others: the share whose
    evidence is retrieved, that is answered at the default threshold, and the share of these that is right."""
    if not (data / GOLD).exists():
        return {}
    with gzip.open(data / GOLD, "rt", encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    texts = [
        {"passage_id": f"{row['id']}/{number}", "text": one["text"], "url": row["wikipedia_page"], "language": "en"}
        for row in rows
        for number, one in enumerate(row["gold_evidence"])
    ]
    evidence = Evidence.of_tables({"l3_refined": pa.Table.from_pylist(texts, TABLES["l3_refined"].schema)})
    found = check([row["text"] for row in rows], evidence, CheckRules()).to_pylist()
    near = evidence.retrieval.nearest([row["text"] for row in rows], CheckRules().passages)
    own = [
        any(evidence.passage(number)["row_id"].startswith(f"{row['id']}/") for number, _ in ranked)
        for row, ranked in zip(rows, near, strict=True)
    ]
    truths = [SUPPORTED if row["label"] == "SUPPORTS" else REFUTED for row in rows]
    given = [(row, truth) for row, truth in zip(found, truths, strict=True) if row["verdict"] != NOT_ENOUGH]
    for row, truth in given[:WRONG_SHOWN]:
        print(f"written by people: {row['verdict']} ({truth}) {row['score']:.2f} {row['rule']}: {row['statement']} | {row['quote']}")
    right = sum(row["verdict"] == truth for row, truth in given)
    return {
        "claim_people": len(rows),
        "claim_people_retrieved": sum(own) / len(rows),
        "claim_people_answered": len(given) / len(rows),
        "claim_people_acc_answered": right / max(1, len(given)),
    }
