"""Runs a language model in its own process, which survives a killed run for as long as answers that were asked for may take to arrive.

They are written to the journal and found there by the next run: what was paid for is not asked twice. Neither side waits for the other
without end: a process that hangs is ended by its run, and one whose run has ended, or that is told to end, is gone within ten seconds.
"""

from __future__ import annotations

import array
import contextlib
import json
import math
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import asdict
from typing import Any, BinaryIO

from tierline import errors
from tierline.errors import ModelLost, TierlineError
from tierline.llm.batch import Batch, answer
from tierline.llm.model import LanguageModel
from tierline.llm.open import ModelSettings, identify, open_model
from tierline.llm.prices import Price
from tierline.llm.rules import CallRules

LAST_WORDS = 400  # characters of the process's output in the error about its end
LENGTH = 8  # bytes before each message
BEAT_SECONDS = 1.0  # between two signs of life while something is being answered
ANSWERS_SECONDS = 6.0  # that answers may still take to arrive once the run has ended
END_SECONDS = 8.0  # from then until the process has ended in any case
CALLS_OF_A_QUESTION = 2  # the most that an engine makes for one


class ModelProcess:
    """A model in another process. Batches are answered there and written to the journal, whose open file is sent with them."""

    def __init__(self, settings: ModelSettings) -> None:
        """Loads nothing yet. Raises what `identify` raises."""
        known = identify(settings)
        self.model_id, self.weights_sha256, self.engine = known.model_id, known.weights_sha256, known.engine
        self._settings, self._asking, self._started = settings, threading.Lock(), None

    @property
    def alive(self) -> bool:
        """Whether it can be asked: its process runs, or has not been needed yet."""
        return self._started is None or self._started.runs

    def answer(self, batch: Batch, journal: BinaryIO) -> list[dict[str, Any]]:
        """As `tierline.llm.batch.answer`; the first call loads the model. Raises what `open_model` raises, and ModelLost where the
        process ends before it has answered, or hangs and is ended."""
        with self._asking:
            self._started = self._started or _ModelProcess(self._settings)
            turns = CALLS_OF_A_QUESTION * math.ceil(len(batch.requests) / self._settings.slots)
            seconds = turns * self._settings.calls.deadline_seconds + self._settings.calls.silent_seconds
            return self._started.exchange({"batch": asdict(batch)}, journal, seconds)["rows"]

    def close(self) -> None:
        """Let the process end, at once if it is answering nothing."""
        if self._started:
            self._started.close()


class _ModelProcess:
    """The process and the channel to it; one question at a time."""

    def __init__(self, settings: ModelSettings) -> None:
        self._channel, theirs = socket.socketpair()
        self._said = tempfile.TemporaryFile()  # noqa: SIM115 - as long as the process may speak
        self._number, self._key, self._silent_seconds = 0, settings.api_key, settings.calls.silent_seconds
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", __spec__.name, str(theirs.fileno()), str(os.getpid())],
                pass_fds=[theirs.fileno()],
                env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
                stdin=subprocess.DEVNULL,
                stdout=self._said,
                stderr=self._said,
                start_new_session=True,  # no signal to the run's group reaches it
            )
        self.exchange({"settings": asdict(settings)}, None, settings.calls.load_seconds)

    @property
    def runs(self) -> bool:
        """Whether it has not ended."""
        return self._process.poll() is None

    def exchange(self, message: dict[str, Any], journal: BinaryIO | None, seconds: float) -> dict[str, Any]:
        """The reply to this message, which is sent with the open file. Raises the error that the reply names, and ModelLost."""
        self._number, ends = self._number + 1, time.monotonic() + seconds
        patience = self._silent_seconds if journal else seconds  # what loads a model may be silent
        try:
            self._channel.settimeout(patience)
            _send(self._channel, message | {"number": self._number}, journal)
            reply: dict[str, Any] = {}
            while reply.get("number") != self._number:  # a sign of life, or a reply to an interrupted step
                self._channel.settimeout(max(0.001, min(patience, ends - time.monotonic())))
                reply, _ = _receive(self._channel)
                if "number" not in reply and time.monotonic() >= ends:
                    raise TimeoutError
        except TimeoutError:
            self._end()
            waited = seconds if time.monotonic() >= ends else patience
            do = "run again; if the model is that slow, raise llm.calls in the recipe"
            raise ModelLost(f"the model's process has not answered for {waited:,.0f} s and was ended", "language model", do) from None
        except (EOFError, OSError):
            raise ModelLost(f"the model's process has ended ({self._last_words()})", "language model", "run again") from None
        if "error" in reply:
            name, *told = reply["error"]
            raise getattr(errors, name)(*told)
        return reply

    def close(self) -> None:
        """Hang up, and wait for its end."""
        self._channel.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(END_SECONDS)
        self._end()

    def _end(self) -> None:
        """End the process, if it has not ended: it may finish what it is about, but not for long."""
        self._process.terminate()
        try:
            self._process.wait(END_SECONDS + 1)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _last_words(self) -> str:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(1)
        self._end()
        self._said.seek(max(0, self._said.seek(0, os.SEEK_END) - LAST_WORDS))
        said = self._said.read().decode(errors="replace").strip()
        return f"status {self._process.returncode}: {(said.replace(self._key, '***') if self._key else said) or 'it said nothing'}"


