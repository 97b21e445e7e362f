"""Names what a claim comes from: the site of its page, or the knowledge base that states it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tierline.text.domains import registrable_domain


def site_of(claim: Mapping[str, Any]) -> str:
    """The registrable domain of the page, or the base with its version; "" for a page without a host."""
    if base := claim.get("base"):
        return str(base)
    return registrable_domain(claim["domain"]) if claim["domain"] else ""
