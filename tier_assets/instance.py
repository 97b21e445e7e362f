"""Opens Dagster's history of runs, one process at a time: two that begin an empty one at the same moment leave it broken for good."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

import dagster as dg
from dagster._core.instance.ref import InstanceRef
from filelock import FileLock

from tier_assets.database import check_database
from tier_assets.pools import follow_limit, mend_pools
from tierline.config.environment import Environment
from tierline.errors import BadInput

STATE_TAG = "tierline/state"  # of a run: the state folder beside which it is executed; machines that share a database have one each


def open_instance(overrides: Mapping[str, Any] | None = None) -> dg.DagsterInstance:
    """The instance of DAGSTER_HOME, with settings in place of those in its dagster.yaml; a context manager that closes it.

    BadInput where it or TIERLINE_STATE, which its dagster.yaml names, is not set, or where the database that it names cannot be used.
    """
    home, state = (_folder(name) for name in ("DAGSTER_HOME", "TIERLINE_STATE"))
    check_database(home)
    state.mkdir(parents=True, exist_ok=True)
    with FileLock(state / "open.lock"):
        instance = dg.DagsterInstance.from_ref(InstanceRef.from_dir(str(home), overrides=overrides))
        instance.get_runs_count()  # the first question begins what opening has not
        mend_pools()
        follow_limit(instance)
    return instance


def state_name() -> str:
    """What names this machine's state folder in a database that others share; made with its first run."""
    state = _folder("TIERLINE_STATE")
    with FileLock(state / "open.lock"):
        name = state / "name"
        if not name.exists():
            name.write_text(uuid4().hex, "ascii")
        return name.read_text("ascii")


def _folder(name: str) -> Path:
    value = Environment().get(name)
    if not value:
        raise BadInput("is not set", name, "`make` sets it; without make, name the checkout in DAGSTER_HOME and a folder in TIERLINE_STATE")
    return Path(value)
