"""What a server does wrong ends as a counted state: never an exception, never a score, and never with the key in any text."""

import json
import logging
import threading
import time
import traceback
from email.utils import formatdate
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.unit.llm.served import IMPATIENT, QUICK, served
from tierline.errors import BadInput, ModelUnavailable
from tierline.llm import CachedModelClient, CallStore, ModelSettings, Prompt, Sampling
from tierline.llm.endpoint import SMALLEST, Endpoint
from tierline.llm.http_client import Client, retry_after
from tierline.llm.rules import CallRules

KEY = "sk-never-to-be-seen-4711"
TOKEN = {"token": " A", "logprob": -0.5}
MESSAGE = {"message": {"content": "A"}, "finish_reason": "stop", "logprobs": {"content": [TOKEN | {"top_logprobs": [TOKEN]}]}}
USAGE = {"prompt_tokens": 3, "completion_tokens": 1}
GOOD = {"choices": [MESSAGE], "usage": USAGE, "data": [{"embedding": [1.0, 2.0]}]}


class FaultyServer(ThreadingHTTPServer):
    """Speaks the protocol, and injects the faults that `faults` lists: one a request, the last for ever.

    With `lives`, the smallest question is always answered: what fails is the fault of the others.
    """

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.faults, self.asked, self.busy, self.busiest, self.lock, self.lives = [], 0, 0, 0, threading.Lock(), False

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}/v1"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def do_GET(self):
        self.answer(200, {"data": [{"id": "m"}]})

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.server.lives and any({"model": "m", **smallest} == body for smallest in SMALLEST.values()):
            self.answer(200, GOOD)
            return
        with self.server.lock:
            self.server.asked += 1
            self.server.last = body
            self.server.busy += 1
            self.server.busiest = max(self.server.busiest, self.server.busy)
            fault = self.server.faults.pop(0) if len(self.server.faults) > 1 else next(iter(self.server.faults), GOOD)
        try:
            fault(self) if callable(fault) else self.answer(*(fault if isinstance(fault, tuple) else (200, fault)))
        finally:
            with self.server.lock:
                self.server.busy -= 1

    def answer(self, status, body, **headers):
        data = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in {"Content-Length": len(data), **headers}.items():
            self.send_header(name.replace("_", "-"), str(value))
        self.end_headers()
        self.wfile.write(data)


def busy(handler):
    handler.answer(429, "slow down", Retry_After=0)


def hang(handler):
    time.sleep(1)


def drop(handler):
    handler.close_connection = True
    handler.connection.close()


def half(handler):
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b'{"choices": [{"mess')
    handler.close_connection = True


def tell_the_key(handler):
    handler.answer(401, f"wrong key: {handler.headers['Authorization']}")


def repeat_the_key(handler):
    handler.answer(200, GOOD | {"choices": [MESSAGE | {"message": {"content": handler.headers["Authorization"]}}]})


@pytest.fixture
def server():
    with served(FaultyServer()) as server:
        yield server


def ask(server, *faults):
    """One answer of each kind; the faults are injected again for each."""
    model = Endpoint(server.url, "", KEY, 2, IMPATIENT if hang in faults else QUICK)
    answers = []
    for question in (
        lambda: model.generate([Prompt("x")], Sampling()),
        lambda: model.choose([Prompt("x")], ("A", "B")),
        lambda: model.represent(["x"], 10),
    ):
        server.faults = list(faults)
        answers += question()
    return answers


def name_of(fault):
    """A test's name must be the same in every process that collects it: no address of a function."""
    return getattr(fault, "__name__", None) or str(fault)


LASTING = [hang, drop, half, (500, "broken"), (502, ""), (503, ""), (504, ""), "<html>", '{"choices": [']
PASSING = [busy, *LASTING]


@pytest.mark.parametrize("fault", PASSING, ids=name_of)
def test_a_fault_that_passes_is_retried_and_counted(server, fault):
    assert [(answer.error, answer.attempts) for answer in ask(server, fault, GOOD)] == [("", 2)] * 3


@pytest.mark.parametrize("fault", LASTING, ids=name_of)
def test_a_fault_of_one_question_ends_after_all_attempts_as_a_state(server, fault):
    server.lives = True
    completion, choice, representation = ask(server, fault)
    assert {answer.attempts for answer in (completion, choice, representation)} == {QUICK.attempts} and completion.error
    assert (completion.text, completion.finish, choice.log_probabilities, choice.text) == ("", "error", (), "")
    assert representation.vector == () and representation.error


WRONG = [
    (400, "no such field"), (404, ""), [], "7", {}, {"error": "x"},
    {"choices": [], "data": [], "usage": USAGE}, {"choices": [MESSAGE, MESSAGE], "data": [{}, {}], "usage": USAGE},
    {"choices": [{}], "data": [{}], "usage": USAGE}, {"choices": [MESSAGE], "data": [{"embedding": None}]},
    {"choices": None, "data": None, "usage": None},
    {"choices": [MESSAGE | {"finish_reason": "content_filter", "logprobs": None}], "data": [{"embedding": []}], "usage": USAGE},
    {"choices": [MESSAGE | {"message": None, "logprobs": {"content": [{"token": "A", "logprob": None}]}}], "data": 5, "usage": USAGE},
]  # fmt: skip


