"""Schemas of what L2 measures its scorers with: labeled anchors, the reliability of each signal, its scores on the anchors."""

from __future__ import annotations

from tierline.tables.spec import DOUBLE, LONG, STRING, Column, TableSpec, carried, derived

ANCHORS = TableSpec(
    "l2_anchors",
    "l2_anchors",
    "anchor_id",
    ("set", "anchor_id"),
    None,
    {
        "anchor_id": Column(STRING, "Id of the anchor: a text that people labeled."),
        "version": Column(STRING, "Version of all anchors together, a hash; the same in every row."),
        "text": Column(STRING, "The text that people labeled."),
        "label": Column(DOUBLE, "People's label in [0, 1]; 1 is most useful. A label of 0.5 is left out of AUCs."),
        "set": Column(STRING, "Name of the anchor set; each set is measured separately."),
        "group": Column(STRING, "Texts that are not independent of each other (of one site, one author) share a group."),
        "language": Column(STRING, "Language of the text as an ISO 639 code, such as `en`."),
        "source": Column(STRING, "Who labeled the text."),
        "license": Column(STRING, "License of the text and its label; null if unknown."),
    },
    group_rows=128,
    preview=("set", "label", "language", "text"),
)
_MEASURED = derived(ANCHORS, "text") + derived(ANCHORS, "label")
_AUCS = {
    "auc": "AUC over all pairs of a useful and a useless text, in [0, 1]; 0.5 is chance",
    "auc_length_controlled": "AUC over pairs of texts of like length, in [0, 1]; 0.5 is chance",
}
_BOUNDS = {"": "", "_lo": ", lower 95% bound", "_hi": ", upper 95% bound"}
RELIABILITY = TableSpec(
    "l2_reliability",
    "l2_reliability",
    "measurement_id",
    ("set", "signal", "measurement_id"),
    None,
    {
        "measurement_id": Column(STRING, "Id of the measurement, a hash of signal, set and versions."),
        "signal": Column(STRING, "Name of the measured signal, such as `perplexity` or `prompt/usefulness`."),
        **carried(ANCHORS, "set"),
        "anchors_version": Column(STRING, "Version of the anchors that were used.", derived(ANCHORS, "version")),
        "scorer_version": Column(STRING, "Everything that decides the signal's scores: model, prompt, code."),
        "n": Column(LONG, "Anchors that the signal scored.", derived(ANCHORS, "label")),
        **{
            f"{name}{bound}": Column(DOUBLE, f"{meaning}{which}. Null if the set has one class only.", _MEASURED)
            for name, meaning in _AUCS.items()
            for bound, which in _BOUNDS.items()
        },
        "length_bias": Column(
            DOUBLE, "Rank correlation, in [-1, 1], of score and length among texts of one label; null without ranks.", _MEASURED
        ),
        "position_bias": Column(
            DOUBLE,
            "For a prompt: what a level of the scale gains by being listed last; asking in both orders cancels it. Null otherwise.",
            derived(ANCHORS, "text"),
        ),
        "weight": Column(DOUBLE, "Weight of the signal in `usefulness`; 0 if it may be no better than chance.", _MEASURED),
        "reason": Column(STRING, "Why the signal has this weight."),
        "previous_version": Column(STRING, "The signal's earlier `scorer_version`; null if it has not changed."),
        "previous_weight": Column(DOUBLE, "Weight of the earlier version; null without one."),
        "previous_auc": Column(DOUBLE, "`auc` of the earlier version; null without one."),
        "rank_correlation": Column(
            DOUBLE, "Spearman correlation of both versions' scores on the anchors; null without an earlier version."
        ),
    },
    preview=("set", "signal", "auc_length_controlled", "weight", "reason"),
)
RELIABILITY_TABLES = (
    ANCHORS,
    RELIABILITY,
    TableSpec(
        "l2_anchor_scores",
        "l2_reliability",
        "score_id",
        ("signal", "anchor_id"),
        None,
        {
            "score_id": Column(STRING, "Id of the score, a hash of anchor, signal and version."),
            **carried(ANCHORS, "anchor_id"),
            **{name: RELIABILITY.fields[name] for name in ("signal", "scorer_version")},
            "score": Column(
                DOUBLE, "The signal's score of the anchor; higher is better, null if it says nothing.", derived(ANCHORS, "text")
            ),
        },
    ),
)
