"""Computes every scorer's output in one form: the same code scores anchors, for measuring, and documents."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from tierline.judges.injection import detector_id, suspicious_spans
from tierline.llm import ModelClient
from tierline.reliability.rules import ScoreRules
from tierline.students.perplexity import bundled_model
from tierline.tables import content_id
from tierline.text.prose import prose
from tierline.text.toxicity import Toxicity

Floats = npt.NDArray[np.float64]
INJECTION, LENGTH, PERPLEXITY = "injection", "length", "perplexity"


@dataclass(frozen=True, slots=True)
class Scored:
    """One scorer's output for n texts: higher is better, NaN for none. `version` names everything that decides the scores."""

    version: str
    scores: Floats


def judged(documents: pa.Table, annotations: pa.Table, version: str) -> dict[str, Scored]:
    """One signal per judge of `l2_annotations` rows: its scores where it was asked and answered. A signal has the judge's name without the
    version, so that versions can be compared; during a re-tiering shards have judgments by different versions of one judge."""
    names: dict[str, list[str]] = defaultdict(list)
    for judge in sorted(set(annotations["judge"].to_pylist())):
        names[judge.partition("@")[0]].append(judge)
    found: dict[str, Scored] = {}
    for name, judges in names.items():
        own = annotations.filter(pc.is_in(annotations["judge"], pa.array(judges)))
        rows = pc.index_in(documents["doc_id"], own["doc_id"].combine_chunks())
        found[name] = Scored(content_id("scorer", *judges, version), _floats(own["score"].take(rows)))
    return found


def measured(documents: pa.Table, client: ModelClient, rules: ScoreRules) -> dict[str, Scored]:
    """Perplexity (negated) by the language model, exp(-mean natural-log probability) per token (Jelinek et al. 1977), and everything
    measured without it; NaN if the language is not one of the model's or the model failed.
    """
    digest, limits = client.card("").model_digest, (str(rules.perplexity_tokens), str(rules.perplexity_characters))
    perplexity = Scored(content_id("scorer", digest, *limits), -_perplexities(documents, client, rules))
    return {PERPLEXITY: perplexity} | measured_without_model(documents)


def measured_without_model(documents: pa.Table) -> dict[str, Scored]:
    """Perplexity by n-grams, toxicity by its classifier, sentences that address a judge (all three negated), and length in tokens,
    the baseline. The n-grams are those of prose: a table beside it makes a page no worse."""
    toxicity, ngrams = Toxicity(), bundled_model()
    texts, languages = documents["text"].to_pylist(), documents["language"].to_pylist()
    return {
        "ngram_perplexity": Scored(ngrams.model_id, -ngrams.perplexity([prose(text) or text for text in texts], languages)),
        "toxicity": Scored(toxicity.model_id, -np.asarray(toxicity.score(texts), np.float64)),
        LENGTH: Scored("tokens", _floats(documents["tokens"])),
        INJECTION: Scored(detector_id(), np.array([-len(suspicious_spans(text)) for text in texts], np.float64)),
    }


def rows_of_signals(signals: Mapping[str, Scored], row: int) -> list[dict[str, Any]]:
    """The signals of one document in the form of `l2_scores`, without missing ones."""
    values = ((name, float(signals[name].scores[row])) for name in sorted(signals))
    return [{"signal": name, "score": value} for name, value in values if not math.isnan(value)]


def perplexity_texts(documents: pa.Table, rules: ScoreRules) -> list[str]:
    """What the language model is asked about documents: the beginnings of those in its languages."""
    texts, languages = documents["text"].to_pylist(), documents["language"].to_pylist()
    return [texts[row][: rules.perplexity_characters] for row in _asked(languages, rules)]


def _asked(languages: Sequence[str], rules: ScoreRules) -> list[int]:
    return [row for row, language in enumerate(languages) if language in rules.perplexity_languages]


def _perplexities(documents: pa.Table, client: ModelClient, rules: ScoreRules) -> Floats:
    asked = _asked(documents["language"].to_pylist(), rules)
    answers = client.likelihood(perplexity_texts(documents, rules), rules.perplexity_tokens)
    found = np.full(documents.num_rows, np.nan)
    for row, answer in zip(asked, answers, strict=True):
        if answer.value.tokens and not answer.value.error:
            found[row] = math.exp(min(700.0, -answer.value.log_probability / answer.value.tokens))
    return found


def _floats(values: pa.ChunkedArray) -> Floats:
    return values.cast(pa.float64()).to_numpy().astype(np.float64)
