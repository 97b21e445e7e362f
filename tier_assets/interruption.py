"""One signal ends a program that executes runs: the open run is canceled where it stands, and what cannot be interrupted is cut off."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import FrameType, TracebackType
from typing import NoReturn, Self

import dagster as dg
import psutil

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
SECONDS = 7.0  # from the signal until a step that cannot be interrupted is cut off
STOPPED = "stopped; finished work is kept, run it again to continue"
LAST_SECONDS = 1.0  # for closing the run's record before that
AGAIN_SECONDS = 0.05  # until a signal is sent again whose exception was lost


class Interrupted(BaseException):
    """A signal has asked the program to end."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.status = 128 + number  # as shells report it

    def end(self) -> NoReturn:
        """Say so in one line and end the process, whose frames have let go of all they held: Python's own way out takes seconds."""
        print(f"{Path(sys.argv[0]).stem}: {STOPPED}", file=sys.stderr, flush=True)
        sys.stdout.flush()
        os._exit(self.status)


class Interruption:
    """Whether a signal has asked the program to end, known at once even where Dagster replaces the handlers and forgets the signal.

    The interpreter writes every signal's number to a socket before any handler runs; whoever asks looks into it. To be entered on the
    main thread. `cut_off` is called, on another thread, before the process ends by force after `seconds`.
    """

    def __init__(self, seconds: float = SECONDS) -> None:
        self.cut_off: Callable[[], None] = lambda: None
        self._seconds = seconds
        self._told, self._signals = socket.socketpair()
        self._over = threading.Event()

    def __enter__(self) -> Self:
        self._told.setblocking(False)
        self._signals.setblocking(False)
        signal.set_wakeup_fd(self._signals.fileno(), warn_on_full_buffer=False)
        self._before = {number: signal.signal(number, self._raise) for number in SIGNALS}
        self._unraisable, sys.unraisablehook = sys.unraisablehook, self._send_again
        threading.Thread(target=self._watch, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if kind is None or not issubclass(kind, Interrupted):
            self._over.set()  # else what is left to do before the process ends has its bound too
            self._signals.send(b"\0")
            for number, handler in self._before.items():
                signal.signal(number, handler)
            sys.unraisablehook = self._unraisable
        signal.set_wakeup_fd(-1)

    @property
    def number(self) -> int:
        """The signal, or 0."""
        try:
            return self._told.recv(1, socket.MSG_PEEK)[0]
        except BlockingIOError:
            return 0

    def check(self) -> None:
        """Raises Interrupted if there was a signal."""
        if self.number:
            raise Interrupted(self.number)

    def cancel_with(self, instance: dg.DagsterInstance, run_id: str) -> None:
        """Let a signal cancel the run of this id, where Dagster would record a failure."""

        def follow(_: dg.EventLogEntry) -> None:
            run = instance.get_run_by_id(run_id) if self.number else None
            if run and run.status in (dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED):
                instance.report_run_canceling(run)

        instance.add_event_listener(run_id, follow)

    def _raise(self, number: int, _: FrameType | None) -> None:
        for one in SIGNALS:
            signal.signal(one, signal.SIG_IGN)  # the program is ending already
        raise Interrupted(number)

    def _send_again(self, lost: sys.UnraisableHookArgs) -> None:
        """Python prints and drops what a signal's handler raises within a weak reference's callback or a finalizer: let it come later."""
        if not (self.number and issubclass(lost.exc_type, Interrupted | dg.DagsterExecutionInterruptedError)):
            self._unraisable(lost)
            return
        if lost.exc_type is Interrupted:
            for one in SIGNALS:
                signal.signal(one, self._raise)
        main = threading.main_thread().ident or 0
        again = threading.Timer(AGAIN_SECONDS, signal.pthread_kill, (main, self.number))
        again.daemon = True
        again.start()

    def _watch(self) -> None:
        select.select([self._told], [], [])
        if self._over.is_set():
            return
        for process in psutil.Process().children(recursive=True):  # a model's process first writes down what it was asked and answers
            with contextlib.suppress(psutil.Error):
                process.terminate()
        if self._over.wait(self._seconds):
            return
        closing = threading.Thread(target=self.cut_off, daemon=True)
        closing.start()
        closing.join(LAST_SECONDS)
        Interrupted(self.number).end()


def close_run(instance: dg.DagsterInstance, run: dg.DagsterRun, why: str) -> None:
    """Record a run that nothing executes any more as canceled, and free its pool slots."""
    instance.report_run_canceled(run, why)
    instance.event_log_storage.free_concurrency_slots_for_run(run.run_id)
