"""A metric counts exactly the rows that break its rule, and sound rows of every stage keep every bound."""

import hashlib

import pytest

from tests.conftest import commit_rows, rows_of
from tierline.errors import NotWritten
from tierline.gates import GateRules, profile, suite_for
from tierline.lake import WHOLE_LAKE, Activity, Lake, StageResult, decision_table
from tierline.stages import BY_NAME, STAGES
from tierline.tables import stage_tables
from tierline.unforeseen import UNFORESEEN

TEXT = "Café 𝒳: the bridge was founded in 1612."  # characters beyond one byte and beyond 16 bits before the quote
YEAR = TEXT.index("1612")
QUOTE = {"span_start": YEAR, "span_end": YEAR + 4, "quote": "1612"}
DOCUMENT = {"parents": ["doc_1"], "text": TEXT, "text_sha256": "a", "language": "en", "tokens": 9}
STATEMENT = {"parents": [], "base": "atlas", "base_version": "1", "license": "CC0-1.0", "source_uri": "/atlas.csv", "source_sha256": "a" * 64,
             "subject": "Norway", "predicate": "capital", "object": "Oslo"}  # fmt: skip
SAID = {"parents": [], "question": "Why?", "text": "Because.", "consent": "yes", "source_uri": "/a.jsonl", "source_offset": 0, "source_length": 9,
        "line_sha256": "a" * 64}  # fmt: skip
CLAIM = {
    "parents": ["doc_1"],
    "parent_table": "l2_selected",
    "parent_field": "text",
    "subject": "x",
    "predicate": "y",
    "object": "z",
    "value_normal": "1621",
    **QUOTE,
}
ROW = {"parents": ["doc_1"], "text": TEXT, "text_sha256": hashlib.sha256(TEXT.encode()).hexdigest(), "tokens": 9, "tier": "L2"}
SCORES = {"usefulness": 0.5, "toxicity": 0.1, "perplexity": 2.0, "signals": [("student", 0.5)], "student": 0.5, "student_id": "stu_1"}
MEASURED = {"signal": "student", "set": "web", "auc": 0.8, "auc_length_controlled": 0.7, "weight": 0.5, "reason": "measured"}
WEIGHTED_BEFORE = {"previous_weight": 0.5, "previous_auc": 0.8, "rank_correlation": 0.9}
STUDENT = {"parents": ["ann_1"], "training_rows": 90, "rank_correlation": 0.6, "anchor_auc_hi": 0.8, "teacher_anchor_auc": 0.7}
FORM = {"parents": ["fact_0"], "parent_table": "l4_facts", "text": "It was founded in 1612.", "tokens": 7, "stated_values": ["1612"]}

