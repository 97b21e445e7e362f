"""Knows the words of many languages for months, eras, powers of ten, countries and currencies: Unicode's CLDR has them, and ISO's own
names of countries and currencies stand beside them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import Any

from tierline.knowledge.keys import name_form

# Languages whose words are known, English first. CLDR has a thousand; these take about a second to load and write most of the web. The last
# four call countries by the English names before a renaming: Swaziland, Czech Republic, Ivory Coast, Burma.
LANGUAGES = tuple(
    """en de fr es it pt nl sv da nb fi is pl cs sk sl hr sr bg ru uk el tr hu ro et lv lt ca eu gl ga cy ar fa he hi bn ta te th vi id ms
    zh zh_Hant ja ko sw af sq mk ka hy az kk uz mn ceb luo nd kl""".split()
)
WORDS_KEPT = 65_536  # crawled words whose meaning is kept in memory
_WORD = re.compile(r"[^\W\d_][^\s\d.,'’()-]*")
_Words = dict[str, dict[str, set[int]]]  # word to language to meanings


def month_named(word: str, language: str) -> int | None:
    """1 to 12 for a month's name, full or abbreviated; the page's own language decides before English, English before the others, and
    a word that means several months there means none."""
    return _meaning(_months(), word, language)


def power_named(word: str, language: str) -> int | None:
    """The power of ten that a word stands for: 6 for "million", "Mio.", "миллиона", 4 for "万"; chosen as by `month_named`, so that
    "billion" is 9 unless the page is in a language in which it is 12."""
    return _meaning(_powers(), word, language)


def is_weekday(word: str) -> bool:
    """Whether a day of the week is called so."""
    return word in _weekdays()


def era_named(letters: str) -> int | None:
    """0 for words for "before Christ", 1 for "after"; None for others and for those that are both in some languages."""
    found = _eras().get(letters)
    return next(iter(found)) if found and len(found) == 1 else None


@lru_cache(maxsize=WORDS_KEPT)
def country_named(name: str, language: str | None) -> str | None:
    """ISO 3166-1's two letters of a country by its name in English (CLDR's or ISO's) or the given language, or in any one (None).

    None for what no country or two are called. Beware of asking for any language: Brasilia is Brazil in Finnish.
    """
    names = _countries().get(name_form(name), {})
    found = names.get("en") or (names.get(language) if language else set[str]().union(*names.values()))
    return next(iter(found)) if found and len(found) == 1 else None


@lru_cache(maxsize=WORDS_KEPT)
def country_coded(code: str) -> str | None:
    """The same by its code of two or three letters; UK is one too, by CLDR's aliases."""
    from babel.core import get_global

    aliases: Any = get_global("territory_aliases")
    if len(code) == 2 and code in _codes():
        return code
    found = aliases.get(code, ())
    return found[0] if len(found) == 1 and len(found[0]) == 2 else None


@lru_cache(maxsize=WORDS_KEPT)
def currency_named(words: str) -> str | None:
    """ISO 4217's code of a currency by itself, by a name in one of the languages, by the last word of its English name where no other
    currency of today ends so ("Taka", but not "dollar"), or by that word behind the country's name ("Uganda Shilling")."""
    from babel.numbers import get_territory_currencies

    codes, names = _currencies()
    if words.upper() in codes and len(words) == 3:
        return words.upper()
    form = name_form(words)
    found = names.get(form)
    head, _, ending = form.rpartition(" ")
    if not found and (country := country_named(head, "en")):
        found = {code for code in get_territory_currencies(country) if ending in _endings().get(code, ())}
    return next(iter(found)) if found and len(found) == 1 else None


@lru_cache(maxsize=WORDS_KEPT)
def groups_with_commas(language: str) -> bool:
    """Whether numbers in the language group thousands with commas; an unknown language is taken for English."""
    from babel import Locale, UnknownLocaleError
    from babel.numbers import get_group_symbol

    try:
        return get_group_symbol(Locale.parse(language)) == ","
    except (ValueError, UnknownLocaleError):
        return True


def word_of(text: str) -> str:
    """The last word, in lower case: CLDR writes Catalan months with their preposition."""
    words = _WORD.findall(text.casefold())
    return words[-1] if words else ""


def _meaning(words: _Words, word: str, language: str) -> int | None:
    meanings = words.get(word, {})
    for found in (meanings.get(language), meanings.get("en"), set[int]().union(*meanings.values())):
        if found:
            return next(iter(found)) if len(found) == 1 else None
    return None


