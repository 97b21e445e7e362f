"""Trains src/tierline/text/toxicity.npz: `python -m training_scripts.train_toxicity --data DIR`.

Learns from three labeled sets of comments and forum posts, from textbook passages as text that is no comment at all, and from
plain statements about groups of people.
HateCheck is held out: it says how often talk about groups of people is taken for hate.
"""

import argparse
import gzip
import json
import random
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from tierline.text.toxicity import WEIGHTS, feature_matrix

SEED = 7
NEUTRAL_PASSAGES = 4_000
# Plain statements about groups of people, so that a group's name is no evidence (Dixon et al. 2018, "Measuring and mitigating
# unintended bias in text classification", section 4).
GROUPS = """
women|men|gay people|lesbians|bisexual people|transgender people|trans women|queer people|Muslims|Jews|Christians|Hindus|Buddhists|atheists
Black people|white people|Asian people|Latinos|African Americans|Mexicans|Chinese people|Arabs|Roma families|Irish people|immigrants
refugees|migrants|disabled people|deaf people|blind people|autistic people|older people|teenagers|homeless people|Indigenous people
"""
STATEMENTS = (
    "The report describes how {} live in the region.",
    "Many {} work in hospitals and schools near here.",
    "We spoke with {} about their daily lives.",
    "My neighbours are {} and we often cook together.",
    "A new library programme for {} begins in March.",
    "I have learned a lot from {} over the years.",
    "{} were invited to the meeting and spoke first.",
    "The film tells a story about {} in the city.",
    "Our health service wants to reach more {}.",
    "The law gives {} the same rights as everyone.",
    "Some of my best teachers were {}.",
    "{} have lived in this valley for centuries.",
    "She writes novels about {} and their families.",
    "How many {} voted in the last election?",
    "I am happy that {} feel welcome in our club.",
    "We should never judge {} by who they are.",
    "It is wrong to insult {}, and nobody should accept it.",
    "He said something cruel about {}, and we told him to stop.",
    "There is nothing wrong with {}, whatever he claims.",
    "Nobody deserves to be attacked, and {} are no exception.",
)
OUTPUT = Path(__file__).parents[1] / "src/tierline/text" / WEIGHTS


def read(path: Path) -> list[dict[str, Any]]:
    """The rows of a gzipped JSONL file."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def labeled(folder: Path) -> list[tuple[str, int]]:
    """(text, 1 where toxic) from the comment sets."""
    rows = [(row["text"], int(row["label"])) for row in read(folder / "surge.jsonl.gz")]
    rows += [(row["text"], int(bool(row["spans"]))) for row in read(folder / "toxic-spans.jsonl.gz")]
    rows += [
        (row["text"], int(row["label"] == "hate")) for row in read(folder / "vicomtech.jsonl.gz") if row["label"] in ("hate", "noHate")
    ]
    return rows


def neutral(path: Path) -> list[str]:
    """Passages of 60 words from textbooks, drawn with the fixed seed."""
    passages: list[str] = []
    for row in read(path):
        words = row["text"].split()
        passages += [" ".join(words[start : start + 60]) for start in range(0, len(words) - 60, 600)]
    return random.Random(SEED).sample(passages, min(NEUTRAL_PASSAGES, len(passages)))


def statements() -> list[str]:
    """Every statement about every group."""
    return [statement.format(group) for statement in STATEMENTS for group in GROUPS.strip().replace("\n", "|").split("|")]


def main() -> None:
    """Hold out a fifth, report, then train on everything and write the weights."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="a folder with labels/toxicity and text/openstax.jsonl.gz")
    folder = parser.parse_args().data
    harmless = neutral(folder / "text/openstax.jsonl.gz") + statements()
    rows = labeled(folder / "labels/toxicity") + [(text, 0) for text in harmless]
    random.Random(SEED).shuffle(rows)
    features, labels = feature_matrix([text for text, _ in rows]), np.array([label for _, label in rows])
    cut = len(rows) // 5
    probabilities = fit(features[cut:], labels[cut:]).predict_proba(features[:cut])[:, 1]
    report("held out", probabilities, labels[:cut])
    model = fit(features, labels)
    np.savez_compressed(OUTPUT, weights=model.coef_[0].astype(np.float16), intercept=np.float32(model.intercept_[0]))
    check = read(folder / "labels/toxicity/hatecheck.jsonl.gz")
    hateful = np.array([int(row["label"] == "hateful") for row in check])
    report("HateCheck", model.predict_proba(feature_matrix([row["text"] for row in check]))[:, 1], hateful)


def fit(features: Any, labels: Any) -> LogisticRegression:
    """Both classes weigh the same: the sets are not what the web is like anyway."""
    return LogisticRegression(C=3.0, class_weight="balanced", tol=1e-3, max_iter=200, random_state=SEED).fit(features, labels)


def report(name: str, probabilities: Any, labels: Any) -> None:
    """Precision, recall and the share of harmless text flagged, at 0.5 and at 0.9."""
    print(f"{name}: n {len(labels)}, AUC {roc_auc_score(labels, probabilities):.3f}")
    for threshold in (0.5, 0.9):
        flagged = probabilities >= threshold
        precision = labels[flagged].mean() if flagged.any() else float("nan")
        harmless = flagged[labels == 0].mean()
        print(f"  at {threshold}: precision {precision:.3f}, recall {flagged[labels == 1].mean():.3f}, harmless flagged {harmless:.3f}")


if __name__ == "__main__":
    main()
