"""Finds the files that ship with the code, in a checkout and in an installed wheel alike, and hashes them."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from tierline.config.checksum import unchanged_file_sha256
from tierline.errors import BadInput


def folder(name: str) -> Path:
    """`recipes` or `dbt_like_sql`: beside the package in a wheel, at the top of the repository in a checkout."""
    packaged = Path(__file__).parents[1] / name
    return packaged if packaged.is_dir() else Path(__file__).parents[3] / name


def bundled_path(name: str) -> Path:
    """The file behind "package:path"; `dbt_like_sql` counts as a package. No package is imported. BadInput if it is not installed."""
    package, _, path = name.partition(":")
    if package == "dbt_like_sql":
        return folder(package) / path
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise BadInput("is not installed", package, "install the extra that brings it: pip install 'tierline[all]'")
    return Path(spec.origin).parent / path


def bundled_digests(names: tuple[str, ...]) -> dict[str, str]:
    """Name -> SHA-256 of each file's bytes, in name order; a file is read again only when its size or time has changed. BadInput."""
    found: dict[str, str] = {}
    for name in sorted(names):
        try:
            found[name] = unchanged_file_sha256(bundled_path(name))
        except OSError as error:
            raise BadInput(f"cannot be read ({error.strerror})", name, "install Tierline again") from None
    return found
