"""Compares names: their forms, what qualifies them, legal forms of organizations, and countries in any language."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tierline.knowledge.cldr_words import country_coded, country_named, turned
from tierline.knowledge.keys import name_form

_OF_COUNTRIES = re.compile(r"\b(?:country|countries|nation|nationality|sovereign|territory|citizenship)\b")
_OF_NO_COUNTRIES = re.compile(r"\b(?:capital|city|town|surname|given|family|author|founder|spouse|river|island|state|region|province)\b")
_OF_ORGANIZATIONS = re.compile(
    r"\b(?:publisher|organi[sz]ation|company|brand|manufacturer|employer|owner|owned|operator|developer|provider|seller|vendor|sponsor|"
    r"funder|distributor|producer|affiliation|agency|institution|works for|parent|subsidiary|airline|bank)\b"
)
_OF_PEOPLE = re.compile(
    r"\b(?:author|person|founder|founded by|director|mayor|president|leader|creator|spouse|parent|father|mother|child|children|editor|"
    r"composer|artist|actor|architect|inventor|discoverer|discovered by|named by|chairman|ceo|chief|minister|head|king|queen|founders)\b"
)
_OF_PLACES = re.compile(
    r"\b(?:place|location|located|city|town|capital|region|continent|county|province|district|river|address|headquarters|area|island)\b"
)
# Legal forms in the form of `name_form`, equal ones under one name; the second line names nothing else only where an organization is
# asked for ("Oslo AS", but also "as").
_LEGAL = {"inc": "inc", "incorporated": "inc", "ltd": "ltd", "llc": "llc", "llp": "llp", "plc": "plc", "corp": "corp", "gmbh": "gmbh"}
_LEGAL_ASKED = {"limited": "ltd", "corporation": "corp", "co": "co", "company": "co"} | {
    form: form for form in "ag ab as asa aps bv nv kg kk lp oy oyj pte pty sa sas sarl sl se sro spa srl".split()
}


@dataclass(frozen=True, slots=True)
class Name:
    """A name: `forms` in which it is looked for (as written, and turned around at a comma: "Einstein, Albert"), a qualifier in
    brackets, a legal form, and the country that it is, if it is one."""

    forms: tuple[str, ...]
    qualifier: str = ""
    legal: str = ""
    country: str = ""

    @property
    def normal(self) -> str:
        """`country:US`, or the name in order, its legal form, its qualifier in brackets."""
        if self.country:
            return f"country:{self.country}"
        return " ".join(filter(None, (self.forms[-1], self.legal, f"({self.qualifier})" if self.qualifier else "")))

    def agrees(self, other: Name) -> str | None:
        """The rule by which two names are of one thing, or None: one country; or one form, where what qualifies the name, in brackets
        or as legal form, is equal or one of them leaves it out."""
        if self.country and other.country:
            return "country" if self.country == other.country else None
        same = not set(self.forms).isdisjoint(other.forms)
        return "name" if same and _fits(self.qualifier, other.qualifier) and _fits(self.legal, other.legal) else None


def asks_for_country(predicate: str) -> bool:
    """Whether the values of a property are countries."""
    return bool(_OF_COUNTRIES.search(predicate)) and not _OF_NO_COUNTRIES.search(predicate)


def read_name(text: str, predicate: str, language: str) -> tuple[str, Name] | None:
    """(type, name) of a text that has letters: type `place`, `person` or `organization` where the words or the predicate show it, else
    `name`; None for a text without letters.

    Where the predicate asks for a country, its code and its name in any language count; where it asks for a city or a person, no
    country is one; else its English name, that in the page's language, and its code with points ("U.S.").
    """
    stripped = text.strip(" .,;:\"“”'") if not text.strip().endswith(".") else text.strip(" ,;:\"“”'")
    stripped = stripped.removesuffix("(the)").strip()
    country = "" if _OF_NO_COUNTRIES.search(predicate) else _country(stripped, predicate, language) or ""
    words, qualifier = stripped, ""
    if stripped.endswith(")") and "(" in stripped[1:]:
        words, _, inside = stripped.removesuffix(")").rpartition("(")
        words, qualifier = (words, name_form(inside)) if words.strip() else (stripped, "")
    asked = bool(_OF_ORGANIZATIONS.search(predicate))
    head, comma, tail = words.partition(", ")
    legal = ""
    if comma and _is_legal(tail, asked):
        head, comma, tail = f"{head} {tail}", "", ""
    form, legal = _without_legal(name_form(f"{head}{comma}{tail}"), asked)
    other = name_form(turned(f"{head}{comma}{tail}")) if comma else form
    if not any(map(str.isalpha, form)):
        return None
    name = Name((form,) if other == form else (form, other), qualifier, legal, country)
    if country or _OF_PLACES.search(predicate) or _OF_COUNTRIES.search(predicate):
        return "place", name
    if legal or asked:
        return "organization", name
    return ("person" if _OF_PEOPLE.search(predicate) else "name"), name


def _country(words: str, predicate: str, language: str) -> str | None:
    asked = bool(_OF_COUNTRIES.search(predicate))
    spoken = None if asked else language
    return country_named(words, spoken) or country_named(turned(words), spoken) or _coded(words, asked)


def _coded(words: str, asked: bool) -> str | None:
    letters = words.replace(".", "").replace(" ", "")
    dotted = "." in words and len(letters) == words.count(".") + (not words.endswith("."))
    asked = letters in ("USA", "UK") or (words == letters and asked)
    return country_coded(letters) if 2 <= len(letters) <= 3 and letters.isupper() and letters.isascii() and (dotted or asked) else None


def _is_legal(tail: str, asked: bool) -> bool:
    words = name_form(tail).split()
    return bool(words) and all(word in _LEGAL or (asked and word in _LEGAL_ASKED) for word in words)


def _without_legal(form: str, asked: bool) -> tuple[str, str]:
    """(name, legal form) of a name that ends with legal forms."""
    words, legal = form.split(), []
    while len(words) > 1 and (found := _LEGAL.get(words[-1]) or (_LEGAL_ASKED.get(words[-1]) if asked else None)):
        words.pop()
        legal.insert(0, found)
    return " ".join(words), " ".join(legal)


def _fits(one: str, other: str) -> bool:
    return not one or not other or one == other
