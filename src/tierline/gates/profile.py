"""Profiles a stage's candidate rows with DuckDB: one row of metrics, small enough for any validation engine."""

from __future__ import annotations

from tempfile import gettempdir

import duckdb

from tierline.errors import NotWritten
from tierline.lake import Lake
from tierline.sql import readable, view_rows
from tierline.stages import BY_NAME
from tierline.tables import TABLES, stage_tables
from tierline.tables.l4 import VALUE_STATES
from tierline.tables.records import DECISIONS
from tierline.tables.tiers import PHASE_TIERS, Phase
from tierline.text.domains import FILE_ENDINGS
from tierline.unforeseen import UNFORESEEN

# Beyond it, a count of distinct texts or a join spills to disk.
BOUNDS: dict[str, str | bool | int | float | list[str]] = {"memory_limit": "512MB", "temp_directory": gettempdir()}
_COUNT = "count(*) filter (where {})"
_EMAIL = r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+\.[A-Za-z]{2,}"
# Looks like an address but belongs to nobody, as in redaction: repositories (git@host) and files (logo@2x.png).
_NO_MAILBOX = rf"(^|[^\w.+-])git@|@([A-Za-z0-9-]+\.)+(?i:{'|'.join(sorted(FILE_ENDINGS))})\.?($|[^\w.-])"
_REDACTABLE = f"regexp_matches(text, '{_EMAIL}') and regexp_matches(regexp_replace(text, '{_NO_MAILBOX}', ' ', 'g'), '{_EMAIL}')"

