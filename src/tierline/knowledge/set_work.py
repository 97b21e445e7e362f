"""What is found of whole sets of rows, wherever they are worked on: what rows are about, what is a fact, which pages share a paragraph."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from tierline.knowledge.common_text import CommonText
from tierline.knowledge.entities import Entities, Entity
from tierline.knowledge.feeds import Feeds
from tierline.knowledge.hashed import Keys, Numbers, key_of
from tierline.knowledge.object_things import ids_of_object
from tierline.knowledge.outcomes import SCHEMAS
from tierline.knowledge.properties import Claims
from tierline.knowledge.records import Records
from tierline.knowledge.shared_paragraphs import paragraph_keys
from tierline.knowledge.site_samples import SiteSamples

ENTITIES_KEPT = 1 << 12
Tables = Mapping[str, pa.Table]
Judge = Callable[[Sequence[Claims], Feeds, CommonText, Records], Tables]  # rows of RESULTS and ANSWERS of properties


class Paragraphs(NamedTuple):
    """Sets by their numbers, and for each the key of what paragraphs its pages share."""

    sets: Numbers
    keys: Keys


class Resolved(NamedTuple):
    """Of rows, by their places, what they are about: the number of one of these `entities` (rows of SCHEMAS), or -1."""

    places: Numbers
    numbers: Numbers
    entities: pa.Table
    paragraphs: Paragraphs


class Judged(NamedTuple):
    """Rows of RESULTS and ANSWERS of properties."""

    tables: Tables
    paragraphs: Paragraphs


def paragraphs_of(rows: pa.Table, _: Sequence[Any], common: CommonText) -> Paragraphs:
    """From the text sketches of rows and their `set`."""
    sets, number = np.unique(rows["set"].to_numpy(), return_inverse=True)
    texts = pa.concat_arrays([pa.array([], pa.binary()), *rows["text_sketch"].chunks]).fill_null(b"").dictionary_encode()
    return Paragraphs(sets, paragraph_keys(number, texts.dictionary.to_pylist(), texts.indices.to_numpy(), common, len(sets)))


def resolve(rows: pa.Table, beside: Sequence[Any], common: CommonText) -> Resolved:
    """What rows of STATED are about that share names or identifiers with no others."""
    claims = rows.sort_by("claim_id").to_pylist()
    things = Entities(claims, common)
    numbers: dict[str, int] = {}
    found = [numbers.setdefault(said(thing), len(numbers)) if (thing := things.of(row)) else -1 for row in claims]
    ids, alls = [key_of(entity_of(text).id) for text in numbers], [key_of(text) for text in numbers]
    entities = pa.table({"entity": list(numbers), "id": ids, "all": alls}, SCHEMAS["entities"])
    places = np.array([row["place"] for row in claims], np.int64)
    return Resolved(places, np.array(found, np.int64), entities, paragraphs_of(rows, beside, common))


def judge(rows: pa.Table, beside: Sequence[SiteSamples], by: Judge, common: CommonText, records: Records) -> Judged:
    """Of properties with all rows of STATED that state them. Each row has the keys of its property (`judged`) and of itself (`row`), and
    what it and its value are about, as JSON; `beside` are the numbers of their sites."""
    properties: dict[int, list[dict[str, Any]]] = {}
    for row in rows.sort_by("claim_id").to_pylist():
        entity, thing = entity_of(row.pop("about")), row.pop("object_about")
        own = {"subject_key": entity.id, "entity": entity, "object_entity": _thing_of(row, thing)}
        properties.setdefault(row.pop("set"), []).append(row | own)
    found = by(list(properties.values()), Feeds(SiteSamples.joined(beside).of), common, records)
    return Judged(found, paragraphs_of(rows, beside, common))


def _thing_of(row: Mapping[str, Any], about: str | None) -> str | None:
    """What the value of a row is: this entity, else by its own best identifier."""
    return entity_of(about).id if about else next(iter(ids_of_object(row)), None)


@lru_cache(maxsize=ENTITIES_KEPT)
def entity_of(text: str) -> Entity:
    """From what `said` says."""
    found, kind, names, told = json.loads(text)
    return Entity(found, kind, tuple(names), told)


def said(entity: Entity) -> str:
    """An entity as JSON, the same for the same one."""
    return json.dumps([entity.id, entity.type, entity.names, dict(sorted(entity.told.items()))])