class _Host:
    """What the process does: it answers batches, gives signs of life meanwhile, and sees to its own end."""

    def __init__(self, channel: socket.socket, owner: int) -> None:
        self._channel, self._owner, self._sending = channel, owner, threading.Lock()
        self._model: LanguageModel | None = None
        self._answering = False
        self._told, told = socket.socketpair()
        told.setblocking(False)
        signal.signal(signal.SIGTERM, lambda *_: None)
        signal.set_wakeup_fd(told.fileno(), warn_on_full_buffer=False)  # written even while the main thread is inside an engine
        self._keep = told
        threading.Thread(target=self._watch, daemon=True).start()

    def serve(self) -> None:
        """Load the model that the first message names, then answer batches until the run has ended."""
        message, _ = _receive(self._channel)
        named = message["settings"]
        try:
            self._model = open_model(ModelSettings(**named | {"calls": CallRules(**named["calls"])}))
        except TierlineError as error:
            self._reply(message, error=(type(error).__name__, *error.args))
            return
        self._reply(message)
        while True:
            message, journal = _receive(self._channel)
            asked = message["batch"]
            assert journal is not None, "a batch comes with the journal that its answers go to"
            self._answering = True
            with journal:
                try:
                    told: dict[str, Any] = {"rows": answer(self._model, Batch(**asked | {"price": Price(**asked["price"])}), journal)}
                except TierlineError as error:
                    told = {"error": (type(error).__name__, *error.args)}
            self._answering = False
            self._reply(message, **told)

    def _reply(self, message: dict[str, Any], **told: Any) -> None:
        with self._sending:
            _send(self._channel, told | {"number": message["number"]}, None)

    def _watch(self) -> None:
        """Give signs of life until the run has ended or somebody ends this process; then see to its end."""
        while not select.select([self._told], [], [], BEAT_SECONDS / 2)[0] and os.getppid() == self._owner:
            if self._answering and self._sending.acquire(blocking=False):
                with contextlib.suppress(OSError):  # nobody reads, or will
                    self._channel.send(_framed({}), socket.MSG_DONTWAIT)
                self._sending.release()
        if self._model:
            self._model.give_up(ANSWERS_SECONDS)
        self._channel.shutdown(socket.SHUT_RD)  # the main thread finds no further message, and ends in order
        time.sleep(END_SECONDS)
        os._exit(1)  # it has not; what was answered is on disk


def _framed(message: dict[str, Any]) -> bytes:
    body = json.dumps(message).encode()
    return len(body).to_bytes(LENGTH, "big") + body


def _send(channel: socket.socket, message: dict[str, Any], file: BinaryIO | None) -> None:
    framed = _framed(message)
    files = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [file.fileno()]))] if file else []
    channel.sendmsg([framed[:LENGTH]], files)
    channel.sendall(framed[LENGTH:])


def _receive(channel: socket.socket) -> tuple[dict[str, Any], BinaryIO | None]:
    """A message and the open file that came with it. EOFError if the other side has closed."""
    head, files, _, _ = socket.recv_fds(channel, LENGTH, 1)
    head += _exactly(channel, LENGTH - len(head))
    body = _exactly(channel, int.from_bytes(head, "big"))
    return json.loads(body), os.fdopen(files[0], "ab") if files else None


def _exactly(channel: socket.socket, size: int) -> bytes:
    parts: list[bytes] = []
    while size:
        part = channel.recv(min(size, 1 << 20))
        if not part:
            raise EOFError
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


if __name__ == "__main__":
    # If the run has ended, its answers are in the journal.
    with contextlib.suppress(EOFError, BrokenPipeError, ConnectionResetError):
        _Host(socket.socket(fileno=int(sys.argv[1])), int(sys.argv[2])).serve()
