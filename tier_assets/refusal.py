"""What a run says when it cannot go on: the one line of the error, without a stack trace; steps below a refused shard are skipped."""

import logging
from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import dagster as dg
from dagster._core.errors import DagsterUserCodeProcessError
from dagster._core.execution.plan import active
from dagster_shared.error import SerializableErrorInfo

from tier_assets.names import asset_name
from tierline.display import printable
from tierline.errors import NotWritten, TierlineError
from tierline.gates import sentence
from tierline.lake import WHOLE_LAKE, Lake, standing
from tierline.stages import BY_NAME, Stage

GATE = "promotion_gate"
P, R = ParamSpec("P"), TypeVar("R")


def is_worth_telling(record: logging.LogRecord) -> bool:
    """False for what Dagster logs of a gate that was skipped with its asset: the step below "will proceed without gating on it". That
    step is skipped too, for want of the asset; a gate that runs always has a result."""
    return "emitted no result" not in record.msg or f":{GATE}'" not in record.msg


def quiet_skipped_gates() -> None:
    """Keep these lines out of the output of runs: they read as if rows passed a gate that refused them."""
    logging.getLogger(active.__name__).addFilter(is_worth_telling)


class Refusal(dg.Failure, DagsterUserCodeProcessError):
    """A step fails for a reason that a user can put right.

    Dagster shows the error that a `DagsterUserCodeProcessError` carries in place of its own: here one line and no stack.
    """

    def __init__(self, error: TierlineError) -> None:
        told = printable(str(error))
        Exception.__init__(self, told)
        self.description, self.metadata, self.allow_retries = told, {}, False
        self.user_code_process_error_infos = [SerializableErrorInfo(told, [], type(error).__name__)]


def told(function: Callable[P, R]) -> Callable[P, R]:
    """The function, whose errors of Tierline's own end the step with their one line."""

    @wraps(function)
    def call(*arguments: P.args, **named: P.kwargs) -> R:
        try:
            return function(*arguments, **named)
        except TierlineError as error:
            raise Refusal(error) from None

    return call


def materialized(stage: Stage, function: Callable[..., dg.MaterializeResult]) -> Callable[..., Iterator[dg.MaterializeResult]]:
    """The body of a stage's asset: it makes nothing, and so ends what follows, where this run's own gate refused what it reads."""
    body = told(function)

    @wraps(function)
    def run(*arguments: Any, **named: Any) -> Iterator[dg.MaterializeResult]:
        context = dg.AssetExecutionContext.get()
        shard = context.partition_key if stage.per_shard else WHOLE_LAKE
        refused = _refused_in_run(context, named["storage"].open(), stage, shard)
        if refused:
            context.log.info(f"{stage.name} is skipped: {refused}")
            return
        yield body(*arguments, **named)

    del run.__annotations__["return"]  # Dagster would take the annotation for that of a function that returns
    return run


def _refused_in_run(context: dg.AssetExecutionContext, lake: Lake, stage: Stage, shard: str) -> str:
    steps = context.job_def.graph.node_dict
    for name in stage.upstream:
        above = BY_NAME[name]
        place = shard if above.per_shard else WHOLE_LAKE
        if (above.per_shard and not stage.per_shard) or not above.refusal_ends_run or f"{asset_name(name)}_{GATE}" not in steps:
            continue
        try:
            found = standing(lake, name, place)
        except NotWritten:
            continue
        if found.verdict is not None and not found.promoted:
            return sentence(found)
    return ""
