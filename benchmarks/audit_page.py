"""Times every page of auditors on a generated lake, as a browser on the same machine asks for them.

    python -m benchmarks.audit_page --data DIR [--documents N] [--keep FOLDER] [--samples N]

The server is that of `tierline serve`, in a thread; seconds are from the request to the last byte. A lake that is in the folder is used
again. Before, the index of words is made, and one page of each kind is asked for.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import statistics
import sys
import tempfile
import threading
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

import uvicorn

from benchmarks.audit import p95, sampled
from benchmarks.audit_lake import LakeMaker
from tierline.audit.find import Texts
from tierline.auditor.addresses import bytes_address, kin_address, row_address, rows_address
from tierline.auditor.desk import AuditDesk
from tierline.auditor.routes import audit_routes
from tierline.lake import WHOLE_LAKE, Lake
from tierline.review.app import build_app
from tierline.review.desk import Desk
from tierline.review.identity import ByToken
from tierline.review.reviewers import Reviewers
from tierline.review.rules import ReviewingRules

PER_SHARD, SEED = 2_000, 77
HOST = "127.0.0.1"


def main(arguments: list[str] | None = None) -> int:
    """Prints a table and one JSON line."""
    parser = argparse.ArgumentParser(prog="benchmarks.audit_page", description=__doc__)
    parser.add_argument("--data", required=True, help="a folder with text/*.jsonl.gz or labels/neardup/*.jsonl.gz")
    parser.add_argument("--documents", type=int, default=20_000)
    parser.add_argument("--keep", type=Path, help="make the lake in this folder and keep it")
    parser.add_argument("--samples", type=int, default=20, help="of each kind of page")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as scratch:
        root = options.keep or Path(scratch)
        if not (root / "lake").is_dir():
            root.mkdir(parents=True, exist_ok=True)
            LakeMaker(root, Path(options.data), options.documents, PER_SHARD).build()
        found = measure(root, options.samples)
    for name, (median, high, cpu) in found.items():
        print(f"{name:12} {median:8.3f} {high:8.3f} {cpu:8.3f}")
    print(json.dumps({"benchmark": "audit_page", "data": options.data, "documents": options.documents, "metrics": found}))
    return 0


def measure(root: Path, samples: int) -> dict[str, tuple[float, float, float]]:
    """Kind of page -> seconds of half of them, of 95 of 100, and the processor's seconds of the middle one."""
    lake, chance = Lake(str(root / "lake")), random.Random(SEED)
    Texts(lake)
    facts, pages = (sampled(lake, table, samples, chance) for table in ("l4_facts", "l0_raw"))
    claims, drawn = (sampled(lake, table, samples, chance) for table in ("l4_claims", "mix_pretrain"))
    shards = [one.shard for one in lake.manifests("l0_raw")]
    sites = [urllib.parse.quote(f"https://site{chance.randrange(1, 20)}.example") for _ in range(samples)]
    words = ["+".join(chance.sample(row["text"].split(), 2)) for row in pages]
    kinds: dict[str, list[str]] = {
        "start": ["/audit"] * samples,
        "find facts": [f"/audit/find?in=facts&q={row['text'].split()[2].strip(',')}" for row in facts],
        "find pages": [f"/audit/find?in=pages&q={site}" for site in sites],
        "find words": [f"/audit/find?in=words&q={urllib.parse.quote(one, safe='+')}" for one in words],
        "list of rows": [f"{rows_address('l0_raw', shard)}?from={chance.randrange(1000)}" for shard in chance.choices(shards, k=samples)],
        "list of mix": [f"{rows_address('mix_pretrain', WHOLE_LAKE)}?from={chance.randrange(1000)}" for _ in range(samples)],
        "fact": [row_address("l4_facts", row["fact_id"], WHOLE_LAKE) for row in facts],
        "page": [row_address("l0_raw", row["doc_id"]) for row in pages],
        "claim": [row_address("l4_claims", row["claim_id"]) for row in claims],
        "mix row": [row_address("mix_pretrain", row["row_id"], WHOLE_LAKE) for row in drawn],
        "made from": [kin_address("l0_raw", row["doc_id"], "mix_pretrain") for row in pages],
        "bytes": [bytes_address(row["doc_id"]) for row in pages],
        "log": ["/audit/log"] * samples,
    }
    posted = {
        "verify": [f"/audit/verify/l4_facts/{row['fact_id']}" for row in facts[:5]],
        "where it went": [f"/audit/uses/l4_facts/{row['fact_id']}" for row in facts[:5]],
        "plan": ["/audit/plan?domain"] * 3,
    }
    with served(lake, root) as address:
        found = {kind: timed([asking(address + path) for path in paths]) for kind, paths in kinds.items()}
        with urllib.request.urlopen(f"{address}/audit/impact") as response:
            key = re.search(r'name="form_key" value="(\w+)"', response.read().decode())[1]  # type: ignore[index]
        form = {"form_key": key, "kind": "domain", "value": "site3.example"}
        found |= {kind: timed([asking(address + path, form) for path in paths]) for kind, paths in posted.items()}
    return found


def asking(url: str, form: dict[str, str] | None = None) -> Callable[[], object]:
    """Asks for a page, or sends a form, and reads all of the answer."""
    body = urllib.parse.urlencode(form).encode() if form else None

    def ask() -> bytes:
        with urllib.request.urlopen(urllib.request.Request(url, body), timeout=600) as response:
            return response.read()

    return ask


def timed(asks: list[Callable[[], object]]) -> tuple[float, float, float]:
    """Of all but a first one, which is asked for twice."""
    asks[0]()
    times: list[tuple[float, float]] = []
    for ask in asks:
        began, processor = time.perf_counter(), time.process_time()
        ask()
        times.append((time.perf_counter() - began, time.process_time() - processor))
    wall = [one for one, _ in times]
    return statistics.median(wall), p95(wall), statistics.median(cpu for _, cpu in times)


@contextmanager
def served(lake: Lake, root: Path) -> Generator[str]:
    """The address of the pages of a lake."""
    desk = AuditDesk.of(lake, str(root / "mixes"), str(root / "training"))
    identity = ByToken(Reviewers(root / "reviewers.json"))
    app = build_app(Desk(lake, ReviewingRules()), identity, [HOST], is_open=True, audit=audit_routes(desk))
    server = uvicorn.Server(uvicorn.Config(app, host=HOST, port=0, log_level="warning", access_log=False, lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    try:
        yield f"http://{HOST}:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()


if __name__ == "__main__":
    sys.exit(main())
