"""Forecasts the cost of more text from what the lake has measured, and states its assumptions."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from tierline.cost.columns import aligned, duration
from tierline.cost.rates import Rate, Rates, StageRate
from tierline.cost.sizing import BANDWIDTH_SHARES, COMPUTE_SHARES, Sizing, gpu_seconds
from tierline.errors import BadInput
from tierline.llm.prices import Price

UNITS = {"": 1.0, "K": 1e3, "M": 1e6, "B": 1e9, "T": 1e12}
OF = {"text": "", "L1": "l1_filtered", "L2": "l2_selected", "L3": "l3_refined"}  # where tokens can be counted
SMALL = 10  # times smaller than the shards of a forecast: from here on it warns


@dataclass(frozen=True, slots=True)
class Assumptions:
    """Assumptions of a forecast besides measured rates. `shard_tokens`: text of one shard; `workers`: processes side by side."""

    shard_tokens: float
    shard_said: str
    workers: int
    price: Price
    currency: str


@dataclass(frozen=True, slots=True)
class Line:
    """One stage of a forecast: seconds of one process, calls, tokens, seconds of the engine that was measured."""

    stage: str
    own_seconds: Rate
    calls: Rate
    prompt_tokens: Rate
    output_tokens: Rate
    call_seconds: Rate


@dataclass(frozen=True, slots=True)
class Forecast:
    """For `tokens` where they are counted, which need `text` tokens of extracted text in `shards` shards."""

    tokens: float
    text: float
    shards: int
    lines: tuple[Line, ...]

    def total(self, name: str) -> Rate:
        """Over all stages; interval ends add up as if all were low or high at once."""
        return _sum([getattr(line, name) for line in self.lines])

    def money(self, price: Price) -> Rate:
        """For all model calls at a price."""
        read, written, seconds = (self.total(name) for name in ("prompt_tokens", "output_tokens", "call_seconds"))
        ends = (
            price.of(round(getattr(read, end)), round(getattr(written, end)), getattr(seconds, end)) for end in ("value", "low", "high")
        )
        return Rate(*ends)


def parse_tokens(text: str) -> float:
    """A number with K, M, B or T behind it. BadInput."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([KMBT]?)", text.strip(), re.IGNORECASE)
    if not found or float(found[1]) <= 0:
        raise BadInput("not a number of tokens", text, "give one like 500M, 1B or 1.5T")
    return float(found[1]) * UNITS[found[2].upper()]


def forecast(rates: Rates, tokens: float, of: str, caps: dict[str, int], assumed: Assumptions) -> Forecast:
    """Forecast for `tokens`, counted as input text or as what a tier keeps (`of`). BadInput if that tier kept nothing."""
    text = tokens
    if OF[of]:
        kept = next((rate.kept.value for rate in rates.stages if rate.stage == OF[of]), 0.0)
        if not kept:
            raise BadInput("has kept nothing in this lake, so its share is not known", f"--of {of}")
        text = tokens / kept
    shards = math.ceil(text / assumed.shard_tokens)
    return Forecast(tokens, text, shards, tuple(_line(rate, text, shards, caps) for rate in rates.stages))


def plan_text(rates: Rates, forecasts: Sequence[Forecast], of: str, assumed: Assumptions, sized: Sizing | None, deadline: float) -> str:
    """Forecasts for a terminal. `deadline` in seconds; 0: none."""
    where = "tokens of text" if not OF[of] else f"tokens kept at {of}"
    parts: list[str] = []
    for one in forecasts:
        heads = ["stage", "processing", "calls", "tokens read", "written", "model time"]
        rows = [[line.stage, *_cells(line)] for line in one.lines]
        sums = Line("total", *(one.total(name) for name in ("own_seconds", "calls", "prompt_tokens", "output_tokens", "call_seconds")))
        head = f"{_count(one.tokens)} {where}: {_count(one.text)} of text in {one.shards:,} shards"
        parts += [head, aligned([heads, *rows, ["total", *_cells(sums)]], 1)]
        own = one.total("own_seconds").times(1 / assumed.workers)
        parts.append(f"processing with {assumed.workers} workers: {_range(own, duration)}")
        parts.append(f"model calls at the recipe's prices: {_range(one.money(assumed.price), _money)} {assumed.currency}")
        if sized:
            parts += _sized(one, sized, deadline)
        parts.append("")
    return "\n".join([*parts, *_said(rates, assumed, sized)])