@pytest.mark.parametrize("fault", WRONG, ids=name_of)
def test_an_answer_of_another_form_is_a_state_and_not_asked_again(server, fault):
    completion, choice, representation = ask(server, fault)
    assert completion.finish == choice.finish == "error" and completion.error and choice.error and representation.error
    assert (completion.text, choice.log_probabilities, representation.vector) == ("", (), ())
    assert server.asked == 3 and {completion.attempts, choice.attempts, representation.attempts} == {1}


def test_a_server_that_echoes_no_probabilities_is_a_clear_state(server):
    (likely,) = Endpoint(server.url, "", "", 1, QUICK).likelihood(["text"], 10)
    assert "no log-probabilities of a prompt" in likely.error and likely.tokens == 0


def test_a_text_is_cut_to_the_tokens_that_are_wanted(server):
    server.faults = [GOOD]
    (found,) = Endpoint(server.url, "", "", 1, QUICK).represent(["one two three four five six"], 3)
    assert server.last["input"] == "one two three" and found.vector == (1.0, 2.0)


def test_choices_that_one_reported_token_begins_are_refused(server):
    server.faults = [GOOD]
    (choice,) = Endpoint(server.url, "", "", 1, QUICK).choose([Prompt("x")], ("All", "Any"))
    assert "'All' and 'Any' begin with the same token" in choice.error


def test_no_more_questions_than_slots_are_in_flight(server):
    server.faults = [lambda handler: (time.sleep(0.05), handler.answer(200, GOOD))]
    answers = Endpoint(server.url, "", "", 3, QUICK).generate([Prompt(str(number)) for number in range(12)], Sampling())
    assert server.busiest == 3 and not any(answer.error for answer in answers)


def test_retry_after_is_honored_within_the_deadline(server):
    assert retry_after("2") == 2.0 and retry_after("soon") is None and retry_after("") is None
    assert 50 < retry_after(formatdate(time.time() + 60, usegmt=True)) <= 60
    client, began = Client(server.url, "", 1, CallRules(attempts=2, pause_seconds=0.01, longest_pause_seconds=0.02)), time.monotonic()
    server.faults = [*[lambda handler: handler.answer(429, "", Retry_After=0.2)] * 3, GOOD]
    assert client.ask("/chat/completions", {})[1] == 4 and time.monotonic() - began >= 0.6, "a limit is waited for, beyond the attempts"


def test_a_rate_limit_beyond_the_deadline_is_an_outage_at_once(server):
    server.faults = [lambda handler: handler.answer(429, "quota", Retry_After=3600)]
    began = time.monotonic()
    with pytest.raises(ModelUnavailable, match=r"limits the rate: HTTP 429: quota; run again later, or with fewer TIERLINE_MODEL_SLOTS"):
        Endpoint(server.url, "", "", 1, QUICK).generate([Prompt("x")], Sampling())
    assert time.monotonic() - began < QUICK.deadline_seconds and server.asked == 1


def test_the_key_is_in_no_file_no_log_and_no_message(server, lake, tmp_path, caplog):
    caplog.set_level(logging.DEBUG)
    model = Endpoint(server.url, "", KEY, 2, QUICK)
    seen = [repr(model), repr(ModelSettings(api_key=KEY)), model.weights_sha256]
    for fault in (*LASTING[1:], *WRONG, tell_the_key, repeat_the_key, GOOD):
        server.faults = [fault]
        with CachedModelClient(model, CallStore(lake, "s")) as client:
            prompts = [Prompt(f"fault {fault}"[:20])]
            for question in (partial(client.generate, prompts, Sampling()), partial(client.choose, prompts, ("A", "B"))):
                try:
                    seen += map(repr, question())
                except ModelUnavailable as error:
                    seen += [str(error), *map(repr, error.answered), "".join(traceback.format_exception(error))]
    with pytest.raises(BadInput) as error:
        Endpoint(server.url, "", f"{KEY}\nx", 1, QUICK)
    seen += [str(error.value), caplog.text]
    assert "wrong key: Bearer ***" in "".join(seen) and "repeats the key" in "".join(seen)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert files and not [text for text in seen if KEY in text] and not [path for path in files if KEY.encode() in path.read_bytes()]


@pytest.mark.parametrize("url", ["ftp://host/v1", "localhost:8000", "http://user:secret@host/v1", "http://host/v1?key=secret"])
def test_an_address_that_cannot_serve_is_refused_in_one_line(url):
    with pytest.raises(BadInput) as error:
        Client(url, "", 1, QUICK)
    assert "secret" not in str(error.value) and "TIERLINE_MODEL" in str(error.value)
