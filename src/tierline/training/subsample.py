"""Makes smaller corpora of a prepared one: whole sources in natural shares, measured on the same held-out texts with the same tokenizer."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace

import pyarrow as pa

from tierline.tables.tiers import Tier
from tierline.training.corpus import conform, source_of
from tierline.training.prepare import Prepared, scale_of
from tierline.training.rows import TrainingRows

Place = tuple[bytes, bytes]


def sources_by_row(rows: pa.Table) -> dict[tuple[str, str], str]:
    """(tier, id) -> source, of a corpus's rows: a book, a reference work, a site."""
    columns = (conform(rows)[name].to_pylist() for name in ("tier", "id", "source", "url"))
    return {(tier, row_id): source or source_of(url, row_id) for tier, row_id, source, url in zip(*columns, strict=True)}


def subsampled(prepared: Prepared, sources: Mapping[tuple[str, str], str], share: float) -> Prepared:
    """The same with a share of the training rows; what is held out stays."""
    rows = prepared.rows
    kept = kept_rows(rows, [sources[key] for key in zip(rows.tiers, rows.ids, strict=True)], share)
    fewer = TrainingRows(*(tuple(getattr(rows, column.name)[row] for row in kept) for column in fields(rows)))
    names = "\n".join(f"{rows.tiers[row]} {rows.ids[row]}" for row in kept)
    digest = hashlib.sha256(f"{prepared.digest}\n{names}".encode("utf-8", "replace")).hexdigest()
    tokens = tuple(prepared.tokens[row] for row in kept)
    return replace(prepared, rows=fewer, tokens=tokens, scale=scale_of(fewer, prepared.recipe), digest=digest)


def kept_rows(rows: TrainingRows, sources: Sequence[str], share: float) -> list[int]:
    """Numbers of the rows, ascending, that a corpus has with a share of every domain's admitted tokens (of a domain that has none, of
    all its tokens).

    A domain's sources are taken whole, in the order of a hash, with all tiers' rows of them; of the last one documents in the order of
    a hash. A smaller share's rows are among a larger one's.
    """
    places = [(_hash(source), _hash(row_id)) for source, row_id in zip(sources, rows.ids, strict=True)]
    of_domain: dict[str, list[int]] = defaultdict(list)
    for row in sorted(range(len(places)), key=lambda row: places[row]):
        of_domain[rows.domains[row]].append(row)
    kept: list[int] = []
    for own in of_domain.values():
        last = _last_place(own, rows, places, share)
        kept += own if share >= 1 else [row for row in own if places[row] <= last]
    return sorted(kept)


def _last_place(own: Sequence[int], rows: TrainingRows, places: Sequence[Place], share: float) -> Place:
    counted = [row for row in own if rows.tiers[row] == Tier.L1] or list(own)
    wanted, before, last = share * sum(rows.lengths[row] for row in counted), 0, places[counted[0]]
    for row in counted:
        if before >= wanted:
            break
        before, last = before + rows.lengths[row], places[row]
    return last


def _hash(name: str) -> bytes:
    return hashlib.sha256(f"subsample\0{name}".encode("utf-8", "replace")).digest()
