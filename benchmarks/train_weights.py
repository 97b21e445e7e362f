"""Writes benchmarks/scoring_weights.json: `python -m benchmarks.train_weights --data DIR`.

How signals add up on each labeled set below DIR/labels, from what the bundled artifacts, held out, say of its texts.
"""

import argparse
import tempfile
from pathlib import Path

import numpy as np

from benchmarks.scoring import BUDGETS, WEIGHTS, combinations, judge, read
from tierline.lake import Lake
from tierline.llm import CachedModelClient, CallStore, ModelSettings, open_model
from tierline.reliability.usefulness import to_json


def main() -> None:
    """Ask, measure, write, report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="a folder with labels/quality and labels/spam")
    parser.add_argument("--prompted", type=int, default=200, help="texts of a set that are asked by prompt and for their perplexity")
    options = parser.parse_args()
    anchors = read(options.data / "labels", BUDGETS["full"][0])
    with (
        tempfile.TemporaryDirectory() as folder,
        CachedModelClient(open_model(ModelSettings()), CallStore(Lake(folder), "weights")) as client,
    ):
        judged = judge(anchors, client, options.prompted, read_all=False)
    weighed = combinations(judged, np.flatnonzero(judged.known))
    WEIGHTS.write_text(to_json(weighed) + "\n", "utf-8")
    for name, one in weighed.items():
        weights = ", ".join(f"{part.signal} {part.weight:.2f}" for part in one.parts)
        print(f"{name}: {weights}")


if __name__ == "__main__":
    main()