# Two or more sound rows of each stage.
SOUND: dict[str, list[dict]] = {
    "l0_raw": [
        {"doc_id": key, "parents": [], "source_offset": 0, "source_length": 9, "payload_sha256": "0", "text": TEXT, "status": "ok"}
        for key in ("doc_1", "doc_2")
    ],
    "l1_filtered": [{"doc_id": "doc_1", **DOCUMENT}, {"doc_id": "doc_2", **DOCUMENT, "text_sha256": "b"}],
    "l1_contamination": [
        {"match_id": f"con_{verdict}", "parents": ["doc_1"], "doc_id": "doc_1", "verdict": verdict, "overlap": 0.9, **QUOTE}
        for verdict in ("common_text", "common_text ")
    ],
    "l2_anchors": [{"anchor_id": f"anc_{n}", "version": "1", "label": n % 2, "set": "web"} for n in range(20)],
    "l2_annotations": [
        {"annotation_id": "ann_1", "parents": ["doc_1"], "parse_state": "ok", "score": 0.5},
        {"annotation_id": "ann_2", "parents": ["doc_1"], "parse_state": "no_answer"},
    ],
    "l2_reliability": [{"measurement_id": f"mea_{n}", **MEASURED} for n in range(2)],
    "l2_student": [{"student_id": "stu_1", "coefficients": [0.5, -1.0], "calibration_error_lo95": 0.01, **STUDENT}],
    "l2_scores": [{"doc_id": key, "parents": [key], **SCORES} for key in ("doc_1", "doc_2")],
    "l2_selected": [
        {"doc_id": f"doc_{n}", **{name: DOCUMENT[name] for name in ("parents", "text", "tokens")}, "text_sha256": str(n), "usefulness": 0.5}
        for n in range(1, 3)
    ],
    "l2_selection_diff": [{"doc_id": f"doc_{n}", "parents": [f"doc_{n}"], "direction": "promoted"} for n in range(2)],
    "review_queue": [
        {"doc_id": f"doc_{n}", "parents": ["doc_1"], "reasons": ["scorers disagree"], "priority": 0.5, "excerpt_start": 0, "excerpt_end": 9}
        for n in range(2)
    ],
    "l3_refined": [
        {"passage_id": f"psg_{n}", "parents": ["doc_1"], "text": TEXT, "source_start": 0, "source_end": len(TEXT), "source_text": TEXT, "faithfulness": 0.9}
        for n in range(2)
    ],
    "l3_derived": [
        {"derived_id": f"drv_{n}", "parents": ["doc_1"], "kind": "date", "question": f"When, {n}?", "text": TEXT[5:9], "verdict": "accepted",
         "proposer": "whens-1", "evidence_start": 0, "evidence_end": 9, "evidence": TEXT[:9], "answers": [{"start": 5, "end": 9}]}
        for n in range(2)
    ],
    "l3_feedback": [
        {"feedback_id": "fbk_1", **SAID, "kind": "correction", "origin": "person", "generation": 0},
        {"feedback_id": "fbk_2", **SAID, "kind": "answer", "origin": "model", "generation": 1},
    ],
    "l4_claims": [{"claim_id": "clm_1", **CLAIM}, {"claim_id": "clm_2", **CLAIM, "parents": ["psg_1"], "parent_table": "l3_refined"}],
    "l4_statements": [{"statement_id": f"stm_{n}", "source_row": n, **STATEMENT} for n in range(2)],
    "l4_facts": [{"fact_id": f"fact_{n}", "parents": ["clm_1"], "independent_sources": 2, "tokens": 5, "value_normal": "1612"} for n in range(2)],
    "l4_manuals": [
        {"section_id": f"sec_{n}", "parents": ["doc_1"], "span_start": 5, "span_end": len(TEXT), "text": TEXT[5:], "approved_by": "docs", "approved_on": "2026-01-01"}
        for n in range(2)
    ],
    "l4_forms": [
        {"form_id": "form_1", **FORM, "kind": "evidence_answer", "source_id": "src_0", "quote": "in 1612"},
        {"form_id": "form_2", **FORM, "kind": "unknown", "stated_values": None},
        {"form_id": "form_3", **FORM, "kind": "contradicted", "parents": ["val_2"], "parent_table": "l4_values", "stated_values": ["1621"]},
    ],
    "mix_pretrain": [{"row_id": f"mix_{n}", "position": n, **ROW, "tier": f"L{n}"} for n in range(3)],
    "mix_midtrain": [{"row_id": f"mix_{n}", "position": n, **ROW, "tier": f"L{n + 2}"} for n in range(2)],
    "mix_alignment": [{"row_id": f"mix_{n}", "position": n, **ROW, "tier": f"L{n + 3}"} for n in range(2)],
}  # fmt: skip
# What stands for the claims behind a fact is the row that its ledger decides about: here that of its own id.
VALUES = [
    {"value_id": f"val_{n}", "parents": [f"fact_{n}"], "fact_id": f"fact_{n}", "state": "verified", "confidence": 0.9} for n in range(2)
]
SIDES = {
    "l4_facts": {
        "l4_sources": [{"source_id": f"src_{n}", "fact_id": f"fact_{n}", "quote": "in 1612"} for n in range(2)],
        "l4_values": VALUES,
    }
}
SOUND["l1_contamination"][1] |= {"match_id": "con_2", "verdict": "common_text"}

