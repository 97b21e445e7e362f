"""Finds the files that ship with the code, recipes and SQL models, in a checkout and in an installed wheel alike."""

from __future__ import annotations

from pathlib import Path


def folder(name: str) -> Path:
    """`recipes` or `dbt_like_sql`: beside the package in a wheel, at the top of the repository in a checkout."""
    packaged = Path(__file__).parents[1] / name
    return packaged if packaged.is_dir() else Path(__file__).parents[3] / name
