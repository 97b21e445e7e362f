"""Trains src/tierline/judges/probe.npz for the bundled model: `python -m training_scripts.train_probe --data DIR`.

Learns from labeled texts below DIR/labels (quality and spam), useful = 1: most raters would train a model on it (dclm-human),
natural (hplt-human-inspection), advanced rather than elementary (onestop-levels), no spam (sms, spamassassin). Reports for each set
the AUC on held-out groups beside that of length. Reading the texts takes an hour of one core; --vectors keeps what was read.
"""

import argparse
import hashlib
import random
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tierline.judges.judge import MIDDLE
from tierline.judges.probe import BUNDLED
from tierline.judges.probe_training import Labeled, groups_of_copies, train_probe
from tierline.judges.rules import ProbeRules
from tierline.llm import ModelSettings, open_model
from tierline.reliability.anchors import FOLDERS, find_sets, read_anchors
from tierline.reliability.reliability import auc, measure_signal
from tierline.reliability.rules import ReliabilityRules
from tierline.text.tokens import encode

BATCH = 64
TEXTS_A_LABEL = 540  # of each set; three times as many natural texts of hplt-human-inspection gain nothing (AUC 0.868 against 0.870)
SEED = 1


def draw_texts(data: Path) -> list[dict[str, Any]]:
    """Distinct labeled texts, at most TEXTS_A_LABEL of each set and label, by a seeded shuffle of each folder."""
    files = find_sets(str(data / "labels"))
    drawn: dict[str, dict[str, Any]] = {}
    taken: Counter[tuple[str, float]] = Counter()
    for folder in FOLDERS:
        rows = list(read_anchors([path for path in files if path.parent.name == folder]).rows)
        random.Random(SEED).shuffle(rows)
        for row in rows:
            kind = row["set"], row["label"]
            if row["label"] != MIDDLE and row["text"] not in drawn and taken[kind] < TEXTS_A_LABEL:
                drawn[row["text"]] = row
                taken[kind] += 1
    return sorted(drawn.values(), key=lambda row: (row["set"], row["group"], row["text"]))


def read_vectors(texts: Sequence[str], rules: ProbeRules, kept: Path | None) -> tuple[dict[str, np.ndarray], str]:
    """(vector by text, digest of the model). Texts that the model cannot read are left out."""
    model = open_model(ModelSettings(context=rules.tokens))
    names = {text: hashlib.sha256(text.encode("utf-8", "replace")).hexdigest() for text in texts}
    found: dict[str, np.ndarray] = {}
    if kept and kept.exists():
        with np.load(kept) as stored:
            found = dict(zip(stored["sha256"].tolist(), stored["vectors"], strict=True))
    missing = [text for text, name in names.items() if name not in found]
    for start in range(0, len(missing), BATCH):
        part = missing[start : start + BATCH]
        answers = zip(part, model.represent(part, rules.tokens), strict=True)
        found |= {names[text]: np.array(answer.vector, np.float32) for text, answer in answers if not answer.error}
        if kept:
            np.savez(kept, sha256=np.array(list(found)), vectors=np.array(list(found.values())))
        print(f"read {start + len(part)} of {len(missing)} texts", flush=True)
    return {text: found[name] for text, name in names.items() if name in found}, model.weights_sha256


def main() -> None:
    """Read, train, write, report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="a folder with labels/quality and labels/spam")
    parser.add_argument("--vectors", type=Path, help="a file that keeps vectors from one run to the next")
    arguments, rules = parser.parse_args(), ProbeRules()
    rows = draw_texts(arguments.data)
    vectors, digest = read_vectors([row["text"] for row in rows], rules, arguments.vectors)
    rows = [row for row in rows if row["text"] in vectors]
    stacked = np.array([vectors[row["text"]] for row in rows], np.float64)
    labels, sets, texts = np.array([row["label"] for row in rows]), [row["set"] for row in rows], [row["text"] for row in rows]
    groups = groups_of_copies(texts, [row["group"] for row in rows])
    probe = train_probe(Labeled(stacked, labels, sets, groups, texts), digest, rules)
    assert probe, "no set has enough labeled texts"
    probe.save(BUNDLED)
    print(f"probe {probe.identity[:8]} of {len(texts)} texts in {len(set(groups))} groups, {BUNDLED.stat().st_size / 1e3:.0f} kB")
    report(rows, labels, groups, probe.held_out(texts))


def report(rows: list[dict[str, Any]], labels: np.ndarray, groups: list[str], scores: np.ndarray) -> None:
    """Per set: AUC with its interval, the same among texts of like length, and the AUC of length; the AUC of each language."""
    tokens = np.array([len(one.ids) for one in encode([row["text"] for row in rows])], np.float64)
    for name in sorted({row["set"] for row in rows}):
        own = np.array([number for number, row in enumerate(rows) if row["set"] == name])
        parts = labels[own], tokens[own], [groups[number] for number in own]
        found, length = (measure_signal(parts[0], signal, parts[1], parts[2], ReliabilityRules()) for signal in (scores[own], tokens[own]))
        print(
            f"{name}: n {found.n}, AUC {found.auc:.3f} [{found.auc_lo:.3f}, {found.auc_hi:.3f}], among like lengths "
            f"{found.auc_length_controlled:.3f} [{found.auc_length_controlled_lo:.3f}, {found.auc_length_controlled_hi:.3f}], "
            f"length alone {length.auc:.3f}"
        )
        languages = np.array([rows[number]["language"] for number in own])
        areas = {one: auc(labels[own][languages == one], scores[own][languages == one]) for one in sorted(set(languages.tolist()))}
        if len(areas) > 1:
            print("  " + ", ".join(f"{one} {area:.3f} ({(languages == one).sum()})" for one, area in areas.items() if area == area))


if __name__ == "__main__":
    main()
