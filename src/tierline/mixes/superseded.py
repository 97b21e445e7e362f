"""Keeps manuals of an older version out of mixes: a newer version of the same product on the same site supersedes them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pyarrow as pa

if TYPE_CHECKING:
    from packaging.version import Version

SUPERSEDED = "mix:superseded"
COLUMNS = ("product", "domain", "language", "version")  # of l4_manuals


def superseded(manuals: pa.Table) -> pa.Array:
    """For each section the rule that keeps it out of mixes, or null; columns COLUMNS.

    Manuals are of one product if they name the same one, in one language, on one registrable domain. Versions are compared as PEP 440
    orders them; a manual that names no product, no version, or one that is no such number supersedes nothing and stays.
    """
    rows = list(zip(*(manuals[name].to_pylist() for name in COLUMNS), strict=True))
    newest: dict[Sequence[Any], Version] = {}
    for *manual, stated in set(rows):
        if manual[0] and (version := _version(stated)) is not None:
            newest[tuple(manual)] = max(version, newest.get(tuple(manual), version))
    older = {row: version is not None and version < newest.get(row[:-1], version) for row in set(rows) for version in [_version(row[-1])]}
    return pa.array([SUPERSEDED if older[row] else None for row in rows], pa.string())


def _version(stated: str | None) -> Version | None:
    from packaging.version import InvalidVersion, Version  # settings are read without it

    try:
        return Version(stated or "")
    except InvalidVersion:
        return None
