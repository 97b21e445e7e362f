"""Tests the experiment itself: an effect that is planted must be found, one that is not must not, and dealt labels must take it away."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from tierline.training.corpus import SCHEMA
from tierline.training.findings import Findings
from tierline.training.prepare import prepare
from tierline.training.recipe import Measuring, ModelShape, Optimization, Phases, Pilot, TrainingRecipe
from tierline.training.session import Session

PLANTED, NULL, DEALT = "planted", "null", "dealt"  # worlds
RECIPE = TrainingRecipe(
    phases=Phases({"L1": 1.0, "L2": 1.0, "best": 1.0}, {"best": 1.0, "L3": 2.0, "L4": 2.0}),
    tokens=24_576,
    seeds=6,
    model=ModelShape(width=32, layers=1, heads=2, hidden=88, vocabulary=320, context=32),
    optimization=Optimization(learning_rate=1e-2, windows=8),
    measuring=Measuring(works=("books",), guard=("web",), tokens_per_part=6_000, questions=(), overlap_max=1.0),
    pilot=Pilot(learning_rates=(1e-2,), floors=(0.05,), share=0.5),
)
WORDS, FOLLOWERS, SOURCES, ROWS_PER_SOURCE, WORDS_PER_ROW = 48, 2, 12, 48, 60
SELECTED, REFINED = 1 / 2, 1 / 3  # of the rows, by chance: in L2, and in L3 and L4 each
BOOKS_SHARE = 24  # one row in so many is of a book, in the admitted text


def made_world(world: str, seed: int = 0) -> pa.Table:
    """Rows of two languages of the same made words, web and books, each a chain in which a word says which few may follow.

    planted: the upper tiers are books alone, which is what K is measured on. null: they are rows of the same shares as L1. dealt: those
    of `planted` with their labels dealt at random among all rows.
    """
    draw = np.random.default_rng(seed)
    chains = {domain: draw.integers(WORDS, size=(WORDS, FOLLOWERS)) for domain in ("web", "books")}
    rows: list[dict[str, Any]] = []
    for source in range(SOURCES):
        for number in range(ROWS_PER_SOURCE):
            domain = "books" if number % BOOKS_SHARE == 0 else "web"
            row: dict[str, Any] = {
                "id": f"{source}-{number}",
                "domain": domain,
                "source": f"{domain}-{source}",
                "text": _text(draw, domain, chains),
            }
            rows.append(row | {"tier": "L1"})
            if draw.random() < SELECTED:
                rows.append(row | {"tier": "L2", "usefulness": float(draw.random() + (domain == "books" and world != NULL))})
            for tier in ("L3", "L4"):
                kind = domain if world == NULL else "books"
                made = {"id": f"{tier}-{source}-{number}", "domain": kind, "source": f"{kind}-{source}", "tier": tier}
                if draw.random() < REFINED:
                    rows.append(made | {"text": _text(draw, kind, chains)})
    table = pa.Table.from_pylist([{name: row.get(name) for name in SCHEMA.names} for row in rows], schema=SCHEMA)
    return with_dealt_labels(table, seed) if world == DEALT else table


def with_dealt_labels(rows: pa.Table, seed: int) -> pa.Table:
    """The rows with every tier's label on as many rows as before, dealt at random: L1 stays as it is, for it is what both arms are made of;
    L2 to L4 are documents of L1, drawn afresh."""
    draw = np.random.default_rng([seed, 1])
    admitted = [row for row in rows.to_pylist() if row["tier"] == "L1"]
    found = list(admitted)
    for tier in ("L2", "L3", "L4"):
        count = sum(name == tier for name in rows["tier"].to_pylist())
        for place in draw.permutation(len(admitted))[:count].tolist():
            row = admitted[place]
            named = row if tier == "L2" else row | {"id": f"{tier}-{row['id']}"}
            found.append(named | {"tier": tier, "usefulness": float(draw.random())})
    return pa.Table.from_pylist(found, schema=rows.schema)


def experiment_of(rows: pa.Table, recipe: TrainingRecipe, folder: Path, workers: int = 1) -> Findings:
    """Pilot, registration and runs of one corpus, without benchmark files."""
    session = Session(prepare(rows, recipe, None), folder, workers)
    session.pilot()
    session.register()
    return session.run()


def power_metrics(workers: int, recipe: TrainingRecipe = RECIPE) -> dict[str, Any]:
    """Each world's H1, gain at 60% with its interval, and gain at equal compute."""
    found: dict[str, Any] = {}
    for world in (PLANTED, NULL, DEALT):
        with tempfile.TemporaryDirectory() as scratch:
            findings = experiment_of(made_world(world), replace(recipe), Path(scratch), workers)
        gain, both = findings.headline.interval, findings.steps["both"].interval
        print(f"{world}: H1 {findings.h1}, gain {gain.value:+.4f} [{gain.low:+.4f}, {gain.high:+.4f}], at equal compute {both.value:+.4f}")
        found |= {f"{world}_h1_holds": int(findings.h1 == "holds"), f"{world}_gain_at_60": gain.value, f"{world}_gain_at_60_lo": gain.low}
        found |= {f"{world}_gain_at_60_hi": gain.high, f"{world}_gain_at_equal_compute": both.value}
    return found


def _text(draw: np.random.Generator, domain: str, chains: dict[str, Any]) -> str:
    word, said = int(draw.integers(WORDS)), list[str]()
    for _ in range(WORDS_PER_ROW):
        said.append(_word(word))
        word = int(chains[domain][word, draw.integers(FOLLOWERS)])
    return " ".join(said) + "."


def _word(number: int) -> str:
    first, second = divmod(number, 12)
    return f"k{'aeiou'[first % 5]}{'rstvwxyzpqnm'[second]}"