# (stage, what is changed in its first row, metric, its value then)
BROKEN = [
    ("l0_raw", {"status": "error", "error": "cut off"}, "error_share", 0.5),
    ("l0_raw", {"source_length": None}, "unaddressed_rows", 1),
    ("l1_filtered", {"language": "unknown"}, "rows_without_language", 1),
    ("l1_filtered", {"language": None}, "rows_without_language", 1),
    ("l1_filtered", {"text": "write to ann@mail.example"}, "rows_with_email", 1),
    ("l1_filtered", {"text_sha256": "b"}, "repeated_texts", 1),
    ("l1_filtered", {"tokens": 0}, "rows_without_tokens", 1),
    ("l1_filtered", {"tokens": None}, "rows_without_tokens", 1),
    ("l1_contamination", {"span_start": YEAR - 1}, "spans_not_in_parent", 1),
    ("l1_contamination", {"parents": ["doc_9"]}, "spans_not_in_parent", 1),
    ("l1_contamination", {"verdict": None}, "unknown_verdicts", 1),
    ("l1_contamination", {"verdict": "maybe"}, "unknown_verdicts", 1),
    ("l1_contamination", {"overlap": 1.1}, "overlap_out_of_range", 1),
    ("l2_anchors", {"label": 1.5}, "labels_out_of_range", 1),
    ("l2_anchors", {"label": None}, "labels_out_of_range", 1),
    ("l2_anchors", {"version": "2"}, "versions", 2),
    ("l2_anchors", {"set": "other"}, "sets_of_one_label", 1),
    ("l2_anchors", {"set": "other"}, "smallest_set", 1),
    ("l2_annotations", {"parse_state": "no_answer", "score": None}, "parsed_share", 0),
    ("l2_annotations", {"parse_state": "no_answer"}, "scores_without_parse", 1),
    ("l2_annotations", {"score": None}, "scores_without_parse", 1),
    ("l2_reliability", {"auc": 1.2}, "aucs_out_of_range", 1),
    ("l2_reliability", {"auc_length_controlled": -0.1}, "aucs_out_of_range", 1),
    ("l2_reliability", {"reason": ""}, "weights_without_reason", 1),
    ("l2_reliability", {"weight": -1.0}, "weights_without_reason", 1),
    ("l2_reliability", {**WEIGHTED_BEFORE, "auc": 0.7}, "auc_drop", pytest.approx(0.1)),
    ("l2_reliability", {**WEIGHTED_BEFORE, "rank_correlation": 0.2}, "rank_correlation", 0.2),
    ("l2_student", {"training_rows": 0}, "training_rows", 0),
    ("l2_student", {"rank_correlation": 0.1}, "rank_correlation", 0.1),
    ("l2_student", {"anchor_auc_hi": 0.4}, "anchor_auc", 0.4),
    ("l2_student", {"anchor_auc_hi": 0.6}, "behind_teacher", pytest.approx(0.1)),
    ("l2_student", {"calibration_error_lo95": 0.2}, "calibration_error", 0.2),
    ("l2_student", {"coefficients": [0.5, float("nan"), float("inf")]}, "coefficients_not_finite", 2),
    ("l2_scores", {"usefulness": 1.01}, "usefulness_out_of_range", 1),
    ("l2_scores", {"usefulness": float("nan")}, "usefulness_out_of_range", 1),
    ("l2_scores", {"toxicity": None}, "toxicity_out_of_range", 1),
    ("l2_scores", {"perplexity": 0.5}, "perplexity_below_1", 1),
    ("l2_scores", {"student_id": None}, "scores_without_student", 1),
    ("l2_scores", {"student": None}, "scores_without_student", 1),
    ("l2_scores", {"signals": []}, "rows_without_signals", 1),
    ("l2_selected", {"usefulness": None}, "usefulness_out_of_range", 1),
    ("l2_selected", {"toxicity": 0.99}, "toxicity_max", 0.99),
    ("l2_selected", {"text_sha256": "2"}, "repeated_texts", 1),
    ("l2_selection_diff", {"direction": "sideways"}, "unknown_directions", 1),
    ("review_queue", {"reasons": []}, "rows_without_reason", 1),
    ("review_queue", {"priority": 2.0}, "priorities_out_of_range", 1),
    ("review_queue", {"excerpt_end": len(TEXT) + 1}, "excerpts_not_in_document", 1),
    ("review_queue", {"excerpt_start": None}, "excerpts_not_in_document", 1),
    ("review_queue", {"parents": ["doc_9"]}, "excerpts_not_in_document", 1),
    ("l3_refined", {"text": " \n\u00a0"}, "empty_passages", 1),
    ("l3_refined", {"text": None}, "empty_passages", 1),
    ("l3_refined", {"source_text": TEXT + "!"}, "spans_not_in_parent", 1),
    ("l3_refined", {"faithfulness": 0.4}, "faithfulness_min", 0.4),
    ("l4_claims", {"span_end": YEAR + 3}, "quotes_not_in_parent", 1),
    ("l4_claims", {"parent_field": "structured_data"}, "quotes_not_in_parent", 1),
    ("l3_derived", {"evidence": "other"}, "evidence_not_in_parent", 1),
    ("l3_derived", {"text": "1999"}, "answers_not_in_parent", 1),
    ("l3_derived", {"answers": [{"start": 5, "end": 12}]}, "answers_not_in_parent", 1),
    ("l3_derived", {"answers": []}, "answers_not_in_parent", 1),
    ("l3_derived", {"verdict": None}, "without_verdict", 1),
    ("l3_derived", {"question": "When, 1?"}, "repeated_questions", 1),
    ("l3_derived", {"question": ""}, "empty_texts", 1),
    ("l3_feedback", {"consent": None}, "without_consent", 1),
    ("l3_feedback", {"line_sha256": "abc"}, "unaddressed_rows", 1),
    ("l3_feedback", {"text": ""}, "empty_texts", 1),
    ("l3_feedback", {"question": None}, "empty_texts", 1),
    ("l3_feedback", {"origin": "model"}, "answers_of_people", 1),
    ("l3_feedback", {"generation": 1}, "answers_of_people", 1),
    ("l4_claims", {"parent_table": "l3_refined"}, "quotes_not_in_parent", 1),
    ("l4_claims", {"object": ""}, "incomplete_claims", 1),
    ("l4_claims", {"object": None}, "incomplete_claims", 1),
    ("l4_statements", {"source_row": None}, "unaddressed_rows", 1),
    ("l4_statements", {"source_sha256": "abc"}, "unaddressed_rows", 1),
    ("l4_statements", {"source_uri": ""}, "unaddressed_rows", 1),
    ("l4_statements", {"object": ""}, "incomplete_statements", 1),
    ("l4_statements", {"license": None}, "incomplete_statements", 1),
    ("l4_statements", {"vouched_by": "data team"}, "vouched_without_date", 1),
    ("l4_facts", {"independent_sources": 1}, "independent_sources_min", 1),
    ("l4_facts", {"fact_id": "fact_9"}, "facts_without_sources", 1),
    ("l4_facts", {"fact_id": "fact_9"}, "sources_without_facts", 1),
    ("l4_facts", {"superseded_by": "fact_9"}, "superseded_by_no_fact", 1),
    ("l4_facts", {"fact_id": "fact_9"}, "claims_of_no_value", 2),
    ("l4_facts", {"fact_id": "fact_9"}, "facts_of_no_value", 2),
    ("l4_manuals", {"approved_by": ""}, "unapproved_sections", 1),
    ("l4_manuals", {"approved_on": None}, "unapproved_sections", 1),
    ("l4_manuals", {"span_start": 4}, "sections_not_in_parent", 1),
    ("l4_forms", {"stated_values": ["1613"]}, "values_not_of_parents", 1),
    ("l4_forms", {"stated_values": None}, "values_not_of_parents", 1),
    ("l4_forms", {"stated_values": ["1612", "1612"]}, "values_not_of_parents", 1),
    ("l4_forms", {"parents": ["fact_9"]}, "values_not_of_parents", 1),
    ("l4_forms", {"parent_table": "l4_values"}, "values_not_of_parents", 1),
    ("l4_forms", {"quote": "in 1613"}, "quotes_not_of_sources", 1),
    ("l4_forms", {"source_id": "src_1"}, "quotes_not_of_sources", 1),
    ("l4_forms", {"source_id": None}, "quotes_not_of_sources", 1),
    ("l4_forms", {"text": "It was founded then."}, "quotes_not_of_sources", 1),
    ("l4_forms", {"kind": "unknown"}, "unknowns_with_values", 1),
    ("l4_forms", {"kind": "sentence", "text": ""}, "empty_texts", 1),
    *(
        ("l4_forms", {"parents": ["val_2"], "parent_table": "l4_values", "kind": kind, "stated_values": ["1621"]}, "unsettled_of_other_states", 1)
        for kind in ("unconfirmed", "sentence")
    ),
    *(
        (f"mix_{phase}", change, metric, 1)
        for phase, foreign in (("pretrain", "L3"), ("midtrain", "L1"), ("alignment", "L2"))
        for change, metric in (
            ({"text": ""}, "empty_texts"),
            ({"tier": foreign}, "foreign_tiers"),
            ({"tier": None}, "foreign_tiers"),
            ({"text": TEXT + " "}, "texts_not_as_drawn"),
            ({"position": 7}, "position_gaps"),
            ({"position": 1}, "position_gaps"),
            ({"position": None}, "position_gaps"),
        )
    ),
    *((name, {"parents": []}, "orphan_rows", 1) for name in ("l1_filtered", "l3_refined", "l4_facts", "l4_forms", "mix_pretrain")),
    *((name, {key: None}, "null_keys", 1) for name, key in (("l0_raw", "doc_id"), ("l4_claims", "claim_id"))),
]  # fmt: skip


