"""Reads benchmark question files and finds question, passage and answer of each item, whatever its fields are called."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tierline.config.environment import NONE
from tierline.config.read_once import read_once
from tierline.errors import BadInput

QUESTION_FIELDS = ("question", "query", "prompt", "problem", "instruction", "goal", "stem", "ctx", "q", "sentence_good", "context_options")
PASSAGE_FIELDS = ("passage", "context", "article", "story", "support")
ANSWER_FIELDS = ("answer", "answers", "best answer", "continuation", "target", "solution", "output", "aliases", "a")
CHOICE_FIELDS = ("choices", "endings", "options")
GOLD_FIELDS = ("gold", "label", "answer")
ID_FIELDS = ("id", "question_id", "item_id")
# Prompts often hold several parts in one string, each behind its label.
LABEL = re.compile(r"^[ \t]*(passage|context|question|q|choices|options|answer|a|sentence)[ \t]*:[ \t]*", re.I | re.M)
OPTION = re.compile(r"^[ \t]*\(?[A-H][.)][ \t]+(\S.*)$", re.M)
SUFFIXES = (".jsonl", ".jsonl.gz", ".ndjson", ".ndjson.gz")
ADVICE = "write one JSON object a line, with the question under `question`, and name the file .jsonl or .jsonl.gz"
# What may hold questions beside SUFFIXES; in a folder of benchmarks it must not be passed over in silence.
_DATA = re.compile(r"\.(jsonl?|ndjson|csv|tsv|parquet|arrow|feather|ya?ml|xml|zip|tar|tgz|7z)(\.\w{1,8})?\Z", re.I)
_GZIP = b"\x1f\x8b"
_WORD = re.compile(r"\w")


@dataclass(frozen=True, slots=True)
class Item:
    """One benchmark item. `passage` is the text a question is about, which its authors mostly took from elsewhere."""

    benchmark: str
    item_id: str
    question: str
    passage: str
    answers: tuple[str, ...]
    choices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BenchmarkSet:
    """Every item of the named files, one digest of their bytes, and how many of their rows hold no question."""

    items: tuple[Item, ...]
    digest: str
    without_question: int


def find_benchmarks(pattern: str) -> list[Path]:
    """The files that a path, folder (with those below it) or glob names, sorted. BadInput if it names none, or a folder holds data of
    another format, or a link to a folder; without a pattern there are none, and NONE says that on purpose."""
    if pattern.strip() in ("", NONE):
        return []
    path = Path(pattern).expanduser()
    if path.is_dir():
        found = list(_below(path))
    elif path.is_file():
        found = [path]
    else:
        found = [file for file in Path(path.anchor or ".").glob(str(path.relative_to(path.anchor))) if file.is_file()]
    if not found:
        raise BadInput("no benchmark file matches", pattern, f"TIERLINE_BENCHMARKS names files of questions, {', '.join(SUFFIXES)}")
    return sorted(found)


def _below(folder: Path) -> Iterator[Path]:
    """What hidden folders and files hold is no one's benchmark."""
    for file in sorted(folder.iterdir()):
        if file.name.startswith("."):
            continue
        if file.is_dir():
            if file.is_symlink():
                raise BadInput("a link to a folder is not followed", str(file), "put the folder itself there, or take the link away")
            yield from _below(file)
        elif file.name.lower().endswith(SUFFIXES):
            yield file
        elif _DATA.search(file.name):
            raise BadInput("no file of questions by its extension", str(file), f"{ADVICE}, or take it out of the folder")


def _names(paths: Sequence[Path]) -> list[str]:
    """What each benchmark is called: its file's name up to the first dot, behind the folders that not all of them share."""
    shared = Path(os.path.commonpath([path.parent for path in paths])) if paths else Path()
    return [(path.parent.relative_to(shared) / path.name.split(".", 1)[0]).as_posix() for path in paths]


def read_benchmarks(paths: Sequence[Path]) -> BenchmarkSet:
    """Items of all files, one JSON object a line; a benchmark is named by its file (`_names`). BadInput names the broken file and line, or
    a file without any question: a search for nothing would find nothing."""
    digest = hashlib.sha256()
    items: list[Item] = []
    without = 0
    for path, name in zip(paths, _names(paths), strict=True):
        data = _bytes(path)
        digest.update(f"{name}:{hashlib.sha256(data).hexdigest()}\n".encode())
        before, fields = len(items), dict[str, None]()
        for number, line in enumerate(data.split(b"\n"), 1):
            if line.strip():
                record = _parsed(line, path, number)
                found = list(_items(record, name, str(number)))
                items += found
                without += not found
                fields |= dict.fromkeys(record)
        if len(items) == before:
            held = f"its rows hold {', '.join(list(fields)[:8])}" if fields else "it is empty"
            raise BadInput(f"holds no question ({held})", str(path), f"{ADVICE} ({', '.join(QUESTION_FIELDS)} are known too)")
    return BenchmarkSet(tuple(items), digest.hexdigest(), without)


