"""Measures how many equal values of two knowledge bases are recognized as equal, and how many unequal ones are taken for equal, beside
equality of strings; what is promoted from generated sites whose facts are known (`benchmarks.fact_sites`), by extraction and verification
alone and by the whole pipeline; how claims about such facts are judged (`benchmarks.claim_checking`); and the states and confidences of all
values that are stated (`benchmarks.value_states`).

What is equal is decided by the bases: by the codes of countries and currencies, and for areas by rounding decimals. Pairs that were read
by hand and are of different things are listed below.
"""

from __future__ import annotations

import argparse
import csv
import html
import json
import random
import re
import sys
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Context, Decimal
from pathlib import Path
from typing import Any

from babel.dates import format_date
from babel.numbers import format_compact_decimal, format_decimal

from benchmarks.claim_checking import claim_metrics
from benchmarks.fact_scenarios import scenario_metrics
from benchmarks.fact_whole import beside_each_other, whole_metrics
from benchmarks.value_states import held_metrics
from tierline.knowledge.keys import normal_key
from tierline.knowledge.values import agreement, read_value

# Unequal pairs; countries that sites are about; countries of each scenario through the whole pipeline.
BUDGETS = {"smoke": (500, 6, 2), "small": (2_000, 20, 6), "full": (10_000, 60, 10)}
BASES = {
    "countries": "kb/countries/dist/countries.json",
    "codes": "kb/country-codes/data/country-codes.csv",
    "factbook": "kb/factbook.tar.xz",
    "iso": "kb/iso-codes/iso_3166-1.json",
    "population": "kb/population/data/population.csv",
}
SHOWN = 40
DIGITS = 4  # significant digits from which on zeros may be rounded
LOCALES = ("en", "de", "fr", "es", "it", "ru", "pl", "sv", "hi", "ar_EG", "ja", "de_CH", "en_IN", "pt_BR", "cs", "nl")
NO_LONG = ("ja",)  # their words for powers of ten are those of the short form
# Hand-read: the bases name different cities, or none that can be compared.
OTHER_CAPITAL = {
    "countries-codes": {"GQ", "HK", "KZ", "PW", "PS", "GS", "SZ"},
    "countries-factbook": {"BO", "LK", "IO", "CI", "ZA", "BI", "BJ", "SZ", "MM", "NR"},
}
TAG, ALTERNATIVE = re.compile(r"<[^>]*>"), re.compile(r" ?[;,] (?=note\b)|;")


@dataclass(frozen=True)
class Pair:
    """Two values that two bases state of a thing; `identity` is equal for equal values."""

    kind: str
    predicate: str
    one: str
    other: str
    identity: str
    languages: tuple[str, str] = ("en", "en")


def main(arguments: list[str] | None = None) -> int:
    """Prints a table and one JSON line."""
    parser = argparse.ArgumentParser(prog="benchmarks.facts", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="a folder with kb/")
    parser.add_argument("--budget", choices=BUDGETS, default="full")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kept", type=Path, help="a folder for what each lake gives, so that a run that was ended goes on")
    options = parser.parse_args(arguments)
    skipped = [name for name, file in BASES.items() if not (options.data / file).exists()]
    if "countries" in skipped or len(skipped) == len(BASES) - 1:
        parser.error(f"less than two of {', '.join(BASES.values())} below {options.data}; name a folder that holds them")
    size, sites, whole = BUDGETS[options.budget]
    pairs = [pair for name, read in KINDS.items() if not skipped or not {*name} & {*skipped} for pair in read(options.data)]
    metrics = agreements([pair for pair in pairs if pair.kind != "rewritten"], "value_agreement")
    metrics |= agreements([pair for pair in pairs if pair.kind == "rewritten"], "rewritten_agreement", kinds=False)
    unequal = list(unequal_pairs(pairs, size, random.Random(options.seed)))
    wrong = [pair for pair in unequal if agrees(pair)]
    metrics |= {"false_agreements": len(wrong), "unequal_pairs": len(unequal)}
    metrics["false_agreements_by_strings"] = sum(normal_key(pair.one) == normal_key(pair.other) for pair in unequal)
    if "population" not in skipped:
        metrics |= scenario_metrics(options.data, sites, options.seed)
        metrics |= claim_metrics(options.data, sites, options.seed)
        metrics |= whole_metrics(options.data, whole, options.seed, kept=options.kept)
        print(*beside_each_other(metrics), sep="\n")
    if not skipped:
        metrics |= held_metrics(options.data, sites, options.seed)
    for pair in wrong[:SHOWN]:
        print(f"taken for equal: {pair.kind}: {pair.one!r}, {pair.other!r}")
    for name, value in metrics.items():
        print(f"{name:44} {value:9.4f}")
    print(json.dumps({"benchmark": "facts", "data": str(options.data), "metrics": metrics, "skipped": skipped}))
    return 0


