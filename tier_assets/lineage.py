"""Columns as the UI draws them: those of SQL models, and from which columns of other assets each is computed."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import dagster as dg

from tier_assets.catalog import column_schema, table_schema
from tier_assets.names import asset_name
from tierline.config.bundled import folder
from tierline.lineage.columns import Lineage, model_lineage, stage_lineage
from tierline.sql import Models


@cache
def sql_models() -> Models:
    """The project's SQL models, read once per process."""
    return Models(folder("dbt_like_sql"))


def model_schema(model: str) -> dg.TableSchema:
    """The columns of a SQL model, with the types that it gives on empty tables."""
    models = sql_models()
    return column_schema(models.schema(model), models.get(model).columns)


def stage_columns(table: str) -> dict[str, Any]:
    """Metadata of a stage's main table: its columns, and which parent columns each is computed from."""
    lineage = _of_stage(table)
    return {"dagster/column_schema": table_schema(table, lineage)} | _entry(lineage)


def model_columns(model: str) -> dict[str, Any]:
    """The same of a SQL model; what it reads of the lake's own records has no column lineage."""
    lineage, models = _of_model(model), sql_models()
    schema = column_schema(models.schema(model), models.get(model).columns, lineage)
    return {"dagster/column_schema": schema} | _entry(lineage)


@cache
def _of_stage(table: str) -> Lineage:
    return stage_lineage(table, sql_models())


@cache
def _of_model(model: str) -> Lineage:
    return model_lineage(model, sql_models())


def _entry(lineage: Mapping[str, Sequence[tuple[str, str]]]) -> dict[str, Any]:
    if not lineage:
        return {}
    deps = {
        name: [dg.TableColumnDep(dg.AssetKey(asset_name(table)), column) for table, column in sources] for name, sources in lineage.items()
    }
    return {"dagster/column_lineage": dg.TableColumnLineage(deps)}
