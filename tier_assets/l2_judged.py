"""L2, what scores rest on: labelled anchors, a language model's judgements, the student distilled from them."""

import dagster as dg

from resources import AnchorFiles, LanguageModels, RecipeFile, TierStorage
from tier_assets.gates import promotion_gate
from tier_assets.l1_filtered import l1_filtered
from tier_assets.metadata import distribution_plot, materialize, unchanged
from tier_assets.specs import stage_asset
from tierline.embedding import Embedder
from tierline.lake import ALL, Activity
from tierline.scoring import AnnotateRules, StudentRules, annotate, train_student
from tierline.scoring.anchors import AnchorRules, freeze
from tierline.scoring.student import read_annotations, student_is_current


@stage_asset("l2_anchors", group="l2_selected", kinds={"python"}, per_shard=False, automation=None)
def l2_anchors(storage: TierStorage, recipe: RecipeFile, anchors: AnchorFiles) -> dg.MaterializeResult:
    """Texts that people have judged, frozen: other files make another version, the same files change nothing."""
    lake, rules, inputs = storage.open(), recipe.load().rules(AnchorRules), anchors.inputs()
    activity = Activity.begin("l2_anchors", ALL, "1", rules, inputs)
    if lake.holds(activity):
        return unchanged(lake, "l2_anchors", ALL)
    return materialize(lake, activity, freeze(anchors.read(), rules), unusable_lines=anchors.read().unusable)


@stage_asset("l2_annotations", group="l2_selected", kinds={"llm"}, deps=[l1_filtered], language_model=True)
def l2_annotations(
    context: dg.AssetExecutionContext, storage: TierStorage, recipe: RecipeFile, language_models: LanguageModels
) -> dg.MaterializeResult:
    """A language model's judgement of a stratified sample of the shard; an answer that does not parse is no score."""
    lake, shard, rules = storage.open(), context.partition_key, recipe.load().rules(AnnotateRules)
    documents, source = lake.read_promoted("l1_filtered", shard)
    inputs = {f"l1_filtered/{shard}": source.digest}
    with language_models.session(lake, shard) as asker:
        activity = Activity.begin("l2_annotations", shard, "1", rules, inputs, asker.card(rules.prompt_sha256))
        result = annotate(documents, asker, rules)
    return materialize(lake, activity, result, scores=distribution_plot({"score": result.tables["l2_annotations"]["score"]}))


@stage_asset("l2_student", group="l2_selected", kinds={"scikitlearn"}, deps=[l2_annotations, l1_filtered], per_shard=False)
def l2_student(storage: TierStorage, recipe: RecipeFile) -> dg.MaterializeResult:
    """The classifier distilled from the annotations of all shards; trained anew once there are enough new ones to matter."""
    lake, rules, embedder = storage.open(), recipe.load().rules(StudentRules), Embedder()
    annotations, documents, inputs, teacher = read_annotations(lake)
    if student_is_current(lake, annotations, teacher, embedder, rules):
        return unchanged(lake, "l2_student", ALL)
    activity = Activity.begin("l2_student", ALL, "1", rules, inputs)
    return materialize(lake, activity, train_student(annotations, documents, embedder, rules, teacher))


l2_shared = [l2_anchors, l2_student]
l2_judged = [l2_annotations, *l2_shared]
l2_judged_gates = [promotion_gate(asset) for asset in l2_judged]
