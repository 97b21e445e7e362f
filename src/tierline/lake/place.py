"""Refuses roots that delta-rs or DuckDB would take for another place, or that end the process, before anything is written."""

from __future__ import annotations

import re
from pathlib import Path

from tierline.errors import BadInput

# delta-rs decodes %20, takes a backslash for a slash and refuses controls; brackets in a URL end the process. DuckDB takes ~ for home.
_UNFIT, _UNFIT_IN_URL = re.compile(r"%[0-9A-Fa-f]{2}|\\|[\x00-\x1f\x7f]|^~"), re.compile(r"[%\\\[\]\x00-\x1f\x7f]")


SCHEMES = "file", "s3", "s3a", "gs", "az", "abfs", "abfss"  # of the many that delta-rs takes; s3 is what tests write to


def check_place(root: str) -> None:
    """BadInput if no lake can stand below the folder or address."""
    if not root.strip("/ ") or "\0" in root:
        raise BadInput("is no place for a lake", repr(root), "name a folder or an address such as s3://bucket/lake")
    scheme, separator, _ = root.partition("://")
    if separator and scheme.lower() not in SCHEMES:
        raise BadInput(f"no lake can be kept at {scheme}://", repr(root), f"name a folder, or an address of {', '.join(SCHEMES[1:])}")
    places, unfit = ((root,), _UNFIT_IN_URL) if "://" in root else ((root, str(Path(root).absolute())), _UNFIT)
    if found := next(filter(None, map(unfit.search, places)), None):
        raise BadInput(f"delta-rs cannot keep a lake below a name with {found[0]!r}", repr(root), "name another folder")
