"""A model server on loopback whose answers depend on the question alone, and which can be told to misbehave.

It keeps its port for as long as it lives, also while it is down: the address is part of a served model's identity.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import math
import re
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

LETTERS = "ABCDEFGH"
SLOW_SECONDS = 0.3  # more than an answer takes, less than any patience
HANGING_SECONDS = 600.0


class ModelServer:
    """Starts well; `misbehave` names what it does wrong from a question on, `behave` ends that."""

    def __init__(self) -> None:
        self._fault, self._after, self.asked = "", 0, 0
        self._ended = threading.Event()
        self._listener = _Listener(("127.0.0.1", 0), self)
        self._port = self._listener.server_port
        self._serve()

    @property
    def url(self) -> str:
        """What the endpoint engine is given."""
        return f"http://127.0.0.1:{self._port}/v1"

    def misbehave(self, fault: str, after: int = 0) -> None:
        """From the question with this number on: dead | slow | hanging | dripping | lying:<lie> | failing."""
        self._fault, self._after, self.asked = fault, after, 0
        self._ended.clear()
        if fault == "dead" and not after:
            self._stop()

    def behave(self) -> None:
        """Answer as at the beginning; whoever hangs is let go."""
        self._fault = ""
        self._ended.set()
        if self._listener.socket.fileno() < 0:
            self._listener = _Listener(("127.0.0.1", self._port), self)
            self._serve()

    def close(self) -> None:
        """End for good."""
        self.behave()
        self._stop()

    def due(self) -> str:
        """The fault that this question meets, if any."""
        self.asked += 1
        return self._fault if self.asked > self._after else ""

    def wait(self, seconds: float) -> None:
        """Pause, unless it is told to behave."""
        self._ended.wait(seconds)

    def die(self) -> None:
        """Stop listening while a request is being answered."""
        threading.Thread(target=self._stop).start()

    def _serve(self) -> None:
        threading.Thread(target=self._listener.serve_forever, args=(0.05,), daemon=True).start()

    def _stop(self) -> None:
        self._listener.shutdown()
        self._listener.server_close()


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True
    block_on_close = False

    def __init__(self, address: tuple[str, int], model: ModelServer) -> None:
        super().__init__(address, _Answering)
        self.model = model

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Nothing: who asked was killed."""


class _Answering(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Listener

    def do_GET(self) -> None:
        self._reply(json.dumps({"data": [{"id": "stand-in", "owned_by": "tierline"}]}).encode())

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        answer = chat_answer(request)
        fault, _, lie = self.server.model.due().partition(":")
        if fault == "dead":
            self.server.model.die()
            self.connection.close()
            self.close_connection = True
        elif fault == "failing":
            self._reply(b"out of memory", 500)
        elif fault == "lying":
            self._reply(lying_answer(answer, lie))
        elif fault == "hanging":
            self.server.model.wait(HANGING_SECONDS)
            self.close_connection = True
        elif fault == "dripping":
            self._drip(json.dumps(answer).encode())
        else:
            if fault == "slow":
                self.server.model.wait(SLOW_SECONDS)
            self._reply(json.dumps(answer).encode())

    def _drip(self, body: bytes) -> None:
        """A byte each second: no read ever times out."""
        self._head(200, len(body))
        began = time.monotonic()
        for byte in body:
            if time.monotonic() - began > HANGING_SECONDS:
                break
            self.wfile.write(bytes([byte]))
            self.wfile.flush()
            self.server.model.wait(1.0)

    def _reply(self, body: bytes, status: int = 200) -> None:
        with contextlib.suppress(ConnectionError):
            self._head(status, len(body))
            self.wfile.write(body)

    def _head(self, status: int, length: int) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(length))
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing: outcomes are the log."""


def chat_answer(request: dict[str, Any]) -> dict[str, Any]:
    """The protocol's answer: a letter with its probabilities where they are asked for, else the passage in other words or a question."""
    words = request["messages"][0]["content"]
    if request.get("top_logprobs"):
        shares = [math.exp(-_share(words, letter)) for letter in LETTERS]
        tokens = [{"token": letter, "logprob": math.log(share / sum(shares))} for letter, share in zip(LETTERS, shares, strict=True)]
        content, reported = tokens[0]["token"], [tokens[0] | {"top_logprobs": tokens}]
    else:
        content = _question(words) if "Question:" in words else _edited(words)
        reported = [{"token": content, "logprob": -0.5, "top_logprobs": []}]
    message = {"role": "assistant", "content": content}
    choice = {"index": 0, "message": message, "finish_reason": "stop", "logprobs": {"content": reported}}
    return {"choices": [choice], "usage": {"prompt_tokens": len(words) // 4, "completion_tokens": 1 + len(content) // 4}}


def lying_answer(answer: dict[str, Any], lie: str) -> bytes:
    """The same with something in it that no server may say."""
    (choice,) = answer["choices"]
    if lie == "nan":
        for token in choice["logprobs"]["content"]:
            token["logprob"] = float("nan")
            token["top_logprobs"] = [dict(one, logprob=float("nan")) for one in token["top_logprobs"]]
    elif lie == "positive":
        for token in choice["logprobs"]["content"]:
            token["logprob"] = 7.5
            token["top_logprobs"] = [dict(one, logprob=7.5) for one in token["top_logprobs"]]
    elif lie == "usage":
        answer["usage"] = {"prompt_tokens": -(1 << 70), "completion_tokens": 1 << 70}
    elif lie == "surrogate":
        choice["message"]["content"] = "a lone \ud800 surrogate"
        choice["logprobs"]["content"][0]["token"] = "\ud800"
    elif lie == "deep":
        return b'{"choices": ' + b"[" * 200_000 + b"]" * 200_000 + b"}"
    elif lie == "garbage":
        return b"<html>a proxy's page</html>"
    elif lie == "huge":
        return json.dumps(answer | {"padding": "x" * (64 << 20)}).encode()
    return json.dumps(answer).encode()


def _share(words: str, letter: str) -> float:
    return hashlib.sha256(f"{letter}{words}".encode()).digest()[0] / 64


def _edited(words: str) -> str:
    """The passage with a comma or an article less: an edit that keeps every fact."""
    passage = words.partition("\n\n")[2]
    return passage.replace(", ", " ", 1) if ", " in passage else passage.replace(" the ", " ", 1)


def _question(words: str) -> str:
    """A question in the words of the last sentence."""
    sentence = words.rpartition("Sentence: ")[2]
    return f"What about {' '.join(re.findall(r'[a-z]{4,}', sentence)[:5])}?"
