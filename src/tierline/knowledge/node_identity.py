"""Reads what an object of structured data says about which thing it is: identifiers, type, and other names."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from tierline.knowledge.identifiers import PROPERTIES, identifier_at, identifier_of, is_root, rank, site_at
from tierline.knowledge.json_spans import Value
from tierline.knowledge.kinds import PAGE, is_within, kinds_of
from tierline.knowledge.node_values import field_of, is_a, items_of, local_name, name_of, spoken, text_of

IDS_MAX, ALIASES_MAX = 16, 16  # of one object
ITEMS_MAX = 64  # values of one property that are looked at
ALIAS_CHARACTERS_MAX = 120
ALIASES = "alternate name", "legal name"  # as predicates
_NAMES = "alternateName", "legalName", "name"


@dataclass(frozen=True, slots=True)
class Identity:
    """What tells a thing from others of its name: `ids` as `scheme:value`, sorted; `type`, a term of schema.org, "" if it says nothing; and
    its other `names`, sorted."""

    ids: tuple[str, ...] = ()
    type: str = ""
    names: tuple[str, ...] = ()


UNKNOWN = Identity()


def identity_of(node: Value) -> Identity:
    """The identity that an object states.

    An `@id`, `url` or `mainEntityOfPage` counts only if it is the address of a registry such as Wikidata: else it is the site's own name
    for the thing, or its page. The whole site at the `url` of an organization is its own, too. Every address of `sameAs` is another page
    that identifies the thing, but for objects that are pages themselves.
    """
    kind = _type(node)
    is_page = any(is_within(one, PAGE) for one in kinds_of(kind))
    is_organization = any(is_within(one, "organization") for one in kinds_of(kind)) and not is_a(node, "Brand")
    found = set(_numbers(node))
    for name in ("@id", "url", "mainEntityOfPage", "sameAs"):
        for address in _addresses(node, name):
            site = site_at(address) if name == "sameAs" and not is_page else None
            if name == "url" and is_organization and (own := site_at(address)) and is_root(own):
                site = own
            found |= {one for one in (identifier_at(address) or site,) if one}
    return Identity(tuple(sorted(sorted(found, key=rank)[:IDS_MAX])), kind, _names(node)) if not is_page else Identity((), kind, ())


def _type(node: Value) -> str:
    """The first of its types that says most."""
    types = [local_name(str(one.data)) for one in (_some(node.data["@type"]) if "@type" in node.data else ()) if isinstance(one.data, str)]
    known = [one for one in types if kinds_of(one)]
    return max(known, key=lambda one: max(kind.count("/") for kind in kinds_of(one)), default="")


def _numbers(node: Value) -> Iterator[str]:
    """Identifiers by properties whose values are numbers of one scheme, and by `identifier`, which may name its own."""
    for key, value in node.data.items():
        name = local_name(key)
        if name.casefold() in PROPERTIES:
            read = partial(identifier_of, name)
        elif name == "identifier":
            read = partial(identifier_of, "")
        else:
            continue
        for item in _some(value):
            said = spoken(item)
            if isinstance(item.data, dict) and said is None:
                scheme, said = text_of(item, "propertyID") or name_of(item) or "", text_of(item, "value")
                found = identifier_of(scheme, said) if said else None
            else:
                found = read(said) if said else None
            if found:
                yield found


def _addresses(node: Value, name: str) -> Iterator[str]:
    value = node.data.get(name) if name == "@id" else field_of(node, name)
    for item in _some(value) if value else ():
        said = spoken(item)
        if said is None and isinstance(item.data, dict) and "@id" in item.data:
            said = spoken(item.data["@id"])
        if said and said.startswith(("http://", "https://")):
            yield said


def _names(node: Value) -> tuple[str, ...]:
    own = name_of(node)
    names = {said.strip() for name in _NAMES if (value := field_of(node, name)) for item in _some(value) if (said := spoken(item))}
    return tuple(sorted(name for name in names if name != own and 0 < len(name) <= ALIAS_CHARACTERS_MAX)[:ALIASES_MAX])


def _some(value: Value) -> list[Value]:
    return items_of(value)[:ITEMS_MAX]
