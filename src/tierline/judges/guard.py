"""Wraps a judge in more readings, so that words addressed to the judge, or one passage alone, cannot raise a score."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tierline.judges.injection import ablated, detector_id, sentences, suspicious_spans, visible
from tierline.judges.judge import Judge, Judgment
from tierline.llm import ModelClient

VERSION = 3  # of the rules below: raise it with them
QUARTERS = 4


@dataclass(frozen=True, slots=True)
class MinOverReadings:
    """A Judge around another. The score is the minimum over several readings of a text:

    - the text itself;
    - without the sentences that address its judge, if the detector finds some (injection.py);
    - without each two adjacent quarters, if `by_parts`. This needs no detector: anything inserted in one place, up to
      a quarter of the text, is missing from one of the three readings, so the score is at most the judge's score of a part of the text
      without tampering. It applies to every score, however low: the effect of a score on selection depends on the other
      scorers, which a judge does not know.
    """

    inner: Judge
    by_parts: bool = True

    @property
    def name(self) -> str:
        """The judge's own."""
        return self.inner.name

    @property
    def identity(self) -> str:
        """The judge's, the guard's and the detector's."""
        return hashlib.sha256(f"{self.inner.identity}/guard@{VERSION}/{self.by_parts}/{detector_id()}".encode()).hexdigest()

    def judge(self, texts: Sequence[str], client: ModelClient) -> list[Judgment]:
        """One judgment per text; it has a score only if all readings have one. A text that leaves nothing to read scores 0."""
        flagged = [index for index, text in enumerate(texts) if suspicious_spans(text)]
        cut = dict(zip(flagged, (ablated(texts[index]) for index in flagged), strict=True))
        answers = self.inner.judge([*texts, *cut.values()], client)
        found = {index: {"whole": answer} for index, answer in enumerate(answers[: len(texts)])}
        for (index, text), answer in zip(cut.items(), answers[len(texts) :], strict=True):
            found[index]["ablated"] = answer if text else Judgment(0.0, answer.state, answer.raw_output, answer.call_ids, answer.attempts)
        unreconciled = [index for index in found if self.by_parts and _unsettled(found[index])]
        left = [(index, name, part) for index in unreconciled for name, part in parts(cut.get(index, texts[index]))]
        for (index, name, _), answer in zip(left, self.inner.judge([part for _, _, part in left], client), strict=True):
            found[index][name] = answer
        return [_least(found[index]) for index in range(len(texts))]


def parts(text: str) -> list[tuple[str, str]]:
    """(name, the text without two adjacent quarters of it), three times; quarters end where sentences do. Of a text of fewer sentences than
    quarters: without each of them."""
    seen = visible(text)
    starts = [start for start, _ in sentences(seen)]
    if len(starts) < QUARTERS:
        inner, width = starts[1:], 1
    else:
        aims = [len(seen) * quarter / QUARTERS for quarter in range(1, QUARTERS)]
        inner, width = [min(starts, key=lambda start: abs(start - aim)) for aim in aims], 2
    edges = [0, *inner, len(seen)]
    found = {
        f"without {first + 1}-{first + width}": (seen[: edges[first]] + seen[edges[first + width] :]).strip()
        for first in range(len(edges) - width)
    }
    return [(name, part) for name, part in found.items() if part]


def _unsettled(readings: dict[str, Judgment]) -> bool:
    """Whether a further reading can change anything: none so far has failed or scored 0."""
    return all(reading.score for reading in readings.values())


def _least(readings: dict[str, Judgment]) -> Judgment:
    scores = [reading.score for reading in readings.values() if reading.score is not None]
    failed = next((reading.state for reading in readings.values() if reading.score is None), None)
    raw: dict[str, Any] = {name: json.loads(reading.raw_output) for name, reading in readings.items()}
    return Judgment(
        None if failed else min(scores),
        failed or "ok",
        json.dumps(raw),
        tuple(call for reading in readings.values() for call in reading.call_ids),
        sum(reading.attempts for reading in readings.values()),
    )
