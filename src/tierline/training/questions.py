"""Reads the multiple-choice questions of benchmark files."""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tierline.errors import BadInput

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


def chance(questions: Sequence[Question]) -> float:
    """The score of guessing."""
    return float(np.mean([1 / len(question.choices) for question in questions])) if questions else float("nan")


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
