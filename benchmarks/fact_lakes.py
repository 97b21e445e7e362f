"""Generated pages as crawl files, and a lake that the stages and gates of the pipeline build from them: L0, L1, L2, claims, facts."""

from __future__ import annotations

import gzip
import os
import random
import shutil
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import dagster as dg
import yaml
from fastwarc.warc import WarcRecord, WarcRecordType

from benchmarks.fact_sites import Page
from resources import configured_resources
from tier_assets.l0_raw import l0_assets, l0_gates
from tier_assets.l1_contamination import l1_contamination, l1_contamination_gate
from tier_assets.l1_filtered import l1_assets, l1_gates
from tier_assets.l2_selected import l2_assets, l2_gates
from tier_assets.l3_refined import l3_assets, l3_gates
from tier_assets.l4_verified import l4_assets, l4_gates
from tierline.config.bundled import folder
from tierline.crawl import CrawlRegistry, PackRules
from tierline.lake import Lake

CAPTURED = datetime(2025, 6, 1, 12, tzinfo=UTC)  # of pages that a scenario gives no time: after every date that any page states
FILES = 2  # crawl files of a lake, and shards, for each file is one
SCORERS = "l2_anchors", "l2_reliability"
TIERS = "l0_raw", "l1_filtered", "l1_contamination", "l2_annotations", "l2_scores", "l2_selected", "l3_refined", "l4_claims"
FACTS = "l4_statements", "l4_facts"
_QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
_ASSETS = (*l0_assets, *l1_assets, l1_contamination, *l2_assets, *l3_assets, *l4_assets)
_GATES = (*l0_gates, *l1_gates, l1_contamination_gate, *l2_gates, *l3_gates, *l4_gates)


def write_crawl(pages: Iterable[Page], target: Path, seed: int) -> list[str]:
    """WARC files of the pages, in the order of a crawl that visits all sites at once; their paths."""
    order = list(pages)
    random.Random(seed).shuffle(order)
    target.mkdir(parents=True)
    files = [target / f"crawl-{number}.warc.gz" for number in range(min(FILES, len(order)))]
    for number, path in enumerate(files):
        path.write_bytes(b"".join(map(_record, order[number::FILES])))
    return list(map(str, files))


def _record(page: Page) -> bytes:
    """A gzip member of its own, as WARC asks."""
    body = page.html.encode()
    record = WarcRecord()
    record.init_headers(WarcRecordType.response, f"uuid:00000000-0000-4000-8000-{zlib.crc32(page.url.encode()):012d}".encode())
    record.headers["WARC-Target-URI"] = page.url
    record.headers["WARC-Date"] = (page.fetched or CAPTURED).strftime("%Y-%m-%dT%H:%M:%SZ")
    head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {len(body)}\r\n\r\n"
    record.set_bytes_content(head.encode() + body)
    record.headers["Content-Type"] = "application/http; msgtype=response"
    stream = BytesIO()
    record.write(stream, checksum_data=True)
    return gzip.compress(stream.getvalue(), mtime=0)


@contextmanager
def settings(scratch: Path, recipe: dict[str, Any]) -> Iterator[None]:
    """This process's variables: all that a lake needs is below `scratch`, and no other setting counts."""
    scratch.mkdir(parents=True, exist_ok=True)
    (scratch / "tiers.yaml").write_text(yaml.safe_dump(recipe))
    places = {"LAKE": "lake", "TABLES": "tables", "RECIPE": "tiers.yaml", "CRAWL_ROOT": ""}  # ids of rows are of addresses below the root
    before = dict(os.environ)
    for name in [name for name in os.environ if name.startswith("TIERLINE_")]:
        del os.environ[name]
    os.environ |= {f"TIERLINE_{name}": str(scratch / path) for name, path in places.items()}
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def plain_recipe() -> dict[str, Any]:
    """The project's recipe, but no document is judged, edited or measured by a language model: a shard would take minutes, and neither
    the rules of L1 nor the claims of pages ask one. Documents are scored by the other signals, with their weights on the anchors."""
    recipe = yaml.safe_load((folder("recipes") / "tiers.yaml").read_text("utf-8"))
    recipe["l2"]["annotate"] |= {"sample_per_shard": 0}
    recipe["l2"]["score"] |= {"perplexity_languages": []}
    recipe["l3"]["edit"] |= {"edits_per_shard": 0, "questions_per_shard": 0}
    return recipe


def measure_scorers(root: Path, recipe: dict[str, Any]) -> Path:
    """A lake in which scorers are measured on the bundled anchors, and nothing else has happened."""
    with settings(root, recipe), dg.DagsterInstance.ephemeral() as instance:
        _run(SCORERS, instance)
    return root / "lake"


def build_lake(pages: Iterable[Page], root: Path, measured: Path, recipe: dict[str, Any], seed: int) -> Lake:
    """The lake of a crawl of these pages, shard by shard, then its facts; `measured` is a lake of `measure_scorers`."""
    shutil.copytree(measured, root / "lake")
    with settings(root, recipe), dg.DagsterInstance.ephemeral() as instance:
        lake = Lake(str(root / "lake"))
        for shard in CrawlRegistry(lake).register(write_crawl(pages, root / "crawl", seed), PackRules(shard_bytes=1)):
            instance.add_dynamic_partitions("crawl_shards", [shard])
            _run(TIERS, instance, shard)
        _run(FACTS, instance)
    return lake


def _run(stages: Sequence[str], instance: dg.DagsterInstance, shard: str | None = None) -> None:
    """The stages and their gates, in one run. A shard of which nothing is left ends at a gate, which is no failure."""
    assets = [asset for asset in _ASSETS if asset.key.path[-1] in stages]
    gates = [gate for gate in _GATES if next(iter(gate.check_keys)).asset_key.path[-1] in stages]
    dg.materialize([*assets, *gates], partition_key=shard, instance=instance, resources=configured_resources(), run_config=_QUIET)
