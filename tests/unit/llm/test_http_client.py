"""One question to a real server on this machine: which faults are asked again, how long is waited, and how connections are used."""

import contextvars
import gc
import json
import time
import weakref
from concurrent.futures import ThreadPoolExecutor
from email.utils import formatdate
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.unit.llm.served import QUICK, served
from tierline.errors import BadInput
from tierline.llm import http_client
from tierline.llm.http_client import PASSING, QUOTED, Client, Refused, retry_after
from tierline.llm.rules import CallRules


class Server(ThreadingHTTPServer):
    """Answers with the queued (status, body), the last for ever; keeps requests and the peers that sent them."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers, self.requests, self.peers = [(200, b"{}")], [], set()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def do_GET(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.requests.append((self.command, self.path, dict(self.headers), body))
        self.server.peers.add(self.client_address)
        status, data = self.server.answers.pop(0) if len(self.server.answers) > 1 else self.server.answers[0]
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_POST = do_GET


@pytest.fixture
def server():
    with served(Server()) as server:
        yield server


def client(server, key="", slots=2, rules=QUICK) -> Client:
    return Client(f"http://127.0.0.1:{server.server_address[1]}/v1/", key, slots, rules)


def test_a_body_makes_it_a_post_and_the_key_travels_in_its_header_alone(server):
    asking = client(server, " sk-1 \n")
    asking.ask("/models")
    asking.ask("/chat", {"a": "é"})
    (get, path, headers, nothing), (post, _, _, body) = server.requests
    assert (get, path, nothing, post) == ("GET", "/v1/models", b"", "POST") and b'"a"' in body
    assert headers["Authorization"] == "Bearer sk-1" and "sk-1" not in path
    client(server).ask("/models")
    assert "Authorization" not in server.requests[-1][2]


@pytest.mark.parametrize("status", [*sorted(PASSING), 400, 404, 409, 422])
def test_a_status_is_asked_again_exactly_if_it_may_pass(server, status):
    server.answers = [(status, b"x" * 999), (200, b'{"a": 1}')]
    if status in PASSING:
        assert client(server).ask("/x", {}) == ({"a": 1}, 2)
    else:
        with pytest.raises(Refused, match=f"HTTP {status}: x{{{QUOTED}}}$") as refused:
            client(server).ask("/x", {})
        assert refused.value.attempts == 1 and len(server.requests) == 1


@pytest.mark.parametrize(("body", "attempts"), [(b"<html>", 3), (b"", 3), (b'{"a":', 3), (b"[]", 1), (b"7", 1), (b"null", 1)])
def test_what_is_no_json_may_pass_and_what_is_no_object_does_not(server, body, attempts):
    server.answers = [(200, body)]
    with pytest.raises(Refused, match="the answer is no JSON") as refused:
        client(server).ask("/x", {})
    assert refused.value.attempts == attempts == len(server.requests)


def test_attempts_can_be_fewer_than_patience_allows(server):
    server.answers = [(503, b"")]
    with pytest.raises(Refused) as refused:
        client(server).ask("/x", {}, most=1)
    assert refused.value.attempts == 1


def test_pauses_double_with_jitter_up_to_the_longest(server, monkeypatch):
    pauses = []
    monkeypatch.setattr(Client, "_sleep", lambda _, seconds: pauses.append(seconds))
    server.answers = [(503, b"")]
    with pytest.raises(Refused):
        client(server, rules=CallRules(attempts=6, pause_seconds=1.0, longest_pause_seconds=5.0)).ask("/x", {})
    assert len(pauses) == 5 and pauses[3:] == [5.0, 5.0]
    assert all(2**step <= pause <= 2 ** (step + 1) for step, pause in enumerate(pauses[:3]) if pause < 5)


def test_a_server_that_is_not_there_is_refused_after_all_attempts(server):
    asking = client(server)
    server.shutdown()
    server.server_close()
    with pytest.raises(Refused, match="ConnectError") as refused:
        asking.ask("/x", {})
    assert refused.value.attempts == QUICK.attempts


def test_a_connection_is_kept_and_threads_may_share_the_client(server):
    asking = client(server, slots=2)
    for _ in range(5):
        asking.ask("/x", {})
    assert len(server.peers) == 1
    with ThreadPoolExecutor(8) as pool:
        assert len(list(pool.map(lambda _: asking.ask("/x", {}), range(30)))) == 30


def test_the_key_is_hidden_where_the_server_repeats_it(server):
    server.answers = [(400, b"bad key sk-secret in sk-secret")]
    with pytest.raises(Refused, match=r"bad key \*\*\* in \*\*\*"):
        client(server, "sk-secret").ask("/x", {})


def test_no_part_of_the_key_is_left_where_a_quotation_is_cut(server):
    key = "sk-" + "".join(map(str, range(20)))
    server.answers = [(400, b"x" * 259 + key.encode()), (400, key.encode() * 40)]
    for left in ("*", ""):
        with pytest.raises(Refused) as raised:
            client(server, key).ask("/x", {})
        assert "sk-" not in str(raised.value) and left in str(raised.value)


def test_an_answer_that_repeats_a_key_with_signs_that_json_escapes_is_refused(server):
    key = 'sk-"quoted"-and-\\-more'
    server.answers = [(200, json.dumps({"said": key}).encode())]
    with pytest.raises(Refused, match="repeats the key"):
        client(server, key).ask("/x", {})


@pytest.mark.parametrize("key", ["two words", "né", "a\nb", "a\x00b"])
def test_a_key_that_no_header_can_carry_is_refused_without_showing_it(server, key):
    with pytest.raises(BadInput, match="TIERLINE_MODEL_KEY: a key that no HTTP header can carry") as raised:
        client(server, key)
    assert key not in str(raised.value)


@pytest.mark.parametrize(
    ("value", "seconds"), [("0", 0.0), ("1.5", 1.5), ("-3", 0.0), ("", None), ("soon", None), ("Fri, 99 Nov 2026", None), ("nan", None)]
)
def test_what_a_server_asks_to_wait(value, seconds):
    found = retry_after(value)
    assert found == seconds or (value == "nan" and found is not None)


def test_a_date_in_the_past_asks_for_nothing():
    assert retry_after(formatdate(time.time() - 60, usegmt=True)) == 0.0


def test_nothing_of_a_callers_context_outlives_the_call(server, monkeypatch):
    monkeypatch.setattr(http_client, "_loop", cache(http_client._loop.__wrapped__))

    class Held:
        pass

    held = Held()
    left, asking, context = weakref.ref(held), client(server), contextvars.copy_context()
    context.run(contextvars.ContextVar("held").set, held)
    context.run(asking.ask, "/models")
    del held, context
    gc.collect()
    assert left() is None, "the loop, or a connection that is kept, holds the context of the first call"
