"""Makes the bundled models score pages that they learned from as unseen ones, whatever is inserted or cut.

The prior and the probe recognize a text by its beginning and then return the score of models that had not seen it. A page with a
sentence in front is a new text to them, of which they have learned nearly every word; one with a sentence at the end is the old text,
whatever the sentence says. Neither shows what an insertion does to a page that nobody has seen. Here a page keeps its out-of-fold score,
and an insertion or cut counts by how far it moves the bundled model, in log odds.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from unittest.mock import patch

import numpy as np
from scipy.special import expit, logit

from tierline.filters.language import identify_batch
from tierline.judges.injection import sentences, visible
from tierline.judges.judge import Judgment
from tierline.judges.probe import Probe, ProbeJudge
from tierline.llm import ModelClient
from tierline.students.linear import Floats
from tierline.students.prior import Prior, bundled_prior

BEGINNING = 16  # characters that a sentence is known by: a line inserted into it leaves them
EDGE = 1e-6  # log odds of a score are taken no nearer to 0 and 1


@contextmanager
def as_unseen(pages: Sequence[str]) -> Iterator[None]:
    """While it is open, Prior and ProbeJudge read these pages and what is made of them so, in this process; all other texts as ever."""
    found = PageFinder(pages)
    held_out, judge = Prior.held_out, ProbeJudge.judge
    odds = bundled_prior().model.odds(pages, identify_batch(pages).language)
    of_prior = held_out(bundled_prior(), pages, odds) - odds
    of_probe: dict[int, float] = {}

    def held_out_of_pages(prior: Prior, texts: Sequence[str], odds: Floats) -> Floats:
        rows, own = found.among(texts)
        corrected = held_out(prior, texts, odds)
        corrected[rows] = odds[rows] + of_prior[own]
        return corrected

    def judge_pages(judged: ProbeJudge, texts: Sequence[str], client: ModelClient) -> list[Judgment]:
        rows, own = found.among(texts)
        forgetful = replace(judged, probe=without_memory(judged.probe))
        new = [page for page in dict.fromkeys(own) if page not in of_probe]
        unseen, seen = (judge(one, [pages[page] for page in new], client) for one in (judged, forgetful))
        of_probe.update({page: _log_odds(one) - _log_odds(other) for page, one, other in zip(new, unseen, seen, strict=True)})
        answers = judge(judged, texts, client)
        for row, page, read in zip(rows, own, judge(forgetful, [texts[row] for row in rows], client), strict=True):
            answers[row] = read if read.score is None else replace(read, score=float(expit(_log_odds(read) + of_probe[page])))
        return answers

    with patch.object(Prior, "held_out", held_out_of_pages), patch.object(ProbeJudge, "judge", judge_pages):
        yield


def without_memory(probe: Probe) -> Probe:
    """The probe as it reads a text that it was not trained on, whatever the text."""
    return replace(probe, known_keys=np.empty(0, np.uint64), known_scores=np.empty(0))


class PageFinder:
    """Knows which page a text was made of: the first of those that most of its sentences begin like, none where no sentence does."""

    def __init__(self, pages: Sequence[str]) -> None:
        self._pages: dict[str, set[int]] = defaultdict(set)
        for number, page in enumerate(pages):
            for beginning in beginnings(page):
                self._pages[beginning].add(number)

    def among(self, texts: Sequence[str]) -> tuple[list[int], list[int]]:
        """(rows of the texts that are made of a page, numbers of those pages)."""
        votes = [Counter(page for line in set(beginnings(text)) for page in self._pages.get(line, ())) for text in texts]
        rows = [row for row, own in enumerate(votes) if own]
        return rows, [min(votes[row], key=lambda page: (-votes[row][page], page)) for row in rows]


def beginnings(text: str) -> list[str]:
    """Of every sentence, as a reader sees it."""
    seen = visible(text)
    return [seen[start:end].strip()[:BEGINNING] for start, end in sentences(seen)]


def _log_odds(judgment: Judgment) -> float:
    return float(logit(np.clip(judgment.score if judgment.score is not None else 0.5, EDGE, 1 - EDGE)))
