"""One statement about the use of a text - a reservation, a permission or a license - and how a recipe names such statements."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

# Kind -> what it states. A kind whose value is one of PERMITS reserves nothing; a license is a permission under its terms.
KINDS = {
    "robots_txt": "robots.txt: `disallow` or `allow` for a page, `unreachable` where the server could not tell",
    "ai_txt": "ai.txt: `disallow` or `allow` for a page",
    "tdm_reservation": "TDM Reservation Protocol: `1` reserves text and data mining, `0` does not",
    "tdm_policy": "TDM Reservation Protocol: address of the terms under which mining is licensed",
    "tdm_notice": "words of the page that reserve text and data mining or training",
    "noai": "robots rule: not for training",
    "noimageai": "robots rule: images are not for training",
    "noindex": "robots rule: not to be found by search",
    "noarchive": "robots rule: no copies kept",
    "nosnippet": "robots rule: no extracts shown",
    "license": "a license that the page, its response or the crawl's record declares",
    "license_mention": "a link to a known license that does not say of what",
}
PERMITS = frozenset(("allow", "unreachable", "0"))
# What Article 4(3) of Directive (EU) 2019/790 calls reserved by machine-readable means, of texts.
RESERVATIONS = ("robots_txt", "ai_txt", "tdm_reservation", "noai")
EVERYBODY = "*"
MAX_STATEMENTS, MAX_VALUE = 64, 2_000  # of one record, and characters; what is more states nothing


@dataclass(frozen=True, slots=True)
class Statement:
    """What is stated (a kind of KINDS with its value), to whom (EVERYBODY or a crawler's name), where, by which record and when.

    `stated_in` is a file, header, element or format; `stated_by` the id of the record, None for the record of the page itself;
    `stated_at` when that record was captured, in UTC.
    """

    kind: str
    value: str | None = None
    agent: str = EVERYBODY
    stated_in: str = ""
    stated_by: str | None = None
    stated_at: datetime | None = None

    def row(self) -> dict[str, Any]:
        """As an item of `l0_raw.rights`."""
        return asdict(self)

    def meets(self, term: str) -> bool:
        """Whether a recipe's term names this statement: `noai`, `robots_txt:unreachable`, `license:cc-by`.

        A kind alone names what reserves, and any license. A license's family names all of its versions, and no other family.
        """
        kind, colon, wanted = term.partition(":")
        if kind != self.kind:
            return False
        if not colon:
            return self.value not in PERMITS
        value = (self.value or "").lower()
        return value == wanted or (value.startswith(f"{wanted}-") and value[len(wanted) + 1 :][:1].isdigit())

    def __str__(self) -> str:
        """In one line, for people."""
        value = f" {self.value}" if self.value else ""
        whom = f" for {self.agent}" if self.agent != EVERYBODY else ""
        by = f" ({self.stated_by})" if self.stated_by else ""
        when = f", {self.stated_at:%Y-%m-%d %H:%M}" if self.stated_at else ""
        return f"{self.kind}{value}{whom}, in {self.stated_in}{by}{when}"


def statement_of(row: dict[str, Any]) -> Statement:
    """From an item of `l0_raw.rights` or a row of `l1_rights`."""
    return Statement(**{name: row[name] for name in Statement.__dataclass_fields__})


def distinct(statements: Iterable[Statement]) -> list[Statement]:
    """Each once, in order, no more than a record may have; values that are too long are no values of anything."""
    short = (one for one in statements if len(one.value or "") <= MAX_VALUE)
    return list(dict.fromkeys(short))[:MAX_STATEMENTS]


def dated(statements: Iterable[Statement], moment: datetime | None) -> Iterator[Statement]:
    """The same as stated at a moment."""
    return (replace(one, stated_at=moment) for one in statements)


def rows_of(statements: Iterable[Statement], moment: datetime | None = None) -> list[dict[str, Any]] | None:
    """Items of `l0_raw.rights`, stated at this moment; None without a statement."""
    return [one.row() for one in dated(statements, moment)] or None


def check_terms(terms: Sequence[str], setting: str) -> None:
    """ValueError for a term that names no statement."""
    for term in terms:
        kind, colon, value = term.partition(":")
        if kind not in KINDS or (colon and not value):
            raise ValueError(
                f"{setting}: {term!r} is no statement about rights; known are {', '.join(KINDS)}, with `:value` behind it or not"
            )
        if value != value.lower():
            raise ValueError(f"{setting}: values are written in small letters: {term.lower()}")
