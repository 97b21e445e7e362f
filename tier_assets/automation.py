"""When an asset reruns by itself: a stage if it is out of date by the lake's records, all else if the data of an input has changed."""

from functools import lru_cache
from typing import Any

import dagster as dg
from dagster import AssetKey, AutomationContext, AutomationResult
from dagster._core.definitions.events import AssetKeyPartitionKey

from resources import configuration_in, configured_resources
from tier_assets.names import asset_name
from tierline.freshness import survey
from tierline.stages import WHOLE_LAKE

CHANGED = dg.AutomationCondition.any_deps_match(dg.AutomationCondition.data_version_changed()).with_label("an input's data changed")

# `eager`, but on changed data rather than on any new materialization: a replay with the same digest triggers nothing.
on_changed_promoted_input = (
    dg.AutomationCondition.eager().replace("any_deps_updated", CHANGED) & dg.AutomationCondition.all_deps_blocking_checks_passed()
).with_label("changed and promoted input")


class StageOutOfDate(dg.AutomationCondition[AssetKey]):
    """True for the shards whose stage is out of date (tierline.freshness) and whose inputs are promoted."""

    @property
    def description(self) -> str:
        """For the UI."""
        return "its record differs from what a run would record now, and what it reads is promoted"

    @property
    def name(self) -> str:
        """For the UI."""
        return "out_of_date"

    def evaluate(self, context: AutomationContext[AssetKey]) -> AutomationResult[AssetKey]:
        """Evaluates the lake once for all assets of a tick."""
        shards = _ready(context.evaluation_time.isoformat()).get(context.key.path[-1], frozenset[str]())
        found = {AssetKeyPartitionKey(context.key, None if shard == WHOLE_LAKE else shard) for shard in shards}
        view = context.root_context.asset_graph_view
        wanted = view.get_asset_subset_from_asset_partitions(context.key, found)
        return AutomationResult(context, context.candidate_subset.compute_intersection(wanted))


@lru_cache(maxsize=1)
def _ready(_tick: str) -> dict[str, frozenset[str]]:
    """Asset -> shards that can run and should."""
    resources: dict[str, Any] = configured_resources()
    found: dict[str, set[str]] = {}
    for one in survey(resources["storage"].open(), configuration_in(resources)):
        if not one.waits_for:
            found.setdefault(asset_name(one.stage.name), set()).add(one.shard)
    return {name: frozenset(shards) for name, shards in found.items()}


# Off until somebody switches it on in the UI: the sensor `configuration_change` asks the same question in bounded waves.
automation = dg.AutomationConditionSensorDefinition("automation", target=dg.AssetSelection.all(), use_user_code_server=True)

out_of_date_and_ready = (StageOutOfDate() & ~dg.AutomationCondition.in_progress()).with_label("out of date and ready to run")