def agrees(pair: Pair) -> bool:
    """Whether the two values agree by the rules of knowledge/values.py."""
    one, other = (read_value(text, pair.predicate, language) for text, language in zip((pair.one, pair.other), pair.languages, strict=True))
    return agreement(one, other) is not None


def agreements(pairs: list[Pair], name: str, kinds: bool = True) -> dict[str, float]:
    """Share of equal pairs that agree, in all and by kind, with the share of equal keys beside it; prints those that do not agree."""
    metrics: dict[str, float] = {}
    recognized = {pair: agrees(pair) for pair in pairs}
    for kind in ("", *(sorted({pair.kind for pair in pairs}) if kinds else ())):
        own = [pair for pair in pairs if kind in ("", pair.kind)]
        suffix = f"_{kind}" if kind else ""
        metrics[f"{name}{suffix}"] = sum(recognized[pair] for pair in own) / max(1, len(own))
        metrics[f"{name}{suffix}_by_strings"] = sum(normal_key(pair.one) == normal_key(pair.other) for pair in own) / max(1, len(own))
        metrics[f"{name}{suffix}_pairs"] = len(own)
    missed = [pair for pair in pairs if not recognized[pair]]
    for pair in missed[: 4 * SHOWN]:
        print(f"not recognized: {pair.kind}: {pair.one!r}, {pair.other!r}")
    return metrics


def unequal_pairs(pairs: list[Pair], size: int, chance: random.Random) -> Iterator[Pair]:
    """Pairs of one kind whose sides are of different things: half of them at random, half neighbors in order of size or of letters."""
    by_kind: dict[tuple[str, str], list[Pair]] = {}
    for pair in pairs:
        by_kind.setdefault((pair.kind, pair.predicate), []).append(pair)
    groups = [sorted(group, key=_order) for group in by_kind.values()]
    found = 0
    while found < size:
        group = chance.choice(groups)
        place = chance.randrange(len(group))
        near = place + chance.choice((-2, -1, 1, 2)) if chance.random() < 0.5 else chance.randrange(len(group))
        one, other = group[place], group[near % len(group)]
        mixed = Pair(one.kind, one.predicate, one.one, other.other, "", (one.languages[0], other.languages[1]))
        if not _is_equal(one, other):
            found += 1
            yield mixed


def _order(pair: Pair) -> tuple[float, str]:
    if pair.kind == "areas":
        return float(_digits(pair.one)), ""
    return (float(pair.identity) if pair.predicate == "population" else 0.0), pair.one


def _is_equal(one: Pair, other: Pair) -> bool:
    """Whether the first value of a pair equals the second one of another."""
    if one.identity == other.identity or one.one.casefold() == other.other.casefold():  # two capitals of one name
        return True
    if one.kind == "areas":
        return is_rounded(_digits(one.one), _digits(other.other))
    if one.predicate == "population" and any(map(str.isalpha, other.other)):  # in words, rounded to hundredths of a million or more
        return abs(int(one.identity) - int(other.identity)) <= int(other.identity) / 20
    return False


def is_rounded(one: Decimal, other: Decimal) -> bool:
    """Whether two numbers are equal when the one with more digits is rounded to as many as the other states, and to four at least."""
    digits = max(DIGITS, min(len(number.normalize().as_tuple().digits) for number in (one, other)))
    return Context(prec=digits).plus(one) == Context(prec=digits).plus(other)


def _digits(text: str) -> Decimal:
    """The first number of an English text."""
    number = Decimal(re.sub(r"[^\d.]", "", re.split(r"(?<=\d) ", text.strip())[0]))
    return number * 1_000_000 if "million" in text else number


def countries(data: Path) -> dict[str, dict[str, Any]]:
    """mledoze/countries by code."""
    return {row["cca2"]: row for row in json.loads((data / BASES["countries"]).read_text("utf-8"))}


def codes(data: Path) -> dict[str, dict[str, str]]:
    """datasets/country-codes by code."""
    with (data / BASES["codes"]).open(encoding="utf-8", newline="") as file:
        return {row["ISO3166-1-Alpha-2"]: row for row in csv.DictReader(file)}


