"""The heavy stages of a shard without a lake: for a benchmark and for tests."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import pyarrow as pa

from benchmarks import fact_growth, mixing
from examples.quiz import items
from tierline.batch.score import NOT_JUDGED, shipped_scorers
from tierline.checking import PromotedFacts
from tierline.compute.workers import Workers
from tierline.crawl import ReadRules
from tierline.crawl.read import read_shard
from tierline.dedup import DedupRules
from tierline.dedup.resolve import NoDocuments
from tierline.editing import FaithfulnessRules
from tierline.filters import FilterRules
from tierline.filters.benchmark_items import Item
from tierline.filters.decontaminate import DecontaminationRules, build_index, decontaminate
from tierline.filters.filter import filter_shard
from tierline.forms import FormRules, make_forms, read_inputs
from tierline.lake import WHOLE_LAKE, Lake, StageResult
from tierline.lake.activity import Cost
from tierline.lake.digest import ContentDigest
from tierline.lake.external_sort import Batches
from tierline.mixes import read_pools, sample_mix
from tierline.operations.refine import refine
from tierline.operations.rules import EditRules
from tierline.reliability.rules import ScoreRules
from tierline.selection.score import score
from tierline.text.embedding import Embedder

DOCUMENTS_PER_COUNTRY = 100
NOBODY_IS_ASKED = EditRules(edits_per_shard=0, questions_per_shard=0)
QUIZ = [Item("quiz", str(number), one["question"], one.get("passage", ""), (one["answer"],), ()) for number, one in enumerate(items())]


def through_stages(files: Sequence[str], workers: Workers) -> list[StageResult]:
    """What the stages from `l0_raw` to `l3_refined` make of a shard of these files. Nothing is asked of a language model, and every
    document that passes L1 goes on to L3."""
    raw = read_shard(files, ReadRules(), workers=workers)
    filtered = filter_shard(raw.tables["l0_raw"], FilterRules(), DedupRules(), NoDocuments(), workers=workers)
    documents = as_table(filtered.tables["l1_filtered"])
    rules = DecontaminationRules()
    checked = decontaminate(documents, build_index(QUIZ, rules), rules, workers)
    scored = score(documents, NOT_JUDGED, shipped_scorers(), Unasked(), ScoreRules(), workers)
    useful = documents.append_column("usefulness", as_table(scored.tables["l2_scores"])["usefulness"])
    refined = refine(useful, Unasked(), Embedder(), NOBODY_IS_ASKED, FaithfulnessRules(), workers=workers)
    return [raw, filtered, checked, scored, refined]


def lake_jobs(root: Path, countries: int) -> dict[str, Callable[[Workers], list[StageResult]]]:
    """The stages that look at all shards: facts of claims about so many countries, their forms, and a mix of 100 documents for each."""
    documents, texts = DOCUMENTS_PER_COUNTRY * countries, Lake(str(root / "texts"))
    mixing.write_lake(texts, documents)
    recipe = mixing.recipe_for(documents)
    root = root / "claims"
    lake = Lake(str(root))
    fact_growth.fill(root, 0, countries, 2)
    fact_growth.commit(lake, "l4_facts", WHOLE_LAKE, fact_growth.verify(lake, ""))
    found = read_inputs(lake)

    def facts(workers: Workers) -> list[StageResult]:
        shutil.rmtree(lake.cache_dir / "facts")  # so that everything is judged
        return [fact_growth.verify(lake, "", workers)]

    def forms(workers: Workers) -> list[StageResult]:
        rows = found.facts(), found.sources(), found.values()
        return [make_forms(*rows, FormRules(), PromotedFacts(lake, found.manifests), workers)]

    def mix(workers: Workers) -> list[StageResult]:
        return [sample_mix(texts, recipe, read_pools(texts, recipe), workers)]

    return {"facts_": facts, "forms_": forms, "mix_": mix}


def digests(results: Sequence[StageResult]) -> list[str]:
    """Of every table and every ledger."""
    found: list[str] = []
    for result in results:
        for rows in [*result.tables.values(), *(decisions for _, decisions in result.ledgers.values())]:
            digest = ContentDigest(rows.schema)
            for batch in rows.to_batches():
                digest.update(batch)
            found.append(digest.hexdigest())
    return found


def as_table(rows: Batches) -> pa.Table:
    """Rows that may wait on disk."""
    return pa.Table.from_batches(rows.to_batches(), rows.schema)


class Unasked:
    """In the place of a language model's client, where there is nothing to ask."""

    cost = Cost()

    def generate(self, prompts: Sequence[object], sampling: object) -> list[object]:
        """No answers to no questions."""
        assert not prompts
        return []