# SQL over the relations `rows` (the stage's main table), `decisions` (its ledger), its side tables and the parent tables below.
_METRICS: dict[str, dict[str, str]] = {
    "l0_raw": {
        "error_share": "coalesce(avg((status = 'error')::int), 0)",
        "unaddressed_rows": _COUNT.format("status <> 'error' and (source_offset + source_length is null or payload_sha256 is null)"),
        "ok_rows_without_text": _COUNT.format("status = 'ok' and coalesce(length(text), 0) = 0"),
        "errors_without_reason": _COUNT.format("status = 'error' and coalesce(length(error), 0) = 0"),
    },
    "l1_filtered": {
        "rows_without_language": _COUNT.format("language is null or language = 'unknown'"),
        "rows_with_email": _COUNT.format(_REDACTABLE),
        "repeated_texts": "count(*) - count(distinct text_sha256)",
        "rows_without_tokens": _COUNT.format("coalesce(tokens, 0) < 1"),
        "self_duplicates": "(select count(*) from l1_duplicates where doc_id = kept_doc_id)",
        "tokens": "coalesce(sum(tokens), 0)",
    },
    "l1_contamination": {
        "spans_not_in_parent": """(select count(*) from rows left join l1_filtered on l1_filtered.doc_id = rows.parents[1]
            where substring(l1_filtered.text, span_start + 1, span_end - span_start) is distinct from quote)""",
        "unknown_verdicts": _COUNT.format("verdict is null or verdict not in ('leak', 'common_text')"),
        "overlap_out_of_range": _COUNT.format("overlap is null or overlap not between 0 and 1"),
        "leaks_kept": """(select count(*) from decisions where outcome = 'kept'
            and row_id in (select doc_id from rows where verdict = 'leak'))""",
        "leak_share": "(select coalesce(avg((outcome = 'dropped')::int), 0) from decisions)",
    },
    "l2_anchors": {
        "labels_out_of_range": _COUNT.format("label is null or label not between 0 and 1"),
        "versions": "count(distinct version)",
        "sets_of_one_label": "(select count(*) from (select set from rows group by set having count(distinct label) < 2))",
        "smallest_set": "coalesce((select min(size) from (select count(*) as size from rows group by set)), 0)",
    },
    "l2_annotations": {
        "parsed_share": "coalesce(avg((parse_state = 'ok')::int), 1)",  # an empty sample has no parse failures
        "scores_without_parse": _COUNT.format("(parse_state = 'ok') <> (score is not null)"),
    },
    "l2_reliability": {
        "aucs_out_of_range": _COUNT.format(
            "coalesce(auc, 0.5) not between 0 and 1 or coalesce(auc_length_controlled, 0.5) not between 0 and 1"
        ),
        "weights_without_reason": _COUNT.format("weight is null or weight < 0 or coalesce(length(reason), 0) = 0"),
        "signals_with_weight": "count(distinct signal) filter (where weight > 0)",
        "auc_drop": "coalesce(max(previous_auc - auc) filter (where previous_weight > 0), 0)",
        "rank_correlation": "coalesce(min(rank_correlation) filter (where previous_weight > 0 and auc <= previous_auc), 1)",
    },
    "l2_student": {
        "training_rows": "coalesce(min(training_rows), 0)",
        "rank_correlation": "coalesce(min(rank_correlation), 0)",
        "anchor_auc": "coalesce(min(anchor_auc_hi), 1)",
        "behind_teacher": "coalesce(max(teacher_anchor_auc - anchor_auc_hi), 0)",
        "calibration_error": "coalesce(max(calibration_error_lo95), 0)",
        "coefficients_not_finite": "coalesce(sum(len(list_filter(coefficients, lambda value: not isfinite(value)))), 0)",
    },
    "l2_scores": {
        "usefulness_out_of_range": _COUNT.format("usefulness is null or usefulness not between 0 and 1"),
        "toxicity_out_of_range": _COUNT.format("toxicity is null or toxicity not between 0 and 1"),
        "perplexity_below_1": _COUNT.format("perplexity < 1"),
        "scores_without_student": _COUNT.format("(student is null) <> (student_id is null)"),
        "rows_without_signals": _COUNT.format("coalesce(len(signals), 0) = 0"),
    },
    "l2_selected": {
        "usefulness_out_of_range": _COUNT.format("usefulness is null or usefulness not between 0 and 1"),
        "toxicity_max": "coalesce(max(toxicity), 0)",
        "repeated_texts": "count(*) - count(distinct text_sha256)",
        "tokens": "coalesce(sum(tokens), 0)",
    },
    "l2_selection_diff": {
        "unknown_directions": _COUNT.format("direction is null or direction not in ('promoted', 'demoted')"),
        "moved_share": "(select coalesce(max(1 - agreement), 0) from l2_selection_diff_shards)",
    },
    "review_queue": {
        "rows_without_reason": _COUNT.format("coalesce(len(reasons), 0) = 0"),
        "priorities_out_of_range": _COUNT.format("priority is null or priority not between 0 and 1"),
        "excerpts_not_in_document": """(select count(*) from rows left join l1_filtered on l1_filtered.doc_id = rows.parents[1]
            where not coalesce(0 <= excerpt_start and excerpt_start <= excerpt_end and excerpt_end <= length(l1_filtered.text), false))""",
    },
    "l3_refined": {
        "empty_passages": _COUNT.format(r"not regexp_matches(coalesce(text, ''), '[^\s\p{Z}]')"),
        "spans_not_in_parent": """(select count(*) from rows left join l2_selected on l2_selected.doc_id = rows.parents[1]
            where substring(l2_selected.text, source_start + 1, source_end - source_start) is distinct from source_text)""",
        "faithfulness_min": "coalesce(min(faithfulness), 1)",
        "operations_not_in_parent": """(select count(*) from l3_operations left join l2_selected using (doc_id)
            where substring(l2_selected.text, "start" + 1, "end" - "start") is distinct from original)""",
        "operations_without_verdict": """(select count(*) from l3_operations
            where accepted is null or accepted <> (reason is null) or accepted <> (text_start is not null))""",
        # The parent's text with the accepted replacements in their places, put together again.
        "texts_not_as_assembled": """(with placed as (
                select doc_id, replacement, "start", "end", lag("end", 1, 0) over (partition by doc_id order by "start", "end") as before
                from l3_operations where accepted
            ), put_together as (
                select doc_id,
                    string_agg(substring(l2_selected.text, before + 1, "start" - before) || replacement, '' order by "start", "end")
                        || substring(any_value(l2_selected.text), max("end") + 1) as again
                from placed join l2_selected using (doc_id) group by doc_id
            )
            select count(*) from rows left join put_together on doc_id = rows.parents[1]
            where kind = 'edit' and rows.text is distinct from again)""",
        "repeated_texts": "count(*) filter (where kind = 'edit') - count(distinct text) filter (where kind = 'edit')",
        "tokens": "coalesce(sum(tokens), 0)",
    },
    "l3_derived": {
        "evidence_not_in_parent": """(select count(*) from rows left join l2_selected on l2_selected.doc_id = rows.parents[1]
            where substring(l2_selected.text, evidence_start + 1, evidence_end - evidence_start) is distinct from evidence)""",
        # Of what a model wrote the answers are the sentences that it rests on, not its words.
        "answers_not_in_parent": """(select count(distinct derived_id) from
            (select derived_id, kind, rows.text as said, l2_selected.text as source, evidence_start, evidence_end, unnest(answers) as answer
                from rows left join l2_selected on l2_selected.doc_id = rows.parents[1])
            where coalesce(answer.start < evidence_start or answer."end" > evidence_end or (kind not in
                ('textbook', 'encyclopedia', 'lecture', 'free_tutoring')
                and not contains(lower(said), lower(substring(source, answer.start + 1, answer."end" - answer.start)))), true))
            + count(*) filter (where coalesce(len(answers), 0) = 0)""",
        "without_verdict": _COUNT.format("verdict is distinct from 'accepted' or coalesce(length(proposer), 0) = 0"),
        "repeated_questions": "count(*) - count(distinct question)",
        "empty_texts": _COUNT.format("coalesce(length(text), 0) = 0 or coalesce(length(question), 0) = 0"),
        "tokens": "coalesce(sum(tokens), 0)",
    },
    "l3_feedback": {
        "without_consent": _COUNT.format("coalesce(length(consent), 0) = 0"),
        "unaddressed_rows": _COUNT.format(
            "source_offset is null or source_length is null or length(source_uri) = 0 or coalesce(length(line_sha256), 0) <> 64"
        ),
        "empty_texts": _COUNT.format("coalesce(length(text), 0) = 0 or coalesce(length(question), 0) = 0"),
        "answers_of_people": _COUNT.format(
            "(kind = 'answer') is distinct from (origin = 'model') or (origin = 'model') is distinct from (generation > 0)"
        ),
        "tokens": "coalesce(sum(tokens), 0)",
    },
    "l4_claims": {
        "quotes_not_in_parent": """(select count(*) from rows
            left join l2_selected on parent_table = 'l2_selected' and l2_selected.doc_id = rows.parents[1]
            left join l3_refined on parent_table = 'l3_refined' and passage_id = rows.parents[1]
            where substring(case when parent_table = 'l3_refined' then l3_refined.text when parent_field = 'text' then l2_selected.text
                else l2_selected.structured_data end, span_start + 1, span_end - span_start) is distinct from quote)""",
        "incomplete_claims": _COUNT.format(" or ".join(f"coalesce(length({part}), 0) = 0" for part in ("subject", "predicate", "object"))),
    },
    "l4_statements": {
        "unaddressed_rows": _COUNT.format(
            "source_row is null or coalesce(length(source_uri), 0) = 0 or coalesce(length(source_sha256), 0) <> 64"
        ),
        "incomplete_statements": _COUNT.format(
            " or ".join(
                f"coalesce(length({part}), 0) = 0" for part in ("subject", "predicate", "object", "base", "base_version", "license")
            )
        ),
        "vouched_without_date": _COUNT.format("(vouched_by is null) <> (vouched_on is null)"),
        # Cells that say nothing, or nothing of today, are the base's; those of another kind than the mapping says are the mapping's.
        "dropped_share": """(select coalesce(avg((rule is not null and rule in
            ('bases:type', 'bases:unit', 'bases:time', 'bases:unreadable'))::int), 0) from decisions)""",
    },
    "l4_facts": {
        "independent_sources_min": "coalesce(min(independent_sources) filter (where vouched_by is null), 2)",  # of none it is met
        "facts_without_sources": _COUNT.format("fact_id not in (select fact_id from l4_sources)"),
        "superseded_by_no_fact": _COUNT.format("superseded_by is not null and superseded_by not in (select fact_id from rows)"),
        "sources_without_facts": "(select count(*) from l4_sources where fact_id not in (select fact_id from rows))",
        "values_of_no_state": f"""(select count(*) from l4_values
            where state is null or state not in ({", ".join(map(repr, VALUE_STATES))}))""",
        "confidence_out_of_range": "(select count(*) from l4_values where confidence is null or confidence not between 0 and 1)",
        # Each claim is part of one value, unless its decision says that nobody knows which thing it is about.
        "claims_of_no_value": f"""(select count(*) from decisions full join
            (select claim, count(*) as times from (select unnest(parents) as claim from l4_values) group by claim) on claim = row_id
            where coalesce(times, 0) <> (case when row_id is null then 0 when rule in ('facts:ambiguous_subject', '{UNFORESEEN}')
                then 0 else 1 end))""",
        "facts_of_no_value": """(select count(*) from rows full join
            (select fact_id, count(*) as times from l4_values where state in ('verified', 'superseded') group by fact_id) held
            using (fact_id) where rows.fact_id is null or coalesce(times, 0) <> 1)""",
        "promoted_unverified": """(select count(*) from l4_values
            where state not in ('verified', 'superseded', 'withdrawn') and fact_id is not null)""",
        "tokens": "coalesce(sum(tokens), 0)",
    },
    "l4_manuals": {
        "unapproved_sections": _COUNT.format("coalesce(length(approved_by), 0) = 0 or coalesce(length(approved_on), 0) = 0"),
        "sections_not_in_parent": """(select count(*) from rows left join l2_selected on l2_selected.doc_id = rows.parents[1]
            where substring(l2_selected.text, span_start + 1, span_end - span_start) is distinct from rows.text)""",
        "unsigned_approvals": "(select count(*) from decisions where rule = 'manuals:unsigned')",
        "tokens": "coalesce(sum(tokens), 0)",
    },
    "l4_forms": {
        "values_not_of_parents": """(select count(distinct form_id) from
            (select form_id, parent_table, unnest(parents) as parent, unnest(stated_values) as stated
                from rows where kind <> 'unknown') said
            left join l4_facts on said.parent_table = 'l4_facts' and l4_facts.fact_id = parent
            left join l4_values on said.parent_table = 'l4_values' and l4_values.value_id = parent
            where stated is distinct from coalesce(l4_facts.value_normal, l4_values.value_normal) or stated is null)""",
        "unsettled_of_other_states": """(select count(distinct form_id) from
            (select form_id, kind, unnest(parents) as parent from rows where parent_table = 'l4_values') said
            left join l4_values on value_id = parent
            where state is distinct from case kind when 'contradicted' then 'contradicted' when 'unconfirmed' then 'single_source' end)""",
        "quotes_not_of_sources": """(select count(*) from rows left join l4_sources using (source_id) where kind = 'evidence_answer' and
            coalesce(rows.quote <> l4_sources.quote or l4_sources.fact_id <> parents[1] or not contains(rows.text, rows.quote), true))""",
        "unknowns_with_values": _COUNT.format("kind = 'unknown' and stated_values is not null"),
        "empty_texts": _COUNT.format("coalesce(length(text), 0) = 0"),
        "tokens": "coalesce(sum(tokens), 0)",
    },
    **{
        f"mix_{phase}": {
            "empty_texts": _COUNT.format("coalesce(length(text), 0) = 0"),
            "foreign_tiers": _COUNT.format(f"tier is null or tier not in ({', '.join(map(repr, sorted(map(str, PHASE_TIERS[phase]))))})"),
            "texts_not_as_drawn": _COUNT.format("sha256(text) is distinct from text_sha256"),
            # Rows without a position of their own among the first so many.
            "position_gaps": """count(*) - (select count(distinct position) from rows
                where position between 0 and (select count(*) - 1 from rows))""",
            "tokens": "coalesce(sum(tokens), 0)",
        }
        for phase in Phase
    },
}