def place(stage: str) -> str:
    return "s" if BY_NAME[stage].per_shard else WHOLE_LAKE


def put(lake: Lake, stage: str, rows: list[dict]) -> None:
    """The stage's rows, and the sound rows of those that it quotes."""
    for parent in BY_NAME[stage].parents if BY_NAME[stage].per_shard else ():
        commit_rows(lake, parent, SOUND[parent], place(parent))
    if stage == "l4_forms":
        values = [*VALUES, {"value_id": "val_2", "parents": ["clm_1"], "state": "contradicted", "value_normal": "1621"}]
        commit_rows(lake, "l4_facts", SOUND["l4_facts"], WHOLE_LAKE, **SIDES["l4_facts"] | {"l4_values": values})
    commit_rows(lake, stage, rows, place(stage), promote=False, **SIDES.get(stage, {}))


def violated(metrics: dict[str, float], stage: str) -> set[str]:
    """Metrics that are not within the bounds of the stage's suite."""
    return {
        bound.metric
        for bound in suite_for(stage).bounds
        if (bound.minimum is not None and not metrics[bound.metric] >= bound.minimum)
        or (bound.maximum is not None and not metrics[bound.metric] <= bound.maximum)
    }


@pytest.mark.parametrize("stage", [stage.name for stage in STAGES])
def test_sound_rows_keep_every_bound(lake, stage):
    put(lake, stage, SOUND[stage])
    metrics = profile(lake, stage, place(stage))
    assert violated(metrics, stage) == set()
    assert metrics["rows"] == metrics["rows_in"] == len(SOUND[stage]) and metrics["orphan_rows"] == metrics["null_keys"] == 0


