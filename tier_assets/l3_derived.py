"""L3: questions, exercises, dialogues and glossaries that are made of single documents."""

from collections import Counter

import dagster as dg

from resources import LanguageModels, RecipeFile, TierStorage
from tier_assets.gates import promotion_gate
from tier_assets.specs import stage_asset
from tier_assets.stage_run import run_stage
from tierline.crawl import CrawlRegistry
from tierline.derived.make import derive
from tierline.derived.rules import DerivedRules
from tierline.derived.said import QUESTIONS, KnownRows
from tierline.editing import FaithfulnessRules
from tierline.lake import Activity, StageResult
from tierline.lake.external_sort import Rows, scan
from tierline.lake.reviews import settlements
from tierline.llm import ModelClient
from tierline.text.embedding import Embedder


@stage_asset("l3_derived", kinds={"python"})
def l3_derived(
    context: dg.AssetExecutionContext, storage: TierStorage, recipe: RecipeFile, language_models: LanguageModels
) -> dg.MaterializeResult:
    """Forms of documents that rules build and verify, and those that a model writes which the recipe names as able to; the ledger
    `l3_derived_forms` says what became of each."""
    lake, shard, loaded = storage.open(), context.partition_key, recipe.load()
    rules, faithfulness = loaded.rules(DerivedRules), loaded.rules(FaithfulnessRules)
    documents, source = lake.read_promoted("l2_selected", shard)
    operations, edits = lake.read_promoted("l3_operations", shard)
    _, refined = lake.read_promoted("l3_refined", shard, ["passage_id"])
    earlier = CrawlRegistry(lake).earlier(shard)
    reviews = settlements(lake, "l3_derived", shard)
    known = KnownRows(lake, earlier), KnownRows(lake, [*earlier, shard], QUESTIONS)
    inputs = {f"{one.table}/{shard}": one.digest for one in (source, edits, refined)}
    inputs |= known[0].inputs | known[1].inputs | reviews.inputs(shard)

    def make(asked: ModelClient | None) -> StageResult:
        return derive(documents, operations, asked, Embedder(), rules, faithfulness, known, reviews)

    if not rules.writers:
        return run_stage(lake, Activity.of("l3_derived", shard, (rules, faithfulness), inputs), lambda: make(None), described)
    with language_models.session(lake, shard, loaded) as client:
        activity = client.begin("l3_derived", (rules, faithfulness), inputs, rules.prompt_sha256)
        return run_stage(lake, activity, lambda: make(client), described)


def described(result: StageResult) -> dict[str, dg.MetadataValue]:
    """How many forms of each kind were kept, and which rules refused or merged how many others."""
    decided = result.ledgers["l3_derived_forms"][1]
    return {"forms": counted(result.tables["l3_derived"], "kind"), "refused": counted(decided, "rule")}


def counted(rows: Rows, column: str) -> dg.TableMetadataValue:
    """The number of rows by the values of a column, null ones left out."""
    counts = Counter(value for batch in scan(rows, [column]) for value in batch.column(0).to_pylist() if value)
    records = [
        dg.TableRecord({column: value, "forms": count}) for value, count in sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    ]
    return dg.MetadataValue.table(records, dg.TableSchema([dg.TableColumn(column), dg.TableColumn("forms", "int")]))


l3_derived_gate = promotion_gate(l3_derived)
