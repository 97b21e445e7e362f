"""How things are called in each language: countries and continents by CLDR, with the articles and prepositions that they take."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from tierline.forms.words import capital
from tierline.knowledge.cldr_words import country_named
from tierline.knowledge.keys import name_form, normal_key

_FILE = Path(__file__).with_name("names.yaml")
# English names that take an article, by their last word or by what stands in front of "of".
_ENDING = frozenset(
    """Islands Republic Kingdom States Emirates Federation River Ocean Sea Mountains Alps Canal Desert Peninsula Netherlands Philippines
    Bahamas Maldives Comoros Gambia Seychelles""".split()
)
_BEGINNING = frozenset("Republic Kingdom University Commonwealth State States".split())
_CONTINENTS = {
    "africa": "002",
    "asia": "142",
    "europe": "150",
    "oceania": "009",
    "americas": "019",
    "north america": "003",
    "south america": "005",
}
_PERSONAL = frozenset({"birth date", "birth place", "death date", "death place", "occupation", "spouse", "mother", "father", "nationality"})


@dataclass(frozen=True, slots=True)
class Named:
    """A name in one language: bare, as a subject with its article, behind "of" and "in". `fits` is False where it is not known whether the
    name takes an article, or where its verb would be plural: then it stands only where neither shows."""

    bare: str
    subject: str
    of: str
    within: str
    fits: bool = True
    is_plural: bool = False

    @property
    def slots(self) -> dict[str, str]:
        """Slot of a template -> words."""
        whose = self.subject + ("'" if self.subject.endswith("s") else "'s")
        plain = {"subject": self.subject, "of": self.of, "in": self.within, "whose": whose}
        return plain | {capital(slot): capital(words) for slot, words in plain.items()} | {"bare": self.bare}


def entity_of(row: Mapping[str, Any]) -> str:
    """What a row of `l4_facts` or `l4_values` is about: rows about one thing have it in common."""
    return row.get("entity") or normal_key(row["subject"])


def name_of(rows: Iterable[Mapping[str, Any]]) -> str:
    """The name that most of the rows give their common subject."""
    names = [row["subject"] for row in rows]
    return min(names, key=lambda name: (-names.count(name), name))


def country_of(rows: Iterable[Mapping[str, Any]]) -> str | None:
    """ISO 3166's code of a subject that is a country: it is called so, and what it pays with or speaks officially is that country's.

    The name alone is not enough: Georgia may be a state, Jordan a person.
    """
    from babel.languages import get_official_languages
    from babel.numbers import get_territory_currencies

    rows = list(rows)
    codes = {country_named(row["subject"], row["language"]) for row in rows}
    code = codes.pop() if len(codes) == 1 else None
    if code is None:
        return None
    currencies = {row["value_normal"] for row in rows if row["predicate"] == "currency"}
    spoken = {language_code(row["object"]) for row in rows if row["predicate"] == "official language"}
    shown = currencies & set(get_territory_currencies(code)) or spoken & set(get_official_languages(code))
    return code if shown else None


def is_person(rows: Iterable[Mapping[str, Any]]) -> bool:
    """Whether something is stated of a subject that is stated of people alone."""
    return any(row["predicate"] in _PERSONAL for row in rows)


@cache
def named(name: str, language: str, code: str | None = None, personal: bool = False) -> Named | None:
    """A name as it stands in a language, that of the country or continent by this code where there is one; None if it has none there."""
    if code:
        return _of_place(code, language)
    if language == "en":
        subject = f"the {name}" if _takes_article(name) else name
        return Named(name, subject, f"of {subject}", f"in {subject}")
    if language == "fr":
        return Named(name, name, f"{'d’' if _begins_open(name) else 'de '}{name}", f"à {name}", personal)
    return Named(name, name, f"{'von' if language == 'de' else 'de'} {name}", f"{'in' if language == 'de' else 'en'} {name}", personal)


def continent_code(name: str) -> str | None:
    """UN M49's code of a continent by its English name."""
    return _CONTINENTS.get(name_form(name))


@cache
def language_code(name: str) -> str | None:
    """CLDR's code of a language by its English name."""
    return _languages().get(name_form(name))


@cache
def _languages() -> dict[str, str]:
    from babel import Locale

    known: Any = Locale.parse("en").languages
    return {name_form(name): code for code, name in known.items() if "_" not in code}


@cache
def _of_place(code: str, language: str) -> Named | None:
    from babel import Locale

    label = Locale.parse(language).territories.get(code)
    if not label:
        return None
    found = next((one for one in _classes()[language] if one.get("other") or code in one["members"]), None)
    if found is None:
        return Named(label, label, label, label, fits=False)
    forms = [found[form].replace("{n}", label) for form in ("subject", "of", "in")]
    return Named(label, *forms, is_plural=bool(found.get("plural")))


def _takes_article(name: str) -> bool:
    head, of, _ = name.partition(" of ")
    ending, beginning = name.rpartition(" ")[2] in _ENDING, bool(of) and head.rpartition(" ")[2] in _BEGINNING
    return (ending or beginning) and not name.casefold().startswith("the ")


@cache
def _classes() -> dict[str, list[dict[str, Any]]]:
    return yaml.safe_load(_FILE.read_text("utf-8"))


def _begins_open(name: str) -> bool:
    return name_form(name)[:1] in tuple("aeiouy")
