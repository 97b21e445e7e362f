"""Reads one line of a file of interactions: what a person asked, what a model answered, and what the person said of the answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tierline.text.bounded_json import parse_json

THUMBS = {"up": 1.0, "down": 0.0}


class Unreadable(ValueError):
    """A line that is no interaction, and why."""


@dataclass(frozen=True, slots=True)
class Interaction:
    """`rating` in [0, 1]; `generation` of the answer: 1 for a model that was trained on what people wrote, else one more than that of the
    answers it was trained on. `consent` is what the person agreed to, "" for nothing."""

    prompt: str
    answer: str
    correction: str
    rating: float | None
    model: str
    generation: int
    time: str | None
    consent: str
    language: str | None


def read_interaction(line: bytes) -> Interaction:
    """From a line of JSON. Raises Unreadable."""
    try:
        found = parse_json(line.decode("utf-8-sig"))
    except (UnicodeDecodeError, ValueError) as error:
        raise Unreadable(f"no JSON in UTF-8: {str(error)[:80]}") from None
    if not isinstance(found, dict):
        raise Unreadable("no object")
    given: dict[str, Any] = found
    answer, correction = _text(given, "answer"), _text(given, "correction")
    if not (prompt := _text(given, "prompt")):
        raise Unreadable("without a prompt")
    if not (answer or correction):
        raise Unreadable("without an answer and a correction")
    model = _text(given, "model")
    if answer and not model:
        raise Unreadable("an answer without the model that gave it")
    consent = given.get("consent")
    agreed = consent.strip() if isinstance(consent, str) else "yes" if consent is True else ""
    return Interaction(
        prompt, answer, correction, _rating(given), model, _generation(given), _time(given), agreed, _text(given, "language") or None
    )


def _text(given: Mapping[str, Any], name: str) -> str:
    value = given.get(name)
    if value is not None and not isinstance(value, str):
        raise Unreadable(f"{name} is no text")
    text = (value or "").strip()
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise Unreadable(f"{name} has a lone surrogate")
    return text


def _rating(given: Mapping[str, Any]) -> float | None:
    value = given.get("rating")
    if value is None:
        return None
    number = THUMBS.get(value) if isinstance(value, str) else value
    if isinstance(number, bool) or not isinstance(number, int | float) or not 0 <= number <= 1:
        raise Unreadable("the rating is neither a number from 0 to 1 nor up or down")
    return float(number)


def _generation(given: Mapping[str, Any]) -> int:
    value = given.get("generation", 1)
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value < 1_000:
        raise Unreadable("the generation is no number from 1 on")
    return value


def _time(given: Mapping[str, Any]) -> str | None:
    value = _text(given, "time")
    try:
        return datetime.fromisoformat(value).isoformat() if value else None
    except ValueError:
        raise Unreadable("the time is not in ISO 8601") from None
