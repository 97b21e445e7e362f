"""SQL models that people look at: small tables, checked as they pass between assets, and a picture of the tiers."""

from typing import Any

import dagster as dg
import pandas as pd
from dagster_pandas import PandasColumn, create_dagster_pandas_dataframe_type

from resources import TierStorage
from tier_assets.crawl_files import crawl_files_of
from tier_assets.l0_raw import l0_raw
from tier_assets.l1_filtered import l1_filtered
from tier_assets.l2_judged import l2_reliability
from tier_assets.l2_selected import l2_selection_diff
from tier_assets.l4_verified import l4_facts
from tier_assets.lineage import model_columns, sql_models
from tier_assets.metadata import figure_markdown
from tier_assets.mixes import mix_assets
from tier_assets.preview import as_table
from tier_assets.specs import report_asset
from tierline.lake.result import OUTCOMES

PHASES = {"pretrain", "midtrain", "alignment"}


def _count(name: str, minimum: int = 0) -> PandasColumn:
    return PandasColumn.integer_column(name, min_value=minimum, non_nullable=True)


TierFlow = create_dagster_pandas_dataframe_type(
    "TierFlow",
    columns=[
        PandasColumn.string_column("stage", non_nullable=True),
        PandasColumn.categorical_column("outcome", categories=set(OUTCOMES), non_nullable=True),
        PandasColumn.string_column("rule"),
        _count("row_count", 1),
        _count("tokens"),
        _count("shards", 1),
        _count("refused_shards"),
    ],
)
MixComposition = create_dagster_pandas_dataframe_type(
    "MixComposition",
    columns=[
        PandasColumn.categorical_column("phase", categories=PHASES, non_nullable=True),
        PandasColumn.categorical_column("tier", categories={"L0", "L1", "L2", "L3", "L4"}, non_nullable=True),
        _count("row_count", 1),
        _count("tokens"),
        PandasColumn.float_column("token_share", min_value=0.0, max_value=1.0, non_nullable=True),
    ],
)
StageCost = create_dagster_pandas_dataframe_type(
    "StageCost", columns=[PandasColumn.string_column("stage", non_nullable=True, unique=True), _count("kept_tokens")]
)

TierCost = create_dagster_pandas_dataframe_type(
    "TierCost",
    columns=[
        PandasColumn.categorical_column("tier", categories={"L0", "L1", "L2", "L3", "L4"}, non_nullable=True),
        PandasColumn.float_column("seconds_so_far", min_value=0.0, non_nullable=True),
        _count("kept_tokens"),
    ],
)
ScorerWeights = create_dagster_pandas_dataframe_type(
    "ScorerWeights",
    columns=[
        PandasColumn.string_column("signal", non_nullable=True, unique=True),
        PandasColumn.float_column("weight_max", min_value=0.0, non_nullable=True),
    ],
)
MovedRows = create_dagster_pandas_dataframe_type(
    "MovedRows", columns=[PandasColumn.string_column("causes", non_nullable=True, unique=True), _count("promoted"), _count("demoted")]
)


def mart_asset(name: str, frame_type: Any, deps: list[Any]) -> dg.AssetsDefinition:
    """The asset of one mart; its rows pass through the output, checked by `frame_type`."""
    model = sql_models().get(name)

    @report_asset(
        name,
        kinds={"duckdb", "sql"},
        deps=deps,
        grain=".".join(model.grain),
        model=model,
        dagster_type=frame_type,
        automation_condition=dg.AutomationCondition.eager(),
    )
    def mart(storage: TierStorage) -> dg.Output[pd.DataFrame]:
        rows = sql_models().run(storage.open(), name)
        metadata = {"dagster/row_count": rows.num_rows, **model_columns(name), "rows": as_table(rows.to_pylist())}
        return dg.Output(rows.to_pandas(), metadata=metadata)

    return mart


tier_flow = mart_asset("tier_flow", TierFlow, [l1_filtered, l4_facts, *mix_assets])
mix_composition = mart_asset("mix_composition", MixComposition, mix_assets)
stage_cost = mart_asset("stage_cost", StageCost, mix_assets)
tier_cost = mart_asset("tier_cost", TierCost, mix_assets)
scorer_weights = mart_asset("scorer_weights", ScorerWeights, [l2_reliability])
selection_diff = mart_asset("selection_diff", MovedRows, [l2_selection_diff])


@report_asset(
    "tier_flow_chart",
    kinds={"matplotlib"},
    deps=[tier_flow],
    grain="stage",
    ins={"tier_flow": dg.AssetIn(dagster_type=TierFlow)},
    automation_condition=dg.AutomationCondition.eager(),
)
def tier_flow_chart(tier_flow: pd.DataFrame) -> dg.MaterializeResult:
    """Chart: what became of the rows of every stage."""
    return dg.MaterializeResult(metadata={"chart": figure_markdown(_chart(tier_flow), "rows by stage and outcome")})


@report_asset(
    "crawl_files",
    kinds={"duckdb"},
    deps=[l0_raw, l1_filtered, l4_facts],
    grain="file",
    automation_condition=dg.AutomationCondition.eager(),
)
def crawl_files(storage: TierStorage) -> dg.MaterializeResult:
    """What became of every crawl file: its state, its records, its rows in each tier, and what to do where something is wrong."""
    return crawl_files_of(storage)


def _chart(flow: pd.DataFrame) -> Any:
    from matplotlib.figure import Figure

    colors = {"kept": "#2e7d4f", "dropped": "#c9d1d9", "merged": "#8fa7c4", "quarantined": "#d98c3f", "error": "#b3403a"}
    stages = list(dict.fromkeys(flow["stage"]))
    counts = flow.pivot_table(index="stage", columns="outcome", values="row_count", aggfunc="sum", fill_value=0).reindex(stages)
    figure = Figure(figsize=(8, 0.34 * len(stages) + 1), dpi=90, layout="constrained")
    axes = figure.add_subplot()
    left = pd.Series(0, index=stages)
    for outcome in (name for name in colors if name in counts):
        axes.barh(stages, counts[outcome], left=left, color=colors[outcome], label=outcome)
        left += counts[outcome]
    axes.invert_yaxis()
    axes.set_xlabel("rows")
    axes.legend(fontsize=8, frameon=False)
    return figure


mart_assets = [tier_flow, mix_composition, stage_cost, tier_cost, scorer_weights, selection_diff, tier_flow_chart, crawl_files]
