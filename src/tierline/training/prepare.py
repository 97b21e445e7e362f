"""Prepares what all runs of an experiment share: tokenizer, tokens, and the metric with its held-out texts and questions."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa
from tokenizers import Tokenizer

from tierline.errors import BadInput
from tierline.training.arms import Arm, Plan, Rates, make_plan
from tierline.training.corpus import part_corpus
from tierline.training.metric import Metric, make_metric, read_outside
from tierline.training.pools import assign_pools
from tierline.training.questions import Question, read_questions
from tierline.training.recipe import Phases, TrainingRecipe
from tierline.training.rows import TrainingRows
from tierline.training.tokenizer import encode, train_tokenizer
from tierline.training.windows import Pools, Tokens

TOKENIZED_ON = 20_000_000  # characters of admitted text that the tokenizer is trained on


@dataclass(frozen=True, eq=False, slots=True)
class Prepared:
    """The inputs of a run; `tokens` are those of each training row."""

    recipe: TrainingRecipe
    tokenizer: Tokenizer
    rows: TrainingRows
    tokens: tuple[Tokens, ...]
    metric: Metric
    sources: dict[str, tuple[str, ...]]  # domain -> what is held out of it
    scale: dict[str, dict[str, dict[str, int]]]  # "tier" -> tier -> rows and tokens; "domain": of L1; "pool": of each pool
    digest: str  # of texts, questions and model, without the budget

    def pools(self, seed: int) -> Pools:
        """Windows of every pool in the seed's order of rows."""
        return self.rows.windows(self.recipe, seed, self.tokens)

    def plan(self, arm: Arm, seed: int, pools: Pools, rates: Rates) -> Plan:
        """As `make_plan`."""
        return make_plan(arm, seed, pools, self.recipe, rates)

    def settled(self, tokens: int, phases: Phases | None = None) -> Prepared:
        """The same with another budget, and one of the mixes of the tiers that the recipe lists."""
        if phases not in (None, self.recipe.phases, *self.recipe.pilot.phases):
            raise BadInput("the recipe lists no such mix of the tiers", "phases", "restore the recipe that was registered")
        return replace(self, recipe=replace(self.recipe, tokens=tokens, phases=phases or self.recipe.phases))


def prepare(rows: pa.Table, recipe: TrainingRecipe, data: str | Path | None) -> Prepared:
    """From rows of corpus.SCHEMA and a data folder with bench/ and text/ (without one, K has one part).

    BadInput if a pool that the recipe draws on is empty, or a benchmark file is missing: before any run.
    """
    corpus = part_corpus(rows, recipe)
    rules = recipe.measuring
    asked = read_questions(Path(data) / "bench", rules.questions, rules.questions_max, recipe.seed) if data else list[Question]()
    training = corpus.training
    texts = training["text"].to_pylist()
    tiers = training["tier"].to_pylist()
    tokenizer = train_tokenizer(_sample([text for text, tier in zip(texts, tiers, strict=True) if tier == "L1"]), recipe.model.vocabulary)
    tokens = encode(tokenizer, texts)
    kept = TrainingRows(
        tuple(training["id"].to_pylist()),
        tuple(tiers),
        tuple(training["domain"].to_pylist()),
        tuple(map(len, tokens)),
        tuple(training["usefulness"].to_pylist()),
    )
    metric = make_metric(corpus, tokenizer, recipe.model.context, rules, asked, read_outside(data) if data else [])
    scale = scale_of(kept, recipe)
    drawn = {pool for mix in (recipe.phases, *recipe.pilot.phases) for pool in (*mix.stable, *mix.decay)}
    empty = [pool for pool in sorted(drawn) if not scale["pool"][pool]["rows"]]
    if empty:
        raise BadInput("the pool has no training rows", ", ".join(empty), "give rows of it or take it out of the recipe's phases")
    about = f"{corpus.digest}\n{metric.questions!r}\n{metric.bytes_of_units!r}\n{recipe.model!r}\n{tokenizer.to_str()}"
    digest = hashlib.sha256(about.encode("utf-8", "replace")).hexdigest()
    return Prepared(recipe, tokenizer, kept, tuple(tokens), metric, corpus.sources, scale, digest)


def _sample(texts: Sequence[str]) -> list[str]:
    """Texts spread evenly over all of them, up to TOKENIZED_ON characters."""
    stride = max(1, -(-sum(map(len, texts)) // TOKENIZED_ON))
    return list(texts[::stride])


def scale_of(rows: TrainingRows, recipe: TrainingRecipe) -> dict[str, dict[str, dict[str, int]]]:
    """Rows and tokens by tier, of L1 by domain, and by pool."""
    found: dict[str, dict[str, dict[str, int]]] = {"tier": {}, "domain": {}, "pool": {}}
    for tier, domain, length in zip(rows.tiers, rows.domains, rows.lengths, strict=True):
        places = [("tier", tier), ("domain", domain)] if tier == "L1" else [("tier", tier)]
        for kind, name in places:
            own = found[kind].setdefault(name, {"rows": 0, "tokens": 0})
            own["rows"], own["tokens"] = own["rows"] + 1, own["tokens"] + length
    pools = assign_pools(rows.ids, rows.tiers, rows.lengths, rows.usefulness, recipe.phases.best_share, sorted(recipe.phases.decay))
    found["pool"] = {name: {"rows": len(own), "tokens": sum(rows.lengths[row] for row in own)} for name, own in pools.items()}
    return found