read_cached = read_once(read_benchmarks)


def _bytes(path: Path) -> bytes:
    try:
        stored = path.read_bytes()
        return gzip.decompress(stored) if stored.startswith(_GZIP) else stored
    except (OSError, EOFError, zlib.error) as error:
        raise BadInput(f"cannot be read ({error})", str(path)) from None


def _parsed(line: bytes, path: Path, number: int) -> dict[str, Any]:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise BadInput(f"not valid JSON ({error})", f"{path}, line {number}", "a benchmark file holds one JSON object per line") from None
    if not isinstance(record, dict):
        raise BadInput("the line is not a JSON object", f"{path}, line {number}")
    return {str(name).lower(): value for name, value in record.items()}


def _items(record: Mapping[str, Any], benchmark: str, number: str) -> Iterator[Item]:
    item_id = next((str(record[name]) for name in ID_FIELDS if isinstance(record.get(name), str | int)), number)
    nested = record.get("qas")
    if isinstance(nested, list):  # one passage, several questions about it (SQuAD and similar)
        for index, entry in enumerate(nested):
            if isinstance(entry, dict):
                whole = {
                    **{name: value for name, value in record.items() if name != "qas"},
                    **{str(k).lower(): v for k, v in entry.items()},
                }
                yield from _items(whole, benchmark, f"{number}.{index + 1}")
        return
    question_field = next((name for name in QUESTION_FIELDS if _texts(record.get(name))), None)
    passages = [text for name in PASSAGE_FIELDS for text in _texts(record.get(name))]
    question = _texts(record[question_field])[0] if question_field else "\n".join(passages)
    labeled, question, listed = split_prompt(question)
    passage = "\n".join(part for part in (labeled, *(passages if question_field else ())) if part)
    choices = tuple(text for name in CHOICE_FIELDS for text in _texts(record.get(name))) or tuple(listed)
    if listed and all(len(choice) == 1 for choice in choices):  # the letters of options that the prompt spells out
        choices = tuple(listed)
    if _WORD.search(question):
        yield Item(benchmark, item_id, question, passage, tuple(_answers(record, choices)), choices)


def split_prompt(prompt: str) -> tuple[str, str, list[str]]:
    """(passage, question, options) of a prompt with labels; without any, all of it is the question."""
    options = [match.group(1).strip() for match in OPTION.finditer(prompt)]
    rest = OPTION.sub("", prompt) if len(options) > 1 else prompt
    parts: dict[str, str] = {}
    labels = list(LABEL.finditer(rest))
    ends = [*(label.start() for label in labels[1:]), len(rest)]
    for label, end in zip(labels, ends, strict=False):
        text = rest[label.end() : end].strip()
        parts.setdefault(label.group(1).lower(), text)
    before = rest[: labels[0].start()].strip() if labels else rest.strip()
    passage = "\n".join(filter(None, (parts.get("passage"), parts.get("context"), parts.get("sentence"))))
    question = parts.get("question") or parts.get("q") or ""
    if not question:
        return "", before or passage, options if len(options) > 1 else []
    return "\n".join(filter(None, (before, passage))), question, options if len(options) > 1 else []


def _answers(record: Mapping[str, Any], choices: tuple[str, ...]) -> Iterator[str]:
    for name in GOLD_FIELDS:
        gold = record.get(name)
        if isinstance(gold, int) and not isinstance(gold, bool) and 0 <= gold < len(choices):
            yield choices[gold]
    for name in ANSWER_FIELDS:
        yield from _texts(record.get(name))


def _texts(value: Any) -> list[str]:
    """The strings of a field: itself, a list's, or those under `text` or `stem` of an object."""
    if isinstance(value, str):
        return [value.strip()] if value.strip() else []
    if isinstance(value, dict):
        return [text for name in ("text", "stem") for text in _texts(value.get(name))]
    if isinstance(value, list):
        return [text for entry in value for text in _texts(entry)]
    return []
