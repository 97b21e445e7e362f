"""Trains small language models on refined text, on the same documents unrefined, and with as many other lines dropped at random."""

from __future__ import annotations

import gzip
import json
import lzma
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from tierline.operations.assemble import assemble
from tierline.operations.document import Document
from tierline.operations.noise import NOISE
from tierline.operations.operation import Operation
from tierline.operations.rules import OperationRules
from tierline.text.prose import DATA
from tierline.training.arms import Plan
from tierline.training.evaluate import lay_out_texts
from tierline.training.recipe import ModelShape, Optimization
from tierline.training.schedule import learning_rates
from tierline.training.statistics import paired_effect
from tierline.training.tokenizer import encode, train_tokenizer
from tierline.training.train import train
from tierline.training.windows import END_ID, Draw, Pools, pack

SHAPE = ModelShape(width=64, layers=2, heads=4, hidden=176, vocabulary=1024, context=128)
RULES = Optimization(learning_rate=6e-3, warm_share=0.05, averaged=1, windows=8)
ARMS = ("l3", "l2", "placebo")
LANGUAGE = "en"  # of the held-out text, and so of the documents
HELD_DOCUMENTS, HELD_TOKENS = 24, 256  # of each collection of clean text, and of each document
SEED = 61


def prove(documents: Sequence[Document], texts: Path, seeds: int, steps: int) -> dict[str, float]:
    """Bits per byte of held-out clean text by arm, and the mean paired differences with their 95% intervals over seeds; lower is better.

    Every arm sees the documents that lost a line, in the same order, `steps` steps of equally many tokens, from the same first weights.
    {} where there is no clean text or too little that was dropped.
    """
    arms = arm_texts(documents)
    clean = clean_texts(texts)
    if not arms["l3"] or not clean:
        return {}
    tokenizer = train_tokenizer(arms["l2"], SHAPE.vocabulary)
    heldout = lay_out_texts(clean, tokenizer, SHAPE.context, HELD_TOKENS, HELD_TOKENS * HELD_DOCUMENTS)
    sources = {name: encode(tokenizer, arms[name]) for name in ARMS}
    ids = [str(number) for number in range(len(arms["l2"]))]
    found: dict[str, list[float]] = {name: [] for name in ARMS}
    for seed in range(seeds):
        for name in ARMS:
            pools = Pools({"L3": pack(ids, sources[name], SHAPE.context, seed, END_ID)})
            order = Draw(pools, float("inf"), [SEED, seed]).take({"L3": 1.0}, steps * RULES.windows, 0)
            plan = Plan(name, seed, order.reshape(steps, RULES.windows), learning_rates(steps, steps, RULES))
            model = train(plan, pools, SHAPE, RULES).model
            found[name].append(float(np.mean(list(heldout.bits_per_byte(model).values()))))
        print(f"seed {seed}: " + ", ".join(f"{name} {found[name][-1]:.4f}" for name in ARMS), file=sys.stderr, flush=True)
    metrics = {f"proof_bits_per_byte_{name}": float(np.mean(found[name])) for name in ARMS}
    for other in ("l2", "placebo"):
        effect = paired_effect(found["l3"], found[other])
        metrics |= {f"proof_l3_minus_{other}": effect.value, f"proof_l3_minus_{other}_low": effect.low}
        metrics |= {f"proof_l3_minus_{other}_high": effect.high}
    tokens = {name: sum(map(len, sources[name])) for name in ARMS}
    return metrics | {
        "proof_seeds": float(seeds),
        "proof_documents": float(len(ids)),
        "proof_tokens": float(steps * RULES.windows * SHAPE.context),
        "proof_tokens_dropped_share": 1 - tokens["l3"] / tokens["l2"],
        "proof_epochs_of_l2": steps * RULES.windows * SHAPE.context / tokens["l2"],
    }


def arm_texts(documents: Sequence[Document]) -> dict[str, list[str]]:
    """The text of each document that lost a line, by arm; the placebo loses as many lines, of about as many characters, drawn by a seed."""
    found: dict[str, list[str]] = {name: [] for name in ARMS}
    own = [document for document in documents if document.language == LANGUAGE]
    for number, (document, operations, text) in enumerate(zip(own, *refine(own), strict=True)):
        if text != document.text:
            found["l2"].append(document.text)
            found["l3"].append(text)
            found["placebo"].append(_without_lines(document, operations, number))
    return found


def refine(documents: Sequence[Document]) -> tuple[list[list[Operation]], list[str]]:
    """(what is dropped of each document, its text after that); one of data, or one that would lose more than
    L3 allows, stays as it is."""
    found = NOISE.propose(documents)
    most = OperationRules().dropped_share_max
    for document, operations in zip(documents, found, strict=True):
        if document.lane == DATA or sum(operation.end - operation.start for operation in operations) > most * len(document.text):
            operations.clear()
    return found, [assemble(document.text, own).text for document, own in zip(documents, found, strict=True)]


def _without_lines(document: Document, operations: Sequence[Operation], number: int) -> str:
    lines = document.text.split("\n")
    wanted = sum(operation.end - operation.start for operation in operations)
    dropped: set[int] = set()
    for line in np.random.default_rng([SEED, number]).permutation(len(lines)).tolist():
        if wanted <= 0:
            break
        if lines[line].strip() and len(lines[line]) < 2 * wanted:
            dropped.add(line)
            wanted -= len(lines[line]) + 1
    return "\n".join(text for line, text in enumerate(lines) if line not in dropped)


def clean_texts(folder: Path) -> dict[str, list[str]]:
    """Collections of edited text: chapters of textbooks (openstax.jsonl.gz), articles of Wikipedia (wikitext2-valid.txt.xz)."""
    found: dict[str, list[str]] = {}
    books, articles = folder / "openstax.jsonl.gz", folder / "wikitext2-valid.txt.xz"
    if books.exists():
        with gzip.open(books, "rt", encoding="utf-8") as file:
            found["textbooks"] = [json.loads(line)["text"] for line in file]
    if articles.exists():
        text = lzma.decompress(articles.read_bytes()).decode("utf-8")
        found["wikipedia"] = [part for part in text.split("\n \n") if len(part) > 500]
    return {name: _sample(texts) for name, texts in found.items() if texts}


def _sample(texts: Sequence[str]) -> list[str]:
    order: list[int] = np.random.default_rng(SEED).permutation(len(texts)).tolist()
    return [texts[row] for row in order[:HELD_DOCUMENTS]]
