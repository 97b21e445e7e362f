"""Multiple-choice questions: those of benchmark files, and cloze questions made from held-out facts."""

from __future__ import annotations

import gzip
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from tierline.errors import BadInput
from tierline.tables.tiers import Tier

SUFFIXES = (".jsonl.gz", ".jsonl")
PROMPT_FIELDS = ("question", "query", "ctx", "prompt")
CHOICE_FIELDS = ("choices", "endings", "options")
GOLD_FIELDS = ("gold", "answer", "label")
BEST, WRONG = "best answer", "incorrect answers"  # TruthfulQA's (Lin et al. 2022, arXiv 2109.07958): MC1 is the best one among wrong ones
LETTERS = "ABCDEFGH"


@dataclass(frozen=True, slots=True)
class Question:
    """A prompt, its answers, and the number of the right one."""

    set: str
    prompt: str
    choices: tuple[str, ...]
    gold: int


def read_questions(folder: str | Path, names: Sequence[str], most: int, seed: int) -> list[Question]:
    """Up to `most` questions of each named file (`<name>.jsonl` or `.jsonl.gz`) below a folder, drawn by the seed.

    Lines are in the form of MMLU or ARC (question or query, choices, answer or gold: number, letter or text), HellaSwag (ctx, endings)
    or TruthfulQA (question, best answer, incorrect answers). BadInput names a missing file, or a line in no such form.
    """
    found: list[Question] = []
    for name in names:
        path = next((Path(folder) / f"{name}{suffix}" for suffix in SUFFIXES if (Path(folder) / f"{name}{suffix}").is_file()), None)
        if path is None:
            raise BadInput(f"no benchmark file {name}.jsonl.gz", str(folder), "give its folder, or take it out of measuring.questions")
        lines = [line for line in _lines(path) if line.strip()]
        chosen = np.random.default_rng([seed, len(lines)]).permutation(len(lines))[:most]
        found += [_question(name, lines[number], f"{path}, line {number + 1}") for number in sorted(chosen.tolist())]
    return found


def cloze_questions(heldout: pa.Table, everything: pa.Table, most: int, options: int, seed: int) -> list[Question]:
    """Held-out L4 facts with the object cut off: the right object among others of the same predicate, drawn by the seed.

    Facts whose text does not end in its object, or whose predicate has too few objects, ask nothing.
    """
    objects: dict[str, set[str]] = defaultdict(set)
    for row in everything.select(["predicate", "object"]).to_pylist():
        if row["predicate"] and row["object"]:
            objects[row["predicate"]].add(row["object"])
    pools = {predicate: sorted(values) for predicate, values in objects.items() if len(values) >= options}
    facts = [row for row in heldout.to_pylist() if row["tier"] == Tier.L4 and row["predicate"] in pools and _stem(row)]
    draw = np.random.default_rng([seed, len(facts)])
    questions: list[Question] = []
    for number in sorted(draw.permutation(len(facts))[:most].tolist()):
        row, pool = facts[number], pools[facts[number]["predicate"]]
        others: list[str] = []
        while len(others) < options - 1:
            other = pool[int(draw.integers(len(pool)))]
            if other != row["object"] and other not in others:
                others.append(other)
        gold = int(draw.integers(options))
        choices = (*others[:gold], row["object"], *others[gold:])
        questions.append(Question("cloze", _stem(row), choices, gold))
    return questions


def chance(questions: Sequence[Question]) -> float:
    """The score of guessing."""
    return float(np.mean([1 / len(question.choices) for question in questions])) if questions else float("nan")


def _stem(row: Mapping[str, Any]) -> str:
    """The text before the object, if at most two signs follow it."""
    before, found, behind = str(row["text"]).rpartition(str(row["object"]))
    return before.rstrip() if found and before.strip() and len(behind) <= 2 else ""


def _lines(path: Path) -> list[bytes]:
    try:
        data = path.read_bytes()
        return (gzip.decompress(data) if path.name.endswith(".gz") else data).split(b"\n")
    except (OSError, EOFError) as error:
        raise BadInput(f"cannot be read ({error})", str(path)) from None


def _question(name: str, line: bytes, where: str) -> Question:
    try:
        record = {str(key).lower(): value for key, value in json.loads(line).items()}
        prompt = next(str(record[field]).strip() for field in PROMPT_FIELDS if record.get(field))
        if BEST in record:
            wrong = [part.strip() for part in str(record[WRONG]).split(";") if part.strip()]
            choices, gold = (str(record[BEST]).strip(), *wrong), 0
        else:
            choices = tuple(str(choice).strip() for choice in next(record[field] for field in CHOICE_FIELDS if record.get(field)))
            gold = _gold(next(record[field] for field in GOLD_FIELDS if record.get(field) is not None), choices)
        if not 0 <= gold < len(choices) or len(choices) < 2:
            raise ValueError(f"answer {gold} of {len(choices)}")
    except (ValueError, AttributeError, StopIteration, KeyError, TypeError) as error:
        broken = f"no multiple-choice question ({type(error).__name__}: {error})"
        raise BadInput(broken, where, "docs/training.md shows the forms") from None
    return Question(name, prompt, choices, gold)


def _gold(value: Any, choices: Sequence[str]) -> int:
    if isinstance(value, int):
        return value
    text = str(value).strip()
    if text in choices:
        return choices.index(text)
    return int(text) if text.isdigit() else LETTERS.index(text)
