"""Why a run failed, in one line: the first error of Tierline's own, or else what was behind all others."""

import dagster as dg
from dagster_shared.error import SerializableErrorInfo

from tierline.display import printable
from tierline.errors import TierlineError

OWN_ERRORS = f"{TierlineError.__module__}."  # how Dagster begins the message of one of them


def root_cause(error: SerializableErrorInfo) -> str:
    """The first error of Tierline's own, which says what to do; where there is none, what was behind all others."""
    while error.cause and not error.message.startswith(OWN_ERRORS):
        error = error.cause
    told = error.message
    return printable(" ".join((told.partition(": ")[2] if told.startswith(OWN_ERRORS) else told).split()))


def first_error(instance: dg.DagsterInstance, run: dg.DagsterRun) -> str:
    """Of the first step that failed; of the run itself if no step did."""
    for kind in (dg.DagsterEventType.STEP_FAILURE, dg.DagsterEventType.RUN_FAILURE):
        for record in instance.get_records_for_run(run.run_id, of_type=kind, limit=1).records:
            event = record.event_log_entry.dagster_event
            error = getattr(event.event_specific_data, "error", None) if event else None
            if error:
                return root_cause(error)
            if event and event.message:
                return printable(" ".join(event.message.split()))
    return "see it in the UI"
