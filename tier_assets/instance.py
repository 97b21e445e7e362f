"""Opens Dagster's history of runs, one process at a time: two that begin an empty one at the same moment leave it broken for good."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import dagster as dg
from dagster._core.instance.ref import InstanceRef
from filelock import FileLock

from tierline.config.environment import Environment
from tierline.errors import BadInput


def open_instance(overrides: Mapping[str, Any] | None = None) -> dg.DagsterInstance:
    """The instance of DAGSTER_HOME, with settings in place of those in its dagster.yaml; a context manager that closes it.

    BadInput where it or TIERLINE_STATE, which its dagster.yaml names, is not set.
    """
    home, state = (_folder(name) for name in ("DAGSTER_HOME", "TIERLINE_STATE"))
    state.mkdir(parents=True, exist_ok=True)
    with FileLock(state / "open.lock"):
        instance = dg.DagsterInstance.from_ref(InstanceRef.from_dir(str(home), overrides=overrides))
        instance.get_runs_count()  # the first question begins what opening has not
    return instance


def _folder(name: str) -> Path:
    value = Environment().get(name)
    if not value:
        raise BadInput("is not set", name, "`make` sets it; without make, name the checkout in DAGSTER_HOME and a folder in TIERLINE_STATE")
    return Path(value)
