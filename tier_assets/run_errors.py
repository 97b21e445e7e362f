"""Why a run failed, in one line: the first error of Tierline's own, or else what was behind all others."""

import errno
import sqlite3

import dagster as dg
from dagster_shared.error import SerializableErrorInfo
from sqlalchemy.exc import DBAPIError

from tier_assets.database import POSTGRES, database_error
from tierline.config.environment import Environment
from tierline.display import printable
from tierline.errors import BadInput, TierlineError

OWN_ERRORS = f"{TierlineError.__module__}."  # how Dagster begins the message of one of them
SHORT_OF_MEMORY = ("SQLITE_NOMEM", "SQLITE_IOERR_NOMEM", "SQLITE_IOERR_SHMMAP")  # SQLite calls the last two disk I/O errors


def root_cause(error: SerializableErrorInfo) -> str:
    """The first error of Tierline's own, which says what to do; where there is none, what was behind all others."""
    while error.cause and not error.message.startswith(OWN_ERRORS):
        error = error.cause
    told = error.message
    return printable(" ".join((told.partition(": ")[2] if told.startswith(OWN_ERRORS) else told).split()))


def system_error(error: BaseException) -> str:
    """What the system or Dagster's storage refused, where, and what to do; empty if something else was behind the error."""
    chain = [error]
    while behind := chain[-1].__cause__ or chain[-1].__context__:
        chain.append(behind)
    if any(_is_short_of_memory(one) for one in chain):
        return "there is not enough memory; nothing that was committed is lost: run again with more"
    behind = next((one for one in chain if isinstance(one, OSError | sqlite3.Error)), None)
    state = Environment().get("TIERLINE_STATE", Environment().get("DAGSTER_HOME"))
    if isinstance(behind, sqlite3.Error):
        do = "check its free space and permissions; if a file of it is damaged, move the folder away: the lake keeps all rows"
        return str(BadInput(f"Dagster's storage cannot be used ({behind})", state, do))
    refused = next((one for one in chain if isinstance(one, DBAPIError)), None)
    if refused is not None and behind is None:
        return str(BadInput(f"the database cannot be used ({database_error(refused)})", POSTGRES, "mend it, then run again"))
    if isinstance(behind, OSError):
        do = "check its free space and permissions, then run again"
        return str(BadInput(behind.strerror or str(behind), str(behind.filename or state), do))
    return ""


def _is_short_of_memory(error: BaseException) -> bool:
    if isinstance(error, sqlite3.Error):
        return getattr(error, "sqlite_errorname", "") in SHORT_OF_MEMORY
    return isinstance(error, MemoryError) or (isinstance(error, OSError) and error.errno == errno.ENOMEM)


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
