"""The benchmark of faults: what it breaks is broken, what it asks for is noticed when it is missing, and a run survives its blows."""

import json
import os
import random
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from types import SimpleNamespace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from benchmarks.faulting.campaign import Bench, Record
from benchmarks.faulting.fault import Fault
from benchmarks.faulting.inside import file_state, file_states, lose_power
from benchmarks.faulting.kinds import damage, ends
from benchmarks.faulting.lake_state import Held, LakeState
from benchmarks.faulting.model_server import ModelServer, chat_answer, lying_answer
from benchmarks.faulting.places import Crawl
from benchmarks.faults import metrics, table

QUESTION = {"messages": [{"role": "user", "content": "Correct this.\n\nThe mill stands, as ever, at the river."}]}


@pytest.fixture
def model():
    server = ModelServer()
    yield server
    server.close()


def ask(server: ModelServer) -> dict:
    request = urllib.request.Request(f"{server.url}/chat/completions", json.dumps(QUESTION).encode())
    with urllib.request.urlopen(request, timeout=10) as response:
        return json.loads(response.read())


def test_a_dead_server_refuses_and_comes_back_at_the_same_address_with_the_same_answers(model):
    said, url = ask(model), model.url
    model.misbehave("dead")
    with pytest.raises(urllib.error.URLError):
        ask(model)
    model.behave()
    assert (ask(model), model.url) == (said, url)


def test_a_lie_differs_from_the_answer(model):
    for lie in ("nan", "positive", "usage", "surrogate", "deep", "garbage", "huge"):
        assert lying_answer(chat_answer(QUESTION), lie) != json.dumps(chat_answer(QUESTION)).encode()


def test_power_loss_spares_what_was_there_before_and_what_was_synced(tmp_path):
    lake, syncs = tmp_path / "lake", tmp_path / "syncs"
    lake.mkdir()
    old, synced, unsynced, unnamed = (lake / name for name in ("old", "synced", "unsynced", "unnamed"))
    old.write_text("old")
    before = file_states(lake)
    for path in (synced, unsynced, unnamed):
        path.write_text("new")
    said = [{"path": str(path), "inode": file_state(path)[0], "size": 3, "time": file_state(path)[2]} for path in (synced, unnamed)]
    names = {"path": str(lake), "inode": 1, "size": 0, "time": 0, "entries": {path.name: path.stat().st_ino for path in (synced, unsynced)}}
    syncs.write_text("".join(f"{json.dumps(line)}\n" for line in [*said, names]))
    assert lose_power(lake, before, syncs, lambda fates: fates[-1]) == 2
    assert (old.read_text(), synced.read_text(), unsynced.read_text(), unnamed.exists()) == ("old", "new", "", False)


@pytest.mark.parametrize(
    ("status", "said", "wrong"),
    [
        (2, ["ingest: /lake: no space left on device; free some"], ""),
        (1, ["100% after 0:01  shard", "OSError"], "status 1: OSError"),
        (1, ["Traceback (most recent call last):", "OSError: No space left"], "a traceback: OSError: No space left"),
        (None, [], "did not end"),
        (-9, [], "ended by SIGKILL"),
        (0, [], ""),
    ],
)
def test_a_cause_is_named_in_a_line_without_a_traceback(status, said, wrong):
    found = Fault("disk full", "no space left").named(status, said)
    assert found.startswith(wrong) and bool(found) == bool(wrong)


def test_once_reads_fail_they_keep_failing(tmp_path):
    parquet, mark = tmp_path / "rows.parquet", tmp_path / "met"
    pq.write_table(pa.table({"row": [1]}), parquet)
    program = f"""
import pyarrow.parquet as pq
from benchmarks.faulting.inside import Inside
Inside("/lake", fail_read=("EIO", 2), mark={str(mark)!r}).enter()
for _ in range(3):
    try:
        print(next(pq.ParquetFile({str(parquet)!r}).iter_batches()).num_rows)
    except OSError as error:
        print(error.strerror)
"""
    root = Path(__file__).parents[3]
    said = subprocess.run([sys.executable, "-c", program], cwd=root, capture_output=True, text=True, check=True).stdout
    assert (said.splitlines(), mark.exists()) == (["1", "Input/output error", "Input/output error"], True)


def test_that_something_is_to_be_made_in_a_folder_is_noticed_even_if_it_fails(tmp_path):
    mark = tmp_path / "met"
    program = """
import sys, tempfile
from benchmarks.faulting.inside import Inside
Inside(tempted=sys.argv[1], mark=sys.argv[2]).enter()
tempfile.tempdir = sys.argv[1] + "/absent"
if len(sys.argv) > 3:
    try:
        tempfile.TemporaryFile()
    except FileNotFoundError:
        pass
"""
    for asked in ([], ["ask"]):
        command = [sys.executable, "-c", program, str(tmp_path / "tmp"), str(mark), *asked]
        subprocess.run(command, cwd=Path(__file__).parents[3], check=True)
        assert mark.exists() == bool(asked)


def test_lost_rows_and_other_digests_are_counted():
    before = LakeState({"l0_raw/s": Held(5, "a", True), "l1_filtered/s": Held(3, "b", True)}, {"decisions/l0_raw/s": "d"}, ("call",))
    after = LakeState({"l0_raw/s": Held(2, "x", True), "l1_filtered/s": Held(3, "b", False)}, {"decisions/l0_raw/s": "d"}, ())
    assert before.rows_lost(after) == 6
    assert before.differences(after) == ["l0_raw/s", "l1_filtered/s", "calls"]
    assert before.differences(before) == []
    record = Record(Fault("kill"), rows_lost=6, differences=["l0_raw/s"], unnamed="nothing was said", left=["process 1"])
    found = metrics([record, Record(Fault("stop"))])
    assert found == {"faults": 2, "kinds": 2, "rows_lost": 6, "digests_equal": 0, "unnamed_causes": 1, "left_behind": 1,
                     "faults_with_findings": 1}  # fmt: skip
    assert table([record]).splitlines()[1].split() == ["kill", "1", "0", "1", "0", "0", "1", "6", "1"]


def test_a_flipped_byte_is_one_byte(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(bytes(100))
    damage.flip(path, SimpleNamespace(draw=random.Random(1)))
    assert sum(byte != 0 for byte in path.read_bytes()) == 1


def test_runs_that_are_killed_at_two_moments_end_as_an_undisturbed_one(tmp_path, model, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", f"{Path(__file__).parents[3]}{os.pathsep}{os.environ.get('PYTHONPATH', '')}")
    tmp_path.chmod(0o755)
    bench = Bench(tmp_path, Crawl.write(tmp_path / "crawl", tmp_path), model)
    try:
        records = bench.run("empty", [ends.kill_at_commit(30), ends.kill("l1_filtered")], seed=1)
    finally:
        bench.close()
    assert [(record.injected, record.status, record.told) for record in records] == [(True, -9, ""), (True, -9, "")]
