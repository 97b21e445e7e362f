"""Prepares what all runs of an experiment share: tokenizer, tokens, held-out texts and questions."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from tokenizers import Tokenizer

from tierline.errors import BadInput
from tierline.training.arms import Arm, make_plan
from tierline.training.corpus import Corpus, part_corpus
from tierline.training.evaluate import HeldOut, held_out, thinned
from tierline.training.questions import Question, cloze_questions, read_questions
from tierline.training.recipe import TrainingRecipe
from tierline.training.rows import TrainingRows
from tierline.training.tokenizer import encode, train_tokenizer
from tierline.training.windows import Tiers, Tokens


@dataclass(frozen=True, eq=False, slots=True)
class Prepared:
    """The inputs of a run; `tokens` are those of each training row."""

    recipe: TrainingRecipe
    tokenizer: Tokenizer
    rows: TrainingRows
    tokens: tuple[Tokens, ...]
    heldout: HeldOut
    curve: HeldOut
    questions: tuple[Question, ...]
    scale: dict[str, dict[str, int]]  # tier -> rows, tokens in training, rows held out, rows left out for overlap
    digest: str

    def pack(self, seed: int, without_domain: str = "") -> Tiers:
        """Windows of every tier in the seed's order of rows."""
        return self.rows.windows(self.recipe.model.context, seed, without_domain, self.tokens)

    def possible_arms(self) -> tuple[list[Arm], dict[str, str]]:
        """The arms that have enough text, and why others are left out: one tier or domain may be so large that without it
        nothing is left to train on. BadInput if another arm lacks text."""
        packs: dict[str, Tiers] = {}
        arms: list[Arm] = []
        impossible: dict[str, str] = {}
        for arm in self.rows.arms(self.recipe):
            if arm.without_domain not in packs:
                packs[arm.without_domain] = self.pack(0, arm.without_domain)
            try:
                make_plan(arm, 0, packs[arm.without_domain], self.recipe)
                arms.append(arm)
            except BadInput as error:
                if not (arm.without_tier or arm.without_domain):
                    raise
                impossible[arm.name] = str(error)
        return arms, impossible


def prepare(rows: pa.Table, recipe: TrainingRecipe, benchmarks: str | Path | None) -> Prepared:
    """From rows of corpus.SCHEMA and a folder of benchmark files (without one: only questions about facts).

    BadInput if a tier that the recipe draws on is empty, or a benchmark file is missing: before any run.
    """
    corpus = part_corpus(rows, recipe)
    empty = sorted({tier for share in recipe.phases for tier in share.tiers} - set(corpus.tiers))
    if empty:
        raise BadInput("the tier has no training rows", ", ".join(empty), "give rows of it or take it out of the recipe's phases")
    asked = read_questions(benchmarks, recipe.measuring.questions, recipe.measuring.questions_max, recipe.seed) if benchmarks else []
    facts = cloze_questions(corpus.heldout, rows, recipe.measuring.facts_max, recipe.measuring.options, recipe.seed)
    texts = corpus.training["text"].to_pylist()
    tokenizer = train_tokenizer(texts, recipe.model.vocabulary)
    tokens = encode(tokenizer, texts)
    heldout = held_out(corpus, tokenizer, recipe.model.context, recipe.measuring)
    tiers = corpus.training["tier"].to_pylist()
    questions = (*facts, *asked)
    digest = hashlib.sha256(f"{recipe.digest}\n{corpus.digest}\n{questions!r}".encode("utf-8", "replace")).hexdigest()
    return Prepared(
        recipe,
        tokenizer,
        TrainingRows(
            tuple(corpus.training["id"].to_pylist()),
            tuple(tiers),
            tuple(corpus.training["domain"].to_pylist()),
            tuple(map(len, tokens)),
        ),
        tuple(tokens),
        heldout,
        thinned(heldout, recipe.measuring.curve_share),
        questions,
        _scale(corpus, tiers, tokens),
        digest,
    )


def _scale(corpus: Corpus, tiers: Sequence[str], tokens: Sequence[Tokens]) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for tier in corpus.tiers:
        own = [len(one) for one, name in zip(tokens, tiers, strict=True) if name == tier]
        held = int(pc.sum(pc.equal(corpus.heldout["tier"], tier)).as_py() or 0)
        found[tier] = {"rows": len(own), "tokens": sum(own), "held_out": held, "overlapping": corpus.overlapping.get(tier, 0)}
    return found
