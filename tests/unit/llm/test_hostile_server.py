"""A server that is down, slow, lying or hostile: it ends within its deadline, is told in one line, and never becomes a record that it is not."""

import contextlib
import gzip
import json
import shutil
import socket
import ssl
import subprocess
import threading
import time

import pytest

from tests.unit.llm.served import QUICK, served
from tests.unit.llm.test_faults import GOOD, MESSAGE, TOKEN, USAGE, FaultyServer
from tierline.errors import BadInput, ModelUnavailable
from tierline.llm import Budget, BudgetMeter, CachedModelClient, CallRules, CallStore, Prompt, Sampling
from tierline.llm.budget import spent_by_stage
from tierline.llm.endpoint import Endpoint
from tierline.tables.records import CALLS

KEY = "sk-never-to-be-seen-4711"


@pytest.fixture
def server():
    with served(FaultyServer()) as server:
        yield server


@contextlib.contextmanager
def raw_server(answer):
    """An address at which each POST is handed to `answer(connection)` once it has been read; the list of models is answered."""
    listening = socket.create_server(("127.0.0.1", 0))
    ended = threading.Event()

    def talk(connection):
        with connection, contextlib.suppress(OSError):
            while head := connection.recv(1 << 16):
                if head.startswith(b"GET"):
                    body = b'{"data": [{"id": "m"}]}'
                    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
                else:
                    answer(connection, ended)
                    return

    def accept():
        with contextlib.suppress(OSError):
            while True:
                threading.Thread(target=talk, args=(listening.accept()[0],), daemon=True).start()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/v1"
    finally:
        ended.set()
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        thread.join(5)


def dripping(head: bytes):
    def drip(connection, ended):
        connection.sendall(head)
        while not ended.wait(0.05):
            connection.sendall(b" ")

    return drip


