"""Schemas of L2: anchors, annotations, scores, selected documents, and the difference between selections."""

from __future__ import annotations

import pyarrow as pa

from tierline.tables.l1 import L1_FILTERED
from tierline.tables.l2_reliability import ANCHORS, RELIABILITY_TABLES
from tierline.tables.spec import DOUBLE, IDS, LONG, PARENTS, STRING, TIME, VECTOR, Column, TableSpec, carried, derived
from tierline.tables.tiers import Tier

TEXT = derived(L1_FILTERED, "text")

L2_ANNOTATIONS = TableSpec(
    "l2_annotations",
    "l2_annotations",
    "annotation_id",
    ("doc_id", "judge", "annotation_id"),
    None,
    {
        "annotation_id": Column(STRING, "Id of the judgment, a hash of document, judge and model calls."),
        **carried(L1_FILTERED, "doc_id"),
        "parents": PARENTS,
        "judge": Column(STRING, "Judge that gave the score, as kind/name@version, such as `prompt/usefulness@1`."),
        "stratum": Column(
            STRING,
            "Stratum of the sample that the document was drawn from: language and length class, such as `en/short`.",
            derived(L1_FILTERED, "language") + TEXT,
        ),
        "score": Column(
            DOUBLE, "The judge's score in [0, 1]; 1 is most useful. Null unless `parse_state` is `ok`: a failed parse is not a score.", TEXT
        ),
        "parse_state": Column(STRING, "`ok` if the model's answer could be read, otherwise what was wrong with it."),
        "raw_output": Column(STRING, "The model's answer as it came, as JSON.", TEXT),
        "call_ids": Column(IDS, "Ids of the model calls in `llm_calls` that the score rests on."),
        "attempts": Column(LONG, "Model calls that were tried, failed ones included."),
    },
    preview=("judge", "score", "parse_state", "raw_output", "doc_id"),
    id_prefix="ann",
)
L2_STUDENT = TableSpec(
    "l2_student",
    "l2_student",
    "student_id",
    ("student_id",),
    None,
    {
        "student_id": Column(STRING, "Id of the student model, a hash of its features, its teacher and its coefficients."),
        "parents": PARENTS,
        "features": Column(STRING, "Version of the features that the student reads from a text."),
        "coefficients": Column(
            VECTOR,
            "Coefficients of hashed letter groups and words, of surface features, and of the prior's log odds.",
            derived(L1_FILTERED, "text") + derived(L2_ANNOTATIONS, "score") + ("l2_reliability.weight",),
        ),
        "intercept": Column(DOUBLE, "Intercept of the linear model, in log odds.", derived(L2_ANNOTATIONS, "score")),
        "training_rows": Column(LONG, "Documents that the student was trained on.", derived(L2_ANNOTATIONS, "score")),
        "available_rows": Column(LONG, "Annotations with a score that were available.", derived(L2_ANNOTATIONS, "score")),
        "rank_correlation": Column(
            DOUBLE, "Spearman correlation with the teacher, in [-1, 1], cross-validated over domains.", derived(L2_ANNOTATIONS, "score")
        ),
        "length_rank_correlation": Column(
            DOUBLE, "The same correlation for text length alone: what the student must beat.", derived(L2_ANNOTATIONS, "score")
        ),
        "calibration": Column(
            pa.list_(pa.struct({"domain": STRING, "n": LONG, "student": DOUBLE, "teacher": DOUBLE, "lo95": DOUBLE})),
            "Per domain: documents, mean score of student and teacher, and the lower 95% bound of their distance.",
            derived(L2_ANNOTATIONS, "score") + derived(L1_FILTERED, "domain"),
        ),
        "calibration_error": Column(
            DOUBLE, "Mean distance of student and teacher over domains, weighted by documents, in [0, 1].", derived(L2_ANNOTATIONS, "score")
        ),
        "calibration_error_lo95": Column(
            DOUBLE, "Lower 95% bound of that distance for the worst domain, in [0, 1].", derived(L2_ANNOTATIONS, "score")
        ),
        **{
            name: Column(DOUBLE, f"{meaning} Null without anchors.", derived(ANCHORS, "label") + derived(ANCHORS, "text"))
            for name, meaning in {
                "anchor_auc": "AUC of the student on the anchors, length-controlled, in [0, 1]; 0.5 is chance.",
                "anchor_auc_lo": "Lower 95% bound of `anchor_auc`.",
                "anchor_auc_hi": "Upper 95% bound of `anchor_auc`.",
                "teacher_anchor_auc": "AUC of the teacher on the same anchors.",
            }.items()
        },
        "teacher_model_id": Column(STRING, "Model whose judgments the student was distilled from."),
    },
    preview=("student_id", "training_rows", "rank_correlation", "anchor_auc", "teacher_anchor_auc"),
)
L2_SCORES = TableSpec(
    "l2_scores",
    "l2_scores",
    "doc_id",
    ("doc_id",),
    None,
    {
        **carried(L1_FILTERED, "doc_id"),
        "parents": PARENTS,
        "usefulness": Column(
            DOUBLE,
            "Usefulness for training in [0, 1]: all signals combined by their measured weights. 0.5 if no signal has weight.",
            (*TEXT, *derived(L2_ANNOTATIONS, "score"), "l2_reliability.weight", *derived(L2_STUDENT, "coefficients")),
        ),
        "student": Column(
            DOUBLE,
            "The student model's score in [0, 1]; null if no student has passed its gate.",
            (*TEXT, *derived(L2_STUDENT, "coefficients")),
        ),
        "perplexity": Column(
            DOUBLE, "Perplexity per token of the text by a language model, 1 or more; null if the model was not asked.", TEXT
        ),
        "toxicity": Column(DOUBLE, "Score of the bundled toxicity classifier in [0, 1]; 1 is most toxic.", TEXT),
        "injection_spans": Column(LONG, "Sentences that address a language-model judge or imitate a chat template.", TEXT),
        "signals": Column(
            pa.list_(pa.struct([("signal", STRING), ("score", DOUBLE)])),
            "Every signal that was computed; higher is better, null where the signal says nothing.",
            (*TEXT, *derived(L2_ANNOTATIONS, "score")),
        ),
        "student_id": Column(STRING, "The student model that scored; null if none did.", derived(L2_STUDENT, "student_id")),
        "perplexity_model_id": Column(STRING, "The language model that gave the perplexity; null if it was not asked."),
        "toxicity_model_id": Column(STRING, "Version of the toxicity classifier."),
        "embedding": Column(VECTOR, "Static embedding of the text, for finding documents of the same meaning.", TEXT),
    },
    preview=("doc_id", "usefulness", "student", "perplexity", "toxicity", "injection_spans"),
)
L2_SELECTED = TableSpec(
    "l2_selected",
    "l2_selected",
    "doc_id",
    ("doc_id",),
    Tier.L2,
    {
        **carried(L1_FILTERED, "doc_id"),
        "parents": PARENTS,
        **carried(L1_FILTERED, "url", "domain", "fetched_at", "title", "lane", "text", "text_sha256", "language", "tokens"),
        **carried(L1_FILTERED, "structured_data", "headings", "license"),
        **carried(L2_SCORES, "usefulness", "perplexity", "toxicity", "embedding"),
    },
    preview=("url", "usefulness", "perplexity", "toxicity", "text"),
    id_prefix="doc",
)


