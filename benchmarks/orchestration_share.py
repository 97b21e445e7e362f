"""What Dagster, the lake and the gates add to the functions of the assets, in processor seconds of one run on the same rows.

Shards of real pages are brought through all tiers, L0 to L2 as one run, the rest as another, then facts and mixes. In each run the time
within the own functions of stages and of reports (tables in SQL, charts, frontiers, which are built beside facts and mixes) is told apart
from all else: reading and committing rows, gates, event log, steps, metadata. No language model is asked: its seconds would hide what is
looked for. Cost is fitted as a fixed part and a part for each page, because a larger shard pays the fixed part once.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import process_time
from typing import Any

from fastwarc import ArchiveIterator, WarcRecordType

from benchmarks.growth import Place

BUDGETS = {"smoke": (20, 40), "small": (250, 1_000), "medium": (1_000, 5_000), "full": (5_000, 50_000)}  # pages of a shard
ASKED = (5_000, 50_000)  # pages for which the share is told, measured or fitted
WARMING = 40  # pages of a shard that pays imports and kernels, and is not counted
SELECTED = "l2_selected"  # the last stage of the first run
PARTS = {"L0 to L2": ("lower",), "of a shard": ("lower", "upper"), "with facts and mixes": ("lower", "upper", "shared")}
PAGE_BYTES = 200_000  # of a page that is taken
ASSETS = ("functions", "reports")  # what is no addition: of the stages, and of the assets that are none


@dataclass(slots=True)
class Clock:
    """Processor seconds of this process: of the functions of stages and of reports, of commits and of gates."""

    spent: dict[str, float] = field(default_factory=lambda: dict.fromkeys((*ASSETS, "commits", "gates"), 0.0))

    def around(self, part: str, work: Callable[..., Any]) -> Callable[..., Any]:
        """The same function, which counts."""

        def counted(*arguments: Any, **named: Any) -> Any:
            began = process_time()
            try:
                return work(*arguments, **named)
            finally:
                self.spent[part] += process_time() - began

        return counted


def main(arguments: list[str] | None = None) -> int:
    """Prints a table and one JSON line."""
    parser = argparse.ArgumentParser(prog="benchmarks.orchestration_share", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="a folder with crawl files (*.warc.gz)")
    parser.add_argument("--budget", choices=BUDGETS, default="small")
    parser.add_argument("--at", type=Path, help="make the lake in this folder and keep it")
    options = parser.parse_args(arguments)
    bodies = list(pages(options.data))
    if not bodies:
        parser.error(f"no pages of HTML below {options.data}; name a folder with *.warc.gz")
    with tempfile.TemporaryDirectory() as scratch:
        found = measure(options.at or Path(scratch) / "place", bodies, BUDGETS[options.budget])
    metrics = metrics_of(found)
    for name, value in metrics.items():
        print(f"{name:44} {value:12.4f}")
    print(json.dumps({"benchmark": "orchestration_share", "data": str(options.data), "metrics": metrics}))
    return 0


def metrics_of(found: Mapping[int, Mapping[str, float]]) -> dict[str, float]:
    """Seconds of each part of each size, and the share that is added to the functions: as measured, and fitted for the sizes asked for."""
    metrics = {f"{name}_s_{size}": value for size, values in found.items() for name, value in values.items()}
    for tiers, runs in PARTS.items():
        name = tiers.replace(" ", "_")
        functions = {size: sum(values[f"{run}_{part}"] for run in runs for part in ASSETS) for size, values in found.items()}
        added = {size: sum(values[f"{run}_total"] for run in runs) - functions[size] for size, values in found.items()}
        metrics |= {f"added_share_{name}_{size}": added[size] / functions[size] for size in found}
        for size in ASKED:
            if size not in found:
                metrics[f"fitted_added_share_{name}_{size}"] = fitted(added, size) / fitted(functions, size)
    return metrics


def fitted(seconds: Mapping[int, float], size: int) -> float:
    """A fixed part and a part for each page, through the smallest and the largest size."""
    few, many = min(seconds), max(seconds)
    each = (seconds[many] - seconds[few]) / (many - few)
    return seconds[few] + each * (size - few)


def measure(root: Path, bodies: Sequence[bytes], sizes: tuple[int, ...]) -> dict[int, dict[str, float]]:
    """Pages of a shard -> processor seconds, by run ("lower", "upper", "shared") and part."""
    place = Place(root)
    place.prepare()
    os.environ.update(place.environment)
    found: dict[int, dict[str, float]] = {}
    start = 0
    for size in (WARMING, *sizes):
        file = write_warc(place.crawl / f"{size}-{start}.warc.gz", size, start, bodies)
        measured = runs(place, file)
        start += size
        if start > WARMING:
            found[size] = measured
    return found


def runs(place: Place, file: str) -> dict[str, float]:
    """One shard through all tiers, by three runs."""
    import dagster as dg

    from definitions import defs
    from resources import configured_resources
    from tier_assets.jobs import build_shared, run_shard
    from tier_assets.partitions import crawl_shards
    from tier_assets.specs import asset_name
    from tierline.crawl import CrawlRegistry, PackRules
    from tierline.lake import Lake
    from tierline.stages import STAGES

    (shard,) = CrawlRegistry(Lake(str(place.root / "lake"))).register([file], PackRules())
    names = [stage.name for stage in STAGES if stage.per_shard or stage.name in ("l2_anchors", "l2_reliability", "l2_student")]
    at = names.index(SELECTED) + 1
    jobs = {"lower": (run_shard, names[:at]), "upper": (run_shard, names[at:]), "shared": (build_shared, None)}
    found: dict[str, float] = {}
    with dg.DagsterInstance.get() as instance:
        instance.add_dynamic_partitions(crawl_shards.name, [shard])
        for run, (job, stages) in jobs.items():
            whole, clock = defs.resolve_job_def(job.name), Clock()
            chosen = whole.get_subset(asset_selection={dg.AssetKey(asset_name(stage)) for stage in stages}) if stages else whole
            with counting(clock):
                began = process_time()
                result = chosen.execute_in_process(
                    instance=instance,
                    partition_key=shard if stages else None,
                    resources=configured_resources(),
                    run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
                    raise_on_error=False,
                )
                found[f"{run}_total"] = process_time() - began
            if not result.success:
                raise SystemExit(f"{job.name}: {[event.message for event in result.all_events if event.is_failure]}")
            found |= {f"{run}_{part}": seconds for part, seconds in clock.spent.items()}
    return found


class counting:
    """Within it every stage that runs is counted: its function, its commit and its gate, where the assets call them; and every other
    asset, where Dagster calls it."""

    def __init__(self, clock: Clock) -> None:
        from dagster._core.execution.plan import compute_generator

        from definitions import defs
        from tier_assets import gates, stage_run
        from tier_assets.specs import asset_name
        from tierline.stages import STAGES

        run_stage, invoke = stage_run.run_stage, compute_generator.invoke_compute_fn
        known = {key.path[-1] for key in defs.resolve_asset_graph().materializable_asset_keys}
        reports = known - {asset_name(stage.name) for stage in STAGES}

        def invoke_counted(function: Any, context: Any, *more: Any) -> Any:
            counted = context.op_execution_context.op.name in reports
            return invoke(clock.around("reports", function) if counted else function, context, *more)

        def run_counted(lake: Any, activity: Any, compute: Callable[[], Any], *describe: Any) -> Any:
            return run_stage(lake, activity, clock.around("functions", compute), *describe)

        callers = [module for name, module in sys.modules.items() if name.startswith("tier_assets.") and hasattr(module, "run_stage")]
        self._places: list[tuple[Any, str, Any]] = [(module, "run_stage", run_counted) for module in callers if module is not stage_run]
        self._places += [(stage_run, "materialize", clock.around("commits", stage_run.materialize))]
        self._places += [(gates, "judge_stage", clock.around("gates", gates.judge_stage))]
        self._places += [(compute_generator, "invoke_compute_fn", invoke_counted)]

    def __enter__(self) -> None:
        self._before = [(module, name, getattr(module, name)) for module, name, _ in self._places]
        for module, name, counted in self._places:
            setattr(module, name, counted)

    def __exit__(self, *_: object) -> None:
        for module, name, before in self._before:
            setattr(module, name, before)


def pages(folder: Path) -> Iterator[bytes]:
    """Bodies of the HTML pages of all crawl files below a folder."""
    for file in sorted(folder.rglob("*.warc.gz")):
        with file.open("rb") as stream:
            for record in ArchiveIterator(stream, record_types=WarcRecordType.response):
                kind = record.http_content_type or ""
                if "html" in kind and 0 < len(body := record.reader.read()) <= PAGE_BYTES:
                    yield body


def write_warc(path: Path, count: int, start: int, bodies: Sequence[bytes]) -> str:
    """A crawl file of so many pages, a site for each twenty; its path. Once all bodies are used, halves of two of them make a page."""
    with path.open("wb") as file:
        for number in range(start, start + count):
            turn, place = divmod(number, len(bodies))
            body = bodies[place] if not turn else halves(bodies[place], bodies[(place * 7 + turn) % len(bodies)])
            file.write(gzip.compress(record(f"https://site{number // 20}.example/{number}", number, body), 1))
    return str(path)


def halves(one: bytes, other: bytes) -> bytes:
    """The first half of one page and the second half of another, each cut at a line."""
    return one[: one.rfind(b"\n", 0, len(one) // 2) + 1] + other[other.find(b"\n", len(other) // 2) :]


def record(url: str, number: int, body: bytes) -> bytes:
    """A response of WARC 1.0."""
    block = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + body
    head = {
        "WARC-Type": "response",
        "WARC-Date": "2026-01-01T00:00:00Z",
        "WARC-Record-ID": f"<urn:uuid:00000000-0000-0000-0000-{number:012d}>",
        "WARC-Target-URI": url,
        "Content-Type": "application/http; msgtype=response",
        "Content-Length": str(len(block)),
    }
    lines = ["WARC/1.0", *(f"{name}: {value}" for name, value in head.items()), "", ""]
    return "\r\n".join(lines).encode() + block + b"\r\n\r\n"


if __name__ == "__main__":
    sys.exit(main())
