"""What the UI says of an asset before it has run: columns, group, needs, links."""

from pathlib import Path

import dagster as dg
import pyarrow as pa
import pytest

from definitions import defs
from tier_assets.catalog import GROUPS, ROOT, type_name
from tier_assets.lineage import model_columns, stage_columns
from tier_assets.names import asset_name
from tierline.stages import STAGES as DECLARED
from tierline.tables import TABLES

SPECS = {spec.key.to_user_string(): spec for spec in defs.resolve_all_asset_specs()}
STAGES = {asset_name(stage.name): TABLES[stage.name] for stage in DECLARED}


@pytest.mark.parametrize("asset", sorted(STAGES))
def test_every_column_of_a_stage_has_its_type_and_description_before_any_run(asset):
    columns = SPECS[asset].metadata["dagster/column_schema"].columns
    assert [column.name for column in columns] == STAGES[asset].schema.names
    assert all(column.type and column.description for column in columns)


def test_a_column_names_the_columns_that_it_comes_from():
    columns = {column.name: column.description for column in SPECS["midtrain_mix"].metadata["dagster/column_schema"].columns}
    assert columns["text"].endswith(
        "From `l2_selected.text`, `l3_derived.question`, `l3_derived.text`, `l3_feedback.question`, `l3_feedback.text`, "
        "`l3_refined.question` and `l3_refined.text`."
    )
    (weight,) = [one for one in model_columns("scorer_weights")["dagster/column_schema"].columns if one.name == "weight_max"]
    assert weight.description.endswith("From `l2_reliability.weight`.") and weight.type == "float64"


def test_marts_show_the_types_of_their_numbers():
    types = {column.name: column.type for column in SPECS["tier_flow"].metadata["dagster/column_schema"].columns}
    assert types["stage"] == "string" and types["row_count"] == "int64"


def test_types_are_named_as_sql_users_know_them():
    assert (
        type_name(pa.list_(pa.struct([("signal", pa.string()), ("score", pa.float64())]))) == "list<struct<signal: string, score: float64>>"
    )
    assert type_name(pa.timestamp("us", tz="UTC")) == "timestamp (UTC)" and type_name(pa.bool_()) == "boolean"


def test_no_group_is_named_like_an_asset_and_each_holds_some():
    groups = {spec.group_name for spec in SPECS.values()}
    assert groups == {group.name for group in GROUPS} and not groups & set(SPECS)
    assert {SPECS[name].group_name for name in ("l2_scores", "l2_selected", "pretrain_mix", "tier_flow")} == {
        "L2_scoring",
        "L2_selection",
        "training_mixes",
        "reports",
    }


def test_an_asset_says_what_it_needs_before_it_can_run():
    scores = SPECS["l2_scores"].description
    assert (
        "`l1_filtered`, `l2_anchors`" in scores
        and "`l2_student`, if its gate has passed" in scores
        and "a language model" in scores
        and "a registered shard" in scores
    )
    assert "benchmark files" in SPECS["l1_contamination"].description and "PyTorch" in SPECS["training_report"].description


@pytest.mark.parametrize("asset", sorted(SPECS))
def test_links_lead_to_files_that_are_there(asset):
    references = SPECS[asset].metadata["dagster/code_references"].code_references
    assert all(Path(one.file_path).is_file() for one in references)
    assert (ROOT / SPECS[asset].metadata["code"].partition(":")[0]).is_file()


def test_column_lineage_names_assets_and_columns_that_exist():
    marts = ("mix_composition", "scorer_weights", "selection_diff")
    entries = {asset: stage_columns(spec.name) for asset, spec in STAGES.items()} | {name: model_columns(name) for name in marts}
    without = {asset for asset, entry in entries.items() if "dagster/column_lineage" not in entry}
    assert without == {"l0_raw", "l2_anchors", "l4_statements"}  # they read files, not tables
    for entry in entries.values():
        lineage = entry.get("dagster/column_lineage", dg.TableColumnLineage({}))
        for deps in lineage.deps_by_column.values():
            for dep in deps:
                columns = SPECS[dep.asset_key.to_user_string()].metadata["dagster/column_schema"].columns
                assert dep.column_name in {column.name for column in columns}