@pytest.mark.parametrize(("stage", "change", "metric", "value"), BROKEN)
def test_a_row_that_breaks_a_rule_is_counted_by_its_metric(lake, stage, change, metric, value):
    first, *others = SOUND[stage]
    put(lake, stage, [first | change, *others])
    assert profile(lake, stage, place(stage))[metric] == value


def test_a_position_given_twice_does_not_make_up_for_one_that_is_missing(lake):
    put(lake, "mix_pretrain", [row | {"position": position} for row, position in zip(SOUND["mix_pretrain"], (0, 0, 2), strict=True)])
    assert profile(lake, "mix_pretrain", WHOLE_LAKE)["position_gaps"] == 1


def test_every_bound_that_a_row_can_break_is_broken_above():
    tried = {(stage, metric) for stage, _, metric, _ in BROKEN}
    every = {(stage.name, bound.metric) for stage in STAGES for bound in suite_for(stage.name).bounds}
    laws = {"undecided_rows", "null_keys", "orphan_rows", "unforeseen_share", "rows", "rows_in"}
    # These are not broken by one row of the stage's own table; tests/unit/gates/test_gates.py breaks two more of l0_raw.
    elsewhere = {
        *{("l0_raw", "ok_rows_without_text"), ("l0_raw", "errors_without_reason"), ("l1_filtered", "self_duplicates")},
        *{("l1_contamination", "leaks_kept"), ("l1_contamination", "leak_share"), ("l2_selection_diff", "moved_share")},
        *{("l2_reliability", "signals_with_weight"), ("l4_statements", "dropped_share"), ("l4_manuals", "unsigned_approvals")},
        *{("l4_facts", metric) for _, metric, _ in BROKEN_VALUES},
        *{("l3_refined", metric) for metric in ("operations_not_in_parent", "operations_without_verdict", "texts_not_as_assembled")},
        ("l3_refined", "repeated_texts"),
    } - tried
    assert {(stage, metric) for stage, metric in every - tried if metric not in laws} == elsewhere