# Tables of all shards that the rows of a stage over the whole lake are compared with.
_COMPARED = {"l4_forms": BY_NAME["l4_forms"].reads}


def profile(lake: Lake, stage: str, shard: str) -> dict[str, float]:
    """Metric name -> value for the rows now in the lake, judged or not. NotWritten if there are none.

    Every metric is a number: a metric that is undefined on an empty shard takes a value within its bound, and the count of
    rows is a separate metric, because an empty frame passes every rule about its rows.
    """
    activity, spec = lake.activity(stage, shard), TABLES[stage]
    if activity is None:
        raise NotWritten("has not been written", f"{stage}/{shard}", f"materialize {stage} for it")
    rows_in = activity["rows_in"]
    with duckdb.connect(config=BOUNDS) as database, readable(lake.root):
        view_rows(database, "rows", lake, stage, lake.files(lake.manifest(stage, shard)), spec.schema)
        view_rows(database, "decisions", lake, "decisions", lake.ledger_files(stage, shard), DECISIONS)
        for name in stage_tables(stage)[1:]:
            view_rows(database, name, lake, name, _files_of(lake, name, shard), TABLES[name].schema)  # older code wrote fewer tables
        for name in BY_NAME[stage].parents if BY_NAME[stage].per_shard else ():
            view_rows(database, name, lake, name, _files_of(lake, name, shard), TABLES[name].schema)
        for name in _COMPARED.get(stage, ()):
            view_rows(database, name, lake, name, lake.promoted_files(name), TABLES[name].schema)
        has_parents = "parents" in spec.columns and bool(BY_NAME[stage].parents)  # what is made from files has none
        laws = {
            "rows": "count(*)",
            "rows_in": str(rows_in),
            "undecided_rows": f"abs({rows_in} - (select count(*) from decisions))",
            "null_keys": _COUNT.format(f"{spec.key} is null"),
            "orphan_rows": _COUNT.format("coalesce(len(parents), 0) = 0") if has_parents else "0",
            "unforeseen_share": f"(select coalesce(avg((coalesce(rule, '') = '{UNFORESEEN}')::int), 0) from decisions)",
        }
        metrics = laws | _METRICS[stage]
        columns = ", ".join(f"({sql})::double as {name}" for name, sql in metrics.items())
        found = database.execute(f"select {columns} from rows").fetchone()
    assert found is not None, "an aggregate always returns a row"
    return dict(zip(metrics, found, strict=True))


def _files_of(lake: Lake, table: str, shard: str) -> list[str]:
    try:
        return lake.files(lake.manifest(table, shard))
    except NotWritten:
        return []