def factbook(data: Path, *path: str) -> dict[str, str]:
    """A field of the World Factbook by ISO code, without markup, and without what follows on a semicolon."""
    by_gec = {row["FIPS"].strip().lower(): code for code, row in codes(data).items() if row["FIPS"].strip()}
    found: dict[str, str] = {}
    with tarfile.open(data / BASES["factbook"]) as archive:
        for member in archive:
            code = by_gec.get(Path(member.name).stem)
            if code and (file := archive.extractfile(member)):
                value: Any = json.load(file)
                for key in (*path, "text"):
                    value = {name.strip(): inner for name, inner in value.items()}.get(key) if isinstance(value, dict) else None
                text = ALTERNATIVE.split(html.unescape(TAG.sub("", value or "")))[0].strip()
                if text and text != "none":
                    found[code] = text
    return found


def areas(data: Path) -> Iterator[Pair]:
    """Areas that are equal within the rounding that both state; countries.json gives square kilometers without a unit."""
    stated = factbook(data, "Geography", "Area", "total")
    for code, row in countries(data).items():
        if code in stated and is_rounded(Decimal(str(row["area"])), _digits(stated[code])):
            yield Pair("areas", "area", str(row["area"]), stated[code], code)


def capitals(data: Path) -> Iterator[Pair]:
    """Capitals of the same country, where both bases name the same city."""
    others = {"countries-codes": {code: row["Capital"] for code, row in codes(data).items()}}
    others["countries-factbook"] = factbook(data, "Government", "Capital", "name")
    for name, stated in others.items():
        for code, row in countries(data).items():
            if row["capital"] and stated.get(code) and code not in OTHER_CAPITAL[name]:
                yield Pair("capitals", "capital", row["capital"][0], stated[code], code)


def names(data: Path) -> Iterator[Pair]:
    """Short English names of the same country."""
    listed = json.loads((data / BASES["iso"]).read_text("utf-8"))["3166-1"]
    others = [{row["alpha_2"]: row.get("common_name") or row["name"] for row in listed}]
    others.append({code: row["UNTERM English Short"].rstrip(" *") for code, row in codes(data).items()})
    others.append(factbook(data, "Government", "Country name", "conventional short form"))
    for stated in others:
        for code, row in countries(data).items():
            if stated.get(code):
                yield Pair("names", "country", row["name"]["common"], stated[code], code)


def currencies(data: Path) -> Iterator[Pair]:
    """The code of a country's currency, and its name in the base that has the same code."""
    for code, row in codes(data).items():
        own = list(countries(data).get(code, {}).get("currencies") or ())
        if len(own) == 1 and own[0] == row["ISO4217-currency_alphabetic_code"]:
            yield Pair("currencies", "currency", own[0], row["ISO4217-currency_name"], own[0])


def rewritten(data: Path) -> Iterator[Pair]:
    """Numbers of the World Bank and dates, each as two languages write it, and numbers rounded to millions in words."""
    chance = random.Random(0)
    with (data / BASES["population"]).open(encoding="utf-8", newline="") as file:
        numbers = sorted({int(float(row["Value"])) for row in csv.DictReader(file) if float(row["Value"]) >= 1e6})
    for number in chance.sample(numbers, 1_000):
        here, there = chance.choice(LOCALES), chance.choice(LOCALES)
        languages = here.partition("_")[0], there.partition("_")[0]
        digits = [format_decimal(number, locale=locale, numbering_system="default") for locale in (here, there)]
        yield Pair("rewritten", "population", *digits, str(number), languages)
        words = format_compact_decimal(number, format_type="long" if there not in NO_LONG else "short", locale=there, fraction_digits=2)
        yield Pair("rewritten", "population", digits[0], words, str(number), languages)
        day = date.fromordinal(chance.randrange(400_000, 730_000))
        dates = [format_date(day, "long", locale=locale) for locale in (here, there)]
        yield Pair("rewritten", "founding date", *dates, str(day), languages)
        yield Pair("rewritten", "founding date", dates[0], day.isoformat(), str(day), languages)


KINDS: dict[tuple[str, ...], Callable[[Path], Iterator[Pair]]] = {
    ("countries", "codes", "factbook"): areas,
    ("codes", "countries", "factbook"): capitals,
    ("codes", "countries", "factbook", "iso"): names,
    ("codes", "countries"): currencies,
    ("population",): rewritten,
}

if __name__ == "__main__":
    sys.exit(main())
