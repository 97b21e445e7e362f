"""The states of Dagster's runs, and the tag with a run's shard, as everything that looks at runs groups them."""

import dagster as dg
from dagster._core.storage.tags import PARTITION_NAME_TAG

ENDED = (dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED)
UNFINISHED = [status for status in dg.DagsterRunStatus if status not in ENDED]
WAITING = (dg.DagsterRunStatus.QUEUED, dg.DagsterRunStatus.MANAGED, dg.DagsterRunStatus.SUSPENDED)
OPEN = [status for status in UNFINISHED if status not in WAITING]  # a process executes them, or should
SHARD_TAG = PARTITION_NAME_TAG
