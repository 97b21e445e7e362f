"""Imports what a run imports on its way, so that each of hundreds of processes is forked with it; nothing here starts a thread."""

import faiss
import great_expectations
import matplotlib.backends.backend_agg
import matplotlib.figure
import pyarrow as pa
import sklearn.linear_model
import sqlglot

import benchmarks.faulting.inside
import benchmarks.faulting.lake_state
import definitions
import ingest
import tierline.gates
import tierline.judges.annotate
import tierline.judges.prompt_judge
import tierline.lineage
import tierline.selection.score
from tier_assets.lineage import model_columns, sql_models
from tier_assets.metadata import distribution_plot
from tier_assets.sql_models import mart_assets
from tierline.precompile import GROUPS

__all__ = [
    "benchmarks", "definitions", "faiss", "great_expectations", "ingest", "matplotlib", "sklearn", "sqlglot", "tierline",
]  # fmt: skip

for compile_group in GROUPS.values():  # loads what is compiled already
    compile_group()
for mart in mart_assets:
    if mart.key.path[-1] in sql_models().names:
        model_columns(mart.key.path[-1])
distribution_plot({"fonts": pa.chunked_array([[0.5] * 20])})