def _sides() -> dict[str, Column]:
    """The decisions about a document before and after."""
    meanings = {
        "outcome": (STRING, "Decision on the document: `kept`, `dropped` or `merged`"),
        "rule": (STRING, "Rule that decided against the document, null if it was kept"),
        "value": (DOUBLE, "Value that the rule looked at, null if it was kept"),
        "threshold": (DOUBLE, "Threshold that the value was compared with, null if it was kept"),
        "usefulness": (DOUBLE, "Usefulness of the document in [0, 1]"),
    }
    when = {"before": "in the previous promoted selection", "after": "in the current selection"}
    return {
        f"{name}_{side}": Column(kind, f"{meaning}, {when[side]}.", derived(L2_SCORES, "usefulness"))
        for side in ("before", "after")
        for name, (kind, meaning) in meanings.items()
    }


L2_TABLES = (
    *RELIABILITY_TABLES,
    L2_ANNOTATIONS,
    L2_STUDENT,
    L2_SCORES,
    L2_SELECTED,
    TableSpec(
        "l2_selection_diff",
        "l2_selection_diff",
        "doc_id",
        ("doc_id",),
        None,
        {
            **carried(L2_SELECTED, "doc_id"),
            "parents": PARENTS,
            "direction": Column(
                STRING, "`promoted` if the document came into L2, `demoted` if it left L2.", derived(L2_SELECTED, "doc_id")
            ),
            **_sides(),
        },
        preview=("doc_id", "direction", "rule_before", "rule_after", "usefulness_before", "usefulness_after"),
    ),
    TableSpec(
        "l2_selection_diff_shards",
        "l2_selection_diff",
        "after_activity_id",
        ("after_activity_id",),
        None,
        {
            "after_activity_id": Column(STRING, "Activity of `l2_selected` that made the current selection."),
            "before_activity_id": Column(
                STRING, "Activity that made the previous one; null if the shard has never been selected otherwise."
            ),
            "before_written_at": Column(TIME, "When the previous selection was written, in UTC; null without one."),
            "causes": Column(IDS, "What differs between the two, such as `thresholds of l2_selected` or `model of l2_annotations`."),
            "compared": Column(LONG, "Documents that both selections decided on.", derived(L2_SELECTED, "doc_id")),
            "promoted": Column(LONG, "Documents that came into L2.", derived(L2_SELECTED, "doc_id")),
            "demoted": Column(LONG, "Documents that left L2.", derived(L2_SELECTED, "doc_id")),
            "agreement": Column(
                DOUBLE, "Share in [0, 1] of the compared documents that stayed on their side.", derived(L2_SELECTED, "doc_id")
            ),
            "kappa": Column(
                DOUBLE,
                "Cohen's kappa: agreement corrected for chance; null if all documents are on one side.",
                derived(L2_SELECTED, "doc_id"),
            ),
        },
    ),
    TableSpec(
        "review_queue",
        "review_queue",
        "doc_id",
        ("doc_id",),
        None,
        {
            **carried(L1_FILTERED, "doc_id"),
            "parents": PARENTS,
            "priority": Column(
                DOUBLE, "Urgency in [0, 1]; reviewers start with the highest.", (*derived(L2_SCORES, "signals"), "l2_reliability.weight")
            ),
            "reasons": Column(
                IDS,
                "Why a person should look: `addresses_judge`, or scorers that disagree, such as `disagreement:perplexity>student`.",
                derived(L2_SCORES, "signals"),
            ),
            "scores": Column(
                pa.list_(pa.struct([("signal", STRING), ("score", DOUBLE), ("rank", DOUBLE)])),
                "Each weighted signal with its score and its rank in the shard, in [0, 1].",
                derived(L2_SCORES, "signals"),
            ),
            "excerpt_start": Column(LONG, "First character, from 0, of the part of the L1 text that a reviewer is shown.", TEXT),
            "excerpt_end": Column(LONG, "Character after that part.", TEXT),
        },
        preview=("doc_id", "priority", "reasons", "scores"),
    ),
)
