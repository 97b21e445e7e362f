"""Puts a second judgement behind any judge: a text that addresses it is judged again without those words, and the lower counts."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

from tierline.llm import Asker
from tierline.scoring.injection import ablated, suspicious_spans
from tierline.scoring.judge import Judge, Judgement

VERSION = 1  # of the rules in injection.py: raise it with them


@dataclass(frozen=True, slots=True)
class GuardedJudge:
    """A Judge around another. Words that address the judge can lower a score and never raise it above the text's without them."""

    inner: Judge

    @property
    def name(self) -> str:
        """The judge's own."""
        return self.inner.name

    @property
    def identity(self) -> str:
        """The judge's and the guard's."""
        return hashlib.sha256(f"{self.inner.identity}/guard@{VERSION}".encode()).hexdigest()

    def judge(self, texts: Sequence[str], asker: Asker) -> list[Judgement]:
        """One judgement a text; a flagged one costs a second, and scores only where both do. Nothing left to judge scores 0."""
        flagged = [index for index, text in enumerate(texts) if suspicious_spans(text)]
        second = [ablated(texts[index]) for index in flagged]
        answers = self.inner.judge([*texts, *second], asker)
        found = answers[: len(texts)]
        for index, text, again in zip(flagged, second, answers[len(texts) :], strict=True):
            found[index] = _lower(found[index], again, empty=not text)
        return found


def _lower(whole: Judgement, cut: Judgement, empty: bool) -> Judgement:
    failed = next((one for one in (whole, cut) if one.score is None), None)
    score = None if whole.score is None or cut.score is None else 0.0 if empty else min(whole.score, cut.score)
    raw = json.dumps({"whole": json.loads(whole.raw_output), "ablated": json.loads(cut.raw_output)})
    state = failed.state if failed else "ok"
    return Judgement(score, state, raw, (*whole.call_ids, *cut.call_ids), whole.attempts + cut.attempts)
