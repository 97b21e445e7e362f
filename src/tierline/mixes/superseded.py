"""Keeps manuals of an older version out of mixes: a newer version of the same product on the same site supersedes them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import pyarrow as pa

if TYPE_CHECKING:
    from packaging.version import Version

SUPERSEDED = "mix:superseded"
COLUMNS = ("product", "domain", "language", "version")  # of l4_manuals
Product = tuple[str | None, ...]  # name, registrable domain, language


def newest_versions(manuals: Iterable[pa.Table]) -> dict[Product, Version]:
    """The newest version of each product that names one, by sections of manuals, columns COLUMNS.

    Manuals are of one product if they name the same one, in one language, on one registrable domain. Versions are compared as PEP 440
    orders them.
    """
    newest: dict[Product, Version] = {}
    for rows in manuals:
        for *named, stated in _distinct(rows):
            if named[0] and (version := _version(stated)) is not None:
                newest[tuple(named)] = max(version, newest.get(tuple(named), version))
    return newest


def superseded(manuals: pa.Table, newest: dict[Product, Version]) -> pa.Array:
    """For each section the rule that keeps it out of mixes, or null; columns COLUMNS. A manual that names no product, no version, or one
    that is no such number supersedes nothing and stays."""
    older = {row for row in _distinct(manuals) if (version := _version(row[-1])) and version < newest.get(row[:-1], version)}
    rows = zip(*(manuals[name].to_pylist() for name in COLUMNS), strict=True)
    return pa.array([SUPERSEDED if row in older else None for row in rows], pa.string())


def _distinct(manuals: pa.Table) -> list[tuple[Any, ...]]:
    found = manuals.group_by(list(COLUMNS)).aggregate([])
    return list(zip(*(found[name].to_pylist() for name in COLUMNS), strict=True))


def _version(stated: str | None) -> Version | None:
    from packaging.version import InvalidVersion, Version  # settings are read without it

    try:
        return Version(stated or "")
    except InvalidVersion:
        return None