def plan_json(rates: Rates, forecasts: Sequence[Forecast], assumed: Assumptions, sized: Sizing | None, deadline: float) -> dict[str, Any]:
    """The same for programs."""
    found: list[dict[str, Any]] = []
    for one in forecasts:
        row = asdict(one) | {"money": asdict(one.money(assumed.price))}
        if sized:
            seconds = gpu_seconds(sized, one.total("prompt_tokens").value, one.total("output_tokens").value)
            row |= {"gpu_hours": asdict(seconds.times(sized.gpus / 3600)), "gpus": _gpus(seconds, sized, deadline)}
        found.append(row)
    measured = asdict(rates)
    return {"measured": measured, "assumed": asdict(assumed), "sizing": asdict(sized) if sized else None, "forecasts": found}


def _line(rate: StageRate, text: float, shards: int, caps: dict[str, int]) -> Line:
    factor = {"token": text, "shard": shards * caps.get(rate.stage, 0), "lake": 1.0}[rate.basis]
    calls = rate.calls.times(factor)
    own = rate.own_seconds if rate.basis == "lake" else rate.own_seconds.times(text)
    return Line(rate.stage, own, calls, *(calls.times(each) for each in (rate.prompt_tokens, rate.output_tokens, rate.call_seconds)))


def _sized(one: Forecast, sized: Sizing, deadline: float) -> list[str]:
    seconds = gpu_seconds(sized, one.total("prompt_tokens").value, one.total("output_tokens").value)
    hours, money = seconds.times(sized.gpus / 3600), seconds.times(sized.hourly / 3600)
    lines = [f"model calls with {sized.model} on {sized.gpu}: {_range(hours, _count)} GPU hours, {_range(money, _money)} USD"]
    if deadline:
        low, high = (_gpus(Rate(end, end, end), sized, deadline) for end in (seconds.low, seconds.high))
        lines.append(f"within {duration(deadline)}: {low:,} to {high:,} GPUs")
    return lines


def _gpus(seconds: Rate, sized: Sizing, deadline: float) -> int | None:
    """In whole replicas; None without a deadline."""
    return math.ceil(seconds.value / deadline) * sized.gpus if deadline else None


def _said(rates: Rates, assumed: Assumptions, sized: Sizing | None) -> list[str]:
    interval = "95% intervals from a bootstrap over shards" if rates.shards > 1 else "one shard, so no intervals"
    lines = [
        f"Measured: {rates.shards} shards, {rates.tokens:,} tokens of text, models {', '.join(rates.models) or 'none'}; {interval}.",
        f"Assumed: the text is like what was measured; {assumed.shard_said}; what a recipe caps by shard is used in full;",
        "  calls are as long as before; anchors, reliability and student are done once; mixes are left out.",
    ]
    smaller = assumed.shard_tokens / (rates.tokens / rates.shards)
    if smaller >= SMALL:
        lines.append(
            f"  Measured shards are {smaller:,.0f} times smaller: what a shard costs whatever its size is counted as if it grew with it."
        )
    if sized:
        gib, (slow, fast), (least, most) = 2**30, COMPUTE_SHARES, BANDWIDTH_SHARES
        lines += [
            f"  {sized.model}: weights {sized.weights / gib:.1f} GiB, cache {sized.cache_per_token / 1024:.0f} KiB a token;",
            f"  a replica of {sized.gpus} {sized.gpu} ({sized.hourly:.2f} USD/h, assumed) holds {sized.sequences} sequences at once,",
            f"  reads {_range(sized.read, _count)} and writes {_range(sized.written, _count)} tokens/s;",
            f"  not measured: the data sheet's peak times {slow} to {fast} (reading) and {least} to {most} (writing).",
        ]
    return lines


def _cells(line: Line) -> list[str]:
    counts = [_count(getattr(line, name).value) for name in ("calls", "prompt_tokens", "output_tokens")]
    return [_range(line.own_seconds, duration), *counts, duration(line.call_seconds.value)]


def _range(rate: Rate, say: Any) -> str:
    return say(rate.value) if rate.low == rate.high else f"{say(rate.value)} ({say(rate.low)} to {say(rate.high)})"


def _count(value: float) -> str:
    for unit, factor in reversed(UNITS.items()):
        if unit and value >= factor:
            return f"{value / factor:,.4g}{unit}"
    return f"{value:,.4g}"


def _money(value: float) -> str:
    return f"{value:,.2f}"


def _sum(parts: Sequence[Rate]) -> Rate:
    return Rate(*(math.fsum(getattr(part, end) for part in parts) for end in ("value", "low", "high")))
