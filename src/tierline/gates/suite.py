"""The suites: for every stage, the bounds of its profile, and the reason for each."""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import dataclass, field
from typing import Any, ClassVar

from tierline.errors import BadInput
from tierline.tables import TABLES


@dataclass(frozen=True, slots=True)
class Bound:
    """One expectation: the metric is not null and lies in [minimum, maximum]; None for no bound."""

    metric: str
    minimum: float | None
    maximum: float | None
    why: str


@dataclass(frozen=True, slots=True)
class Suite:
    """Every bound of one stage's gate."""

    name: str
    bounds: tuple[Bound, ...]

    @property
    def sha256(self) -> str:
        """Changes whenever a bound does, and not with its wording: a verdict says which suite it came from."""
        bounds = [[bound.metric, bound.minimum, bound.maximum] for bound in self.bounds]
        return hashlib.sha256(json.dumps([self.name, bounds]).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class GateRules:
    """Overrides of single bounds: stage -> metric -> [minimum, maximum], null for no bound."""

    SECTION: ClassVar[str] = "gates"
    bounds: dict[str, dict[str, list]] = field(default_factory=dict[str, "dict[str, list]"])  # pyright: ignore[reportMissingTypeArgument]


def _none(metric: str, why: str) -> Bound:
    return Bound(metric, None, 0, why)


_LAWS = (
    _none("undecided_rows", "law 1: every row that went in has exactly one decision"),
    _none("null_keys", "a row without an id cannot be traced"),
    _none("orphan_rows", "every derived row names its parents"),
    Bound("unforeseen_share", None, 0.5, "code that fails on most rows is broken, and what is left of them is no fair part"),
)
_NOT_EMPTY = Bound("rows", 1, None, "no row is left, for example because all were duplicates; an empty shard passes every other rule")
_READ = Bound("rows_in", 1, None, "a stage that read no rows has nothing to promote")

_SUITES: dict[str, tuple[Bound, ...]] = {
    "l0_raw": (
        _NOT_EMPTY,
        Bound("error_share", None, 0.5, "mostly unreadable input is a broken crawl, not a few bad pages"),
        _none("unaddressed_rows", "law 4: a row's bytes can be read again at its address"),
        _none("ok_rows_without_text", "status ok promises text"),
        _none("errors_without_reason", "an error row says why"),
    ),
    "l1_filtered": (
        _NOT_EMPTY,
        _none("rows_without_language", "the language is known from L1 on"),
        _none("rows_with_email", "e-mail addresses are redacted"),
        _none("repeated_texts", "exact duplicates are resolved"),
        _none("rows_without_tokens", "a document without tokens cannot be trained on"),
        _none("self_duplicates", "no document is its own duplicate"),
    ),
    "l1_contamination": (
        _READ,
        _none("spans_not_in_parent", "law 4: the matching text is found at its span in the document"),
        _none("unknown_verdicts", "a match is a leak or common text"),
        _none("overlap_out_of_range", "an overlap is a share of the item"),
        _none("leaks_kept", "a document with a leak is not kept"),
        Bound("leak_share", None, 0.5, "if most documents leak, the crawl is a copy of the benchmark, or the benchmark file is broken"),
    ),
    "l2_anchors": (
        _none("labels_out_of_range", "a label is in [0, 1]"),
        Bound("versions", 1, 1, "anchors are frozen together, under one version"),
        _none("sets_of_one_label", "with only one label nothing can be measured"),
        Bound("smallest_set", 20, None, "an AUC of fewer texts is meaningless"),
    ),
    "l2_annotations": (
        _READ,
        Bound("parsed_share", 0.5, None, "a model whose answers mostly do not parse is not usable as a judge"),
        _none("scores_without_parse", "law 5: a failed parse is never a score"),
    ),
    "l2_reliability": (
        _none("aucs_out_of_range", "an AUC is a share of pairs"),
        _none("weights_without_reason", "a weight follows from a measurement, which is named"),
        Bound(
            "signals_with_weight", 0, None, "raise it to 1 to require a usable scorer: without any, all documents get the same usefulness"
        ),
        Bound(
            "auc_drop",
            None,
            0.05,
            "drift: a new version of a scorer with weight may not be clearly worse",
        ),
        Bound(
            "rank_correlation",
            0.5,
            None,
            "drift: a version that ranks anchors differently without being better is another scorer",
        ),
    ),
    "l2_student": (
        Bound("rows", 1, 1, "there is one student in use"),
        Bound("training_rows", 1, None, "a student has learned from something"),
        Bound("rank_correlation", 0.2, None, "a student that does not follow its teacher (cross-validated) has learned nothing from it"),
        Bound("anchor_auc", 0.5, None, "a student whose AUC on the anchors is below chance (upper 95% bound) ranks upside down"),
        Bound(
            "behind_teacher", None, 0.02, "a student that is worse than its teacher on the anchors (95% confidence) is not worth its speed"
        ),
        Bound(
            "calibration_error", None, 0.15, "a student that is so far from its teacher on a domain (lower 95% bound) treats it unfairly"
        ),
        _none("coefficients_not_finite", "a diverged fit cannot score"),
    ),
    "l2_scores": (
        _NOT_EMPTY,
        _none("usefulness_out_of_range", "usefulness is in [0, 1]"),
        _none("toxicity_out_of_range", "toxicity is in [0, 1]"),
        _none("perplexity_below_1", "a perplexity cannot be below 1"),
        _none("scores_without_student", "a score names the student that gave it"),
        _none("rows_without_signals", "usefulness is computed from the signals"),
    ),
    "l2_selected": (
        _NOT_EMPTY,
        _none("usefulness_out_of_range", "usefulness is in [0, 1]"),
        Bound("toxicity_max", None, 0.95, "selection may be loosened, but not to this"),
        _none("repeated_texts", "duplicates are resolved"),
    ),
    "l2_selection_diff": (
        _none("unknown_directions", "a document that moved came in or went out"),
        Bound(
            "moved_share",
            None,
            0.5,
            "if most documents enter or leave L2, a person should look before mixes are drawn",
        ),
    ),
    "review_queue": (
        _none("rows_without_reason", "a reviewer is told why"),
        _none("priorities_out_of_range", "a priority is in [0, 1]"),
        _none("excerpts_not_in_document", "the excerpt is a span of the document"),
    ),
    "l3_refined": (
        _READ,
        _none("empty_passages", "an edit may not delete everything"),
        _none("spans_not_in_parent", "the refined span is found in its parent"),
        Bound("faithfulness_min", 0.5, None, "an edit that its judge finds unfaithful is not promoted"),
        _none("operations_not_in_parent", "law 4: the words that an operation replaces are found at its span in its parent"),
        _none("operations_without_verdict", "every operation that was proposed is accepted, or names the rule that refused it"),
        _none("texts_not_as_assembled", "an edit is its parent with the accepted operations done, and nothing else"),
        _none("repeated_texts", "no two edits have the same text"),
    ),
    "l3_derived": (
        _none("evidence_not_in_parent", "law 4: what answers a question is found at its span in its parent"),
        _none("answers_not_in_parent", "the words of an answer are the parent's, within the evidence, one by one"),
        _none("without_verdict", "only what its verifier accepted is a row"),
        _none("repeated_questions", "a question is asked once"),
        _none("empty_texts", "a form has a question and a text"),
    ),
    "l3_feedback": (
        _none("without_consent", "nothing is kept that its author did not agree to"),
        _none("unaddressed_rows", "law 4: the line of a row can be read again at its address"),
        _none("empty_texts", "a row has a question and a text"),
        _none("answers_of_people", "an answer of a model says so, with its generation"),
    ),
    "l4_claims": (
        _READ,
        _none("quotes_not_in_parent", "law 4: every quoted span is found at that span in its parent"),
        _none("incomplete_claims", "a claim has subject, predicate and object"),
    ),
    "l4_statements": (
        _none("unaddressed_rows", "law 4: a statement's row can be read again at its address"),
        _none("incomplete_statements", "a statement has subject, predicate and object, and a base with license and version"),
        _none("vouched_without_date", "who vouches for a base says on which day"),
        Bound("dropped_share", None, 0.5, "a base most of whose values are of the wrong type is mapped wrongly"),
    ),
    "l4_facts": (
        _READ,
        Bound("independent_sources_min", 2, None, "a fact needs two independent sources, or a knowledge base that a person vouches for"),
        _none("facts_without_sources", "every fact lists its evidence"),
        _none("sources_without_facts", "no evidence without its fact"),
        _none("superseded_by_no_fact", "what superseded a fact is a fact"),
        _none("values_of_no_state", "every value that is stated has one of the six states"),
        _none("confidence_out_of_range", "a confidence is a probability"),
        _none("claims_of_no_value", "law 1: each claim is part of one value, or its decision says why of none"),
        _none("facts_of_no_value", "each fact is one value that is verified, or was of its time"),
        _none("promoted_unverified", "what is not verified is promoted as no fact"),
    ),
    "l4_manuals": (
        _READ,
        _none("unapproved_sections", "a manual is in L4 only if the recipe, a review or a signature names who approved it"),
        Bound("unsigned_approvals", None, None, "approvals that do not count, because TIERLINE_ROOT_KEY asks for signatures of each"),
        _none("sections_not_in_parent", "law 4: a section is found at its span in its parent"),
    ),
    "l4_forms": (
        _none("values_not_of_parents", "reading a form again gives the values of its facts, in their order, and no others"),
        _none("quotes_not_of_sources", "law 4: what a form quotes are the words of its fact's source"),
        _none("unknowns_with_values", "what is not known has no value"),
        _none("unsettled_of_other_states", "what is contradicted or stated once is said as that alone, what is refuted or withdrawn never"),
        _none("empty_texts", "a form has text"),
    ),
    **{
        f"mix_{phase}": (
            _READ,
            _NOT_EMPTY,
            _none("empty_texts", "a sampled row has text"),
            _none("foreign_tiers", "a phase draws on its own tiers only"),
            _none("texts_not_as_drawn", "a row's hash proves in a trainer's folder that its text is the one from the lake"),
            _none("position_gaps", "positions are 0, 1, 2, ..."),
        )
        for phase in ("pretrain", "midtrain", "alignment")
    },
}


def suite_for(stage: str, rules: GateRules | None = None) -> Suite:
    """The stage's suite with the recipe's overrides. BadInput if a recipe names an unknown stage or metric."""
    overrides = (rules or GateRules()).bounds
    for name, bounds in overrides.items():
        known = {bound.metric for bound in (*_LAWS, *_SUITES.get(name, ()))}
        unknown = [metric for metric in bounds if metric not in known] if name in _SUITES else [name]
        if unknown:
            raise BadInput(f"no such gate or metric: {', '.join(unknown)}", f"recipe: gates.bounds.{name}")
    bounds = tuple(_override(bound, overrides.get(stage, {}).get(bound.metric)) for bound in (*_LAWS, *_SUITES[stage]))
    tier = TABLES[stage].tier
    return Suite(f"{stage}_promotion" if tier is None else f"{tier}_{stage}_promotion", bounds)


def _override(bound: Bound, limits: list[Any] | None) -> Bound:
    if limits is None:
        return bound
    known = [limit for limit in limits if limit is not None]
    numbers = all(isinstance(limit, int | float) and not isinstance(limit, bool) and -math.inf < limit < math.inf for limit in known)
    if len(limits) != 2 or not numbers or known != sorted(known):
        raise BadInput(f"a bound is [minimum, maximum], numbers or null, found {limits}", f"recipe: gates.bounds, {bound.metric}")
    return Bound(bound.metric, limits[0], limits[1], bound.why)
