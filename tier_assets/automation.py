"""When an asset reruns by itself: its input's data changed and every gate above it has passed."""

import dagster as dg

CHANGED = dg.AutomationCondition.any_deps_match(dg.AutomationCondition.data_version_changed()).with_label("an input's data changed")

# `eager`, but on changed data rather than on any new materialization: a replay with the same digest triggers nothing.
on_changed_promoted_input = (
    dg.AutomationCondition.eager().replace("any_deps_updated", CHANGED) & dg.AutomationCondition.all_deps_blocking_checks_passed()
).with_label("changed and promoted input")
