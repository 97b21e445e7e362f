"""The experiment's texts, from a folder or a lake's mixes, split into training and held-out ones by whole books, works and sites."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from tierline.errors import BadInput
from tierline.lake import WHOLE_LAKE, Lake, Manifest
from tierline.tables.l1 import LEAK
from tierline.tables.tiers import Phase, Tier
from tierline.text.domains import registrable_domain
from tierline.text.words import shingles, split_words
from tierline.training.recipe import TrainingRecipe

# `source` is what is held out as a whole: a book, a reference work, a site; `usefulness` ranks L2.
SCHEMA = pa.schema([*((name, pa.string()) for name in ("id", "text", "tier", "domain", "url", "source")), ("usefulness", pa.float64())])
REQUIRED = ("id", "text", "tier", "domain")
WORDS_IN_COMMON = 5  # word 5-grams, the shingles by which near-duplicates are found everywhere in this project
TEXTS_PER_BATCH = 512
MOST_HELD = 0.35  # of a domain's characters: beyond it nothing like what is held out would be left to train on
MANUALS, WEB = "textbooks", "web"  # domains of a lake's rows: what somebody vouched for, and everything else


@dataclass(frozen=True, slots=True)
class Corpus:
    """Rows of SCHEMA, ordered by tier and id. `heldout` has the admitted texts (L1) of the sources that are held out: of no tier's
    making, so that no tier's form is measured on itself. `sources` names them, by domain."""

    training: pa.Table
    heldout: pa.Table
    sources: dict[str, tuple[str, ...]]
    overlapping: int  # held-out texts that were left out because training rows have most of their words
    digest: str


def read_corpus(folder: str | Path) -> pa.Table:
    """Rows of every Parquet file below a folder, in the columns of SCHEMA. BadInput names what is missing."""
    files = sorted(Path(folder).rglob("*.parquet"))
    if not files:
        raise BadInput("no Parquet file of a corpus", str(folder), f"a corpus has the columns {', '.join(REQUIRED)}")
    parts: list[pa.Table] = []
    for file in files:
        try:
            part = pq.read_table(file)
        except (OSError, pa.ArrowInvalid) as error:
            raise BadInput(f"cannot be read as Parquet ({error})", str(file)) from None
        missing = [name for name in REQUIRED if name not in part.column_names]
        if missing:
            raise BadInput(f"has no column {', '.join(missing)}", str(file), f"a corpus has the columns {', '.join(REQUIRED)}")
        parts.append(conform(part))
    return pa.concat_tables(parts)


def corpus_of_lake(lake: Lake) -> pa.Table:
    """The distinct rows of the promoted mixes, in the columns of SCHEMA, and the whole of L1 without what copies a benchmark: that is
    what a flat mix reads.

    NotPromoted if a mix, or a shard that it was drawn from, has not passed its gate or was quarantined since; BadInput if a shard
    has other rows by now.
    """
    columns = ["doc_id", "tier", "text", "url", "source_table"]
    rows: dict[tuple[str, str], dict[str, Any]] = {}
    for phase in Phase:
        mix, manifest = lake.read_promoted(f"mix_{phase}", WHOLE_LAKE, columns)
        _check_sources(lake, manifest)
        for row in mix.to_pylist():
            domain = MANUALS if row["source_table"] == "l4_manuals" else WEB
            rows.setdefault((row["tier"], row["doc_id"]), row | {"id": row["doc_id"], "domain": domain})
    useful: dict[str, float] = {}
    judged = [lake.read_promoted("l1_contamination", one.shard, ["doc_id", "verdict"])[0] for one in lake.promoted("l1_contamination")]
    leaks = {row["doc_id"] for table in judged for row in table.to_pylist() if row["verdict"] == LEAK}
    for manifest in lake.promoted("l1_filtered"):
        admitted = lake.read_promoted("l1_filtered", manifest.shard, ["doc_id", "text", "url"])[0].to_pylist()
        for row in (row for row in admitted if row["doc_id"] not in leaks):
            rows.setdefault((Tier.L1.value, row["doc_id"]), row | {"id": row["doc_id"], "tier": Tier.L1.value, "domain": WEB})
    for manifest in lake.promoted("l2_selected"):
        own = lake.read_promoted("l2_selected", manifest.shard, ["doc_id", "usefulness"])[0].to_pylist()
        useful |= {row["doc_id"]: row["usefulness"] for row in own}
    vetted = {source_of(row["url"], row["id"]) for row in rows.values() if row["domain"] == MANUALS}
    for row in rows.values():  # a manual's page is one of the web in the tiers below
        row["source"], row["usefulness"] = source_of(row["url"], row["id"]), useful.get(row["id"])
        row["domain"] = MANUALS if row["source"] in vetted else WEB
    return pa.Table.from_pylist([{name: row.get(name) for name in SCHEMA.names} for row in rows.values()], schema=SCHEMA)


def _check_sources(lake: Lake, mix: Manifest) -> None:
    for source, digest in sorted(mix.inputs.items()):
        table, shard = source.split("/", 1)
        if lake.read_promoted(table, shard, [])[1].digest != digest:
            raise BadInput(f"{source} has other rows than the mix was drawn from", mix.table, "materialize the mix again")


