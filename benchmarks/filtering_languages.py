"""Measures which good prose L1 drops in each language, and by which rule: pages put together from the sentence sets, and web pages that a
person found natural."""

from __future__ import annotations

import gzip
import json
import statistics
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from unittest.mock import patch

from tierline.filters.batch import clean, measure
from tierline.filters.language import opinion
from tierline.filters.rules import FilterRules, first_failed_rule
from training_scripts.sentence_pages import pages
from training_scripts.train_language import SETS, halves, read_set, train

PAGES = {"smoke": 2, "small": 30, "full": 100}  # of each language and set
WEB = "quality/hplt-human-inspection.jsonl.gz"
ENGLISH, TIMES = "en", 3  # a language is to lose no more than three times what English does


def language_metrics(labels: Path, count: int) -> dict[str, float]:
    """Shares of good pages that L1 drops: `false_drop_LANGUAGE` of pages of sentences, `false_drop_declaration_LANGUAGE` of articles of
    the declaration of human rights, `false_profanity_LANGUAGE` of web pages by the rule `profanity` alone.

    Bounds and identification were fitted to the first half of each set: pages come from the second half, and the second opinion on their
    language is trained on the first. Prints every language that loses a page, with the rules. Empty if the sets are absent.
    """
    present = {name: labels / file for name, file in SETS.items() if (labels / file).exists()}
    split = {name: halves(read_set(path)) for name, path in present.items()}
    if not split:
        return {}
    second = train([row for first, _ in split.values() for row in first], opinion().noise)
    metrics: dict[str, float] = {}
    for name, (_, held) in split.items():
        prefix = "false_drop_" if name == "sentences" else "false_drop_declaration_"
        with patch("tierline.filters.language.opinion", return_value=second):
            drops = {language: rules_that_drop(texts) for language, texts in pages(held, count).items()}
        shares = {language: rules.total() / count for language, rules in drops.items()}
        print_drops(name, drops, shares)
        metrics |= {f"{prefix}{language}": share for language, share in shares.items()}
        bound = TIMES * shares.get(ENGLISH, 0.0)
        summary = {"worst": max(shares.values()), "median": statistics.median(shares.values())}
        metrics |= {f"{prefix}{key}": value for key, value in summary.items()}
        metrics[f"{prefix}above_bound"] = sum(share > bound for share in shares.values())
    if (labels / WEB).exists():
        metrics |= profanity_metrics(labels / WEB)
    return metrics


def rules_that_drop(texts: Sequence[str]) -> Counter[str]:
    """Rule -> how many of the texts it drops."""
    measured = measure([f"{number:06}" for number in range(len(texts))], [clean(text) for text in texts])
    return Counter(found["rule"] for found in first_failed_rule(measured.signals, FilterRules()).values())


def print_drops(name: str, drops: dict[str, Counter[str]], shares: dict[str, float]) -> None:
    """The languages that lose a page, those that lose most first."""
    print(f"{name}: {len(shares)} languages, {sum(not share for share in shares.values())} lose no page")
    for language, share in sorted(shares.items(), key=lambda item: (-item[1], item[0])):
        if share:
            print(f"  {language:8} {share:6.3f}  " + ", ".join(f"{rule} {count}" for rule, count in drops[language].most_common()))


def profanity_metrics(path: Path) -> dict[str, float]:
    """Of the second half of the web pages, by language: the share of decent ones that the rule `profanity` drops; and, over all
    languages, the share of pornographic ones."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        rows = [json.loads(line) for line in file][1::2]
    ids = [f"{number:06}" for number in range(len(rows))]
    failed = first_failed_rule(measure(ids, [clean(row["text"]) for row in rows]).signals, FilterRules())
    dropped = {number for number, one in enumerate(ids) if failed.get(one, {}).get("rule") == "profanity"}
    found: dict[str, float] = {}
    for language in sorted({row["lang"] for row in rows}):
        decent = [number for number, row in enumerate(rows) if row["lang"] == language and not row["porn"] and not row["unnatural"]]
        found[f"false_profanity_{language}"] = len(dropped.intersection(decent)) / max(1, len(decent))
    porn = [number for number, row in enumerate(rows) if row["porn"]]
    return found | {"false_profanity_worst": max(found.values()), "profanity_recall": len(dropped.intersection(porn)) / max(1, len(porn))}
