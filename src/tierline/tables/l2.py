"""Schemas of L2: anchors, annotations, scores, selected documents, and the difference between selections."""

from __future__ import annotations

import pyarrow as pa

from tierline.tables.spec import DOUBLE, IDS, LONG, STRING, TIME, VECTOR, TableSpec
from tierline.tables.tiers import Tier

L2_TABLES = (
    TableSpec(
        "l2_anchors",
        "l2_anchors",
        "anchor_id",
        ("set", "anchor_id"),
        None,
        {
            "anchor_id": STRING,
            "version": STRING,  # of the whole anchor set; the same in every row
            "text": STRING,
            "label": DOUBLE,  # people's, in [0, 1]; 1 is best
            "set": STRING,
            "group": STRING,  # texts that are not independent of each other share one
            "language": STRING,
            "source": STRING,  # who labeled it
            "license": STRING,
        },
        group_rows=128,
    ),
    TableSpec(
        "l2_annotations",
        "l2_annotations",
        "annotation_id",
        ("doc_id", "judge", "annotation_id"),
        None,
        {
            "annotation_id": STRING,
            "doc_id": STRING,
            "parents": IDS,
            "judge": STRING,  # kind, what it is and its version: "prompt/usefulness@1"
            "stratum": STRING,
            "score": DOUBLE,  # null unless parse_state is "ok" (law 5)
            "parse_state": STRING,
            "raw_output": STRING,
            "call_ids": IDS,
            "attempts": LONG,  # calls that were tried, those that failed among them
        },
        id_prefix="ann",
    ),
    TableSpec(
        "l2_reliability",
        "l2_reliability",
        "measurement_id",
        ("set", "signal", "measurement_id"),
        None,
        {
            "measurement_id": STRING,
            "signal": STRING,
            "set": STRING,
            "anchors_version": STRING,
            "scorer_version": STRING,  # everything that decides the signal's scores
            "n": LONG,
            **{
                f"{name}{bound}": DOUBLE  # null where the set cannot tell
                for name in ("auc", "auc_length_controlled")
                for bound in ("", "_lo", "_hi")
            },
            "length_bias": DOUBLE,  # rank correlation of score and length among texts of one label
            "position_bias": DOUBLE,  # of a prompt: what a level gains by standing last, which asking in both orders takes out
            "weight": DOUBLE,  # 0 where the signal may be at chance
            "reason": STRING,
            "previous_version": STRING,  # where the version changed: what it was, and how both rank the anchors
            "previous_weight": DOUBLE,
            "previous_auc": DOUBLE,
            "rank_correlation": DOUBLE,
        },
    ),
    TableSpec(
        "l2_anchor_scores",
        "l2_reliability",
        "score_id",
        ("signal", "anchor_id"),
        None,
        {"score_id": STRING, "anchor_id": STRING, "signal": STRING, "scorer_version": STRING, "score": DOUBLE},
    ),
    TableSpec(
        "l2_student",
        "l2_student",
        "student_id",
        ("student_id",),
        None,
        {
            "student_id": STRING,
            "parents": IDS,
            "features": STRING,
            "coefficients": VECTOR,  # of hashed letter groups and words, of numbers of the surface, of the prior's log odds
            "intercept": DOUBLE,
            "training_rows": LONG,
            "available_rows": LONG,
            "rank_correlation": DOUBLE,  # cross-validated, against the teacher
            "length_rank_correlation": DOUBLE,  # what length alone reaches
            "calibration": pa.list_(pa.struct({"domain": STRING, "n": LONG, "student": DOUBLE, "teacher": DOUBLE, "lo95": DOUBLE})),
            "calibration_error": DOUBLE,  # mean distance of student and teacher over domains, by their documents
            "calibration_error_lo95": DOUBLE,  # of the worst domain, its lower bound
            **dict.fromkeys(("anchor_auc", "anchor_auc_lo", "anchor_auc_hi", "teacher_anchor_auc"), DOUBLE),  # null without anchors
            "teacher_model_id": STRING,
        },
    ),
    TableSpec(
        "l2_scores",
        "l2_scores",
        "doc_id",
        ("doc_id",),
        None,
        {
            "doc_id": STRING,
            "parents": IDS,
            "usefulness": DOUBLE,  # in [0, 1]: what all signals say together, each by its weight
            "student": DOUBLE,  # in [0, 1]; null where no student had passed its gate
            "perplexity": DOUBLE,  # per token; null where the model was not asked or does not know the language
            "toxicity": DOUBLE,
            "injection_spans": LONG,  # sentences that address a judge or a chat template
            "signals": pa.list_(pa.struct([("signal", STRING), ("score", DOUBLE)])),  # all that were asked, higher is better
            "student_id": STRING,
            "perplexity_model_id": STRING,  # null where it was not asked
            "toxicity_model_id": STRING,
            "embedding": VECTOR,
        },
    ),
    TableSpec(
        "l2_selected",
        "l2_selected",
        "doc_id",
        ("doc_id",),
        Tier.L2,
        {
            "doc_id": STRING,
            "parents": IDS,
            "url": STRING,
            "domain": STRING,
            "title": STRING,
            "text": STRING,
            "text_sha256": STRING,
            "language": STRING,
            "tokens": LONG,
            "structured_data": STRING,
            "license": STRING,
            "usefulness": DOUBLE,
            "perplexity": DOUBLE,
            "toxicity": DOUBLE,
            "embedding": VECTOR,
        },
        id_prefix="doc",
    ),
    TableSpec(
        "l2_selection_diff",
        "l2_selection_diff",
        "doc_id",
        ("doc_id",),
        None,
        {
            "doc_id": STRING,
            "parents": IDS,
            "direction": STRING,  # promoted | demoted
            **{
                f"{name}_{side}": kind
                for side in ("before", "after")
                for name, kind in (("outcome", STRING), ("rule", STRING), ("value", DOUBLE), ("threshold", DOUBLE), ("usefulness", DOUBLE))
            },
        },
    ),
    TableSpec(
        "l2_selection_diff_shards",
        "l2_selection_diff",
        "after_activity_id",
        ("after_activity_id",),
        None,
        {
            "after_activity_id": STRING,  # of l2_selected
            "before_activity_id": STRING,  # null where the shard was never selected otherwise
            "before_written_at": TIME,
            "causes": IDS,  # what differs between the two: "thresholds of l2_selected", "model of l2_annotations"
            "compared": LONG,
            "promoted": LONG,
            "demoted": LONG,
            "agreement": DOUBLE,
            "kappa": DOUBLE,
        },
    ),
    TableSpec(
        "review_queue",
        "review_queue",
        "doc_id",
        ("doc_id",),
        None,
        {
            "doc_id": STRING,
            "parents": IDS,
            "priority": DOUBLE,  # in [0, 1]; the queue is worked off from the top
            "reasons": IDS,  # addresses_judge, disagreement:perplexity>student
            "scores": pa.list_(pa.struct([("signal", STRING), ("score", DOUBLE), ("rank", DOUBLE)])),
            "excerpt_start": LONG,
            "excerpt_end": LONG,  # characters of the L1 text that a reviewer is shown
        },
    ),
)
