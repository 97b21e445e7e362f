"""Recognizes licenses: by their address, by their name, and in the exact sentences with which pages put themselves under one."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tierline.rights.statement import Statement

_CC = re.compile(r"creativecommons\.org/(?:licenses/(by(?:-nc)?(?:-sa|-nd)?)|publicdomain/(zero|mark))(?:/(\d\.\d))?", re.I)
_OLD_PUBLIC_DOMAIN = re.compile(r"creativecommons\.org/licenses/publicdomain\b", re.I)
_DATA = re.compile(r"opendatacommons\.org/licenses/(by|odbl|pddl)(?:/(?:summary/)?(\d)-(\d))?", re.I)
_GNU = re.compile(r"gnu\.org/(?:licenses|copyleft)/(?:old-licenses/)?(fdl|gpl|lgpl|agpl)(?:-(\d\.\d))?", re.I)
_NAMED = re.compile(r"(?:creative commons|cc)[ -]{0,2}(?:(zero|0)\b|(by(?:-nc)?(?:-sa|-nd)?)\b)[ -]{0,2}(?:v\.?)?(\d\.\d)?", re.I)
_LONG = re.compile(
    r"creative commons (attribution(?:[- ]?non[- ]?commercial)?(?:[- ]?share[- ]?alike|[- ]?no[- ]?deriv(?:ative)?s)?)"
    r"(?: (?:license,? )?(?:version )?(\d\.\d))?",
    re.I,
)
_SPDX = re.compile(
    r"(?:cc0|cc-by(?:-nc)?(?:-sa|-nd)?|odc-by|odbl|pddl|gfdl|mit|apache|mpl|gpl|lgpl|agpl|bsd-[23]-clause)(?:-\d(?:\.\d){0,2})?\Z", re.I
)
_GNU_IDS = {"fdl": "gfdl"}
_DATA_IDS = {"by": "odc-by"}
# "This work is licensed under a Creative Commons ..." and the like; what follows is looked up by its name.
_UNDER = re.compile(
    r"(?:is|are) (?:hereby )?(?:licensed|licenced|released|published|(?:made )?available|distributed) under (?:the |a |an )?"
    r"(?:terms of (?:the |a |an )?)?(?=creative commons|cc[ -])",
    re.I,
)
# Sentences that reserve mining or training; each half alone is said by pages about the matter, too.
_NOTICES = (
    re.compile(r"\breserv\w{0,6}\b[^.\n]{0,200}\btext[ -]and[ -]data[ -]mining", re.I),
    re.compile(r"\btext[ -]and[ -]data[ -]mining[^.\n]{0,200}\b(?:reserved|prohibited|not permitted|forbidden)", re.I),
    re.compile(r"\bno part of [^.\n]{0,200}\b(?:train|training)\b[^.\n]{0,40}\b(?:artificial intelligence|AI|machine learning)\b", re.I),
    re.compile(r"\bmay not be used [^.\n]{0,120}\btrain(?:ing)?\b[^.\n]{0,60}\b(?:artificial intelligence|AI|machine learning)\b", re.I),
    re.compile(r"\btext[ -]und[ -]data[ -]mining[^.\n]{0,200}\bvorbehalt", re.I),
    re.compile(r"\bvorbehalt[^.\n]{0,200}\b(?:text[ -]und[ -]data[ -]mining|44b)", re.I),
    re.compile(r"\bfouille de textes et de données[^.\n]{0,200}\b(?:réserv|interdit|oppos)", re.I),
)
_MAY_STATE = ("licens", "licenc", "available under", "released under", "published under", "distributed under")
_MAY_RESERVE = ("data mining", "data-mining", "training", " train ", "fouille de textes")
LONGEST_NAME = 300  # characters of a license's name


def license_id(declared: str) -> str | None:
    """The SPDX id, in small letters, of a license's address or name, such as `cc-by-sa-4.0`; `cc-by` if the version is not said. None for
    one that is not known."""
    text = declared.strip()
    if found := _CC.search(text):
        kind, public, version = found[1], found[2], found[3]
        name = f"cc-{kind.lower()}" if kind else {"zero": "cc0", "mark": "pdm"}[public.lower()]
        return f"{name}-{version}" if version else name
    if found := _DATA.search(text):
        name = _DATA_IDS.get(found[1].lower(), found[1].lower())
        return f"{name}-{found[2]}.{found[3]}" if found[2] else name
    if found := _GNU.search(text):
        name = _GNU_IDS.get(found[1].lower(), found[1].lower())
        return f"{name}-{found[2]}" if found[2] else name
    if _OLD_PUBLIC_DOMAIN.search(text):
        return "cc-pddc"
    return text.lower() if _SPDX.match(text) else _by_name(text.replace("_", " "))  # addresses of pages about a license have its name


def license_statement(declared: str, place: str, kind: str = "license") -> Statement:
    """That a license is declared, by its id, or in the words of the page where it is not known."""
    return Statement(kind, license_id(declared) or " ".join(declared.split()), stated_in=place)


def text_statements(text: str) -> Iterator[Statement]:
    """What the words of a page state: the license it is under, and that mining is reserved."""
    lowered = text.lower()
    if any(word in lowered for word in _MAY_STATE):
        for found in _UNDER.finditer(text):
            if named := _by_name(text[found.end() : found.end() + LONGEST_NAME], at_start=True):
                yield Statement("license", named, stated_in="text")
    if any(word in lowered for word in _MAY_RESERVE) and any(notice.search(text) for notice in _NOTICES):
        yield Statement("tdm_notice", None, stated_in="text")


def _by_name(text: str, at_start: bool = False) -> str | None:
    """Of "CC BY-SA 4.0" or "Creative Commons Attribution-ShareAlike 4.0 International"."""
    name = text[:LONGEST_NAME]
    find = (lambda pattern: pattern.match(name)) if at_start else (lambda pattern: pattern.search(name))
    if long := find(_LONG):
        said = re.sub(r"[- ]", "", long[1].lower())
        parts = [
            "cc",
            "by",
            *(["nc"] if "noncommercial" in said else []),
            *(["sa"] if "sharealike" in said else ["nd"] if "noderiv" in said else []),
        ]
        return "-".join([*parts, *([long[2]] if long[2] else [])])
    if short := find(_NAMED):
        base = "cc0" if short[1] else f"cc-{short[2].lower()}"
        return f"{base}-{short[3]}" if short[3] else base
    return None
