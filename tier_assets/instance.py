"""Opens Dagster's history of runs, one process at a time: two that begin an empty one at the same moment leave it broken for good."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import dagster as dg
from dagster._core.instance.ref import InstanceRef
from filelock import FileLock


def open_instance(overrides: Mapping[str, Any] | None = None) -> dg.DagsterInstance:
    """The instance of DAGSTER_HOME, with settings in place of those in its dagster.yaml; a context manager that closes it."""
    home = os.environ["DAGSTER_HOME"]
    state = Path(os.environ.get("TIERLINE_STATE") or home)
    state.mkdir(parents=True, exist_ok=True)
    with FileLock(state / "open.lock"):
        instance = dg.DagsterInstance.from_ref(InstanceRef.from_dir(home, overrides=overrides))
        instance.get_runs_count()  # the first question begins what opening has not
    return instance
