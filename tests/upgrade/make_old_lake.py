"""Makes a small lake in the format before lakes had a format version, by running the code of that commit, and packs it for the tests.

    python -m tests.upgrade.make_old_lake [--commit a7693c4]

Two shards of a handful of the bundled pages go through every tier. The second one's crawl file then grows by pages, so that its
stages are written twice; one gate refuses the manual's sections and a person waives it. What that commit's own code says about the
lake (which shards may be read, their rows, a fact's trace, what was there before the second write) is packed beside it.
"""

from __future__ import annotations

import argparse
import io
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
ARCHIVE = Path(__file__).with_name("lake-format-1.tar.xz")
COMMIT = "a7693c4"

RECIPE = """
gates: {bounds: {l4_manuals: {unapproved_sections: [1, null]}, l2_student: {rank_correlation: [-1, null]}}}
l2:
  anchors: {per_set: 20}
  annotate: {sample_per_shard: 4, scales: []}
  score: {perplexity_tokens: 32}
l3:
  edit: {edits_per_shard: 3, questions_per_shard: 1}
l4:
  manuals:
    vetted:
      - prefix: https://docs.harborlight.example/manual/
        approved_by: documentation team
        approved_on: "2026-01-15"
        licence: https://creativecommons.org/licenses/by/4.0/
"""

# Runs in the folder that is packed, on the old commit's code: its names are those of that commit.
DRIVER = """
import json, os, sys
from datetime import UTC, date, datetime
from pathlib import Path

from examples.pages import all_pages
from examples.write_crawl import _record
from ingest import ingest
from tierline.document import TABLES
from tierline.lake import Lake, Waiver, as_of
from tierline.lineage import trace, trace_json, verify
from tierline.scoring.anchors import BUNDLED

PAGES = {
    "a-first": ("fieldlore.example/wiki/harborlight", "fieldlore.example/wiki/brannock", "fieldlore.example/wiki/velmora", "manual/1",
                "kitchen-notes.example/leek-soup", "talk.example/t/100", "shop.example/item/0"),
    "b-second": ("history-society.example/charters/harborlight", "history-society.example/charters/brannock", "longread.example/01-"),
}
LATER = ("history-society.example/charters/velmora", "atlas-of-towns.example/velmora", "mirror.example/copy/01-")


def write(name, wanted):
    pages = [page for part in wanted for page in all_pages() if part in page.url]
    Path("crawl").mkdir(exist_ok=True)
    Path("crawl", name + ".warc.gz").write_bytes(b"".join(_record(page, number) for number, page in enumerate(pages)))


def promoted(lake):
    return [[found.table, found.shard, found.rows, found.digest] for table in TABLES for found in lake.promoted(table)]


def run(pattern):
    for outcome in ingest(pattern, 1):
        print(outcome, flush=True)
        assert not outcome.failed and all("l4_manuals" in refused for refused in outcome.quarantined), outcome


# Few and short, so that the model is asked little.
anchors = [json.loads(line) for line in BUNDLED.read_text("utf-8").splitlines()]
english = sorted((row for row in anchors if row["language"] == "en"), key=lambda row: row["label"])
Path("anchors/quality").mkdir(parents=True)
lines = [json.dumps(row | {"text": row["text"][:160]}) + "\\n" for row in (*english[:10], *english[-10:])]
Path("anchors/quality/own.jsonl").write_text("".join(lines))
for name, wanted in PAGES.items():
    write(name, wanted)
run("crawl")
lake = Lake("lake")
for manifest in lake.manifests("l4_manuals"):
    if manifest.rows:
        lake.waive(Waiver("l4_manuals", manifest.shard, manifest.stage_digest, "an editor", "two sections are right", date(2099, 12, 31)))
run("crawl")
moment = datetime.now(UTC)
before = promoted(lake)
write("b-second", PAGES["b-second"] + LATER)
run("crawl")
mismatches, checked = verify(lake)
assert mismatches == [], mismatches
facts = [row["fact_id"] for row in lake.read_promoted("l4_facts", "all")[0].sort_by([("independent_sources", "descending")]).to_pylist()]
assert facts and lake.read("l2_moved_shards", next(found.shard for found in lake.manifests("l2_moved") if "b-second" in found.shard))["before_activity_id"][0].as_py()
said = {
    "promoted": promoted(lake), "moment": moment.isoformat(), "promoted_then": before, "rows": checked.rows, "shards": checked.shards, "spans": checked.spans,
    "fact": json.loads(trace_json(trace(lake, facts[0]))),
}
assert promoted(as_of(lake, moment)) == before and any(found.stage == "l4_manuals" for found in lake.promoted("l4_manuals"))
Path("said.json").write_text(json.dumps(said, indent=1, ensure_ascii=False))
"""


def main() -> int:
    """Writes tests/upgrade/lake-format-1.tar.xz."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--commit", default=COMMIT)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        code, home = Path(temporary) / "code", Path(temporary) / "home"
        _check_out(options.commit, code)
        _run_pipeline(code, home)
        shutil.rmtree(home / "lake" / "_derived", ignore_errors=True)  # caches
        with tarfile.open(ARCHIVE, "w:xz", preset=9) as packed:
            for name in ("crawl", "lake", "said.json"):
                packed.add(home / name, name, filter=_anonymous)
    print(f"{ARCHIVE}: {ARCHIVE.stat().st_size:,} bytes")
    return 0


def unpack(folder: Path) -> Path:
    """The archive's `lake`, `crawl` and `said.json` below a folder. Crawl files are named relative to it: make it the working directory."""
    with tarfile.open(ARCHIVE) as packed:
        packed.extractall(folder, filter="data")
    return folder / "lake"


def _check_out(commit: str, folder: Path) -> None:
    archive = subprocess.run(["git", "-C", str(ROOT), "archive", commit], check=True, capture_output=True).stdout
    with tarfile.open(fileobj=io.BytesIO(archive)) as packed:
        packed.extractall(folder, filter="data")


def _run_pipeline(code: Path, home: Path) -> None:
    home.mkdir()
    (home / "tiers.yaml").write_text(RECIPE)
    (home / "dagster").mkdir()
    settings = {
        "PYTHONPATH": f"{code / 'src'}{os.pathsep}{code}",
        "DAGSTER_HOME": str(code),
        "TIERLINE_STATE": str(home / "dagster"),
        "TIERLINE_LAKE": "lake",
        "TIERLINE_TABLES": "tables",
        "TIERLINE_RECIPE": "tiers.yaml",
        "TIERLINE_ANCHORS": "anchors",
    }
    subprocess.run([sys.executable, "-W", "ignore", "-c", DRIVER], cwd=home, env=os.environ | settings, check=True)


def _anonymous(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    entry.uid = entry.gid = entry.mtime = 0
    entry.uname = entry.gname = ""
    return entry


if __name__ == "__main__":
    sys.exit(main())
