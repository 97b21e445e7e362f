"""One signal ends what `make ingest` and `make ui` have started, all of it, within ten seconds, and leaves nothing locked."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import dagster as dg
import psutil
import pytest

from tests.ui.test_browser import free_port, until
from tier_assets.instance import open_instance
from tier_assets.specs import GPU_POOL

ROOT = Path(__file__).parents[2]
MARK = "TIERLINE_TEST_OF_SIGNALS"  # in the environment of all that a test starts


def as_of_a_shell() -> None:
    """A new process ignores and blocks what its parent does, and make does not undo it: another test may have left signals so."""
    signal.pthread_sigmask(signal.SIG_UNBLOCK, signal.valid_signals())
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)


def bound() -> float:
    """Seconds that an end may take: ten, but for a machine that does other things beside it now."""
    return 10.0 if os.getloadavg()[0] < (os.cpu_count() or 1) else 30.0


def started_by(home: Path) -> list[psutil.Process]:
    """Every living process of a test, whatever its parent or session."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.status() != psutil.STATUS_ZOMBIE and process.environ().get(MARK) == str(home):
                found.append(process)
        except psutil.Error:
            continue
    return found


@pytest.fixture
def start(dagster_home, monkeypatch):
    """Starts a make target in a process group of its own; what it leaves is killed when the test is over."""
    monkeypatch.setenv(MARK, str(dagster_home))

    def begin(*arguments: str) -> subprocess.Popen[str]:
        log = (dagster_home / "log").open("w")
        # -o: the environment of the tests is installed already.
        command = ["make", "--no-print-directory", "-o", "install", *arguments, f"BIN={Path(sys.executable).parent}"]
        return subprocess.Popen(
            command, cwd=ROOT, stdout=log, stderr=subprocess.STDOUT, text=True, start_new_session=True, preexec_fn=as_of_a_shell
        )

    yield begin
    for process in started_by(dagster_home):
        process.kill()


def said(home: Path) -> str:
    return (home / "log").read_text("utf-8")


def stop(process: subprocess.Popen[str], number: int, whole_group: bool, home: Path) -> float:
    """Send one signal; seconds until no process of the test is alive."""
    began = time.monotonic()
    (os.killpg if whole_group else os.kill)(process.pid, number)
    while started_by(home) and time.monotonic() - began < 90:
        time.sleep(0.1)
        process.poll()
    return time.monotonic() - began


def open_runs(instance: dg.DagsterInstance) -> list[dg.DagsterRun]:
    return [run for run in instance.get_runs() if not run.is_finished and run.status != dg.DagsterRunStatus.QUEUED]


def held_slots(instance: dg.DagsterInstance) -> int:
    return instance.event_log_storage.get_concurrency_info(GPU_POOL).active_slot_count


def a_crawl(home: Path) -> Path:
    crawl = home / "crawl.jsonl"
    page = "The station {n} opened in 19{n:02} and has {n} platforms, which trains from the coast reach in an hour. "
    rows = ({"text": page.format(n=n) * 12, "url": f"https://site{n}.example/"} for n in range(60))
    crawl.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return crawl


@pytest.mark.parametrize(("number", "whole_group"), [(signal.SIGINT, True), (signal.SIGTERM, False)])
def test_one_signal_ends_an_ingest_and_the_next_one_goes_on(dagster_home, start, number, whole_group):
    crawl = a_crawl(dagster_home)
    ingest = start("ingest", f"CRAWL={crawl}")
    with open_instance() as instance:
        until(lambda: held_slots(instance) or ingest.poll() is not None, 300)
        assert ingest.poll() is None, said(dagster_home)
        assert stop(ingest, number, whole_group, dagster_home) < bound(), said(dagster_home)
        assert ingest.wait(10) != 0
        assert "stopped; finished work is kept, run it again to continue" in said(dagster_home)
        assert "Traceback" not in said(dagster_home) and "Interrupted" not in said(dagster_home)
        assert open_runs(instance) == [] and held_slots(instance) == 0
        assert {run.status for run in instance.get_runs()} <= {dg.DagsterRunStatus.CANCELED, dg.DagsterRunStatus.SUCCESS}
        newest = max(instance.get_run_records(limit=50), key=lambda record: record.create_timestamp)
        assert newest.dagster_run.status == dg.DagsterRunStatus.CANCELED
        again = start("ingest", f"CRAWL={crawl}")
        until(lambda: held_slots(instance) or again.poll() is not None, 300)
        assert again.poll() is None, said(dagster_home)
        assert stop(again, signal.SIGTERM, True, dagster_home) < bound()


def test_progress_of_an_ingest_without_a_terminal_is_short_lines(dagster_home, start):
    ingest = start("ingest", f"CRAWL={a_crawl(dagster_home)}")
    ingest.wait(300)
    progress = [line for line in said(dagster_home).splitlines() if "% after" in line]
    assert len(progress) > 3 and max(map(len, progress)) < 200
    assert "\x1b" not in said(dagster_home) and "\r" not in said(dagster_home)


@pytest.mark.parametrize(("number", "whole_group"), [(signal.SIGINT, True), (signal.SIGTERM, False)])
def test_one_signal_ends_the_ui_and_the_run_that_it_has_started(dagster_home, start, number, whole_group):
    inbox = dagster_home / "inbox"
    inbox.mkdir()
    a_crawl(inbox)
    port = free_port()
    ui = start("ui", f"PORT={port}")
    with open_instance() as instance:
        until(lambda: urllib.request.urlopen(f"http://localhost:{port}/server_info", timeout=5), 300)
        until(lambda: held_slots(instance), 600)
        assert len(started_by(dagster_home)) > 5, "make, the supervisor, servers, daemon and a run"
        took = stop(ui, number, whole_group, dagster_home)
        assert took < bound(), said(dagster_home)[-3000:]
        assert open_runs(instance) == [] and held_slots(instance) == 0
        assert dg.DagsterRunStatus.CANCELED in {run.status for run in instance.get_runs()}
