"""L2, what scores rest on: labeled anchors, a language model's judgments, the student distilled from them."""

import dagster as dg
import numpy as np

from resources import AnchorFiles, BenchmarkFiles, FeedbackFiles, KnowledgeBases, LanguageModels, RecipeFile, TierStorage, configuration_of
from tier_assets.gates import promotion_gate
from tier_assets.metadata import distribution_plot, reliability_plot, unchanged
from tier_assets.specs import stage_asset
from tier_assets.stage_run import run_stage
from tierline.freshness import out_of_date
from tierline.judges.annotate import annotate
from tierline.judges.rules import AnnotateRules
from tierline.lake import WHOLE_LAKE, Activity, StageResult
from tierline.reliability.anchors import as_documents, freeze
from tierline.reliability.ensemble import read_measurement
from tierline.reliability.measure import ask_judges, measure_scorers, read_earlier, report
from tierline.reliability.rules import AnchorRules, ReliabilityRules, ScoreRules
from tierline.reliability.signals import measured
from tierline.selection.distillation import find_annotations, read_annotations, train_student
from tierline.stages import BY_NAME
from tierline.students.rules import StudentRules


@stage_asset("l2_anchors", kinds={"python"})
def l2_anchors(storage: TierStorage, recipe: RecipeFile, anchors: AnchorFiles) -> dg.MaterializeResult:
    """Texts labeled by people (anchors) under one version: the same files change nothing, other files make another version."""
    lake, rules = storage.open(), recipe.load().rules(AnchorRules)
    activity = Activity.of("l2_anchors", WHOLE_LAKE, rules, anchors.inputs())
    return run_stage(lake, activity, lambda: freeze(anchors.read(), rules), lambda _: {"unusable_lines": anchors.read().unusable})


@stage_asset("l2_annotations", kinds={"llm"})
def l2_annotations(
    context: dg.AssetExecutionContext, storage: TierStorage, recipe: RecipeFile, language_models: LanguageModels
) -> dg.MaterializeResult:
    """A language model's judgment of a stratified sample of the shard; an answer that cannot be parsed is not a score."""
    lake, shard, loaded = storage.open(), context.partition_key, recipe.load()
    rules = loaded.rules(AnnotateRules)
    documents, source = lake.read_promoted("l1_filtered", shard)
    with language_models.session(lake, shard, loaded) as client:
        activity = client.begin("l2_annotations", rules, {f"l1_filtered/{shard}": source.digest}, rules.prompt_sha256)
        return run_stage(
            lake,
            activity,
            lambda: annotate(documents, client, rules),
            lambda result: {"scores": distribution_plot({"score": result.tables["l2_annotations"]["score"]})},
        )


@stage_asset("l2_reliability", kinds={"llm"})
def l2_reliability(
    storage: TierStorage, recipe: RecipeFile, language_models: LanguageModels, perplexity_model: LanguageModels
) -> dg.MaterializeResult:
    """How well every scorer ranks the anchors, and the weight that follows; each version of a scorer is measured once."""
    lake, loaded = storage.open(), recipe.load()
    rules, scoring, asking = loaded.rules(ReliabilityRules), loaded.rules(ScoreRules), loaded.rules(AnnotateRules)
    anchors, frozen = lake.read_promoted("l2_anchors", WHOLE_LAKE)
    inputs = {f"l2_anchors/{WHOLE_LAKE}": frozen.digest, f"perplexity_model/{WHOLE_LAKE}": perplexity_model.weights()}
    documents = as_documents(anchors)
    with language_models.session(lake, WHOLE_LAKE, loaded) as client:
        activity = client.begin("l2_reliability", (rules, scoring, asking), inputs, asking.prompt_sha256)
        if lake.holds(activity):
            return unchanged(lake, "l2_reliability", WHOLE_LAKE)
        signals, biases = ask_judges(documents, client, asking)
    with perplexity_model.session(lake, WHOLE_LAKE, loaded) as reader:
        reader.book(activity)
        signals |= measured(documents, reader, scoring)
    lengths, earlier = documents["tokens"].to_numpy().astype(np.float64), read_earlier(lake, activity.activity_id)
    return run_stage(
        lake,
        activity,
        lambda: measure_scorers(anchors, lengths, signals, earlier, rules, client.cost + reader.cost, biases),
        lambda result: _reliability_report(result.tables["l2_reliability"].to_pylist()),
    )


def _reliability_report(rows: list[dict]) -> dict:
    return {"report": dg.MetadataValue.md(report(rows)), "chart": reliability_plot(rows)}


@stage_asset("l2_student", kinds={"scikitlearn"})
def l2_student(
    storage: TierStorage,
    recipe: RecipeFile,
    language_models: LanguageModels,
    perplexity_model: LanguageModels,
    anchors: AnchorFiles,
    benchmarks: BenchmarkFiles,
    knowledge: KnowledgeBases,
    feedback: FeedbackFiles,
) -> dg.MaterializeResult:
    """The classifier distilled from the annotations of all shards; retrained once there are enough new ones to matter."""
    lake, rules, measuring = storage.open(), recipe.load().rules(StudentRules), recipe.load().rules(ReliabilityRules)
    configuration = configuration_of(recipe, language_models, perplexity_model, anchors, benchmarks, knowledge, feedback)
    if not out_of_date(lake, configuration, BY_NAME["l2_student"], WHOLE_LAKE):
        return unchanged(lake, "l2_student", WHOLE_LAKE)
    annotated, measurement = find_annotations(lake), read_measurement(lake)
    activity = Activity.of("l2_student", WHOLE_LAKE, (rules, measuring), annotated.inputs | measurement.inputs)

    def compute() -> StageResult:
        annotations, documents = read_annotations(lake, annotated, rules.training_rows_max)
        return train_student(annotations, documents, measurement, rules, measuring, annotated.teacher)

    columns = "coefficients", "parents"
    return run_stage(lake, activity, compute, lambda result: _numbers(*result.tables["l2_student"].drop_columns(columns).to_pylist()))


def _numbers(row: dict) -> dict[str, float]:
    return {name: value for name, value in row.items() if isinstance(value, float)}


l2_shared = [l2_anchors, l2_reliability, l2_student]
l2_judged = [l2_annotations, *l2_shared]
l2_judged_gates = [promotion_gate(asset) for asset in l2_judged]
