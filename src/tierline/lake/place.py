"""Refuses roots that delta-rs or DuckDB would take for another place, or that end the process, before anything is written."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

from tierline.errors import BadInput

# delta-rs decodes %20, takes a backslash for a slash and refuses controls; brackets in a URL end the process. DuckDB takes ~ for home.
_UNFIT, _UNFIT_IN_URL = re.compile(r"%[0-9A-Fa-f]{2}|\\|[\x00-\x1f\x7f]|^~"), re.compile(r"[%\\\[\]\x00-\x1f\x7f]")


SCHEMES = "file", "s3", "s3a", "gs", "az", "abfs", "abfss"  # of the many that delta-rs takes; s3 is what tests write to
CHECK_STORE = "check the address, the store's variables (AWS_... of S3) and the connection"
UNSAFE_RENAME = "AWS_S3_ALLOW_UNSAFE_RENAME"  # lets delta-rs write a commit over that of another writer, on stores without conditional puts


def what_to_check(root: str, of_folder: str) -> str:
    """The advice where a lake cannot be read or written: `of_folder` if it is in one, else what an address needs."""
    return CHECK_STORE if "://" in root and not root.startswith("file://") else of_folder


def check_place(root: str, options: Mapping[str, str] | None = None) -> None:
    """BadInput if no lake can stand below the folder or address, or the store's options or the environment give up conditional puts."""
    if not root.strip("/ ") or "\0" in root:
        raise BadInput("is no place for a lake", repr(root), "name a folder or an address such as s3://bucket/lake")
    scheme, separator, _ = root.partition("://")
    if separator and scheme.lower() not in SCHEMES:
        raise BadInput(f"no lake can be kept at {scheme}://", repr(root), f"name a folder, or an address of {', '.join(SCHEMES[1:])}")
    given = {name.upper(): value for name, value in (os.environ | dict(options or {})).items()}
    if separator and given.get(UNSAFE_RENAME, "").lower() in ("1", "true", "yes", "on"):
        raise BadInput("lets one writer overwrite the commit of another", UNSAFE_RENAME, "unset it: the store must know If-None-Match")
    places, unfit = ((root,), _UNFIT_IN_URL) if "://" in root else ((root, str(Path(root).absolute())), _UNFIT)
    if found := next(filter(None, map(unfit.search, places)), None):
        raise BadInput(f"delta-rs cannot keep a lake below a name with {found[0]!r}", repr(root), "name another folder")
