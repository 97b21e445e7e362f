"""What each mix could be worth at what its tiers cost: the proposals of the allocator, for people who write recipes."""

from math import inf

import dagster as dg

from resources import RecipeFile, TierStorage
from tier_assets.metadata import figure_markdown
from tier_assets.mixes import mix_assets
from tier_assets.specs import report_asset
from tierline.config.bundled import folder
from tierline.display import markdown_table
from tierline.errors import BadInput
from tierline.mixes import MixRecipe
from tierline.mixes.allocate import (
    AllocationRules,
    allocate,
    allocation_summary,
    allocation_table,
    frontier,
    frontier_figure,
    read_costs,
    read_offers,
)
from tierline.sql import Models
from tierline.tables.tiers import Phase


@report_asset(
    "mix_frontiers",
    kinds={"scipy", "matplotlib"},
    deps=mix_assets,
    grain="phase",
    automation_condition=dg.AutomationCondition.eager(),
)
def mix_frontiers(storage: TierStorage, recipe: RecipeFile) -> dg.MaterializeResult:
    """For each phase, the best source weights at each cost, and the value and composition of the resulting mix."""
    lake, rules = storage.open(), recipe.load().rules(AllocationRules)
    costs = read_costs(lake, Models(folder("dbt_like_sql")))
    metadata: dict[str, dg.MetadataValue] = {}
    for phase in Phase:
        mix = MixRecipe.load(recipe.mix(phase))
        try:
            offers = read_offers(lake, costs, mix, rules)
        except BadInput as error:  # a phase whose tiers are empty has no frontier yet
            metadata[phase.value] = dg.MetadataValue.text(str(error))
            continue
        proposed = allocate(offers, mix.token_budget, inf, rules)
        figure = frontier_figure(offers, frontier(offers, mix.token_budget, rules), mix)
        metadata[phase.value] = figure_markdown(figure, f"{phase} frontier")
        table = markdown_table(allocation_table(mix, offers, proposed))
        metadata[f"{phase}_proposal"] = dg.MetadataValue.md(f"{table}\n\n{allocation_summary(mix, proposed)}")
    return dg.MaterializeResult(metadata=metadata)
