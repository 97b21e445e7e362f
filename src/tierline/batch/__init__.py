"""The toolkit: the pipeline's own functions from Arrow batch to Arrow batch, for any engine, without a lake and without Dagster."""

from tierline.batch.assign_tier import assign_tier
from tierline.batch.claims import claims
from tierline.batch.edit import edit
from tierline.batch.extract import extract
from tierline.batch.filter import filter, repeated_lines
from tierline.batch.function import BatchFunction
from tierline.batch.score import lake_scorers, score, shipped_scorers
from tierline.batch.select import select
from tierline.batch.sign import sign

__all__ = [
    "BatchFunction",
    "assign_tier",
    "claims",
    "edit",
    "extract",
    "filter",
    "lake_scorers",
    "repeated_lines",
    "score",
    "select",
    "shipped_scorers",
    "sign",
]
