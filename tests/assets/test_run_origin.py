"""Runs that `make ingest` executes itself are listed in the UI like those that it launches."""

import uuid

import dagster as dg

from tier_assets.run_origin import list_in_ui, origin_tags


@dg.op
def fine() -> None: ...


@dg.op
def broken() -> None:
    raise ValueError("no")


@dg.job
def run_shard():
    fine()


@dg.job
def run_broken():
    broken()


def run(job: dg.JobDefinition, instance: dg.DagsterInstance) -> dg.DagsterRun:
    run_id = str(uuid.uuid4())
    list_in_ui(instance, run_id)
    job.execute_in_process(instance=instance, run_id=run_id, tags=origin_tags(), raise_on_error=False)
    stored = instance.get_run_by_id(run_id)
    assert stored is not None
    return stored


def test_a_run_belongs_to_the_code_location_of_the_workspace_and_keeps_its_status(dagster_home):
    with dg.DagsterInstance.get() as instance:
        done, failed = run(run_shard, instance), run(run_broken, instance)
        assert (done.status, failed.status) == (dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE)
        origin = done.remote_job_origin
        assert origin and (origin.job_name, origin.location_name) == ("run_shard", "definitions.py")
        assert failed.remote_job_origin and failed.remote_job_origin.job_name == "run_broken"
        listed = instance.get_runs(dg.RunsFilter(tags=origin_tags()))
        assert {one.run_id for one in listed} == {done.run_id, failed.run_id}
