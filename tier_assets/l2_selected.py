"""L2: a language model judges a sample, a student scores every document, SQL selects."""

import dagster as dg

from resources import LanguageModels, RecipeFile, TierStorage
from tier_assets.l1_filtered import l1_filtered
from tier_assets.metadata import materialize
from tier_assets.specs import stage_asset
from tierline.lake import Activity
from tierline.scoring import AnnotateRules, annotate


@stage_asset("l2_annotations", group="l2_selected", kinds={"llm"}, deps=[l1_filtered], language_model=True)
def l2_annotations(
    context: dg.AssetExecutionContext, storage: TierStorage, recipe: RecipeFile, language_models: LanguageModels
) -> dg.MaterializeResult:
    """A language model's judgement of a stratified sample of the shard; an answer that does not parse is no score."""
    lake, shard, rules = storage.open(), context.partition_key, recipe.load().rules(AnnotateRules)
    documents, source = lake.read_promoted("l1_filtered", shard)
    with language_models.session(lake, shard) as asker:
        result = annotate(documents, asker, rules)
    activity = Activity.begin("l2_annotations", shard, "1", rules, {f"l1_filtered/{shard}": source.digest}, asker.card(rules.prompt_sha256))
    return materialize(lake, activity, result)


@stage_asset("l2_student", group="l2_selected", kinds={"scikitlearn"}, deps=[l2_annotations, l1_filtered], per_shard=False)
def l2_student(storage: TierStorage, recipe: RecipeFile) -> dg.MaterializeResult:
    """The classifier distilled from all annotations; trained anew only once there are enough new ones to matter."""
