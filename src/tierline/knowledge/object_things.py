"""Says which thing a stated value is: by the identifiers that stand with it, and a country by its name where a country is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from tierline.knowledge.hashed import Keys, Numbers, find
from tierline.knowledge.identifiers import rank, scheme_of
from tierline.knowledge.names import Name, asks_for_country
from tierline.knowledge.things import flat
from tierline.knowledge.values import read_value


def ids_of_object(row: Mapping[str, Any]) -> list[str]:
    """The identifiers of the value of a row of STATED that count, the best one first; none of a value that is words alone.

    Other addresses do not: the profile that pages give of an author is often their publisher's. A name alone identifies a country, and only
    where the property asks for one: Georgia may be a state, Paris is several cities.
    """
    if found := sorted((one for one in row["object_ids"] or () if scheme_of(one) != "url"), key=rank):
        return found
    if not asks_for_country(row["predicate"] or ""):
        return []
    meaning = read_value(row["object"] or "", row["predicate"], row["language"], bool(row.get("base"))).meaning
    return [f"iso3166-1:{meaning.country}"] if isinstance(meaning, Name) and meaning.country else []


def entities_of_objects(keys: pa.Table, entity: Numbers) -> Numbers:
    """The number of the entity that the value of each row is, from columns of KEYS and the number of the entity that each row is about, or
    -1. It is the one whose subjects have an identifier of the value; -1 where there is none or there are several: an identifier that
    several things are given is nobody's."""
    row, ids = flat(keys["ids"])
    known = entity[row] >= 0
    pairs = np.unique(np.stack([ids[known], entity[row[known]].astype(np.uint64)]), axis=1)
    things, first, counts = np.unique(pairs[0], return_index=True, return_counts=True)
    single, of_single = things[counts == 1], pairs[1][first[counts == 1]].astype(np.int64)
    row, ids = flat(keys["value_ids"])
    places, is_there = find(ids, single)
    row, named = row[is_there], of_single[places[is_there]] if len(single) else np.empty(0, np.int64)
    found = np.full(len(keys), -1, np.int64)
    found[row] = named
    found[row[named != found[row]]] = -1
    return found


def keys_of_objects(ids: Keys, entity: Numbers) -> Keys:
    """The key of the id of each of these entities; 0 where there is none."""
    return np.where(entity >= 0, ids[np.maximum(entity, 0)], np.uint64(0)) if len(ids) else np.zeros(len(entity), np.uint64)
