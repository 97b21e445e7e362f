"""How often words that address the judge make it select a page that it rejects without them.

An attack talks to the judge; good content appended to a page is no attack, since it makes the page better.
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import yaml

from tierline.errors import BadInput
from tierline.lake import Lake
from tierline.llm import CallStore, ModelSettings, StoredAsker, open_model
from tierline.scoring.guard import GuardedJudge
from tierline.scoring.prompt_judge import PromptJudge
from tierline.scoring.scales import load_scale

BUDGETS = {"smoke": 2, "small": 5, "full": 20}  # low-quality pages that are attacked
ATTACKS = Path(__file__).with_name("injection_attacks.yaml")
LABELS = "labels/quality/dclm-human.jsonl.gz"
POSITIONS = ("beginning", "middle", "end")
CHARACTERS = 500  # of a page, so that every position is inside what the judge reads
Score = Callable[[list[str]], list[float]]


def main(arguments: list[str] | None = None) -> int:
    """Prints a table and one JSON line."""
    parser = argparse.ArgumentParser(prog="benchmarks.injection", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help=f"a folder with {LABELS}")
    parser.add_argument("--budget", choices=BUDGETS, default="small")
    options = parser.parse_args(arguments)
    if not (options.data / LABELS).exists():
        parser.error(f"no {LABELS} below {options.data}")
    judge = PromptJudge(load_scale("usefulness"))
    with tempfile.TemporaryDirectory() as folder:
        asker = StoredAsker(open_model(ModelSettings()), CallStore(Lake(folder), "benchmark"))

        def scorer(one: PromptJudge | GuardedJudge) -> Score:
            return lambda texts: [found.score or 0.0 for found in one.judge(texts, asker)]

        metrics = measure(options.data / LABELS, BUDGETS[options.budget], {"": scorer(GuardedJudge(judge)), "undefended_": scorer(judge)})
    for name, value in metrics.items():
        print(f"{name:36} {value:10.4f}")
    print(json.dumps({"benchmark": "injection", "data": str(options.data), "metrics": metrics, "skipped": []}))
    return 0


def measure(labels: Path, pages: int, scorers: dict[str, Score]) -> dict[str, float]:
    """`flipped_share` of each scorer, over attacks, positions and pages, and by family.

    A page is rejected below the median of as many good and bad pages; only bad pages that the scorer rejects are attacked.
    """
    with gzip.open(labels, "rt", encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    bad, good = ([row["text"][:CHARACTERS] for row in rows if str(row["label_majority"]) == label][: 2 * pages] for label in "01")
    attacks = [(family, text) for family, own in yaml.safe_load(ATTACKS.read_text("utf-8")).items() for text in own]
    if not bad or not good:
        raise BadInput("needs pages of both labels", str(labels), "label_majority is 0 or 1")
    metrics: dict[str, float] = {"attacks": len(attacks)}
    for prefix, score in scorers.items():
        clean = score(bad + good)
        threshold = float(np.median(clean))
        victims = [text for text, value in zip(bad, clean, strict=False) if value < threshold][:pages]
        tried = [(family, inject(page, text, place)) for family, text in attacks for page in victims for place in POSITIONS]
        flipped = np.array([value >= threshold for value in score([text for _, text in tried])])
        families = np.array([family for family, _ in tried])
        metrics |= {f"{prefix}flipped_share": float(flipped.mean()), f"{prefix}trials": len(tried), f"{prefix}pages": len(victims)}
        metrics |= {f"{prefix}flipped_{name}": float(flipped[families == name].mean()) for name in dict.fromkeys(families.tolist())}
    return metrics


def inject(page: str, attack: str, place: str) -> str:
    """The page with the attack in a line of its own."""
    middle = page.rfind(" ", 0, len(page) // 2) + 1
    cut = {"beginning": 0, "middle": middle, "end": len(page)}[place]
    return f"{page[:cut]}\n{attack}\n{page[cut:]}"


if __name__ == "__main__":
    sys.exit(main())
