"""Checks whether a scoring run that is killed at random moments loses a paid answer, pays for one twice, or ends differently.

The bundled model is served by llama.cpp over HTTP; a proxy before it counts every request that reaches it, which is what a provider
would bill. It gives the same question the same answer each time, so that two runs can differ only by the effect of a crash. Each trial
has its own lake: a run over two shards is killed with SIGKILL at a moment drawn evenly from the duration of an undisturbed run, and then
run again. A few further trials also kill the process that holds the model, like the loss of a machine.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import multiprocessing
import os
import random
import shutil
import signal
import sys
import tempfile
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pyarrow as pa

from benchmarks.engines import texts_below
from resources.models import LanguageModels
from tierline.config.recipe import Recipe
from tierline.judges.annotate import annotate
from tierline.judges.rules import AnnotateRules
from tierline.lake import Activity, Lake, StageResult, Verdict, decision_table
from tierline.llm import ModelSettings, open_model
from tierline.tables import TABLES, stage_tables
from tierline.tables.records import CALLS, CALLS_TABLE

BUDGETS = {"smoke": (3, 1), "small": (10, 3), "full": (50, 5)}  # trials that kill the run; that kill its model too
DOCUMENTS, CHARACTERS, SLOTS, SEED = 10, 160, 4, 20
LONGEST_ANSWER = 0.1  # seconds, of an answer that is repeated
SHARDS = ("first", "second")
STAGE = "l2_annotations"


@dataclass(frozen=True, slots=True)
class Trial:
    """What became of one lake: requests that the server got, those that it had got before, and what the lake holds in the end."""

    killed_after: float
    asked: int
    repeated: int
    digests: tuple[str, ...]
    stored: tuple[str, ...]
    left_over: int  # journals


class CountingProxy(ThreadingHTTPServer):
    """Passes requests on, counts them by their bodies, and repeats what the model once answered, as slowly as it came."""

    def __init__(self, upstream: str) -> None:
        super().__init__(("127.0.0.1", 0), _Forward)
        self.upstream, self.asked = upstream, Counter[bytes]()
        self.answers: dict[bytes, tuple[bytes, float]] = {}
        self.lock = threading.Lock()

    @property
    def url(self) -> str:
        """What the endpoint engine is given."""
        return f"http://127.0.0.1:{self.server_port}/v1"

    def answer(self, path: str, body: bytes | None) -> bytes:
        """The upstream's answer; only questions count."""
        if body is None:
            with urllib.request.urlopen(self.upstream + path) as response:
                return response.read()
        with self.lock:
            self.asked[body] += 1
            known = self.answers.get(body)
        if known:
            time.sleep(known[1])
            return known[0]
        began = time.monotonic()
        request = urllib.request.Request(self.upstream + path, body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request) as response:
            said = response.read()
        with self.lock:
            return self.answers.setdefault(body, (said, min(LONGEST_ANSWER, time.monotonic() - began)))[0]

    def forget_counts(self) -> None:
        """Begin a trial."""
        with self.lock:
            self.asked.clear()


