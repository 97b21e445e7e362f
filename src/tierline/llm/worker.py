"""Runs a language model in its own process, which survives a killed run until the current batch is answered.

What was asked is then answered, written to the journal and found there by the next run: nothing that was paid for is asked twice.
"""

from __future__ import annotations

import array
import contextlib
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
from dataclasses import asdict
from typing import Any, BinaryIO

from tierline.errors import BadInput, ModelLost, TierlineError
from tierline.llm.batch import Batch, answer
from tierline.llm.open import ModelSettings, identify, open_model
from tierline.llm.prices import Price

LAST_WORDS = 400  # characters of the process's output in the error about its end
LENGTH = 8  # bytes before each message


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
        process ends before it has answered."""
        with self._asking:
            self._started = self._started or _ModelProcess(self._settings)
            return self._started.exchange({"batch": asdict(batch)}, journal)["rows"]

    def close(self) -> None:
        """Let the process end after the current batch."""
        if self._started:
            self._started.close()


class _ModelProcess:
    """The process and the channel to it; one question at a time."""

    def __init__(self, settings: ModelSettings) -> None:
        self._channel, theirs = socket.socketpair()
        self._said = tempfile.TemporaryFile()  # noqa: SIM115 - as long as the process may speak
        self._number = 0
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", __spec__.name, str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
                stdin=subprocess.DEVNULL,
                stdout=self._said,
                stderr=self._said,
                start_new_session=True,  # no signal to the run's group reaches it
            )
        if unusable := self.exchange({"settings": asdict(settings)}, None).get("unusable"):
            raise BadInput(*unusable)

    @property
    def runs(self) -> bool:
        """Whether it has not ended."""
        return self._process.poll() is None

    def exchange(self, message: dict[str, Any], journal: BinaryIO | None) -> dict[str, Any]:
        """The reply to this message, which is sent with the open file."""
        self._number += 1
        try:
            _send(self._channel, message | {"number": self._number}, journal)
            reply, _ = _receive(self._channel)
            while reply["number"] != self._number:  # a reply to an interrupted step
                reply, _ = _receive(self._channel)
        except (EOFError, OSError):
            raise ModelLost(f"the model's process has ended ({self._last_words()})", "language model", "run again") from None
        return reply

    def close(self) -> None:
        """Hang up, and wait for its end."""
        self._channel.close()
        self._process.wait()

    def _last_words(self) -> str:
        status = self._process.wait()
        self._said.seek(max(0, self._said.seek(0, os.SEEK_END) - LAST_WORDS))
        return f"status {status}: {self._said.read().decode(errors='replace').strip() or 'it said nothing'}"


def main(channel: socket.socket) -> None:
    """Load the model that the first message names, then answer batches until the run has ended."""
    message, _ = _receive(channel)
    try:
        model = open_model(ModelSettings(**message["settings"]))
    except TierlineError as error:
        _send(channel, {"unusable": error.args, "number": message["number"]}, None)
        return
    _send(channel, {"number": message["number"]}, None)
    while True:
        message, journal = _receive(channel)
        asked = message["batch"]
        assert journal is not None, "a batch comes with the journal that its answers go to"
        with journal:
            rows = answer(model, Batch(**asked | {"price": Price(**asked["price"])}), journal)
        _send(channel, {"rows": rows, "number": message["number"]}, None)


def _send(channel: socket.socket, message: dict[str, Any], file: BinaryIO | None) -> None:
    body = json.dumps(message).encode()
    head = len(body).to_bytes(LENGTH, "big")
    files = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [file.fileno()]))] if file else []
    channel.sendmsg([head], files)
    channel.sendall(body)


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
        main(socket.socket(fileno=int(sys.argv[1])))
