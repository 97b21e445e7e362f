"""How precise each method of extraction was where its claims were read, and how many claims of it this lake keeps and leaves out."""

from collections import Counter

import dagster as dg

from resources import RecipeFile, TierStorage
from tier_assets.l4_verified import l4_claims
from tier_assets.specs import report_asset
from tierline.knowledge.extraction_methods import MethodRules, Methods, method_rows
from tierline.knowledge.proven import LEDGER

SHOWN = {
    "method": "how claims are extracted", "predicate": "what they state; (known): all of the vocabulary, (other): all others",
    "pages": "real: crawled pages that a person read; generated: pages written from known facts", "right": "claims that were right",
    "read": "claims that were read", "precision": "share right", "lower": "lower end of its interval of 95%",
    "upper": "upper end of it", "on": "whether the method states claims of the predicate under the recipe",
    "decided_by": "cell, pool or recipe",
}  # fmt: skip


@report_asset("extraction_methods", kinds={"python"}, deps=[l4_claims], grain="method", automation_condition=dg.AutomationCondition.eager())
def extraction_methods(storage: TierStorage, recipe: RecipeFile) -> dg.MaterializeResult:
    """Methods of extraction by predicate: claims that were read, the share that was right, and whether the method is on."""
    lake, rows = storage.open(), method_rows(Methods(recipe.load().rules(MethodRules)))
    counts: Counter[str] = Counter()
    for manifest in lake.promoted("l4_claims"):
        counts.update(lake.decisions(LEDGER, manifest.shard)["outcome"].to_pylist())
    columns = [dg.TableColumn(name, description=about) for name, about in SHOWN.items()]
    records = [dg.TableRecord({name: row[name] for name in SHOWN}) for row in rows]  # pyright: ignore[reportArgumentType]
    return dg.MaterializeResult(
        metadata={
            "methods": dg.MetadataValue.table(records, dg.TableSchema(columns)),
            "claims_kept": counts["kept"],
            "claims_of_unproven_methods": counts["dropped"],
        }
    )
