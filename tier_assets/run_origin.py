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
    """Give the run of this id, once it begins, the origin that a run launched from the UI has.

    Without it the timeline of the UI's first page leaves the run out, and its job does not list it.
    """
    listed: set[str] = set()

    def follow(_: dg.EventLogEntry) -> None:
        if run_id not in listed and (run := instance.get_run_by_id(run_id)):
            listed.add(run_id)
            instance.run_storage.replace_job_origin(run, RemoteJobOrigin(_repository(), run.job_name))

    instance.add_event_listener(run_id, follow)


@cache
def _repository() -> RemoteRepositoryOrigin:
    (location,) = WorkspaceFileTarget([str(WORKSPACE)]).create_origins()
    return RemoteRepositoryOrigin(location, REPOSITORY)
