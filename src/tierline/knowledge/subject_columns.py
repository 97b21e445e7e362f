"""Says for a claim which things its subject and its value are, as far as its page does: identifiers, type and other names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tierline.knowledge.identifiers import is_root
from tierline.knowledge.kinds import COUNTRY, kinds_of
from tierline.knowledge.names import read_name
from tierline.knowledge.node_identity import Identity
from tierline.knowledge.placeholders import is_placeholder
from tierline.text.domains import registrable_domain
from tierline.text.redacted import TAG

_COUNTRY = "(country)", "(nation)"


def subject_columns(subject: str, identity: Identity, row: Mapping[str, Any]) -> dict[str, Any]:
    """`subject_ids`, `subject_type` and `aliases` of a row of `l4_claims`; `row` is that of the document or passage.

    A page of the same site identifies nothing beyond it, but for the whole site, which is its organization's. A country has its code by
    ISO 3166-1, by its name in any language or by a code, where the page says that it is a country.
    """
    ids = _of_elsewhere(identity, row)
    if COUNTRY in kinds_of(identity.type):
        name = subject.strip()
        for qualifier in _COUNTRY:
            name = name.removesuffix(qualifier).strip()
        read = read_name(name, "country", row["language"] or "en")
        if read and read[1].country:
            ids.add(f"iso3166-1:{read[1].country}")
    names = [name for name in identity.names if not is_placeholder(name) and not TAG.search(name)]
    return {"subject_ids": sorted(ids), "subject_type": identity.type or None, "aliases": names}


def object_ids(identity: Identity, row: Mapping[str, Any]) -> list[str]:
    """`object_ids` of a row of `l4_claims`, by the same rule."""
    return sorted(_of_elsewhere(identity, row))


def _of_elsewhere(identity: Identity, row: Mapping[str, Any]) -> set[str]:
    own = f"url:{registrable_domain(row['domain'])}" if row["domain"] else ""
    return {one for one in identity.ids if is_root(one) or not own or not _is_on(one, own)}


def _is_on(identifier: str, site: str) -> bool:
    host = identifier.removeprefix("url:").partition("/")[0] if identifier.startswith("url:") else ""
    return f"url:{registrable_domain(host)}" == site if host else False