class _Forward(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: CountingProxy

    def do_GET(self) -> None:
        self._reply(self.server.answer(self.path, None))

    def do_POST(self) -> None:
        self._reply(self.server.answer(self.path, self.rfile.read(int(self.headers["Content-Length"]))))

    def _reply(self, body: bytes) -> None:
        with contextlib.suppress(ConnectionError):  # who asked has been killed
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing: the counts are the log."""


def main(arguments: list[str] | None = None) -> int:
    """Prints a table and one JSON line."""
    parser = argparse.ArgumentParser(prog="benchmarks.crashes", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="a folder as benchmarks.engines takes it")
    parser.add_argument("--budget", choices=BUDGETS, default="small")
    options = parser.parse_args(arguments)
    runs, both = BUDGETS[options.budget]
    with tempfile.TemporaryDirectory() as folder:
        metrics = kill_and_rerun(texts_below(options.data, DOCUMENTS * len(SHARDS), CHARACTERS), runs, both, Path(folder))
    print(json.dumps({"benchmark": "crashes", "data": str(options.data), "metrics": metrics, "skipped": []}))
    return 0


def kill_and_rerun(texts: Sequence[str], runs: int, both: int, folder: Path) -> dict[str, float]:
    """`runs` trials that kill the run and `both` that kill its model with it; prints a line each and returns the metrics."""
    untouched = folder / "untouched"
    _write_documents(Lake(str(untouched)), texts)
    draw = random.Random(SEED)
    with _served() as proxy:
        lake = Path(shutil.copytree(untouched, folder / "undisturbed"))
        _run_to_the_end(lake, proxy.url)  # the first also lets the model answer each question once
        shutil.rmtree(lake)
        began = time.monotonic()
        undisturbed = _trial(untouched, lake, proxy, 0.0, False)
        seconds = time.monotonic() - began
        print(f"undisturbed: {undisturbed.asked} requests in {seconds:.1f} s\n killed after  requests  repeated  the same in the end")
        trials: dict[bool, list[Trial]] = {False: [], True: []}
        for number in range(runs + both):
            trial = _trial(untouched, folder / "trial", proxy, draw.uniform(0, seconds), number >= runs)
            trials[number >= runs].append(trial)
            same = "yes" if _same(trial, undisturbed) else "NO"
            note = "  (model killed too)" if number >= runs else ""
            print(f"{trial.killed_after:>11.2f} s {trial.asked:>9} {trial.repeated:>9}  {same}{note}", flush=True)
            shutil.rmtree(folder / "trial")
    plain = trials[False]
    return {
        "kills": runs,
        "requests_undisturbed": undisturbed.asked,
        "completed_the_same": sum(_same(trial, undisturbed) for trial in plain),
        "paid_twice": sum(trial.repeated for trial in plain),
        "kills_with_model": both,
        "completed_the_same_with_model": sum(_same(trial, undisturbed) for trial in trials[True]),
        "paid_twice_with_model": sum(trial.repeated for trial in trials[True]),
        "paid_twice_with_model_most": max((trial.repeated for trial in trials[True]), default=0),
        "seconds_undisturbed": round(seconds, 2),
    }


def _trial(untouched: Path, place: Path, proxy: CountingProxy, killed_after: float, with_model: bool) -> Trial:
    """A copy of the lake, a run that is killed (if at all) and a run to the end."""
    shutil.copytree(untouched, place)
    proxy.forget_counts()
    if killed_after:
        process = _start(place, proxy.url)
        process.join(killed_after)
        for victim in [process.pid, *(_children(process.pid) if with_model else [])]:
            with contextlib.suppress(ProcessLookupError):  # it was done before its moment came
                os.kill(victim, signal.SIGKILL)
        process.join()
    _run_to_the_end(place, proxy.url)
    lake = Lake(str(place))
    rows = lake.delta.read(CALLS_TABLE, CALLS, None, ["call_id", "state"]).to_pylist()
    digests = tuple(lake.manifest(STAGE, shard).stage_digest for shard in SHARDS)
    stored = tuple(sorted(row["call_id"] for row in rows if row["state"] == "ok"))
    asked = sum(proxy.asked.values())
    return Trial(killed_after, asked, asked - len(proxy.asked), digests, stored, len(list(lake.journals.iterdir())))


def _same(trial: Trial, undisturbed: Trial) -> bool:
    """The digests, every call stored once, and no journal left."""
    return (trial.digests, trial.stored, trial.left_over) == (undisturbed.digests, undisturbed.stored, 0)


def score_shards(root: str, url: str) -> None:
    """The run: judges a sample of each shard as the asset does. Its gate only reads, and is left out."""
    lake, rules = Lake(root), AnnotateRules(sample_per_shard=DOCUMENTS)
    models = LanguageModels(engine="endpoint", url=url, slots=SLOTS)
    for shard in SHARDS:
        documents, source = lake.read_promoted("l1_filtered", shard)
        with models.session(lake, shard, Recipe({}, "none")) as client:
            activity = client.begin(STAGE, rules, {f"l1_filtered/{shard}": source.digest}, rules.prompt_sha256)
            manifest = lake.commit(activity, annotate(documents, client, rules))
        lake.record(Verdict(STAGE, shard, manifest.stage_digest, "crashes", "0", True, "[]"))


def _start(lake: Path, url: str) -> Any:
    context = multiprocessing.get_context("forkserver")  # what was imported once is there in each: delta-rs has not started yet
    context.set_forkserver_preload(["tierline.selection.score", "resources.models"])
    process = context.Process(target=score_shards, args=(str(lake), url))
    process.start()
    return process


def _run_to_the_end(lake: Path, url: str) -> None:
    process = _start(lake, url)
    process.join()
    if process.exitcode:
        raise SystemExit(f"a run ended with status {process.exitcode}")


def _children(process: int) -> list[int]:
    with contextlib.suppress(FileNotFoundError):
        return [int(child) for child in Path(f"/proc/{process}/task/{process}/children").read_text().split()]
    return []


def _write_documents(lake: Lake, texts: Sequence[str]) -> None:
    """Promoted rows of L1, half of the texts per shard."""
    half = len(texts) // len(SHARDS)
    for number, shard in enumerate(SHARDS):
        own = texts[number * half : (number + 1) * half]
        rows = [{"doc_id": f"{shard}_{row:02}", "text": text, "language": "en", "tokens": len(text) // 4} for row, text in enumerate(own)]
        tables = {name: pa.Table.from_pylist([], schema=pa.schema(TABLES[name].columns)) for name in stage_tables("l1_filtered")}
        tables["l1_filtered"] = pa.Table.from_pylist(rows, schema=pa.schema(TABLES["l1_filtered"].columns))
        decisions = decision_table({"row_id": row["doc_id"], "outcome": "kept"} for row in rows)
        activity = Activity.begin("l1_filtered", shard, "1", (), {})
        manifest = lake.commit(activity, StageResult(tables, {"l1_filtered": (len(rows), decisions)}))
        lake.record(Verdict("l1_filtered", shard, manifest.stage_digest, "crashes", "0", True, "[]"))


@contextlib.contextmanager
def _served() -> Iterator[CountingProxy]:
    model: Any = open_model(ModelSettings(context=1024, slots=SLOTS))
    proxy = CountingProxy(model._server.listening_address)
    threading.Thread(target=proxy.serve_forever, daemon=True).start()
    try:
        yield proxy
    finally:
        proxy.shutdown()
        proxy.server_close()
        model.close()


if __name__ == "__main__":
    sys.exit(main())