SLOW = {
    "no answer at all": lambda connection, ended: ended.wait(60),
    "drips its status line": dripping(b"HTTP/1.1"),
    "drips a header": dripping(b"HTTP/1.1 200 OK\r\nX-Slow:"),
    "hangs after the headers": lambda connection, ended: (
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"),
        ended.wait(60),
    ),
    "drips its body": dripping(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n"),
    "drips chunks": dripping(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"),
}
SHORT = CallRules(attempts=6, answer_seconds=0.4, deadline_seconds=1.0, pause_seconds=0.01)


@pytest.mark.parametrize("answer", SLOW.values(), ids=SLOW.keys())
def test_a_server_that_never_finishes_is_left_at_the_deadline(answer, monkeypatch):
    monkeypatch.setattr("tierline.llm.http_client.PROBE_SECONDS", 0.3)
    with raw_server(answer) as url:
        model, began = Endpoint(url, "", "", 2, SHORT), time.monotonic()
        with pytest.raises(ModelUnavailable, match=r"does not answer: .*; start it and run again; nothing that was answered is lost"):
            model.generate([Prompt(str(number)) for number in range(16)], Sampling())
        assert time.monotonic() - began < 20, "the batch ends with its first call, instead of with the last of sixteen"


def test_a_server_that_is_down_ends_the_batch_in_one_line_and_leaves_no_record(server, lake):
    rules = CallRules(pause_seconds=0.02, longest_pause_seconds=0.1, outage_after=8)
    server.faults = [lambda handler: handler.answer(200, GOOD, Connection="close")]
    model = Endpoint(server.url, "", KEY, 4, rules)
    with CachedModelClient(model, CallStore(lake, "s")) as client:
        assert client.generate([Prompt("before")], Sampling())[0].value.text == "A"
    server.shutdown()
    server.socket.close()
    for _ in range(4):
        with pytest.raises(ModelUnavailable) as raised, CachedModelClient(model, CallStore(lake, "s")) as client:
            client.generate([Prompt(str(number)) for number in range(40)], Sampling())
        assert str(raised.value).startswith(f"{server.url}: the model server does not answer: ConnectError") and "\n" not in str(
            raised.value
        )
    (row,) = lake.delta.read("llm_calls", CALLS).to_pylist()
    assert row["state"] == "ok", "an outage is no record, however often it is met"


def test_an_outage_midway_keeps_what_was_answered_and_asks_only_the_rest(server, lake):
    server.faults = [*[GOOD] * 5, (503, "overloaded")]
    model, prompts = Endpoint(server.url, "", "", 1, QUICK), [Prompt(str(number)) for number in range(12)]
    with pytest.raises(ModelUnavailable, match="HTTP 503: overloaded"), CachedModelClient(model, CallStore(lake, "s")) as client:
        client.generate(prompts, Sampling())
    assert lake.delta.read("llm_calls", CALLS).num_rows == 5
    server.faults, server.asked = [GOOD], 0
    with CachedModelClient(model, CallStore(lake, "s")) as client:
        assert {answer.value.text for answer in client.generate(prompts, Sampling())} == {"A"}
    assert server.asked == 7


def test_a_prompt_that_this_server_cannot_answer_is_a_record_after_its_tries(server, lake):
    server.faults, server.lives = [(500, "out of memory")], True
    for _ in range(4):
        with CachedModelClient(Endpoint(server.url, "", "", 1, QUICK), CallStore(lake, "s")) as client:
            (answer,) = client.generate([Prompt("poison")], Sampling())
            assert answer.value.error == "HTTP 500: out of memory" and answer.value.finish == "error"
    assert [row["state"] for row in lake.delta.read("llm_calls", CALLS).to_pylist()] == ["error"] * 3


@pytest.mark.parametrize(
    ("status", "advice"),
    [
        (401, "set TIERLINE_MODEL_KEY to a key that this server takes"),
        (402, "pay the provider"),
        (403, "a key that may use this model"),
        (302, "set TIERLINE_MODEL_URL to the final address"),
        (308, "where the key does not go"),
    ],
)
def test_what_no_retry_mends_ends_the_batch_at_once(server, lake, status, advice):
    with served(FaultyServer()) as elsewhere:
        server.faults = [lambda handler: handler.answer(status, "no", Location=f"{elsewhere.url}/chat/completions")]
        with (
            pytest.raises(ModelUnavailable, match=f"HTTP {status}.*{advice}"),
            CachedModelClient(Endpoint(server.url, "", KEY, 1, QUICK), CallStore(lake, "s")) as client,
        ):
            client.generate([Prompt(str(number)) for number in range(9)], Sampling())
        assert (server.asked, elsewhere.asked) == (1, 0)
    assert lake.delta.read("llm_calls", CALLS).num_rows == 0


def test_a_rate_limit_that_outlasts_one_call_ends_the_batch(server):
    server.faults = [lambda handler: handler.answer(429, "quota", Retry_After=0.1)]
    rules, began = CallRules(deadline_seconds=1, pause_seconds=0.01), time.monotonic()
    with pytest.raises(ModelUnavailable, match="limits the rate: HTTP 429: quota; run again later"):
        Endpoint(server.url, "", "", 2, rules).generate([Prompt(str(number)) for number in range(64)], Sampling())
    assert time.monotonic() - began < 20, "instead of a second for each pair of them"


def logprobs(value):
    return GOOD | {
        "choices": [MESSAGE | {"logprobs": {"content": [TOKEN | {"logprob": value, "top_logprobs": [TOKEN | {"logprob": value}]}]}}]
    }


def said(content):
    return GOOD | {"choices": [MESSAGE | {"message": {"content": content}}]}


def counted(**usage):
    return GOOD | {"usage": USAGE | usage}


NO_ANSWERS = {
    "NaN": logprobs(float("nan")),
    "infinite": logprobs(float("inf")),
    "minus infinite": logprobs(float("-inf")),
    "beyond floats": json.dumps(logprobs(-1)).replace("-1", "-1e999"),
    "positive": logprobs(7.5),
    "no number": logprobs("high"),
    "negative usage": counted(prompt_tokens=-1_000_000, completion_tokens=-1_000_000),
    "usage beyond int64": counted(prompt_tokens=1 << 70, completion_tokens=1 << 70),
    "usage beyond floats": json.dumps(counted(prompt_tokens=5)).replace("5", "1e999"),
    "usage beyond the request": counted(prompt_tokens=10_000_000, completion_tokens=10_000_000),
    "usage of thousands of digits": json.dumps(counted(prompt_tokens=7)).replace("7", "7" * 3000),
    "lone surrogate": said("a\ud800b"),
    "NUL": said("a\0b"),
    "text beyond the tokens": said("many words " * 100_000),
    "a list for a text": json.dumps(said("@")).replace('"@"', "[" * 400 + "]" * 400),
}


@pytest.mark.parametrize("fault", NO_ANSWERS.values(), ids=NO_ANSWERS.keys())
def test_a_failed_parse_is_a_state_that_reaches_the_lake(server, lake, fault):
    server.faults, server.lives = [fault], True
    with CachedModelClient(Endpoint(server.url, "", "", 1, QUICK), CallStore(lake, "s")) as client:
        client.generate([Prompt("x")], Sampling(max_tokens=64))
        if "logprob" in str(fault):
            client.choose([Prompt("x")], ("A", "B"))
    rows = lake.delta.read("llm_calls", CALLS).to_pylist()
    generated = next(row for row in rows if row["kind"] == "generate")
    assert generated["state"] == "error" and json.loads(generated["response"])["error"] and not json.loads(generated["response"])["text"]
    assert min(row["prompt_tokens"] for row in rows) >= 0 and min(row["money"] for row in rows) >= 0


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 7.5], ids=str)
def test_a_choice_by_what_is_no_probability_is_a_state(server, lake, value):
    server.faults = [logprobs(value)]
    with CachedModelClient(Endpoint(server.url, "", "", 1, QUICK), CallStore(lake, "s")) as client:
        (answer,) = client.choose([Prompt("x")], ("A", "B"))
    assert "is no log-probability" in answer.value.error and answer.value.log_probabilities == () and answer.value.text == ""


