"""How often words that address the judge bring a page into L2 that stays out without them, and how far single judges fall for them.

The pages are of low quality by people's labels. They go through L2 as it is run: annotations, reliability on anchors, student, scores,
gates, and the SQL selection at the recipe's thresholds; once as they are, once with each attack. A selection is changed where a page
stays out as it is and gets in with the attack. An attack talks to the judge; good content appended to a page is no attack, since it
makes the page better. For each judge alone: its score passes a threshold, halfway between what it says of bad and of good pages, that it
did not pass before. All of it twice: with the embedded model, asked what the recipe asks it, and with one that is asked by prompt, judges
well and believes whatever it is told (`gullible_`).
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import yaml

from benchmarks.gullible import Gullible, GullibleModels
from benchmarks.injection_l2 import OWN, SHARED, configure, fates, run_l2, write
from resources import LanguageModels
from tierline.document import content_id
from tierline.lake import Lake
from tierline.llm import Asker, CallStore, ModelSettings, StoredAsker, open_model
from tierline.scoring.anchors import read_anchors
from tierline.scoring.annotate import AnnotateRules
from tierline.scoring.guard import GuardedJudge
from tierline.scoring.injection import suspicious_spans
from tierline.scoring.judge import Judge

# The second file was written after the defences had been settled, in other styles and languages; nothing was changed for it. The third is
# no attack: what its sentences change is what any sentence changes on a page near a threshold.
FILES = {"": "injection_attacks.yaml", "unseen_": "injection_unseen.yaml", "neutral_": "injection_neutral.yaml"}
ATTACKS = {prefix: Path(__file__).with_name(name) for prefix, name in FILES.items()}
NEUTRAL = "neutral_"
SETS = ("dclm-human", "hplt-human-inspection")  # below labels/quality: web pages
POSITIONS = ("beginning", "middle", "end")
COMPANY = 12  # good pages in each shard: the gate refuses a shard of which nothing is selected
Attacks = dict[str, list[tuple[str, str]]]  # by prefix of their metrics: (family, attack)
ENTERED = ("kept", "merged")  # a near-duplicate of what was selected has passed every threshold


@dataclass(frozen=True, slots=True)
class Budget:
    """How many pages are attacked in L2, and by how many attacks where the model is real (every so many-th); pages before a single judge;
    anchors of each set; documents that the student learns from, a third of them bad."""

    pages: int
    attacks: int
    judged_pages: int
    anchors: int
    web: int


BUDGETS = {"smoke": Budget(6, 10, 1, 60, 60), "small": Budget(5, 100, 1, 60, 60), "full": Budget(40, 100, 8, 300, 240)}


def main(arguments: list[str] | None = None) -> int:
    """Prints a table and one JSON line."""
    parser = argparse.ArgumentParser(prog="benchmarks.injection", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="a folder with labels/quality")
    parser.add_argument("--budget", choices=BUDGETS, default="small")
    parser.add_argument("--lakes", type=Path, help="a folder that keeps lakes with the model's answers from one run to the next")
    parser.add_argument("--gullible-only", action="store_true", help="leave the embedded model out: no model is asked")
    options = parser.parse_args(arguments)
    quality = options.data / "labels/quality"
    files = {name: quality / f"{name}.jsonl.gz" for name in SETS}
    present = {name: path for name, path in files.items() if path.exists()}
    if not present:
        parser.error(f"none of {', '.join(SETS)} below {quality}")
    with tempfile.TemporaryDirectory() as scratch:
        metrics = measure_all(
            list(present.values()), options.lakes or Path(scratch), Path(scratch), BUDGETS[options.budget], options.gullible_only
        )
    for name, value in metrics.items():
        print(f"{name:44} {value:10.4f}")
    skipped = sorted(set(files) - set(present))
    print(json.dumps({"benchmark": "injection", "data": str(options.data), "metrics": metrics, "skipped": skipped}))
    return 0


def measure_all(files: Sequence[Path], folder: Path, scratch: Path, budget: Budget, gullible_only: bool) -> dict[str, float]:
    """Every metric; lakes are kept in `folder`. Half of the labelled texts are anchors, the other half are pages: none is both."""
    rows = sorted(read_anchors(files).rows, key=lambda row: content_id("page", row["group"]))
    bad, good = ([row["text"] for row in rows[1::2] if (row["label"] > 0.5) == useful] for useful in (False, True))
    attacks = {prefix: list(read_attacks(path)) for prefix, path in ATTACKS.items()}
    told = Gullible(
        {row["text"]: row["label"] for row in rows}, [text for prefix, own in attacks.items() if prefix != NEUTRAL for _, text in own]
    )
    metrics: dict[str, float] = {"held_back_good_pages": float(np.mean([bool(suspicious_spans(text)) for text in good]))}
    sides = {"gullible_": GullibleModels.of(told)} | ({} if gullible_only else {"": None})
    for kind, models in sides.items():
        lake = Lake(str(folder / (kind.strip("_") or "embedded")))
        configure(Path(lake.root), scratch, rows[::2], budget.anchors, ["usefulness"] if models else [])
        share = {prefix: own if models else own[:: max(1, len(own) // budget.attacks)] for prefix, own in attacks.items()}
        metrics |= {f"{kind}{name}": value for name, value in in_selection(lake, bad, good, share, budget, models).items()}
        with StoredAsker(told if models else open_model(ModelSettings()), CallStore(lake, "judges")) as asker:
            for judge in AnnotateRules().judges:
                for guard, one in (("judge", judge), ("unguarded", judge.inner if isinstance(judge, GuardedJudge) else judge)):
                    name = f"{kind}{guard}_{judge.name.partition('@')[0].replace('/', '_')}_"
                    metrics |= alone(one, asker, bad, good, budget.judged_pages, share, name)
    return metrics


def read_attacks(path: Path) -> Iterator[tuple[str, str]]:
    """(family, attack)."""
    for family, own in yaml.safe_load(path.read_text("utf-8")).items():
        yield from ((family, text) for text in own)


def in_selection(
    lake: Lake, bad: Sequence[str], good: Sequence[str], attacks: Attacks, budget: Budget, models: LanguageModels | None
) -> dict[str, float]:
    """L2 of a lake: what the student learns from, the bad pages as they are, those that stay out with each attack at one of the positions
    in turn.

    Metrics: over attacks and pages the share that gets in, by family too; the share that would get in but for the rule that texts which
    address a judge wait for a person; the share of attacks that are detected.
    """
    pages, web = bad[: 6 * budget.pages], [*good[: 2 * budget.web // 3], *bad[6 * budget.pages :][: budget.web // 3]]

    def select(shard: str, texts: Sequence[str]) -> list[str]:
        write(lake, shard, [*texts, *good[:COMPANY]])
        run_l2(OWN, shard, models)
        return fates(lake, shard)[: len(texts)]

    write(lake, "web", web)
    run_l2((*SHARED, "l2_annotations"), "web", models)
    outside = [page for page, fate in zip(pages, select("pages", pages), strict=True) if fate not in ENTERED]
    victims = outside[:: max(1, len(outside) // budget.pages)][: budget.pages]
    found: dict[str, float] = {"pages": len(victims), "pages_outside": len(outside), "pages_tried": len(pages)}
    for prefix, own in attacks.items():
        fate = np.array(select(f"{prefix}attacked", [text for _, text in tried(victims, own)]))
        families, entered = np.array([family for family, _ in tried(victims, own)]), np.isin(fate, ENTERED)
        found |= {f"{prefix}attacks": len(own), f"{prefix}trials": len(fate), f"{prefix}flipped_share": float(entered.mean())}
        found[f"{prefix}flipped_share_but_for_review"] = float((entered | (fate == "quarantined")).mean())
        found[f"{prefix}detected_share"] = float(np.mean([bool(suspicious_spans(attack)) for _, attack in own]))
        found |= {f"{prefix}flipped_{name}": float(entered[families == name].mean()) for name in dict.fromkeys(families.tolist())}
    return found


def alone(judge: Judge, asker: Asker, bad: Sequence[str], good: Sequence[str], pages: int, attacks: Attacks, name: str) -> dict[str, float]:
    """Share of attacks that lift a bad page over the threshold, halfway between what the judge says of bad and of good pages (medians)."""
    size = 4 * pages + 4
    clean = [answer.score or 0.0 for answer in judge.judge([*bad[:size], *good[:size]], asker)]
    threshold = float(np.median(clean[:size]) + np.median(clean[size:])) / 2
    victims = [page for page, score in zip(bad, clean[:size], strict=False) if score < threshold][:pages]
    found: dict[str, float] = {}
    for prefix, own in attacks.items() if victims else ():  # a probe of another model judges nothing
        answers = judge.judge([text for _, text in tried(victims, own)], asker)
        found[f"{name}{prefix}flipped_share"] = float(np.mean([(answer.score or 0.0) >= threshold for answer in answers]))
    return found


def tried(pages: Sequence[str], attacks: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """(family, page with the attack) of every attack and page, at the positions in turn."""
    return [
        (family, inject(page, attack, POSITIONS[(number + place) % len(POSITIONS)]))
        for number, (family, attack) in enumerate(attacks)
        for place, page in enumerate(pages)
    ]


def inject(page: str, attack: str, place: str) -> str:
    """The page with the attack in a line of its own."""
    middle = page.rfind(" ", 0, len(page) // 2) + 1
    cut = {"beginning": 0, "middle": middle, "end": len(page)}[place]
    return f"{page[:cut]}\n{attack}\n{page[cut:]}"


if __name__ == "__main__":
    sys.exit(main())
