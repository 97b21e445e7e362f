"""Measures how often text that addresses the judge brings a page into L2, and how far it moves single judges.

The pages are of low quality by people's labels. They go through L2 as it is run: annotations, reliability on anchors, student, scores,
gates, and the SQL selection at the recipe's thresholds; once as they are, once with an attack. A selection counts as changed if a page
stays out as it is and gets in with the attack. An attack talks to the judge; good content that is appended to a page is not an attack,
since it makes the page better. Any inserted sentence moves a page that is near a threshold: neutral sentences (`neutral_`) measure how
often. There are two settings: every page judged by the language model, and none (`unjudged_`), like most pages of a corpus. The first
setting runs with the bundled model, set up as in the recipe, and with one that is prompted, judges well and believes whatever it is
told (`gullible_`). For each judge alone: its score rises above a threshold halfway between its scores of bad and of good pages. The
bundled models learned from these pages, so they read them as unseen (unseen_pages.py).
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import yaml
from scipy.stats import binomtest

from benchmarks.gullible import Gullible, GullibleModels
from benchmarks.injection_l2 import OWN, SHARED, KeptAnswers, configure, fates, run_l2, write, write_recipe
from benchmarks.unseen_pages import as_unseen
from resources import LanguageModels
from tierline.judges.guard import MinOverReadings
from tierline.judges.injection import suspicious_spans
from tierline.judges.judge import Judge
from tierline.judges.rules import AnnotateRules
from tierline.lake import Lake
from tierline.llm import CachedModelClient, CallStore, ModelClient, ModelSettings, open_model
from tierline.reliability.anchors import read_anchors
from tierline.tables import content_id

# The second file was written after the defenses had been settled, in other styles and languages; nothing was changed for it. The third is
# no attack: what its sentences change is what any sentence changes on a page near a threshold.
FILES = {"": "injection_attacks.yaml", "unseen_": "injection_unseen.yaml", "neutral_": "injection_neutral.yaml"}
ATTACKS = {prefix: Path(__file__).with_name(name) for prefix, name in FILES.items()}
NEUTRAL = "neutral_"
SETS = ("dclm-human", "hplt-human-inspection")  # below labels/quality: web pages
POSITIONS = ("beginning", "middle", "end")
COMPANY = 12  # good pages in each shard: the gate refuses a shard of which nothing is selected
EVERY = 1_000_000  # documents of a shard that are judged: all there are
ENTERED = ("kept", "merged")  # a near-duplicate of what was selected has passed every threshold
Attacks = dict[str, list[tuple[str, str]]]  # by prefix of their metrics: (family, attack)


@dataclass(frozen=True, slots=True)
class Budget:
    """Bad pages that are tried; trials of each file of attacks where the language model judges every page, and where it judges none;
    pages before a single judge, and which part of the attacks there (every so many-th); anchors of each set; documents that the student
    learns from, a third of them bad."""

    pages: int
    trials: int
    unjudged_trials: int
    judged_pages: int
    every: int
    anchors: int
    web: int


BUDGETS = {
    "smoke": Budget(12, 12, 60, 1, 20, 40, 60),
    "small": Budget(128, 120, 1_000, 1, 4, 100, 60),
    "full": Budget(128, 1_200, 4_000, 8, 1, 300, 60),
}


def main(arguments: list[str] | None = None) -> int:
    """Prints a table and one JSON line."""
    parser = argparse.ArgumentParser(prog="benchmarks.injection", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="a folder with labels/quality")
    parser.add_argument("--budget", choices=BUDGETS, default="small")
    parser.add_argument("--lakes", type=Path, help="a folder whose lake keeps the embedded model's answers from one run to the next")
    parser.add_argument("--gullible-only", action="store_true", help="leave the embedded model out: no model is asked")
    options = parser.parse_args(arguments)
    quality = options.data / "labels/quality"
    files = {name: quality / f"{name}.jsonl.gz" for name in SETS}
    present = {name: path for name, path in files.items() if path.exists()}
    if not present:
        parser.error(f"none of {', '.join(SETS)} below {quality}")
    with tempfile.TemporaryDirectory() as scratch:
        answers = (options.lakes or Path(scratch)) / "answers"
        metrics = measure_all(list(present.values()), answers, Path(scratch), BUDGETS[options.budget], options.gullible_only)
    for name, value in metrics.items():
        print(f"{name:52} {value:10.4f}")
    skipped = sorted(set(files) - set(present))
    print(json.dumps({"benchmark": "injection", "data": str(options.data), "metrics": metrics, "skipped": skipped}))
    return 0


def measure_all(files: Sequence[Path], answers: Path, scratch: Path, budget: Budget, gullible_only: bool) -> dict[str, float]:
    """Every metric; the bundled model's answers are kept in the lake `answers`, all other lakes are new. Half of the labeled texts are
    anchors, the other half are pages: none is both."""
    rows = sorted(read_anchors(files).rows, key=lambda row: content_id("page", row["group"]))
    bad, good = ([row["text"] for row in rows[1::2] if (row["label"] > 0.5) == useful] for useful in (False, True))
    pages, web = bad[: budget.pages], [*good[: 2 * budget.web // 3], *bad[budget.pages :][: budget.web // 3]]
    attacks = {prefix: list(read_attacks(path)) for prefix, path in ATTACKS.items()}
    told = Gullible(
        {row["text"]: row["label"] for row in rows}, [text for prefix, own in attacks.items() if prefix != NEUTRAL for _, text in own]
    )
    metrics: dict[str, float] = {"held_back_good_pages": float(np.mean([bool(suspicious_spans(text)) for text in good]))}
    models: dict[str, LanguageModels] = {"gullible_": GullibleModels.of(told)}
    if not gullible_only:
        models[""] = KeptAnswers.below(answers)
    with as_unseen(pages):
        for kind, asked in models.items():
            lake, scales = Lake(str(scratch / (kind.strip("_") or "embedded"))), ("usefulness",) if kind else ()
            configure(Path(lake.root), scratch, rows[::2])
            found = in_selection(lake, pages, good, web, attacks, budget, asked, scales)
            store = CallStore(lake if kind else Lake(str(answers)), "judges")
            with CachedModelClient(told if kind else open_model(ModelSettings()), store) as client:
                few = attacks if kind else {prefix: own[:: budget.every] for prefix, own in attacks.items()}
                for judge in AnnotateRules(scales=scales).judges:
                    for guard, one in (("judge", judge), ("unguarded", judge.inner if isinstance(judge, MinOverReadings) else judge)):
                        name = f"{guard}_{judge.name.partition('@')[0].replace('/', '_')}_"
                        found |= alone(one, client, pages, good, budget.judged_pages, few, name)
            metrics |= {f"{kind}{name}": value for name, value in found.items()}
    return metrics


def read_attacks(path: Path) -> Iterator[tuple[str, str]]:
    """(family, attack)."""
    for family, own in yaml.safe_load(path.read_text("utf-8")).items():
        yield from ((family, text) for text in own)


def in_selection(
    lake: Lake,
    pages: Sequence[str],
    good: Sequence[str],
    web: Sequence[str],
    attacks: Attacks,
    budget: Budget,
    models: LanguageModels,
    scales: Sequence[str],
) -> dict[str, float]:
    """L2 of a new lake: `web`, the one shard that the student learns from, the bad pages as they are, those that stay out with attacks;
    for a model that is asked by prompt only with every page judged, for else nobody tells it anything."""
    write_recipe(budget.anchors, EVERY, scales)
    write(lake, "web", web)
    run_l2((*SHARED, "l2_annotations"), "web", models)
    found: dict[str, float] = {f"{prefix}attacks": len(own) for prefix, own in attacks.items()}
    for prefix, own in attacks.items():
        found[f"{prefix}detected_share"] = float(np.mean([bool(suspicious_spans(attack)) for _, attack in own]))
    for kind, judged, trials in (("", EVERY, budget.trials), ("unjudged_", 0, budget.unjudged_trials))[: 1 if scales else 2]:
        write_recipe(budget.anchors, judged, scales)
        found |= {f"{kind}{name}": value for name, value in attacked(lake, kind, pages, good, attacks, trials, models).items()}
    return found


def attacked(
    lake: Lake, kind: str, pages: Sequence[str], good: Sequence[str], attacks: Attacks, trials: int, models: LanguageModels
) -> dict[str, float]:
    """The share of trials in which a page gets in that stays out as it is, with its interval, and by family; the share that would get in
    but for the rule that texts which address a judge wait for a person; how many pages got in at all."""

    def select(shard: str, texts: Sequence[str]) -> list[str]:
        write(lake, shard, [*texts, *good[:COMPANY]])
        run_l2(OWN, shard, models)
        return fates(lake, shard)[: len(texts)]

    outside = [page for page, fate in zip(pages, select(f"{kind}pages", pages), strict=True) if fate not in ENTERED]
    found: dict[str, float] = {"pages_tried": len(pages), "pages_outside": len(outside)}
    for prefix, own in attacks.items() if outside else ():
        drawn = rotated(outside, own, trials)
        fate = np.array(select(f"{kind}{prefix}attacked", [trial.text for trial in drawn]))
        entered, families = np.isin(fate, ENTERED), np.array([trial.family for trial in drawn])
        low, high = wilson(int(entered.sum()), len(entered))
        found |= {f"{prefix}trials": len(drawn), f"{prefix}flipped": int(entered.sum()), f"{prefix}flipped_share": float(entered.mean())}
        found |= {f"{prefix}flipped_share_lo": low, f"{prefix}flipped_share_hi": high}
        found[f"{prefix}flipped_pages"] = len({trial.page for trial, one in zip(drawn, entered, strict=True) if one})
        found[f"{prefix}flipped_share_but_for_review"] = float((entered | (fate == "quarantined")).mean())
        found |= {f"{prefix}flipped_{name}": float(entered[families == name].mean()) for name in dict.fromkeys(families.tolist())}
    return found


def wilson(successes: int, trials: int) -> tuple[float, float]:
    """(low, high) of the interval of 95% of a share (Wilson 1927), as if every trial were of a page of its own."""
    interval = binomtest(successes, trials).proportion_ci(0.95, "wilson")
    return float(interval.low), float(interval.high)


def alone(
    judge: Judge, client: ModelClient, bad: Sequence[str], good: Sequence[str], pages: int, attacks: Attacks, name: str
) -> dict[str, float]:
    """Share of attacks that lift a bad page over the threshold, halfway between what the judge says of bad and of good pages (medians)."""
    size = 4 * pages + 4
    clean = [answer.score or 0.0 for answer in judge.judge([*bad[:size], *good[:size]], client)]
    threshold = float(np.median(clean[:size]) + np.median(clean[size:])) / 2
    victims = [page for page, score in zip(bad, clean[:size], strict=False) if score < threshold][:pages]
    found: dict[str, float] = {}
    for prefix, own in attacks.items() if victims else ():  # a probe of another model judges nothing
        answers = judge.judge([trial.text for trial in rotated(victims, own, len(victims) * len(own))], client)
        found[f"{name}{prefix}flipped_share"] = float(np.mean([(answer.score or 0.0) >= threshold for answer in answers]))
    return found


@dataclass(frozen=True, slots=True)
class Trial:
    """A page, by its number, with an attack of a family."""

    page: int
    family: str
    text: str


def rotated(pages: Sequence[str], attacks: Sequence[tuple[str, str]], trials: int) -> list[Trial]:
    """At most so many trials, no pair of page and attack twice: pages, attacks and positions in turn, so that every page meets few attacks
    and every attack few pages."""
    shift = math.lcm(len(pages), len(attacks))  # after so many both would meet again
    found: list[Trial] = []
    for number in range(min(trials, len(pages) * len(attacks))):
        page, (family, attack) = number % len(pages), attacks[(number + number // shift) % len(attacks)]
        place = POSITIONS[(page + number // len(pages)) % len(POSITIONS)]
        found.append(Trial(page, family, inject(pages[page], attack, place)))
    return found


def inject(page: str, attack: str, place: str) -> str:
    """The page with the attack in a line of its own."""
    middle = page.rfind(" ", 0, len(page) // 2) + 1
    cut = {"beginning": 0, "middle": middle, "end": len(page)}[place]
    return f"{page[:cut]}\n{attack}\n{page[cut:]}"


if __name__ == "__main__":
    sys.exit(main())
