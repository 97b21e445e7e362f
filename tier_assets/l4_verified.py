"""L4: claims of single pages, statements of knowledge bases, facts that rest on them, their training forms, sections of vetted manuals."""

from functools import partial

import dagster as dg

from resources import KnowledgeBases, LanguageModels, RecipeFile, ShardWorkers, TierStorage
from tier_assets.gates import promotion_gate
from tier_assets.metadata import unchanged
from tier_assets.specs import stage_asset
from tier_assets.stage_run import run_stage
from tier_assets.value_states import describe_values
from tierline.checking import PromotedFacts
from tierline.forms import FormRules, make_forms, read_inputs
from tierline.freshness.settings import ended_approvals
from tierline.knowledge import ClaimRules, FactRules, ManualRules, extract_claims, split_manuals, state_bases
from tierline.knowledge.extraction_methods import MethodRules, Methods
from tierline.knowledge.fact_cache import FactCache
from tierline.knowledge.prompted import PromptedRules, ask_documents
from tierline.knowledge.withdrawn import verified_before
from tierline.lake import WHOLE_LAKE, Activity, recorded
from tierline.lake.reviews import settlements
from tierline.lake.signed_approvals import signed_approvals
from tierline.takedown.tombstones import Tombstones, takedown_inputs


@stage_asset("l4_claims", kinds={"python"})
def l4_claims(
    context: dg.AssetExecutionContext, storage: TierStorage, recipe: RecipeFile, language_models: LanguageModels
) -> dg.MaterializeResult:
    """Statements of pages and edited passages by methods that are proven for them, each with the exact words that make it; the ledger
    `l4_extracted` says which others were found. A language model is asked only if the recipe says so (`l4.prompted`)."""
    lake, shard, settings = storage.open(), context.partition_key, recipe.load()
    rules, proven, prompted = settings.rules(ClaimRules), settings.rules(MethodRules), settings.rules(PromptedRules)
    documents, selected = lake.read_promoted("l2_selected", shard)
    passages, refined = lake.read_promoted("l3_refined", shard)
    inputs = {f"l2_selected/{shard}": selected.digest, f"l3_refined/{shard}": refined.digest}
    extract = partial(extract_claims, documents, passages, rules, Methods(proven))
    if not prompted.calls_per_shard:
        return run_stage(lake, Activity.of("l4_claims", shard, (rules, proven, prompted), inputs), extract)
    with language_models.session(lake, shard, settings) as client:
        activity = client.begin("l4_claims", (rules, proven, prompted), inputs, prompted.prompt_sha256)
        return run_stage(lake, activity, lambda: extract(ask_documents(documents, client, prompted)))


@stage_asset("l4_manuals", kinds={"python"})
def l4_manuals(context: dg.AssetExecutionContext, storage: TierStorage, recipe: RecipeFile) -> dg.MaterializeResult:
    """Sections of documentation that a named team has vetted."""
    lake, shard, rules = storage.open(), context.partition_key, recipe.load().rules(ManualRules)
    documents, source = lake.read_promoted("l2_selected", shard)
    ended = recorded(ended_approvals(rules, lake.today()))
    reviews, signed = settlements(lake, "l4_manuals", shard), signed_approvals(lake)
    inputs = {f"l2_selected/{shard}": source.digest, **ended, **reviews.inputs(shard), **signed.inputs()}
    activity = Activity.of("l4_manuals", shard, rules, inputs)
    return run_stage(lake, activity, lambda: split_manuals(documents, rules, lake.today(), reviews, signed))


@stage_asset("l4_statements", kinds={"python"})
def l4_statements(storage: TierStorage, knowledge: KnowledgeBases) -> dg.MaterializeResult:
    """What knowledge bases state by their mappings, each statement with the file and row that make it; none unless bases are named."""
    lake, bases = storage.open(), knowledge.find()
    if not knowledge.pattern and lake.activity("l4_statements", WHOLE_LAKE) is not None:  # not named here is not withdrawn
        return unchanged(lake, "l4_statements", WHOLE_LAKE)
    activity = Activity.of("l4_statements", WHOLE_LAKE, (), knowledge.inputs())
    return run_stage(lake, activity, lambda: state_bases(bases), lambda _: knowledge.describe())


@stage_asset("l4_facts", kinds={"python"})
def l4_facts(storage: TierStorage, recipe: RecipeFile, workers: ShardWorkers) -> dg.MaterializeResult:
    """What two independent sources state and no other contradicts, and what bases state that a person vouches for, of all shards; and every
    value that is stated, with its state."""
    lake, rules = storage.open(), recipe.load().rules(FactRules)
    read = [manifest for table in ("l4_claims", "l4_statements") for manifest in lake.promoted(table)]
    reviews = settlements(lake, "l4_facts", WHOLE_LAKE)
    taken_down = recorded(takedown_inputs(lake, "l4_facts", WHOLE_LAKE))
    inputs = {f"{one.table}/{one.shard}": one.digest for one in read} | reviews.inputs(WHOLE_LAKE) | taken_down
    activity = Activity.of("l4_facts", WHOLE_LAKE, rules, inputs)
    cache = FactCache(lake.cache_dir / "facts", activity, reviews)
    gone = Tombstones.of(lake).claims
    verify = partial(cache.verify, lake, read, rules, workers=workers.of(lake, activity))
    return run_stage(lake, activity, lambda: verify(before=verified_before(lake, gone)), describe_values)


@stage_asset("l4_forms", kinds={"python"})
def l4_forms(storage: TierStorage, recipe: RecipeFile, workers: ShardWorkers) -> dg.MaterializeResult:
    """Verified facts as sentences, questions, cards, tables and more, each read back; and answers to what is not known or not settled."""
    lake, rules = storage.open(), recipe.load().rules(FormRules)
    found = read_inputs(lake)
    activity = Activity.of("l4_forms", WHOLE_LAKE, rules, found.digests)
    known, nodes = PromotedFacts(lake, found.manifests), workers.of(lake, activity)
    return run_stage(lake, activity, lambda: make_forms(found.facts(), found.sources(), found.values(), rules, known, nodes))


l4_shard_assets = [l4_claims, l4_manuals]
l4_assets = [*l4_shard_assets, l4_statements, l4_facts, l4_forms]
l4_gates = [promotion_gate(asset) for asset in l4_assets]
