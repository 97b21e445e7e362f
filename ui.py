"""What `make ui` runs: Dagster's UI and daemon, which end on one signal with every process that they have started."""

import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from types import FrameType
from typing import NoReturn

import dagster as dg
import psutil
from dagster._core.storage.tags import GRPC_INFO_TAG

from resources import CrawlInbox, configured_resources
from tier_assets.instance import open_instance
from tier_assets.interruption import SIGNALS, close_run
from tier_assets.run_errors import system_error
from tier_assets.run_states import OPEN
from tierline.display import printable
from tierline.errors import TierlineError
from tierline.logs import configure, in_json

MARK = "TIERLINE_UI"  # in the environment of all that descends from one `make ui`, whatever session or parent it has
GRACE = 5.0  # seconds from the signal for runs to stop where they are, and for a model to answer what it was asked
GRACE_IDLE = 1.5  # the same if there are none: nothing is lost by ending a server
LOOK = 0.1
# How long Dagster's daemon waits for its code server to start a run: that takes seconds on an idle machine, and over the minute
# that is Dagster's default on a busy one, where the run would be called failed.
PATIENCE = {"DAGSTER_GRPC_TIMEOUT_SECONDS": "600"}


def main(arguments: list[str]) -> NoReturn:
    """Run `dagster dev` with these arguments until it ends, or until a signal ends it; exit status as shells report it. 2, in one line:
    a variable cannot be meant, or the system refuses what every run would need."""
    try:
        configure("ui")
        instance = prepare()
    except Exception as error:
        told = str(error) if isinstance(error, TierlineError) else system_error(error)
        if not told:
            raise
        print(f"ui: {printable(told)}", file=sys.stderr)
        sys.exit(2)
    serve(arguments, instance)


def prepare() -> dg.DagsterInstance:
    """The history of runs, once every variable is known to be meant: else each of Dagster's processes would tell of it in a traceback."""
    inbox = configured_resources()["inbox"]
    assert isinstance(inbox, CrawlInbox)
    inbox.make()
    return open_instance()


def serve(arguments: list[str], history: dg.DagsterInstance) -> NoReturn:
    """Run `dagster dev` to its end."""
    mark, signals = uuid.uuid4().hex, list[tuple[int, float]]()

    def note(number: int, _: FrameType | None) -> None:
        signals.append((number, time.monotonic()))

    for number in SIGNALS:
        signal.signal(number, note)
    form = ("--log-format", "json") if in_json() else ()
    command, environment = [sys.executable, "-m", "dagster", "dev", *arguments, *form], PATIENCE | os.environ | {MARK: mark}
    with history as instance:
        server = subprocess.Popen(command, env=environment, start_new_session=True)  # Ctrl-C reaches this process alone
        while server.poll() is None and not signals:
            time.sleep(LOOK)
        since = signals[0][1] if signals else time.monotonic()
        runs = launched_runs(instance)
        if signals:
            print(f"\nStopping the UI{f' and {len(runs)} runs' if runs else ''}. Finished work is kept.", file=sys.stderr)
        for run in runs:
            instance.report_run_canceling(run, "the UI was stopped")
        end_all(mark, since + (GRACE if runs else GRACE_IDLE), lambda: len(signals) > 1)
        for run in launched_runs(instance):
            close_run(instance, run, "the UI was stopped before the run had ended")
        status = 128 + signals[0][0] if signals else server.wait()
        sys.stderr.flush()
        os._exit(status)  # Python's own way out of all that Dagster has loaded takes seconds on a busy machine


def launched_runs(instance: dg.DagsterInstance) -> list[dg.DagsterRun]:
    """Runs in progress whose processes the UI's code server has started; those of an ingest beside it are not among them."""
    return [run for run in instance.get_runs(dg.RunsFilter(statuses=OPEN)) if GRPC_INFO_TAG in run.tags]


def end_all(mark: str, deadline: float, at_once: Callable[[], bool]) -> None:
    """Ask every process with the mark to end, and kill those that are left at the deadline, or as soon as `at_once`."""
    left = marked(mark)
    for process in left:
        signalled(process, signal.SIGTERM)
    while left and time.monotonic() < deadline and not at_once():
        _, left = psutil.wait_procs(left, LOOK)
    while left := marked(mark):  # again: what is killed may have started another just before
        for process in left:
            signalled(process, signal.SIGKILL)
        psutil.wait_procs(left, 1)


def marked(mark: str) -> list[psutil.Process]:
    """Every living process whose environment has the mark."""
    found: list[psutil.Process] = []
    for process in psutil.process_iter():
        try:
            if process.status() != psutil.STATUS_ZOMBIE and process.environ().get(MARK) == mark:
                found.append(process)
        except (psutil.Error, OSError):
            continue
    return found


def signalled(process: psutil.Process, number: int) -> None:
    """Send a signal to a process that may have ended."""
    try:
        process.send_signal(number)
    except psutil.Error:
        return


if __name__ == "__main__":
    main(sys.argv[1:])
