"""Tells words that name nothing by themselves: numbers of records, paths, editorial staff, and what a page is called by mistake."""

from __future__ import annotations

import re

from tierline.knowledge.keys import name_form
from tierline.knowledge.page_subjects import PageNames, title_parts
from tierline.knowledge.values import read_value
from tierline.knowledge.vocabulary import VOCABULARY

CELL_WORDS_MAX = 10  # of a table's cell that names something; a longer one is a sentence
LABEL_WORDS_MAX = 6  # of a cell that names a property
VALUE_WORDS_MAX = 6  # of a value of a known property that ends with a point
_LAID_OUT = "table", "infobox", "definition"  # methods whose labels and names were written for people to see in their place
_MARKED_UP = "jsonld", "microdata", "rdfa", "property_value"
# Numbers of records and addresses in memory: 5b274ebc-2e46-40d6-830e-d912e48ca7fa, 0x8D.
_RECORD = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|0x[0-9a-f]{1,16}", re.I)
_PATH = re.compile(r"/[^\s]*|www\.[^\s]+", re.I)
_BYLINE = re.compile(r"[Bb]y\s")  # before the name of an author
_INITIALS = re.compile(r"[a-z]{1,3}")
_CODE = re.compile(r"[{}<>$=@\\]")
# Who edits a site, in words of the languages in which most of the web is written: nobody by name.
_STAFF = frozenset(
    """admin administrator anonymous anonym author autor autorin auteur editor editors editorial editoren redactie redaction rédaction
    redacción redacao redação redaktion redaktör redakce redakcja redazione redaksi redacteur redakteur redaktionsteam redaccion staff
    newsroom team webmaster user guest gast unknown редакция""".split()
)
_NO_JOB = frozenset(("author", "autor", "auteur", "contributor", "guest author"))  # of those who write on a site
_STAFF_OF = "our ", "the ", "news ", "web "


def names_nothing(words: str, method: str) -> bool:
    """Whether a subject names nothing by itself: it has no letters, is the number of a record or a path, or, of a table, a sentence."""
    words = words.strip()
    if not any(character.isalpha() for character in words) or _RECORD.fullmatch(words):
        return True
    if method in _MARKED_UP:
        return bool(_PATH.fullmatch(words))
    if method == "table":
        return len(words) < 2 or words.count(" ") >= CELL_WORDS_MAX or words[0] in "(=%…?"
    return False


def is_path(value: str, method: str) -> bool:
    """Whether a value of markup is an address within its site."""
    return method in _MARKED_UP and _PATH.fullmatch(value) is not None


def is_no_label(predicate: str, method: str, language: str | None) -> bool:
    """Whether what stands where tables and lists have their labels is none: a letter, a number, a date, code or a sentence."""
    if method not in _LAID_OUT:
        return False
    if len(predicate) < 2 or predicate[0].isdigit() or predicate.count(" ") >= LABEL_WORDS_MAX or _CODE.search(predicate):
        return True
    return predicate[-1].isdigit() and read_value(predicate, "date", language).type == "date"


def is_nobody(words: str) -> bool:
    """Whether words in the place of a person name none: the staff of a site, initials, an address, or a name with a label before it."""
    plain = " ".join(words.casefold().split())
    for article in _STAFF_OF:
        plain = plain.removeprefix(article)
    parts = plain.split()
    if not parts or parts[0] in _STAFF or (len(parts) <= 2 and all(part in _STAFF or part == "foreign" for part in parts)):
        return True
    return bool(_PATH.fullmatch(words) or _INITIALS.fullmatch(words) or _BYLINE.match(words)) or ":" in words or "©" in words


def is_no_value(predicate: str, value: str, method: str) -> bool:
    """Whether a value is none of any property: a sentence where labels and values stand, or what programs write for a job."""
    if predicate == "job title" and value.strip().casefold() in _NO_JOB:
        return True
    return method in _LAID_OUT and predicate in VOCABULARY and value.endswith(".") and value.count(" ") >= VALUE_WORDS_MAX


def is_called_after(one: str, other: str) -> bool:
    """Whether one of two names is the beginning of the other, signs and spaces aside: a site and its publisher of the same name."""
    here, there = ("".join(filter(str.isalnum, name.casefold())) for name in (one, other))
    return bool(here and there) and (here.startswith(there) or there.startswith(here))


def is_name_of_page(name: str, subject: str, names: PageNames) -> bool:
    """Whether an object that is the page is called as the page is, and not as its site, its author or one of its images.

    `subject` is what the page is about, "" where that is not known. A page without title and h1 may have any name.
    """
    form, title, heading = name_form(name), name_form(names.title), name_form(names.heading)
    if not form or (not title and not heading):
        return True
    if form in (title, heading, name_form(subject)):
        return True
    if names.site and form == name_form(names.site):
        return False
    words = form.split()
    is_part = form in [name_form(part) for part in title_parts(names.title)]
    if is_part and (subject or (heading and set(heading.split()).isdisjoint(words))):
        return False
    known = {*title.split(), *heading.split()}
    return 2 * sum(word in known for word in words) >= len(words)
