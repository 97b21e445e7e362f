"""Measures what orchestration costs: one shard as a Dagster run against the same functions called directly, and 100 small files."""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from itertools import combinations, islice
from pathlib import Path

from examples.features import FEATURES

ROOT = Path(__file__).parents[1]
REPEATS = {"smoke": 1, "small": 3, "full": 5}
PAGE = "The bridge at number {0} was built in 1894. It carries the railway over the river. Engineers chose granite for it. " * 6


def main(arguments: list[str] | None = None) -> int:
    """Prints a table and one JSON line; both sides run in this process, in turn."""
    parser = argparse.ArgumentParser(prog="benchmarks.orchestration", description=__doc__)
    parser.add_argument("--data", default=".", help="a folder with crawl files (*.warc.gz); where it has none, pages are made")
    parser.add_argument("--budget", choices=REPEATS, default="small")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as scratch:
        metrics = measure(Path(options.data), Path(scratch), REPEATS[options.budget])
    for name, value in metrics.items():
        print(f"{name:32} {value:8.2f}")
    print(json.dumps({"benchmark": "orchestration", "data": options.data, "metrics": metrics}))
    return 0


def measure(data: Path, scratch: Path, repeats: int) -> dict[str, float]:
    """Seconds (medians) of L0 and L1 of one shard: bare functions, functions with lake and gates, the Dagster run; and their rest."""
    (scratch / "dagster").mkdir()
    settings = {"DAGSTER_HOME": ROOT, "TIERLINE_STATE": scratch / "dagster", "TIERLINE_LAKE": scratch / "lake"}
    os.environ.update({name: str(value) for name, value in settings.items()})
    file = next(iter(sorted(data.rglob("*.warc.gz"), key=lambda path: path.stat().st_size, reverse=True)), None) or made_file(scratch, 300)
    imports = {
        "import_dagster_s": "import dagster",
        "import_great_expectations_s": "import great_expectations",
        "import_definitions_s": "import definitions",
    }
    metrics = {
        name: seconds(lambda code=code: subprocess.run([sys.executable, "-W", "ignore", "-c", code], cwd=ROOT, check=True))
        for name, code in imports.items()
    }
    from tierline.gates.judge import judge
    from tierline.gates.suite import suite_for

    judge({}, suite_for("l0_raw"))  # pays the import, so that both sides are warm
    sides: dict[str, list[float]] = {"bare_s": [], "with_lake_s": [], "with_gates_s": [], "dagster_run_s": []}
    for turn in range(repeats + 1):
        measured = one_turn(str(file), scratch, turn)
        if turn:  # the first turn warms the file cache and lazy imports
            for name, value in measured.items():
                sides[name].append(value)
    medians = {name: statistics.median(values) for name, values in sides.items()}
    metrics |= medians
    metrics["lake_s"] = medians["with_lake_s"] - medians["bare_s"]
    metrics["gates_s"] = medians["with_gates_s"] - medians["with_lake_s"]
    metrics["event_log_and_steps_s"] = medians["dagster_run_s"] - medians["with_gates_s"]
    metrics["run_vs_bare"] = medians["dagster_run_s"] / medians["bare_s"]
    metrics["hundred_small_files_s"] = hundred_files(scratch)
    return metrics


def one_turn(file: str, scratch: Path, turn: int) -> dict[str, float]:
    """L0 and L1 of one file, four ways."""
    import dagster as dg

    from resources import configured_resources
    from tier_assets.l0_raw import l0_gates, l0_raw
    from tier_assets.l1_filtered import l1_filtered, l1_gates
    from tierline.crawl import CrawlRegistry, PackRules, ReadRules
    from tierline.crawl.read import read_shard
    from tierline.dedup import DedupRules
    from tierline.dedup.resolve import NoDocuments
    from tierline.filters import FilterRules
    from tierline.filters.filter import filter_shard
    from tierline.gates import judge_stage
    from tierline.lake import Activity, Lake

    def bare(after: Callable[[str, object], None] = lambda stage, result: None) -> None:
        raw = read_shard([file], ReadRules())
        after("l0_raw", raw)
        after("l1_filtered", filter_shard(raw.tables["l0_raw"], FilterRules(), DedupRules(), NoDocuments()))

    def commit(lake: Lake, gates: bool) -> Callable[[str, object], None]:
        def after(stage: str, result: object) -> None:
            lake.commit(Activity.begin(stage, "s", "1", (), {}), result)
            if gates:
                judge_stage(lake, stage, "s")

        return after

    lake = Lake(str(scratch / f"run{turn}"))
    (shard,) = CrawlRegistry(lake).register([file], PackRules())
    os.environ["TIERLINE_LAKE"] = lake.root

    def run() -> None:
        with dg.DagsterInstance.get() as instance:
            instance.add_dynamic_partitions("crawl_shards", [shard])
            assets = [l0_raw, l1_filtered, *l0_gates, *l1_gates]
            quiet = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
            dg.materialize(assets, partition_key=shard, instance=instance, resources=configured_resources(), run_config=quiet)

    return {
        "bare_s": seconds(bare),
        "with_lake_s": seconds(lambda: bare(commit(Lake(str(scratch / f"lake{turn}")), gates=False))),
        "with_gates_s": seconds(lambda: bare(commit(Lake(str(scratch / f"gates{turn}")), gates=True))),
        "dagster_run_s": seconds(run),
    }


def hundred_files(scratch: Path) -> float:
    """Seconds of `ingest` for 100 one-page files, every tier, the bundled model included."""
    folder = scratch / "hundred"
    folder.mkdir()
    for number, names in enumerate(islice(combinations(sorted(FEATURES), 3), 0, 7000, 70)):
        record = {"text": "\n\n".join(FEATURES[name] for name in names), "url": f"https://a{number}.example/"}
        (folder / f"{number:03d}.jsonl").write_text(json.dumps(record) + "\n")
    environment = os.environ | {"TIERLINE_LAKE": str(scratch / "hundred-lake"), "TIERLINE_TABLES": str(scratch / "tables")}
    command = [sys.executable, "-W", "ignore", "-m", "ingest", str(folder)]
    return seconds(lambda: subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True))


def made_file(scratch: Path, pages: int) -> Path:
    """A crawl file of pages that differ in their numbers."""
    path = scratch / "pages.jsonl"
    path.write_text("\n".join(json.dumps({"text": PAGE.format(number), "url": f"https://a.example/{number}"}) for number in range(pages)))
    return path


def seconds(work: Callable[[], object]) -> float:
    """Wall time of one call."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


if __name__ == "__main__":
    sys.exit(main())