# (what is changed in the first value of the facts, metric, its value then)
BROKEN_VALUES = [
    ({"state": "likely"}, "values_of_no_state", 1),
    ({"state": None}, "values_of_no_state", 1),
    ({"confidence": 1.1}, "confidence_out_of_range", 1),
    ({"confidence": None}, "confidence_out_of_range", 1),
    ({"parents": []}, "claims_of_no_value", 1),
    ({"parents": ["fact_0", "fact_1"]}, "claims_of_no_value", 1),
    ({"fact_id": None}, "facts_of_no_value", 2),
    ({"fact_id": "fact_1"}, "facts_of_no_value", 2),
    ({"state": "refuted"}, "promoted_unverified", 1),
    ({"state": "refuted"}, "facts_of_no_value", 1),
]


@pytest.mark.parametrize(("change", "metric", "value"), BROKEN_VALUES)
def test_a_value_that_breaks_a_rule_is_counted_by_its_metric(lake, change, metric, value):
    first, *others = VALUES
    commit_rows(lake, "l4_facts", SOUND["l4_facts"], WHOLE_LAKE, False, **{**SIDES["l4_facts"], "l4_values": [first | change, *others]})
    assert profile(lake, "l4_facts", WHOLE_LAKE)[metric] == value


def test_a_claim_about_nobody_knows_which_thing_needs_no_value(lake):
    tables = {name: rows_of(name, []) for name in stage_tables("l4_facts")}
    rules = ("facts:ambiguous_subject", UNFORESEEN, "facts:single_source")
    decisions = [{"row_id": f"clm_{rule}", "outcome": "dropped", "rule": rule} for rule in rules]
    lake.commit(Activity.begin("l4_facts", WHOLE_LAKE, "1", (), {}), StageResult(tables, {"l4_facts": (3, decision_table(decisions))}))
    assert profile(lake, "l4_facts", WHOLE_LAKE)["claims_of_no_value"] == 1


def test_metrics_over_side_tables_and_decisions(lake):
    commit_rows(lake, "l1_filtered", SOUND["l1_filtered"], l1_duplicates=[{"doc_id": "doc_3", "kept_doc_id": "doc_3"}, {"doc_id": "doc_4", "kept_doc_id": "doc_1"}])  # fmt: skip
    assert profile(lake, "l1_filtered", "s")["self_duplicates"] == 1
    commit_rows(lake, "l1_contamination", [{**SOUND["l1_contamination"][0], "match_id": "doc_1", "doc_id": "doc_1", "verdict": "leak"}])
    assert profile(lake, "l1_contamination", "s")["leaks_kept"] == 1, "the ledger keeps what is decided about the document of that id"
    commit_rows(lake, "l2_selection_diff", SOUND["l2_selection_diff"], l2_selection_diff_shards=[{"after_activity_id": "act_1", "agreement": 0.4}])  # fmt: skip
    assert profile(lake, "l2_selection_diff", "s")["moved_share"] == pytest.approx(0.6)
    commit_rows(lake, "l2_reliability", [{**SOUND["l2_reliability"][0], "weight": 0.0}], WHOLE_LAKE)
    assert profile(lake, "l2_reliability", WHOLE_LAKE)["signals_with_weight"] == 0


