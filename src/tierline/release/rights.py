"""What a release says of reservations: what was stated, which terms were in force, and what they kept out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tierline.release.figures import Figures
from tierline.rights.rules import RightsRules
from tierline.rights.statement import KINDS, PERMITS, RESERVATIONS

SHOWN = 30  # rows of a table whose length depends on the crawl
Line = tuple[str, ...]


def terms_in_force(release: Mapping[str, Any]) -> list[Line]:
    """(stage, statements that it forbids, statements that it requires), once for each different setting; a stage that ran before there were
    such terms has none."""
    found = dict.fromkeys(line for one in release["activities"].values() for line in _terms(one))
    return sorted(found)


def reservations(figures: Figures) -> list[Line]:
    """(kind, value, meaning, documents, admitted) of everything but licenses, in the order of KINDS."""
    rows = [row for row in figures.stated_rights if not row["kind"].startswith("license") and row["kind"] != "tdm_policy"]
    rows.sort(key=lambda row: (list(KINDS).index(row["kind"]), row["statement"]))
    return [(row["kind"], row["statement"], KINDS[row["kind"]].replace("`", ""), *_counts(row)) for row in rows]


def licenses(figures: Figures) -> list[Line]:
    """(license, documents, admitted) of those that are declared, the most frequent first."""
    return [(row["statement"], *_counts(row)) for row in figures.stated_rights if row["kind"] == "license"][:SHOWN]


def admitted_licenses(figures: Figures) -> list[str]:
    """Those that documents of L1 declare."""
    return sorted({row["statement"] for row in figures.stated_rights if row["kind"] == "license" and row["admitted"]})


def left_out(figures: Figures) -> list[Line]:
    """(stage, rule, rows) that the terms kept out."""
    return [(row["stage"], row["rule"], f"{row['row_count']:,}") for row in figures.reserved_documents]


def admitted_reservations(figures: Figures) -> int:
    """Reservations by machine-readable means of documents that L1 admitted nevertheless, each kind counted for itself."""
    reserved = (row for row in figures.stated_rights if row["kind"] in RESERVATIONS and row["statement"] not in PERMITS)
    return sum(row["admitted"] for row in reserved)


def _counts(row: Mapping[str, Any]) -> tuple[str, str]:
    return f"{row['documents']:,}", f"{row['admitted']:,}"


def _terms(activity: Mapping[str, Any]) -> Iterator[Line]:
    settings = activity["parameters"]
    for one in settings if isinstance(settings, list) else [settings]:
        if isinstance(one, dict):
            of_mix = one.get("rights")
            terms: Any = one if one.get("rules") == RightsRules.__name__ else of_mix if isinstance(of_mix, dict) else None
            if terms is not None:
                yield activity["stage"], ", ".join(terms["forbid"]) or "none", ", ".join(terms["require"]) or "none"
