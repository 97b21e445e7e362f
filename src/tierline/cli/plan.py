"""`tierline plan`: what more text would cost, from what this lake has measured."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from tierline.cli.context import load_models, load_recipe, open_lake
from tierline.cli.output import JsonDocument, show_json, show_lines, show_table
from tierline.display import TextTable, duration

if TYPE_CHECKING:
    from tierline.cost.plan import Forecast, Plan
    from tierline.cost.rates import Rate
    from tierline.cost.sizing import Sizing

MUCH_SMALLER = 10  # measured shards against those of a forecast: from here on the forecast says so

Amounts = Annotated[list[str] | None, typer.Argument(metavar="TOKENS", help="How many: 500M, 1B.", show_default="1B 10B 300B")]
Tokens = Annotated[list[str] | None, typer.Option(metavar="N", help="The same as an option: --tokens 1B 10B.")]
Of = Annotated[str, typer.Option(metavar="TIER", help="Count the text that goes in (text), or what a tier is to keep (L1, L2, L3).")]
Workers = Annotated[int, typer.Option(metavar="N", help="Processes side by side.")]
ShardTokens = Annotated[float | None, typer.Option(metavar="N", help="Text of one shard, instead of the recipe's size.")]
ModelName = Annotated[str, typer.Option(metavar="NAME", help="With --gpu: answer with this model.", rich_help_panel="On GPUs")]
GpuName = Annotated[str, typer.Option(metavar="NAME", help="With --model: on these.", rich_help_panel="On GPUs")]
CallTokens = Annotated[
    int, typer.Option("--context", metavar="N", help="Tokens of one call, for the memory of its cache.", rich_help_panel="On GPUs")
]
Sequences = Annotated[int, typer.Option(metavar="N", help="Calls at once on one replica, at most.", rich_help_panel="On GPUs")]
Days = Annotated[float, typer.Option(metavar="N", help="The time that GPUs are counted for; 0: do not count.", rich_help_panel="On GPUs")]


def plan(
    context: typer.Context,
    amounts: Amounts = None,
    tokens: Tokens = None,
    of: Of = "text",
    workers: Workers = 1,
    shard_tokens: ShardTokens = None,
    model: ModelName = "",
    gpu: GpuName = "",
    call_tokens: CallTokens = 2048,
    sequences: Sequences = 256,
    days: Days = 0.0,
    as_json: JsonDocument = False,
) -> None:
    """What more text would cost, from what this lake has measured; on GPUs, from their data sheets."""
    from tierline.cost.planning import Asked
    from tierline.cost.planning import plan as forecast  # imports what scoring and editing need

    wanted = [*(tokens or []), *(amounts or [])] or ["1B", "10B", "300B"]
    asked = Asked(wanted, of, workers, shard_tokens, model or None, gpu or None, call_tokens, sequences, days)
    found = forecast(open_lake(context), load_models(), load_recipe(), asked)
    if as_json:
        show_json(found.as_json())
        return
    for one in found.forecasts:
        _show_forecast(found, one)
    show_lines(*_basis(found))


def _show_forecast(plan: Plan, one: Forecast) -> None:
    from tierline.cost.plan import OF, Line

    where, assumed = "tokens of text" if not OF[plan.of] else f"tokens kept at {plan.of}", plan.assumed
    show_lines(f"{_count(one.tokens)} {where}: {_count(one.text)} of text in {one.shards:,} shards")
    total = Line("total", *(one.total(name) for name in ("own_seconds", "calls", "prompt_tokens", "output_tokens", "call_seconds")))
    rows = [
        (
            line.stage,
            _range(line.own_seconds, duration),
            *(_count(rate.value) for rate in (line.calls, line.prompt_tokens, line.output_tokens)),
            duration(line.call_seconds.value),
        )
        for line in (*one.lines, total)
    ]
    show_table(TextTable(("stage", "processing", "calls", "tokens read", "written", "model time"), rows))
    processing = one.total("own_seconds").times(1 / assumed.workers)
    show_lines(
        f"processing with {assumed.workers} workers: {_range(processing, duration)}",
        f"model calls at the recipe's prices: {_range(one.money(assumed.price), _money)} {assumed.currency}",
        *_on_gpus(plan, one),
        "",
    )


def _on_gpus(plan: Plan, one: Forecast) -> Iterator[str]:
    from tierline.cost.plan import gpus_needed

    sized, seconds = plan.sized, plan.model_seconds(one)
    if not sized or not seconds:
        return
    hours, money = seconds.times(sized.gpus / 3600), seconds.times(sized.hourly / 3600)
    yield f"model calls with {sized.model} on {sized.gpu}: {_range(hours, _count)} GPU hours, {_range(money, _money)} USD"
    if plan.deadline:
        low, high = (gpus_needed(end, sized, plan.deadline) for end in (seconds.low, seconds.high))
        yield f"within {duration(plan.deadline)}: {low:,} to {high:,} GPUs"


def _basis(plan: Plan) -> Iterator[str]:
    """What was measured, and what is taken for granted."""
    rates, assumed = plan.rates, plan.assumed
    interval = "95% intervals from a bootstrap over shards" if rates.shards > 1 else "one shard, so no intervals"
    yield f"Measured: {rates.shards} shards, {rates.tokens:,} tokens of text, models {', '.join(rates.models) or 'none'}; {interval}."
    yield f"Assumed: the text is like what was measured; {assumed.shard_said}; what a recipe caps by shard is used in full;"
    yield "  calls are as long as before; anchors, reliability and student are done once; mixes are left out."
    smaller = assumed.shard_tokens / (rates.tokens / rates.shards)
    if smaller >= MUCH_SMALLER:
        yield f"  Measured shards are {smaller:,.0f} times smaller: what a shard costs whatever its size is counted as if it grew with it."
    if plan.sized:
        yield from _sizing(plan.sized)


def _sizing(sized: Sizing) -> Iterator[str]:
    from tierline.cost.sizing import BANDWIDTH_SHARES, COMPUTE_SHARES

    (slow, fast), (least, most) = COMPUTE_SHARES, BANDWIDTH_SHARES
    yield f"  {sized.model}: weights {sized.weights / 2**30:.1f} GiB, cache {sized.cache_per_token / 1024:.0f} KiB a token;"
    yield f"  a replica of {sized.gpus} {sized.gpu} ({sized.hourly:.2f} USD/h, assumed) holds {sized.sequences} sequences at once,"
    yield f"  reads {_range(sized.read, _count)} and writes {_range(sized.written, _count)} tokens/s;"
    yield f"  not measured: the data sheet's peak times {slow} to {fast} (reading) and {least} to {most} (writing)."


def _range(rate: Rate, say: Callable[[float], str]) -> str:
    return say(rate.value) if rate.low == rate.high else f"{say(rate.value)} ({say(rate.low)} to {say(rate.high)})"


def _count(value: float) -> str:
    from tierline.cost.plan import UNITS

    for unit, factor in reversed(UNITS.items()):
        if unit and value >= factor:
            return f"{value / factor:,.4g}{unit}"
    return f"{value:,.4g}"


def _money(value: float) -> str:
    return f"{value:,.2f}"
