"""Ties runs that this process executes to the code location of workspace.yaml, so that the UI lists them under their job."""

from functools import cache
from pathlib import Path

import dagster as dg
from dagster._core.remote_origin import RemoteJobOrigin, RemoteRepositoryOrigin
from dagster._core.storage.tags import REPOSITORY_LABEL_TAG
from dagster._core.workspace.load_target import WorkspaceFileTarget

WORKSPACE = Path(__file__).resolve().parents[1] / "workspace.yaml"
REPOSITORY = "__repository__"  # Dagster's name for the one repository of a Definitions object


def origin_tags() -> dict[str, str]:
    """Tags that a run must be started with so that the UI's filters find it."""
    return {REPOSITORY_LABEL_TAG: _repository().get_label()}


def list_in_ui(instance: dg.DagsterInstance, run_id: str) -> None:
    """Give a run that `execute_in_process` created the origin that a run launched from the UI has.

    Without it the timeline of the UI's first page leaves the run out, and its job does not list it.
    """
    run = instance.get_run_by_id(run_id)
    if run is not None and run.remote_job_origin is None:
        instance.run_storage.replace_job_origin(run, RemoteJobOrigin(_repository(), run.job_name))


def listing_hook() -> dg.HookDefinition:
    """Lists a run in the UI once its first step has succeeded, while it is still going on."""
    listed: set[str] = set()

    @dg.success_hook(name="list_in_ui")
    def hook(context: dg.HookContext) -> None:
        if context.run_id not in listed:
            listed.add(context.run_id)
            list_in_ui(context.instance, context.run_id)

    return hook


@cache
def _repository() -> RemoteRepositoryOrigin:
    (location,) = WorkspaceFileTarget([str(WORKSPACE)]).create_origins()
    return RemoteRepositoryOrigin(location, REPOSITORY)