@pytest.mark.parametrize("tokens", [("A", "B"), ("A", " A"), ("A", "else")], ids=str)
def test_words_that_exclude_each_other_are_not_all_certain(server, lake, tokens):
    top = [{"token": token, "logprob": 0.0} for token in tokens]
    server.faults = [GOOD | {"choices": [MESSAGE | {"logprobs": {"content": [top[0] | {"top_logprobs": top}]}}]}]
    with CachedModelClient(Endpoint(server.url, "", "", 1, QUICK), CallStore(lake, "s")) as client:
        (answer,) = client.choose([Prompt("x")], ("A", "B"))
    assert "exclusive words that sum to 2" in answer.value.error and answer.value.log_probabilities == () and answer.value.text == ""


@pytest.mark.parametrize("number", ["NaN", "Infinity", "1e999"])
def test_a_vector_and_a_likelihood_of_what_is_no_number_are_states(server, lake, number):
    fault = {"data": [{"embedding": [1.0, 4.5]}], "usage": USAGE, "choices": [{"logprobs": {"token_logprobs": [None, 4.5, -1]}}]}
    server.faults = [json.dumps(fault).replace("4.5", number)]
    with CachedModelClient(Endpoint(server.url, "", "", 1, QUICK), CallStore(lake, "s")) as client:
        (vector,), (likely,) = client.represent(["one two"], 10), client.likelihood(["one two"], 10)
    assert vector.value.error and vector.value.vector == () and likely.value.error and likely.value.log_probability == 0.0
    assert {row["state"] for row in lake.delta.read("llm_calls", CALLS).to_pylist()} == {"error"}


def test_a_lying_count_never_lowers_what_is_spent(server, lake):
    server.faults = [counted(prompt_tokens=-1_000_000), GOOD]
    meter = BudgetMeter(Budget(tokens=100), {})
    with CachedModelClient(Endpoint(server.url, "", "", 1, QUICK), CallStore(lake, "s"), meter=meter) as client:
        client.generate([Prompt("x"), Prompt("y")], Sampling())
        assert client.cost.prompt_tokens >= 3 and client.cost.output_tokens >= 1
    assert sum(spent.tokens for spent in spent_by_stage(lake).values()) >= 4


def compressed(handler):
    data = gzip.compress(b" " * 50_000_000)
    handler.send_response(200)
    handler.send_header("Content-Encoding", "gzip")
    handler.send_header("Content-Length", str(len(data)))
    handler.end_headers()
    handler.wfile.write(data)


def endless(handler):
    handler.send_response(200)
    handler.send_header("Connection", "close")
    handler.end_headers()
    with contextlib.suppress(OSError):
        for _ in range(4096):
            handler.wfile.write(b" " * 65536)
        handler.server.sent_it_all = True
    handler.close_connection = True


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        ('{"a":' * 100_000 + "1" + "}" * 100_000, "nested too deep"),
        ("[" * 200_000, "nested too deep"),
        (compressed, "compressed, which was not asked for"),
        (endless, "longer than 1,000,000 bytes"),
    ],
    ids=["deep objects", "deep lists", "gzip bomb", "endless"],
)
def test_a_huge_answer_is_a_state_and_bounded(server, fault, why):
    server.faults = [fault]
    model = Endpoint(server.url, "", "", 1, CallRules(attempts=1, answer_bytes=1_000_000))
    (answer,) = model.generate([Prompt("x")], Sampling())
    assert why in answer.error and not hasattr(server, "sent_it_all")


@pytest.mark.parametrize("name", ['"a\\ud800"', '"a\\u0000"', '"' + "m" * 5000 + '"', "null", "[[]]", '""'])
def test_a_model_with_a_name_that_no_record_can_hold_is_refused(name):
    class Naming(FaultyServer):
        pass

    with served(Naming()) as server:
        server.RequestHandlerClass = type(
            "Handler", (server.RequestHandlerClass,), {"do_GET": lambda self: self.answer(200, f'{{"data": [{{"id": {name}}}]}}')}
        )
        with pytest.raises(BadInput, match=r"no model answers .*; start the server, or check TIERLINE_MODEL_URL"):
            Endpoint(server.url, "", "", 1, QUICK)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl makes the certificate")
def test_a_certificate_that_nobody_knows_is_named(tmp_path):
    files = [str(tmp_path / "key.pem"), str(tmp_path / "cert.pem")]
    options = ["-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost", "-keyout", files[0], "-out", files[1]]
    subprocess.run(["openssl", "req", "-x509", *options], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files[1], files[0])
    server = FaultyServer()
    server.socket = context.wrap_socket(server.socket, server_side=True)
    with served(server), pytest.raises(BadInput, match=r"no model answers .TLS fails: .*CERTIFICATE_VERIFY_FAILED.*; check the address"):
        Endpoint(server.url.replace("http:", "https:"), "", KEY, 1, QUICK)


@pytest.mark.parametrize("url", ["http://a..b/v1", "http://127.0.0.1:99999/v1", "http://" + "a" * 70 + ".example/v1"])
def test_an_address_that_no_look_up_takes_is_one_line(url):
    with pytest.raises(BadInput) as raised:
        Endpoint(url, "", KEY, 1, QUICK)
    assert "\n" not in str(raised.value) and "TIERLINE_MODEL_URL" in str(raised.value)
