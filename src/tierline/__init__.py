"""Tierline manages language-model training data in five tiers, with gates between them and lineage through them."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("tierline")  # of the installed package: pyproject.toml is the one place that states it
except PackageNotFoundError:  # a checkout on sys.path that was never installed
    __version__ = "unknown"

__all__ = ["__version__"]
