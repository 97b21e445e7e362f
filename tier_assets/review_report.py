"""What people decided and what that taught, as a report: the cost of human oversight, measured."""

import dagster as dg

from resources import RecipeFile, TierStorage
from tier_assets.l2_selected import l2_selected
from tier_assets.l3_refined import l3_refined
from tier_assets.l4_verified import l4_facts, l4_manuals
from tier_assets.specs import report_asset
from tierline.display import markdown_table
from tierline.review.desk import Desk
from tierline.review.item import KINDS
from tierline.review.progress import stale
from tierline.review.rules import ReviewingRules
from tierline.review.taught import agreement_table, as_row, error_table, reviewer_table, summary, taught


@report_asset(
    "review_report",
    kinds={"python"},
    deps=[l2_selected, l3_refined, l4_facts, l4_manuals],
    grain="lake",
    automation_condition=dg.AutomationCondition.eager(),
)
def review_report(storage: TierStorage, recipe: RecipeFile) -> dg.MaterializeResult:
    """What waits for people, the judge's errors by kind, agreement of reviewers, and hours for each kept token."""
    desk = Desk(storage.open(), recipe.load().rules(ReviewingRules))
    rows, waiting = desk.rows(), desk.waiting()
    found = taught(desk.lake, rows)
    tables = {"errors": error_table(found), "reviewers": reviewer_table(found), "agreement": agreement_table(found)}
    figures = {name: value for name, value in as_row(found).items() if isinstance(value, int | float)}
    return dg.MaterializeResult(
        metadata={
            **figures,
            **{f"{kind}s_that_wait": sum(item.kind == kind for item in waiting) for kind in KINDS},
            **{name: dg.MetadataValue.md(markdown_table(table)) for name, table in tables.items() if table.rows},
            "summary": dg.MetadataValue.md("\n".join(f"- {name}: {value}" for name, value in summary(found))),
            "stages_that_follow": ", ".join(f"{stage} of {shard}" for stage, shard in stale(desk)) or "none",
        }
    )