def conform(rows: pa.Table) -> pa.Table:
    """Any table with the REQUIRED columns, in the columns and types of SCHEMA; absent columns are null."""
    found = {field.name: rows[field.name].cast(field.type) for field in SCHEMA if field.name in rows.column_names}
    return pa.table({field.name: found.get(field.name, pa.nulls(rows.num_rows, field.type)) for field in SCHEMA}, schema=SCHEMA)


def source_of(url: str | None, row_id: str) -> str:
    """The site of an address, as its registrable domain; of a row without one its id."""
    host = urlsplit(url or "").hostname or ""
    return registrable_domain(host) if host else row_id


def part_corpus(rows: pa.Table, recipe: TrainingRecipe) -> Corpus:
    """Splits rows into training and held-out ones by their source, with all tiers' versions of it, so that no page of a book or site is
    trained on while another is measured. A held-out text that shares more than `overlap_max` of its word 5-grams with training rows is
    left out.

    BadInput for unknown tiers, or if no work of the upper tiers' kinds can be held out.
    """
    rules = recipe.measuring
    unknown = sorted(set(rows["tier"].to_pylist()) - set(Tier))
    if unknown:
        raise BadInput(f"unknown tier {unknown[0]!r}", "corpus", f"tiers are {', '.join(Tier)}")
    rows = conform(rows)
    written = pc.greater(pc.utf8_length(pc.utf8_trim_whitespace(rows["text"])), 0)
    rows = rows.filter(pc.and_(written, pc.not_equal(rows["tier"], Tier.L0.value)))  # no arm reads raw text
    rows = rows.sort_by([("tier", "ascending"), ("id", "ascending")])
    columns = (rows[name].to_pylist() for name in ("source", "url", "id"))
    sources = [source or source_of(url, row_id) for source, url, row_id in zip(*columns, strict=True)]
    rows = rows.set_column(rows.schema.get_field_index("source"), "source", pa.array(sources, pa.string()))
    held = _held_sources(rows, (*rules.works, *rules.guard), rules.heldout_share)
    names = {source for own in held.values() for source in own}
    out = pa.array([source in names for source in sources], pa.bool_())
    training, heldout = rows.filter(pc.invert(out)), rows.filter(pc.and_(out, pc.equal(rows["tier"], Tier.L1.value)))
    clean = overlap_shares(heldout["text"].to_pylist(), training["text"].to_pylist()) <= rules.overlap_max
    overlapping = int((~clean).sum())
    heldout = heldout.filter(pa.array(clean))
    if not set(heldout["domain"].to_pylist()) & set(rules.works):
        hint = f"a domain of {', '.join(rules.works)} needs several books, works or sites"
        raise BadInput("no work of the upper tiers' kinds can be held out", "corpus", hint)
    digest = hashlib.sha256()
    for row in rows.select(["id", "tier", "domain", "source", "usefulness", "text"]).to_pylist():
        digest.update("\t".join(map(str, row.values())).encode("utf-8", "replace") + b"\n")
    return Corpus(training, heldout, held, overlapping, digest.hexdigest())


def _held_sources(rows: pa.Table, domains: Sequence[str], share: float) -> dict[str, tuple[str, ...]]:
    """Domain -> sources that are held out, in the order of a hash, until they have the share of the domain's admitted characters. What
    would bring them beyond MOST_HELD stays; so does a domain's only source."""
    sizes: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    admitted = rows.filter(pc.equal(rows["tier"], Tier.L1.value))
    lengths = pc.utf8_length(admitted["text"]).to_pylist()
    for domain, source, characters in zip(admitted["domain"].to_pylist(), admitted["source"].to_pylist(), lengths, strict=True):
        sizes[domain][source] += characters
    held: dict[str, tuple[str, ...]] = {}
    for domain in (name for name in domains if name in sizes):
        whole, taken, chosen = sum(sizes[domain].values()), 0, list[str]()
        for source in sorted(sizes[domain], key=_place):
            if taken < share * whole and taken + sizes[domain][source] <= MOST_HELD * whole:
                chosen.append(source)
                taken += sizes[domain][source]
        held[domain] = tuple(sorted(chosen))
    return held


def overlap_shares(texts: Sequence[str], training: Sequence[str]) -> np.ndarray[Any, np.dtype[np.float64]]:
    """For each text the share of distinct word 5-grams that also occur in a training text, (texts,). Memory holds the n-grams of `texts`
    and of one batch of training texts."""
    own = [shingles(words, WORDS_IN_COMMON) for words in split_words(texts)]
    known = np.unique(np.concatenate([np.empty(0, np.uint64), *own]))
    met = np.zeros(len(known), bool)
    for start in range(0, len(training), TEXTS_PER_BATCH):
        found = [shingles(words, WORDS_IN_COMMON) for words in split_words(training[start : start + TEXTS_PER_BATCH])]
        met |= np.isin(known, np.concatenate(found))
    return np.array([met[np.searchsorted(known, hashes)].mean() if len(hashes) else 1.0 for hashes in own], np.float64)


def _place(source: str) -> bytes:
    """A place in an order that depends on the source alone."""
    return hashlib.sha256(f"heldout\x00{source}".encode("utf-8", "replace")).digest()
