"""The end of the process that holds the model: it is noticed when it hangs, and it outlives neither its run nor a signal by ten seconds."""

import contextlib
import fcntl
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from tests.unit.llm.served import served
from tests.unit.llm.test_faults import GOOD, FaultyServer
from tests.unit.llm.test_hostile_server import dripping, raw_server
from tierline.errors import LakeUnavailable, ModelLost, ModelUnavailable
from tierline.llm import CachedModelClient, CallRules, CallStore, ModelProcess, ModelSettings, Prompt, Sampling
from tierline.tables.records import CALLS

ROOT = Path(__file__).parents[3]
PATIENT = CallRules(answer_seconds=300, deadline_seconds=300)
PROMPTS = [Prompt(str(number)) for number in range(8)]


def hosted(url, **rules) -> ModelProcess:
    return ModelProcess(ModelSettings("endpoint", url=url, slots=2, calls=CallRules(**rules) if rules else PATIENT))


def wait_for(happened, seconds: float) -> float:
    began = time.monotonic()
    while not happened():
        assert time.monotonic() - began < seconds, f"not within {seconds} s"
        time.sleep(0.05)
    return time.monotonic() - began


def runs(pid: int) -> bool:
    """Whether the process is neither gone nor a zombie."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def pid_of(model: ModelProcess) -> int:
    return model._started._process.pid


def answered_then_slow(handler):
    """A fault: the first answers come, the others take for ever."""
    if handler.server.asked <= 3:
        handler.answer(200, GOOD)
    else:
        handler.server.ended.wait(120)


@contextlib.contextmanager
def slow_server():
    with served(FaultyServer()) as server:
        server.ended, server.faults = threading.Event(), [answered_then_slow]
        try:
            yield server
        finally:
            server.ended.set()


def test_a_process_that_gives_no_sign_of_life_is_ended_and_the_run_is_told(lake):
    with served(FaultyServer()) as server:
        model = hosted(server.url, silent_seconds=5, deadline_seconds=300)
        with CachedModelClient(model, CallStore(lake, "s")) as client:
            client.generate(PROMPTS[:1], Sampling())
            os.kill(pid_of(model), signal.SIGSTOP)
            with pytest.raises(ModelLost, match=r"language model: .* not answered for 5 s and was ended; run again") as raised:
                client.generate(PROMPTS, Sampling())
            assert "\n" not in str(raised.value) and not model.alive and not runs(pid_of(model))
        with hosted_again(server) as again, CachedModelClient(again, CallStore(lake, "s")) as client:
            assert {answer.value.text for answer in client.generate(PROMPTS, Sampling())} == {"A"}


@contextlib.contextmanager
def hosted_again(server):
    model = hosted(server.url)
    try:
        yield model
    finally:
        model.close()


def test_a_process_that_lives_but_never_answers_is_ended(lake, monkeypatch):
    monkeypatch.setattr("tierline.llm.worker.CALLS_OF_A_QUESTION", 0)  # so that its answer is due after the silence alone
    with slow_server() as server:
        model = hosted(server.url, silent_seconds=3, answer_seconds=300, deadline_seconds=300)
        with (
            pytest.raises(ModelLost, match="has not answered for 3 s and was ended"),
            CachedModelClient(model, CallStore(lake, "s")) as client,
        ):
            client.generate(PROMPTS, Sampling())
        assert not runs(pid_of(model))
    assert lake.delta.read("llm_calls", CALLS).num_rows == 3, "what was answered is kept"


def test_a_signal_ends_it_within_ten_seconds_with_what_was_answered(lake):
    with slow_server() as server:
        model = hosted(server.url)
        ended: list[float] = []

        def end_it():
            wait_for(lambda: server.asked >= 5, 60)
            os.kill(pid_of(model), signal.SIGTERM)
            ended.append(wait_for(lambda: not runs(pid_of(model)), 20))

        other = threading.Thread(target=end_it)
        other.start()
        with pytest.raises((ModelUnavailable, ModelLost)), CachedModelClient(model, CallStore(lake, "s")) as client:
            client.generate(PROMPTS, Sampling())
        other.join()
        assert ended[0] < 10
    assert lake.delta.read("llm_calls", CALLS).num_rows == 3


def told_that_it_is_lost(client):
    with pytest.raises(ModelLost):
        client.generate(PROMPTS, Sampling())


def test_closing_it_does_not_wait_for_a_server_that_hangs(lake):
    with slow_server() as server:
        model = hosted(server.url)
        with CachedModelClient(model, CallStore(lake, "s")) as client:
            client.generate(PROMPTS[:3], Sampling())
            asking = threading.Thread(target=told_that_it_is_lost, args=(client,))
            asking.start()
            wait_for(lambda: server.asked >= 5, 60)
            began = time.monotonic()
            model.close()
            assert time.monotonic() - began < 10 and not runs(pid_of(model))
            asking.join(10)
            assert not asking.is_alive()


OWNER = """
import sys
from tierline.lake import Lake
from tierline.llm import CachedModelClient, CallStore, Prompt, Sampling
from tests.unit.llm.test_model_process import PROMPTS, hosted, pid_of
model = hosted(sys.argv[2])
with CachedModelClient(model, CallStore(Lake(sys.argv[1]), "all")) as client:
    model._started = model._started or __import__("tierline.llm.worker").llm.worker._ModelProcess(model._settings)
    print(pid_of(model), flush=True)
    client.generate(PROMPTS, Sampling())
