"""L2, what scores rest on: labeled anchors, a language model's judgments, the student distilled from them."""

import dagster as dg
import numpy as np

from resources import AnchorFiles, LanguageModels, RecipeFile, TierStorage, perplexity_inputs
from tier_assets.gates import promotion_gate
from tier_assets.l1_filtered import l1_filtered
from tier_assets.metadata import distribution_plot, materialize, reliability_plot, unchanged
from tier_assets.specs import stage_asset
from tierline.judges.annotate import AnnotateRules, annotate
from tierline.lake import ALL, Activity
from tierline.reliability.anchors import AnchorRules, as_documents, freeze
from tierline.reliability.ensemble import read_measurement
from tierline.reliability.measure import ask_judges, measure_scorers, read_earlier, report
from tierline.reliability.reliability import ReliabilityRules
from tierline.reliability.signals import ScoreRules, measured
from tierline.retiering.stale import replaced_inputs
from tierline.selection.distillation import read_annotations, student_is_current, train_student
from tierline.students.student import StudentRules


@stage_asset("l2_anchors", kinds={"python"}, per_shard=False, automation=None)
def l2_anchors(storage: TierStorage, recipe: RecipeFile, anchors: AnchorFiles) -> dg.MaterializeResult:
    """Texts that people have judged, frozen: other files make another version, the same files change nothing."""
    lake, rules, inputs = storage.open(), recipe.load().rules(AnchorRules), anchors.inputs()
    activity = Activity.begin("l2_anchors", ALL, "1", rules, inputs)
    if lake.holds(activity):
        return unchanged(lake, "l2_anchors", ALL)
    return materialize(lake, activity, freeze(anchors.read(), rules), unusable_lines=anchors.read().unusable)


@stage_asset("l2_annotations", kinds={"llm"}, deps=[l1_filtered], language_model=True)
def l2_annotations(
    context: dg.AssetExecutionContext, storage: TierStorage, recipe: RecipeFile, language_models: LanguageModels
) -> dg.MaterializeResult:
    """A language model's judgment of a stratified sample of the shard; an answer that does not parse is no score."""
    lake, shard, loaded = storage.open(), context.partition_key, recipe.load()
    rules = loaded.rules(AnnotateRules)
    documents, source = lake.read_promoted("l1_filtered", shard)
    inputs = {f"l1_filtered/{shard}": source.digest}
    with language_models.session(lake, shard, loaded) as client:
        activity = client.begin("l2_annotations", "1", rules, inputs, rules.prompt_sha256)
        result = annotate(documents, client, rules)
    return materialize(lake, activity, result, scores=distribution_plot({"score": result.tables["l2_annotations"]["score"]}))


@stage_asset("l2_reliability", kinds={"llm"}, deps=[l2_anchors], per_shard=False, language_model=True)
def l2_reliability(
    storage: TierStorage, recipe: RecipeFile, language_models: LanguageModels, perplexity_model: LanguageModels
) -> dg.MaterializeResult:
    """What every scorer is worth on the anchors, and so what it weighs; each version is measured once."""
    lake, loaded = storage.open(), recipe.load()
    rules, asking, scoring = loaded.rules(ReliabilityRules), loaded.rules(AnnotateRules), loaded.rules(ScoreRules)
    anchors, frozen = lake.read_promoted("l2_anchors", ALL)
    with language_models.session(lake, ALL, loaded) as client:
        inputs = {f"l2_anchors/{ALL}": frozen.digest} | perplexity_inputs(language_models, perplexity_model)
        activity = client.begin("l2_reliability", "1", (rules, scoring), inputs, asking.prompt_sha256)
        if lake.holds(activity):
            return unchanged(lake, "l2_reliability", ALL)
        documents = as_documents(anchors)
        signals, biases = ask_judges(documents, client, asking)
    with perplexity_model.session(lake, ALL, loaded) as reader:
        reader.book(activity)
        signals |= measured(documents, reader, scoring)
    lengths, earlier = documents["tokens"].to_numpy().astype(np.float64), read_earlier(lake, activity.activity_id)
    result = measure_scorers(anchors, lengths, signals, earlier, rules, client.cost + reader.cost, biases)
    rows = result.tables["l2_reliability"].to_pylist()
    return materialize(lake, activity, result, report=dg.MetadataValue.md(report(rows)), chart=reliability_plot(rows))


@stage_asset(
    "l2_student",
    kinds={"scikitlearn"},
    deps=[l2_annotations, l1_filtered, l2_reliability],
    code_version="2",
    per_shard=False,
)
def l2_student(storage: TierStorage, recipe: RecipeFile) -> dg.MaterializeResult:
    """The classifier distilled from the annotations of all shards; trained anew once there are enough new ones to matter."""
    lake, rules, measuring = storage.open(), recipe.load().rules(StudentRules), recipe.load().rules(ReliabilityRules)
    annotations, documents, inputs, teacher = read_annotations(lake)
    if student_is_current(lake, annotations, teacher, rules) and not replaced_inputs(lake, "l2_student", ALL):
        return unchanged(lake, "l2_student", ALL)
    measurement = read_measurement(lake)
    activity = Activity.begin("l2_student", ALL, "2", (rules, measuring), inputs | measurement.inputs)
    result = train_student(annotations, documents, measurement, rules, measuring, teacher)
    (row,) = result.tables["l2_student"].drop_columns(["coefficients", "parents"]).to_pylist()
    return materialize(lake, activity, result, **{name: value for name, value in row.items() if isinstance(value, float)})


l2_shared = [l2_anchors, l2_reliability, l2_student]
l2_judged = [l2_annotations, *l2_shared]
# A refused student stops no shard: an earlier one scores, or none (scoring/standing.py). The lake refuses it all the same.
l2_judged_gates = [promotion_gate(asset, stops_the_run=asset is not l2_student) for asset in l2_judged]
