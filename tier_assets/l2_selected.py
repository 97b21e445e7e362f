"""L2: a language model judges a sample, a student scores every document, SQL selects."""

import dagster as dg
import numpy as np
import pyarrow as pa

from resources import LanguageModels, RecipeFile, TierStorage
from tier_assets.automation import on_changed_promoted_input
from tier_assets.gates import promotion_gate
from tier_assets.l1_contamination import l1_contamination
from tier_assets.l1_filtered import l1_filtered
from tier_assets.metadata import column_lineage, distribution_plot, materialize, unchanged
from tier_assets.specs import stage_asset
from tierline.crawl import CrawlRegistry
from tierline.embedding import Embedder
from tierline.lake import ALL, Activity
from tierline.project import folder
from tierline.scoring import AnnotateRules, ScoreRules, SelectRules, StudentRules, annotate, score, select, train_student
from tierline.scoring.documents import read_documents
from tierline.scoring.earlier import selected_embeddings
from tierline.scoring.student import current_student, read_annotations, student_is_current
from tierline.sql import Models

MART = "l2_selection"


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


# A new student does not by itself score every shard anew: that is a decision about money, taken by materializing the shards.
_ignores_the_student = on_changed_promoted_input.ignore(dg.AssetSelection.assets(l2_student))


@stage_asset(
    "l2_scores",
    group="l2_selected",
    kinds={"llm", "scikitlearn"},
    deps=[l1_filtered, l2_annotations, l2_student],
    language_model=True,
    automation=_ignores_the_student,
)
def l2_scores(
    context: dg.AssetExecutionContext, storage: TierStorage, recipe: RecipeFile, language_models: LanguageModels
) -> dg.MaterializeResult:
    """Usefulness by the student, perplexity by the language model and toxicity by its classifier, for every document."""
    lake, shard, rules = storage.open(), context.partition_key, recipe.load().rules(ScoreRules)
    documents, source = read_documents(lake, shard)
    annotations, judged = lake.read_promoted("l2_annotations", shard)
    student, distilled = current_student(lake)
    inputs = {f"l1_filtered/{shard}": source.digest, f"l2_annotations/{shard}": judged.digest, f"l2_student/{ALL}": distilled.digest}
    with language_models.session(lake, shard) as asker:
        activity = Activity.begin("l2_scores", shard, "1", rules, inputs, asker.card(""))
        result = score(documents, annotations, student, Embedder(), asker, rules)
    columns = {name: result.tables["l2_scores"][name] for name in ("usefulness", "perplexity", "toxicity")}
    return materialize(lake, activity, result, scores=distribution_plot(columns))


@stage_asset("l2_selected", group="l2_selected", kinds={"duckdb", "sql"}, deps=[l1_filtered, l1_contamination, l2_scores])
def l2_selected(context: dg.AssetExecutionContext, storage: TierStorage, recipe: RecipeFile) -> dg.MaterializeResult:
    """Documents that the thresholds of marts/l2_selection.sql let through and that repeat none of an earlier shard."""
    lake, shard, rules = storage.open(), context.partition_key, recipe.load().rules(SelectRules)
    documents, source = lake.read_promoted("l1_filtered", shard)
    scores, scored = lake.read_promoted("l2_scores", shard)
    _, checked = lake.read_promoted("l1_contamination", shard, ["doc_id"])  # the mart reads it; unpromoted it would be empty there
    models = Models(folder("dbt_like_sql"))
    selection: pa.Table = models.run(lake, MART, rules.variables, [shard])
    earlier_ids, earlier_vectors, inputs = selected_embeddings(lake, CrawlRegistry(lake).earlier(shard))
    inputs |= {f"l1_filtered/{shard}": source.digest, f"l2_scores/{shard}": scored.digest, f"l1_contamination/{shard}": checked.digest}
    result = select(selection, documents, scores, rules, earlier_ids, np.asarray(earlier_vectors))
    lineage = column_lineage(models.column_lineage(MART))
    return materialize(lake, Activity.begin("l2_selected", shard, "1", rules, inputs), result, selection_lineage=lineage)


l2_assets = [l2_annotations, l2_student, l2_scores, l2_selected]
l2_gates = [promotion_gate(asset) for asset in l2_assets]
