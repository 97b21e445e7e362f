"""The experiment's texts, from a folder or a lake's mixes, split into training and held-out documents."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from tierline.errors import BadInput
from tierline.lake import WHOLE_LAKE, Lake, Manifest
from tierline.tables import TABLES
from tierline.tables.tiers import Phase, Tier
from tierline.text.words import shingles, split_words
from tierline.training.recipe import TrainingRecipe

SCHEMA = pa.schema([(name, pa.string()) for name in ("id", "text", "tier", "domain", "url", "phase", "predicate", "object")])
REQUIRED = ("id", "text", "tier", "domain")
OTHER_DOMAINS = "other"
WORDS_IN_COMMON = 5  # word 5-grams, the shingles by which near-duplicates are found everywhere in this project
TEXTS_PER_BATCH = 512
CHARACTERS_PER_TOKEN, HELD_OUT_SPARE = 4, 3  # more held-out text is read than measured, because some of it overlaps


@dataclass(frozen=True, slots=True)
class Corpus:
    """Rows of SCHEMA, training and held-out ones, ordered by tier and id. `heldout_best` marks the held-out rows that the
    headline score uses: each source document once, in its highest tier among those that the recipe draws on (so no raw junk)."""

    training: pa.Table
    heldout: pa.Table
    heldout_best: np.ndarray[Any, np.dtype[np.bool_]]
    overlapping: dict[str, int]  # tier -> held-out rows that were left out because training rows have most of their words
    digest: str

    @property
    def domains(self) -> list[str]:
        """Domains with held-out text, in order."""
        return sorted(set(self.heldout["domain"].to_pylist()))

    @property
    def tiers(self) -> list[str]:
        """Tiers with training text, in order."""
        return sorted(set(self.training["tier"].to_pylist()))


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
    """The distinct rows of the promoted mixes, in the columns of SCHEMA; facts with their predicate and object.

    NotPromoted if a mix, or a shard that it was drawn from, has not passed its gate or was quarantined since; BadInput if a shard
    has other rows by now.
    """
    columns = ["doc_id", "tier", "text", "domain", "url", "source_table"]
    seen: set[tuple[str, str]] = set()
    rows: list[dict[str, Any]] = []
    for phase in Phase:
        mix, manifest = lake.read_promoted(f"mix_{phase}", WHOLE_LAKE, columns)
        _check_sources(lake, manifest)
        for row in mix.to_pylist():
            if (key := (row["tier"], row["doc_id"])) not in seen:
                seen.add(key)
                rows.append(row | {"id": row["doc_id"], "domain": row["domain"] or row["source_table"], "phase": phase.value})
    facts: dict[str, dict[str, Any]] = {}
    for manifest in lake.promoted("l4_facts"):
        named = [TABLES["l4_facts"].key, "predicate", "object"]
        facts |= {fact["fact_id"]: fact for fact in lake.read_promoted("l4_facts", manifest.shard, named)[0].to_pylist()}
    found = [{name: (row | facts.get(row["id"], {})).get(name) for name in SCHEMA.names} for row in rows]
    return pa.Table.from_pylist(found, schema=SCHEMA)


def _check_sources(lake: Lake, mix: Manifest) -> None:
    for source, digest in sorted(mix.inputs.items()):
        table, shard = source.split("/", 1)
        if lake.read_promoted(table, shard, [])[1].digest != digest:
            raise BadInput(f"{source} has other rows than the mix was drawn from", mix.table, "materialize the mix again")


def conform(rows: pa.Table) -> pa.Table:
    """Any table with the REQUIRED columns, in the columns and types of SCHEMA; absent columns are null."""
    absent = pa.nulls(rows.num_rows, pa.string())
    return pa.table({name: rows[name].cast(pa.string()) if name in rows.column_names else absent for name in SCHEMA.names}, schema=SCHEMA)


def part_corpus(rows: pa.Table, recipe: TrainingRecipe) -> Corpus:
    """Splits rows into training and held-out ones by their source document, so that no tier's version of a text is trained on while
    another is measured. A held-out row that shares more than `overlap_max` of its word 5-grams with training rows is left out.

    The source is the row's address, or its id. No more of each tier is kept than the budget can use, in the order of a hash of the
    source, so that tiers keep the same documents. Raises BadInput for unknown tiers, or if nothing is left to measure on.
    """
    rules = recipe.measuring
    unknown = sorted(set(rows["tier"].to_pylist()) - set(Tier))
    if unknown:
        raise BadInput(f"unknown tier {unknown[0]!r}", "corpus", f"tiers are {', '.join(Tier)}")
    rows = rows.filter(pc.greater(pc.utf8_length(pc.utf8_trim_whitespace(rows["text"])), 0)).sort_by(
        [("tier", "ascending"), ("id", "ascending")]
    )
    sources = pc.coalesce(rows["url"], rows["id"]).to_pylist()
    rows = rows.set_column(rows.schema.get_field_index("domain"), "domain", pa.array(_grouped(rows, rules.domains_max), pa.string()))
    held = np.array([_share(source) < rules.heldout_share for source in sources], bool)
    most = recipe.tokens * recipe.characters_per_token
    training = _capped(rows.filter(pa.array(~held)), ["tier"], most)
    heldout = _capped(rows.filter(pa.array(held)), ["tier", "domain"], CHARACTERS_PER_TOKEN * HELD_OUT_SPARE * rules.tokens_per_part)
    overlap = overlap_shares(heldout["text"].to_pylist(), training["text"].to_pylist())
    clean = overlap <= rules.overlap_max
    dropped = Counter(heldout.filter(pa.array(~clean))["tier"].to_pylist())
    heldout = heldout.filter(pa.array(clean))
    if not heldout.num_rows or not training.num_rows:
        raise BadInput("too few documents to hold some out", "corpus", f"{rows.num_rows} rows were given")
    digest = hashlib.sha256("".join(f"{row['id']}\t{row['tier']}\t{row['text']}\n" for row in rows.to_pylist()).encode("utf-8", "replace"))
    return Corpus(
        training,
        heldout,
        _best(heldout, {tier for share in recipe.phases for tier in share.tiers}),
        dict(sorted(dropped.items())),
        digest.hexdigest(),
    )


def _capped(rows: pa.Table, by: Sequence[str], most: float) -> pa.Table:
    """The first rows of each group in the order of a hash of their source, up to `most` characters."""
    order = sorted(range(rows.num_rows), key=dict(enumerate(map(_share, pc.coalesce(rows["url"], rows["id"]).to_pylist()))).__getitem__)
    lengths = pc.utf8_length(rows["text"]).to_pylist()
    groups = list(zip(*(rows[name].to_pylist() for name in by), strict=True))
    taken: Counter[tuple[str, ...]] = Counter()
    kept: list[int] = []
    for row in order:
        if taken[groups[row]] < most:
            taken[groups[row]] += lengths[row]
            kept.append(row)
    return rows.take(pa.array(sorted(kept), pa.int64()))


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


def _grouped(rows: pa.Table, most: int) -> list[str]:
    """Each row's domain, or OTHER_DOMAINS beyond the `most` largest by characters."""
    sizes: Counter[str] = Counter()
    for domain, characters in zip(rows["domain"].to_pylist(), pc.utf8_length(rows["text"]).to_pylist(), strict=True):
        sizes[domain or OTHER_DOMAINS] += characters
    largest = sorted(sizes, key=lambda name: (-sizes[name], name))[: most if len(sizes) <= most else most - 1]
    return [domain if domain in largest else OTHER_DOMAINS for domain in rows["domain"].to_pylist()]


def _share(source: str) -> float:
    """A number in [0, 1) that depends on the source document alone."""
    return int.from_bytes(hashlib.sha256(f"heldout\x00{source}".encode("utf-8", "replace")).digest()[:8], "big") / 2**64


def _best(heldout: pa.Table, drawn: set[str]) -> np.ndarray[Any, np.dtype[np.bool_]]:
    sources: list[str] = pc.coalesce(heldout["url"], heldout["id"]).to_pylist()
    tiers: list[Any] = heldout["tier"].to_pylist()
    highest: dict[str, str] = {}
    for source, tier in zip(sources, tiers, strict=True):
        if tier in drawn:
            highest[source] = max(tier, highest.get(source, tier))
    return np.array([highest.get(source) == tier for source, tier in zip(sources, tiers, strict=True)], bool)
