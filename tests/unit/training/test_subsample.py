"""A smaller corpus has whole sources in natural shares, is part of every larger one, and is measured on the same held-out texts."""

from collections import Counter

import pytest

from tests.unit.training.corpus_rows import DOMAINS, made_rows
from tests.unit.training.test_session import TINY
from tierline.training.prepare import prepare
from tierline.training.rows import TrainingRows
from tierline.training.subsample import kept_rows, sources_by_row, subsampled

ROWS = made_rows(200)
PREPARED = prepare(ROWS, TINY, None)
SOURCES = sources_by_row(ROWS)


def keys(prepared) -> list[tuple[str, str]]:
    return list(zip(prepared.rows.tiers, prepared.rows.ids, strict=True))


@pytest.mark.parametrize("share", [0.25, 0.5, 0.8])
def test_every_domain_keeps_its_share_and_at_most_one_source_is_cut(share):
    fewer = subsampled(PREPARED, SOURCES, share)
    whole, kept = PREPARED.scale["domain"], fewer.scale["domain"]
    for domain, own in whole.items():
        assert kept[domain]["tokens"] == pytest.approx(share * own["tokens"], abs=max(PREPARED.rows.lengths))
    rows, left = Counter(SOURCES[key] for key in keys(PREPARED)), Counter(SOURCES[key] for key in keys(fewer))
    cut = Counter(DOMAINS[source.partition("-")[0]] for source, count in rows.items() if 0 < left[source] < count)
    assert all(count == 1 for count in cut.values()) and set(fewer.rows.tiers) == set(PREPARED.rows.tiers)


def test_smaller_corpora_are_parts_of_larger_ones_and_the_whole_is_the_corpus():
    quarter, half, whole = (subsampled(PREPARED, SOURCES, share) for share in (0.25, 0.5, 1.0))
    assert set(keys(quarter)) < set(keys(half)) < set(keys(whole)) == set(keys(PREPARED))
    assert len({quarter.digest, half.digest, whole.digest}) == 3
    assert quarter.metric is PREPARED.metric and quarter.tokenizer is PREPARED.tokenizer
    by_key = dict(zip(keys(PREPARED), PREPARED.tokens, strict=True))
    assert all(by_key[key] is own for key, own in zip(keys(half), half.tokens, strict=True))


def test_a_selected_row_is_never_without_its_admitted_one():
    fewer = subsampled(PREPARED, SOURCES, 0.4)
    admitted = {row_id for tier, row_id in keys(fewer) if tier == "L1"}
    known = {row_id for tier, row_id in keys(PREPARED) if tier == "L1"}
    assert {row_id for tier, row_id in keys(fewer) if tier == "L2"} & known <= admitted


def test_a_domain_of_one_source_keeps_a_share_of_its_documents():
    rows = TrainingRows(tuple(f"d{n}" for n in range(40)), ("L1",) * 20 + ("L4",) * 20, ("law",) * 40, (10,) * 40, (None,) * 40)
    kept = kept_rows(rows, ["one"] * 40, 0.5)
    assert sum(row < 20 for row in kept) == 10 and 4 <= sum(row >= 20 for row in kept) <= 16
    upper = TrainingRows(rows.ids, ("L4",) * 40, rows.domains, rows.lengths, rows.usefulness)
    assert len(kept_rows(upper, ["one"] * 40, 0.5)) == 20
