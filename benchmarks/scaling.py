"""What each stage costs per core, by the records of a lake that was really ingested, and what 10, 300 and 3,000 billion tokens would take.

Seconds, rows, tokens, calls and bytes are measured: they are those of the lake's activities. Prices, fleets, the speed of a GPU and the
powers with which some stages grow are assumed, and stand in `benchmarks/scaling.yaml` with date and source.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import yaml

from tierline.config.bundled import folder
from tierline.config.recipe import Recipe
from tierline.cost.rates import BASE, Rates, StageRate, read_rates
from tierline.cost.sizing import Sizing, gpu_seconds, size
from tierline.display import TextTable, markdown_table
from tierline.freshness.settings import Settings
from tierline.judges.rules import AnnotateRules
from tierline.lake import Lake
from tierline.operations.rules import EditRules
from tierline.sql import Models
from tierline.stages import BY_NAME, SHARED, STAGES
from tierline.tables import TABLES

ROOT = Path(__file__).parents[1]
ASSUMED = Path(__file__).with_name("scaling.yaml")
PAGE, PICTURE = ROOT / "docs" / "scaling.md", ROOT / "docs" / "images" / "scaling.svg"
MARK = "<!-- Generated"  # what follows it on the page is written here
HOUR, DAY = 3600, 86_400
ORDER = tuple(stage.name for stage in STAGES)
LEFT = frozenset({0})  # columns that are text
CURVE = [10**step for step in (0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5)]  # billions of tokens, for the plot


@dataclass(frozen=True, slots=True)
class Measured:
    """One stage. `tokens_per_second` are of extracted text before any rule, as are the tokens of which `seconds` and `stored` (bytes) are
    given; of a stage that runs once, `seconds` are all that it takes."""

    stage: str
    alone: bool
    rows_per_second: float
    tokens_per_second: float
    bytes_per_row: float
    seconds: float
    stored: float


@dataclass(frozen=True, slots=True)
class Forecast:
    """For billions of tokens. Hours of one core, of the part that cores share and of what stays in one process at a time."""

    billions: float
    shards: int
    core_hours: float
    alone_hours: float
    gpu_hours: float
    gpu_hours_every_document: float
    crawl_terabytes: float
    lake_terabytes: float
    index_gigabytes: float
    files_millions: float
    survey_seconds: float
    first_look_hours: float

    def days_side_by_side(self, cores: int, gpus: int) -> float:
        """With so many cores and GPUs, of what they share; GPUs work while cores do."""
        return max(self.core_hours / cores, self.gpu_hours / gpus) * HOUR / DAY

    def days(self, cores: int, gpus: int) -> float:
        """Of what is shared, then of what stays in one process."""
        return self.days_side_by_side(cores, gpus) + self.alone_hours * HOUR / DAY

    def money(self, prices: Mapping[str, Any], hourly: float) -> dict[str, float]:
        """By what it is for."""
        kept = 1000 * (self.crawl_terabytes + self.lake_terabytes) * prices["gigabyte_month"] * prices["months"]
        return {"cores": (self.core_hours + self.alone_hours) * prices["core_hour"], "GPUs": self.gpu_hours * hourly, "storage": kept}


@dataclass(frozen=True, slots=True)
class Basis:
    """What forecasts rest on: rates and stages of the lake, documents of L1 and of L2 for a token of text, the assumptions."""

    rates: Rates
    stages: tuple[Measured, ...]
    caps: Mapping[str, int]
    documents: Mapping[str, float]
    assumed: Mapping[str, Any]
    sized: Sizing

    def forecast(self, billions: float) -> Forecast:
        """For so many tokens of extracted text."""
        tokens, stored = billions * 1e9, self.assumed["records"]
        crawl = tokens / (self.rates.tokens_per_byte or math.nan)
        shards = max(1, math.ceil(crawl / (self.assumed["shard_megabytes"] * 1e6)))
        seconds = {stage.stage: self._seconds(stage, tokens) for stage in self.stages}
        kept = self.assumed["kept_shares"]
        alone = sum(seconds[stage.stage] * kept.get(stage.stage, 1.0) for stage in self.stages if stage.alone)
        calls = [self._calls(rate, tokens, shards) for rate in self.rates.stages]
        asked = (sum(count * rate.prompt_tokens for count, rate in calls), sum(count * rate.output_tokens for count, rate in calls))
        every = (tokens * self.documents[BASE] * self.assumed["every_document"][f"{part}_tokens"] for part in ("prompt", "output"))
        return Forecast(
            billions, shards, (sum(seconds.values()) - alone) / HOUR, alone / HOUR,
            self._gpu_hours(*asked), self._gpu_hours(*every),
            crawl / 1e12, tokens * sum(stage.stored for stage in self.stages) / 1e12,
            tokens * sum(each * self.documents[table] for table, each in self.assumed["index_bytes"].items()) / 1e9,
            shards * stored["files"] / 1e6, shards * stored["survey_seconds"], shards * stored["first_look_seconds"] / HOUR,
        )  # fmt: skip

    def _seconds(self, stage: Measured, tokens: float) -> float:
        if BY_NAME[stage.stage].once:
            return stage.seconds
        power = self.assumed["powers"].get(stage.stage, 1.0)
        return stage.seconds * tokens * (tokens / self.rates.tokens) ** (power - 1)

    def _calls(self, rate: StageRate, tokens: float, shards: int) -> tuple[float, StageRate]:
        factor = {"token": tokens, "shard": shards * self.caps.get(rate.stage, 0), "lake": 1.0}[rate.basis]
        return rate.calls.value * factor, rate

    def _gpu_hours(self, read: float, written: float) -> float:
        return gpu_seconds(self.sized, read, written).value * self.sized.gpus / HOUR


def main(arguments: list[str] | None = None) -> int:
    """Prints tables and one JSON line."""
    parser = argparse.ArgumentParser(prog="benchmarks.scaling", description=__doc__)
    parser.add_argument("--lake", help="root of a lake; by default the one of TIERLINE_LAKE, or .tierline/lake")
    parser.add_argument("--data", help="not needed: what is measured is in the lake")
    parser.add_argument("--assumed", type=Path, default=ASSUMED, help="prices, fleets and powers (default: benchmarks/scaling.yaml)")
    parser.add_argument("--write", action="store_true", help="write tables and plot to docs/scaling.md and docs/images/scaling.svg")
    options = parser.parse_args(arguments)
    basis = read_basis(Lake(options.lake or str(ROOT / ".tierline" / "lake")), yaml.safe_load(options.assumed.read_text("utf-8")))
    forecasts = [basis.forecast(billions) for billions in basis.assumed["billions_of_tokens"]]
    text = "\n".join(page(basis, forecasts))
    print(text)
    if options.write:
        PAGE.write_text(PAGE.read_text("utf-8").partition(MARK)[0] + text + "\n", "utf-8")
        draw(basis, PICTURE)
    metrics = {f"{name}_{one.billions:g}B": value for one in forecasts for name, value in asdict(one).items()}
    metrics |= {f"tokens_per_second_{stage.stage}": stage.tokens_per_second for stage in basis.stages}
    print(json.dumps({"benchmark": "scaling", "metrics": metrics}))
    return 0


def read_basis(lake: Lake, assumed: Mapping[str, Any]) -> Basis:
    """Of a lake, by the recipe of this process. BadInput if no shard of it went through L1, or a model or GPU is not known."""
    models, recipe = Models(folder("dbt_like_sql")), Recipe.load(Settings.of_environment().recipe)
    edits = recipe.rules(EditRules)
    caps = {"l2_annotations": recipe.rules(AnnotateRules).sample_per_shard, "l3_refined": edits.edits_per_shard + edits.questions_per_shard}
    rates = read_rates(lake, models, caps, ORDER)
    rows = models.run(lake, "stage_rates").to_pylist()
    stages = tuple(_measured(lake, rate, [row for row in rows if row["stage"] == rate.stage], rates.tokens) for rate in rates.stages)
    asked = assumed["model"]
    sized = size(asked["name"], asked["gpu"], asked["context"], asked["sequences"])
    documents = {table: sum(manifest.rows for manifest in lake.promoted(table)) / rates.tokens for table in assumed["index_bytes"]}
    return Basis(rates, stages, caps, documents, assumed, sized)


def _measured(lake: Lake, rate: StageRate, rows: Sequence[Mapping[str, Any]], tokens: int) -> Measured:
    seconds = sum(row["own_seconds"] for row in rows)
    outputs = [output for row in lake.activity_rows(rate.stage) for output in row["outputs"]]
    stored = sum(_sizes(lake, outputs))
    written = sum(output["rows"] for output in outputs if output["table"] in TABLES)
    each = rate.own_seconds.value
    declared = BY_NAME[rate.stage]
    return Measured(
        rate.stage,
        not declared.per_shard and rate.stage not in SHARED,
        sum(row["rows_in"] for row in rows) / seconds if seconds else 0.0,
        0.0 if declared.once else 1 / each if each else 0.0,
        stored / written if written else 0.0,
        each,
        0.0 if declared.once else stored / tokens,
    )


def _sizes(lake: Lake, outputs: Sequence[Mapping[str, Any]]) -> Iterator[int]:
    """Bytes of the files of these outputs, decisions included."""
    files = [f"{output['table'].partition('/')[0]}/{file}" for output in outputs for file in output["files"]]
    yield from (found.size or 0 for found in lake.delta.root_filesystem().get_file_info(files))


def page(basis: Basis, forecasts: Sequence[Forecast]) -> Iterator[str]:
    """The generated part of docs/scaling.md, in Markdown."""
    assumed, rates, prices = basis.assumed, basis.rates, basis.assumed["prices"]
    yield f"{MARK} by `python -m benchmarks.scaling --write`; edit what is above, or benchmarks/scaling.yaml. -->"
    yield "\n## Rates of one core\n"
    yield f"Measured: {rates.shards} shards, {rates.tokens:,} tokens of text, by the clock, without model calls.\n"
    heads = "stage", "rows a second", "tokens a second", "bytes a row", "bytes a token of text"
    cells = [
        (one.stage + (" (alone)" if one.alone else ""), _number(one.rows_per_second), _number(one.tokens_per_second),
         _number(one.bytes_per_row), _number(one.stored))
        for one in basis.stages
    ]  # fmt: skip
    yield markdown_table(TextTable(heads, cells, LEFT))
    if missing := [f"`{name}`" for name in ORDER if name not in {one.stage for one in basis.stages}]:
        yield f"\nNot in this lake, and so not in the forecast, whose hours, days and money are lower bounds: {', '.join(missing)}."
    model, priced = assumed["model"], f"{prices['currency']}, {prices['date']}"
    yield f"\n## Forecast\n\nAssumed: shards of {assumed['shard_megabytes']} MB; {model['name']} on {model['gpu']}, speed estimated.\n"
    yield markdown_table(TextTable(("tokens of text", *(f"{one.billions:g}B" for one in forecasts)), list(_lines(basis, forecasts)), LEFT))
    shares = f"Powers: {assumed['powers']}. Shares that one process keeps: {assumed['kept_shares']}"
    yield f"\nPrices: {priced}; {prices['source']}. {shares}."
    yield "\n![Days against tokens of text: what cores share with each fleet, and what stays in one process](images/scaling.svg)"


def _lines(basis: Basis, forecasts: Sequence[Forecast]) -> Iterator[tuple[str, ...]]:
    named = {
        "shards": "shards", "core_hours": "core hours that cores share",
        "alone_hours": "hours that facts, forms and mixes keep in one process",
        "gpu_hours": "GPU hours, calls of the recipe", "gpu_hours_every_document": "GPU hours, if a model read every document",
        "crawl_terabytes": "crawl files, TB", "lake_terabytes": "lake, TB",
        "index_gigabytes": "index of duplicates on each machine with workers, GB", "files_millions": "files and log entries, millions",
        "survey_seconds": "seconds of a look at what is out of date", "first_look_hours": "hours of a first look without cache",
    }  # fmt: skip
    for name, said in named.items():
        if name == "alone_hours" and not any(one.alone for one in basis.stages):
            yield said, *("not measured" for _ in forecasts)
            continue
        yield said, *(_number(getattr(one, name)) for one in forecasts)
    for fleet, (cores, gpus) in basis.assumed["fleets"].items():
        yield f"days with {fleet} ({cores:,} cores, {gpus} GPUs)", *(_number(one.days(cores, gpus)) for one in forecasts)
    bills = [one.money(basis.assumed["prices"], basis.sized.hourly / basis.sized.gpus) for one in forecasts]
    for part in bills[0]:
        yield f"{part}, {basis.assumed['prices']['currency']}", *(_number(bill[part]) for bill in bills)


def _number(value: float) -> str:
    if value >= 100:
        return f"{float(f'{value:.3g}'):,.0f}"
    return f"{value:.2g}"


def draw(basis: Basis, path: Path) -> None:
    """Days against tokens of text, both on logarithmic axes."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    forecasts = [basis.forecast(billions) for billions in CURVE]
    figure = Figure(figsize=(7, 4), layout="constrained")
    axes = figure.add_subplot(xscale="log", yscale="log", xlabel="billions of tokens of text", ylabel="days")
    for fleet, (cores, gpus) in basis.assumed["fleets"].items():
        axes.plot(CURVE, [one.days_side_by_side(cores, gpus) for one in forecasts], label=f"what cores share, {fleet}: {cores:,} cores")
    if any(stage.alone for stage in basis.stages):
        axes.plot(
            CURVE, [one.alone_hours * HOUR / DAY for one in forecasts], "k--", label="what facts, forms and mixes keep in one process"
        )
    axes.grid(alpha=0.3)
    axes.legend()
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": "scaling"}):
        figure.savefig(path, metadata={"Date": None})


if __name__ == "__main__":
    sys.exit(main())
