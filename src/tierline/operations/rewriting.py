"""Free rewriting as one more proposer: a model's answer is aligned with its passage sentence by sentence, and each is judged alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tierline.editing.faithfulness import WORD, FaithfulnessRules, Judgment, judge_faithfulness
from tierline.editing.passages import Passage, sentence_spans
from tierline.operations.document import Document
from tierline.operations.operation import Kind, Operation, Verdict
from tierline.text.embedding import Embedder

PROPOSER = "model-1"
SENTENCES_MAX = 60  # of a passage or answer; the alignment is quadratic
_BEADS = ((1, 1), (1, 2), (2, 1), (1, 0), (0, 1))  # sentences of the passage and of the answer that belong together (Gale and Church 1993)


@dataclass(frozen=True, slots=True)
class Rewrite:
    """Sentences of a passage (`document.text[start:end]`) and what the model made of them; either may be empty."""

    start: int
    end: int
    text: str


def aligned(passage: Passage, answer: str) -> list[Rewrite]:
    """Every bead of the best monotonic alignment by shared words; the spans are the document's and cover the passage without its spaces."""
    source, edit = (list(sentence_spans(text, 0, len(text)))[:SENTENCES_MAX] for text in (passage.text, answer))
    said = [Counter(word.lower() for word in WORD.findall(passage.text[start:end])) for start, end in source]
    written = [Counter(word.lower() for word in WORD.findall(answer[start:end])) for start, end in edit]
    best: dict[tuple[int, int], tuple[float, tuple[int, int]]] = {(0, 0): (0.0, (0, 0))}
    for i in range(len(source) + 1):
        for j in range(len(edit) + 1):
            for bead in _BEADS:
                before = (i - bead[0], j - bead[1])
                if min(before) < 0 or before not in best:
                    continue
                gain = best[before][0] + _shared(said[before[0] : i], written[before[1] : j])
                if (i, j) not in best or gain > best[i, j][0]:
                    best[i, j] = (gain, bead)
    found: list[Rewrite] = []
    i, j = len(source), len(edit)
    while i or j:
        more, added = best[i, j][1]
        start, end = (source[i - more][0], source[i - 1][1]) if more else (source[i - 1][1], source[i - 1][1]) if i else (0, 0)
        text = answer[edit[j - added][0] : edit[j - 1][1]] if added else ""
        found.append(Rewrite(passage.start + start, passage.start + end, text))
        i, j = i - more, j - added
    return found[::-1]


def judged_rewrites(
    asked: Sequence[tuple[Document, Passage, str]], embedder: Embedder, rules: FaithfulnessRules
) -> list[list[tuple[Verdict, Judgment | None]]]:
    """For each (document, passage, answer) a verdict on every sentence that the answer changed. A sentence that is lost or new is refused:
    dropping and adding are no rewriting. `Judgment` is None for those."""
    changed = [
        [one for one in aligned(passage, answer) if one.text != document.text[one.start : one.end]] for document, passage, answer in asked
    ]
    flat = [(asked[row][0], one) for row, of in enumerate(changed) for one in of]
    sources, edits = (
        embedder.embed(texts) for texts in ([document.text[one.start : one.end] for document, one in flat], [one.text for _, one in flat])
    )
    similarities = iter(np.sum(sources * edits, axis=1).tolist() if flat else [])
    return [[_verdict(asked[row][0], one, next(similarities), rules) for one in of] for row, of in enumerate(changed)]


def _verdict(document: Document, one: Rewrite, similarity: float, rules: FaithfulnessRules) -> tuple[Verdict, Judgment | None]:
    operation = Operation(Kind.REWRITE, one.start, one.end, one.text, "a passage that a model may say better", PROPOSER)
    if one.start == one.end:
        return Verdict(operation, "rewrite:new_sentence"), None
    if not one.text:
        return Verdict(operation, "rewrite:lost_sentence"), None
    if document.is_verbatim(one.start, one.end):
        return Verdict(operation, "rewrite:verbatim"), None
    judgment = judge_faithfulness(
        operation.original(document), one.text, similarity, rules, language=document.language, document=document.text, address=document.url
    )
    return Verdict(operation, judgment.rule or ""), judgment


def _shared(said: Sequence[Counter[str]], written: Sequence[Counter[str]]) -> float:
    """Words that both have, less those that one of them has alone; beads of one sentence each are worth a little more."""
    one, other = sum(said, Counter[str]()), sum(written, Counter[str]())
    common = sum((one & other).values())
    alone = sum(one.values()) + sum(other.values()) - 2 * common
    return common - 0.3 * alone + (0.1 if len(said) == len(written) else 0.0)