def test_a_base_whose_values_are_mostly_of_another_type_is_mapped_wrongly(lake):
    rules = ["bases:type", "bases:unit", "bases:time", "bases:no_value"]
    decisions = decision_table([{"row_id": f"stm_{rule}", "outcome": "dropped", "rule": rule} for rule in rules])
    result = StageResult({"l4_statements": rows_of("l4_statements", [])}, {"l4_statements": (len(rules), decisions)})
    lake.commit(Activity.begin("l4_statements", WHOLE_LAKE, "1", (), {}), result)
    assert profile(lake, "l4_statements", WHOLE_LAKE)["dropped_share"] == 0.75


def test_rows_that_no_code_could_work_on_are_a_share_that_every_gate_bounds(lake):
    tables = {name: rows_of(name, []) for name in stage_tables("l4_claims")}
    decisions = [{"row_id": f"doc_{n}", "outcome": "error", "rule": UNFORESEEN if n else "unreadable"} for n in range(4)]
    lake.commit(Activity.begin("l4_claims", "s", "1", (), {}), StageResult(tables, {"l4_claims": (4, decision_table(decisions))}))
    metrics = profile(lake, "l4_claims", "s")
    assert metrics["unforeseen_share"] == 0.75 and violated(metrics, "l4_claims") == {"unforeseen_share"}


def test_rows_that_were_never_written_have_no_profile(lake):
    with pytest.raises(NotWritten, match="l0_raw/s"):
        profile(lake, "l0_raw", "s")


def test_rows_are_profiled_before_they_are_promoted_and_without_their_parents_being_there(lake):
    commit_rows(lake, "l4_manuals", SOUND["l4_manuals"], promote=False)
    metrics = profile(lake, "l4_manuals", "s")
    assert metrics["sections_not_in_parent"] == metrics["rows"] == 2 and violated(metrics, "l4_manuals") == {"sections_not_in_parent"}


def test_an_override_of_the_recipe_is_the_bound_that_counts():
    rules = GateRules({"l1_filtered": {"rows_with_email": [None, 3]}})
    assert {bound.metric: bound.maximum for bound in suite_for("l1_filtered", rules).bounds}["rows_with_email"] == 3
    assert {bound.metric: bound.maximum for bound in suite_for("l1_filtered").bounds}["rows_with_email"] == 0


OPERATION = {
    "doc_id": "doc_1",
    "kind": "case",
    "start": 8,
    "end": 11,
    "original": "the",
    "replacement": "The",
    "accepted": True,
    "text_start": 8,
}
EDITED = TEXT.replace("the", "The") + "!"
EDITS = [
    OPERATION | {"operation_id": "opn_1"},
    OPERATION
    | {"operation_id": "opn_2", "start": len(TEXT), "end": len(TEXT), "original": "", "replacement": "!", "text_start": len(TEXT)},
    OPERATION | {"operation_id": "opn_3", "replacement": "A", "accepted": False, "reason": "case:letters", "text_start": None},
]


@pytest.mark.parametrize(
    ("change", "text", "metric", "value"),
    [
        ({}, EDITED, "texts_not_as_assembled", 0),
        ({"replacement": "A"}, EDITED, "texts_not_as_assembled", 1),
        ({}, EDITED + "?", "texts_not_as_assembled", 1),
        ({"original": "tha"}, EDITED, "operations_not_in_parent", 1),
        ({"accepted": None}, EDITED, "operations_without_verdict", 1),
        ({"reason": "case:letters"}, EDITED, "operations_without_verdict", 1),
    ],
)
def test_an_edit_is_its_parent_with_its_operations_done(lake, change, text, metric, value):
    commit_rows(lake, "l2_selected", SOUND["l2_selected"])
    row = SOUND["l3_refined"][0] | {"kind": "edit", "text": text}
    commit_rows(lake, "l3_refined", [row], promote=False, l3_operations=[EDITS[0] | change, *EDITS[1:]])
    assert profile(lake, "l3_refined", "s")[metric] == value


def test_two_edits_of_one_text_are_counted(lake):
    commit_rows(lake, "l2_selected", SOUND["l2_selected"])
    commit_rows(
        lake, "l3_refined", [row | {"kind": "edit", "text": EDITED} for row in SOUND["l3_refined"]], promote=False, l3_operations=EDITS
    )
    assert profile(lake, "l3_refined", "s")["repeated_texts"] == 1