"""


@contextlib.contextmanager
def owner(root: str, url: str):
    """A run that asks about all shards, and the id of its model's process."""
    environment = os.environ | {"PYTHONPATH": f"{ROOT}:{ROOT / 'src'}"}
    process = subprocess.Popen([sys.executable, "-c", OWNER, root, url], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        yield process, int(process.stdout.readline())
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def free(path: Path) -> bool:
    """Whether nobody holds the journal's lock."""
    with path.open("ab") as file, contextlib.suppress(BlockingIOError):
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    return False


def test_a_killed_run_takes_it_along_from_the_midst_of_a_call_and_its_lock_with_it(lake):
    journal = lake.journals / "all.jsonl"
    with slow_server() as server, owner(lake.root, server.url) as (process, pid):
        wait_for(lambda: server.asked >= 5, 60)
        assert not free(journal)
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert wait_for(lambda: not runs(pid), 20) < 10 and free(journal)
        assert len(journal.read_bytes().splitlines()) == 3
        server.ended.set()
        server.faults, server.asked = [GOOD], 0
        with hosted_again(server) as model, CachedModelClient(model, CallStore(lake, "all")) as client:
            assert {answer.value.text for answer in client.generate(PROMPTS, Sampling())} == {"A"}
        assert server.asked == 5, "what was answered before is not asked again"


def test_a_server_that_drips_does_not_keep_it_after_a_killed_run(lake):
    asked, drip = threading.Event(), dripping(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")

    def answer(connection, ended):
        asked.set()
        drip(connection, ended)

    with raw_server(answer) as url, owner(lake.root, url) as (process, pid):
        assert asked.wait(60)
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert wait_for(lambda: not runs(pid), 20) < 10


WAITER = """
import signal, sys
def end(*_):
    raise SystemExit(7)
signal.signal(signal.SIGTERM, end)
from tierline.lake import Lake
from tierline.llm import CallStore
print("waits", flush=True)
CallStore(Lake(sys.argv[1]), "all")
"""


def test_a_second_run_names_who_holds_the_calls_of_all_shards_and_a_signal_ends_its_wait(lake):
    with slow_server() as server, owner(lake.root, server.url) as (process, pid):
        wait_for(lambda: server.asked >= 5, 60)
        with pytest.raises(LakeUnavailable, match=r"all.jsonl: process .*; let it end, or end it, then run again") as raised:
            CallStore(lake, "all", CallRules(lock_seconds=0.3))
        assert str(process.pid) in str(raised.value) and str(pid) in str(raised.value)
        environment = os.environ | {"PYTHONPATH": str(ROOT / "src")}
        waiter = subprocess.Popen(
            [sys.executable, "-c", WAITER, lake.root], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        try:
            waiter.stdout.readline()
            time.sleep(1)
            waiter.terminate()
            assert waiter.wait(10) == 7 and b"waiting for the run" in waiter.stderr.read()
        finally:
            waiter.kill()
            waiter.wait()


def test_a_full_disk_is_one_line_and_leaves_no_half_answer(lake, monkeypatch):
    from tierline.llm import journal

    store = CallStore(lake, "s")
    with served(FaultyServer()) as server, hosted_again(server) as model, CachedModelClient(model, store) as client:
        client.generate(PROMPTS[:1], Sampling())
    path = lake.journals / "full.jsonl"
    with path.open("ab") as file:
        journal.write_synced(file, [{"a": 1}])

        def full(_):
            os.write(file.fileno(), b'{"half')
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(journal.os, "fsync", full)
        with pytest.raises(LakeUnavailable, match=r"answers cannot be written \(No space left on device\)"):
            journal.write_synced(file, [{"b": 2}])
    assert [json.loads(line.split(b" ", 1)[1]) for line in path.read_bytes().splitlines()] == [{"a": 1}]


def test_the_key_is_not_in_what_a_dying_process_said(lake):
    with served(FaultyServer()) as server:
        key = "sk-never-to-be-seen-4711"
        model = ModelProcess(ModelSettings("endpoint", url=server.url, api_key=key))
        with CachedModelClient(model, CallStore(lake, "s")) as client:
            client.generate(PROMPTS[:1], Sampling())
            os.write(model._started._said.fileno(), f"Traceback: {key}".encode())
            os.kill(pid_of(model), signal.SIGKILL)
            with pytest.raises(ModelLost, match=r"Traceback: \*\*\*") as raised:
                client.generate(PROMPTS, Sampling())
    assert key not in str(raised.value)