def _locales() -> Iterator[tuple[str, Any]]:
    from babel import Locale

    for language in LANGUAGES:
        yield language.partition("_")[0], Locale.parse(language)


@cache
def _months() -> _Words:
    words: _Words = defaultdict(lambda: defaultdict(set))
    for language, locale in _locales():
        for context in ("format", "stand-alone"):
            for width in ("wide", "abbreviated"):
                for month, name in locale.months[context][width].items():
                    if word := word_of(name):
                        words[word][language].add(month)
    words["sept"]["en"].add(9)
    return words


@cache
def _weekdays() -> frozenset[str]:
    days = [locale.days["format"][width] for _, locale in _locales() for width in ("wide", "abbreviated")]
    words = {word_of(name) for names in days for name in names.values()}
    return frozenset(word for word in words - _months().keys() if len(word) > 2)  # shorter ones are letters of "av. J.-C."


@cache
def _powers() -> _Words:
    words: _Words = defaultdict(lambda: defaultdict(set))
    for language, locale in _locales():
        for width in ("long", "short"):
            for patterns in locale.compact_decimal_formats.get(width, {}).values():
                for number, pattern in patterns.items():
                    written: str = pattern.pattern
                    word = re.sub(r"['0\s\u200e\u200f]+", " ", written).strip(" .").casefold()
                    if len(word) > 1 or word > "\u2fff":  # one letter is more often a unit
                        words[word][language].add(len(str(number)) - written.count("0"))
    words["millions"]["en"].add(6)
    words["billions"]["en"].add(9)
    words["thousands"]["en"].add(3)
    return words


@cache
def _eras() -> dict[str, set[int]]:
    words: dict[str, set[int]] = defaultdict(set)
    for _, locale in _locales():
        for width in ("wide", "abbreviated"):
            for era, name in locale.eras.get(width, {}).items():
                words[letters_of(name)].add(era)
    return words | {"bc": {0}, "bce": {0}, "ad": {1}, "ce": {1}}


def letters_of(text: str) -> str:
    """The letters alone, in lower case: "v. Chr." is "vchr"."""
    return "".join(filter(str.isalpha, text.casefold()))


@cache
def _countries() -> dict[str, dict[str, set[str]]]:
    names: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for language, locale in _locales():
        for code, name in locale.territories.items():
            if code in _codes():
                for written in {name, name.partition(" (")[0]}:
                    names[name_form(written)][language].add(code)
    from iso3166 import countries

    for country in countries:
        for written in {country.name, country.apolitical_name, turned(country.name)}:
            names[name_form(written)]["en"].add(country.alpha2)
    return names


def turned(name: str) -> str:
    """What stands behind the only comma before the rest: "Korea, Republic of" is "Republic of Korea"; any other name as it is."""
    head, comma, tail = name.partition(", ")
    return f"{tail.strip()} {head}" if comma and tail.strip() and "," not in tail else name


@cache
def _currencies() -> tuple[frozenset[str], dict[str, set[str]]]:
    """(codes, names to codes); names of past currencies have their years in brackets."""
    names: dict[str, set[str]] = defaultdict(set)
    endings: dict[str, set[str]] = defaultdict(set)
    for code, words in _endings().items():
        for word in words:
            endings[word].add(code)
    codes: set[str] = set()
    for language, locale in _locales():
        for code, name in locale.currencies.items():
            codes.add(code)
            names[name_form(name)].add(code)
        for code, symbol in locale.currency_symbols.items() if language == "en" else ():
            names[symbol.casefold()].add(code)
    from iso4217 import Currency

    for currency in Currency:
        names[name_form(str(currency.currency_name))].add(currency.code)
    return frozenset(codes), endings | names


@cache
def _endings() -> dict[str, set[str]]:
    """Code to the last words of the English names, in singular and plural."""
    from babel import Locale
    from babel.numbers import get_currency_name

    names: Any = Locale.parse("en").currencies
    return {
        code: {name_form(written).rpartition(" ")[2] for written in (name, get_currency_name(code, 2, "en"))}
        for code, name in names.items()
        if "(" not in name
    }


@cache
def _codes() -> frozenset[str]:
    """Countries as CLDR's population tables list them: no unions, no exceptional reservations."""
    from babel.core import get_global

    return frozenset(code for code in get_global("territory_languages") if len(code) == 2)
