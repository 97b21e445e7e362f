"""`tierline cost`: what models and processing have cost, and what is left of the budget."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tierline.cli.context import load_models, load_recipe, open_lake
from tierline.cli.output import JsonDocument, show_json, show_lines, show_table
from tierline.display import TextTable, duration

if TYPE_CHECKING:
    from tierline.cost import Ledger

By = Annotated[str, typer.Option(metavar="KEYS", help="Sum by some of tier, stage, model, day, with commas between them.")]


def cost(context: typer.Context, by: By = "tier,stage,model", as_json: JsonDocument = False) -> None:
    """What models and processing have cost, and what is left of the budget."""
    from tierline.cost import Ledger

    ledger = Ledger.read(open_lake(context), load_models(), load_recipe(), by)
    if as_json:
        show_json(ledger.as_json())
    elif not ledger.rows and not ledger.stages:
        show_lines("Nothing has been spent: the lake holds no model calls and no activities.")
    else:
        show_lines("Every model call that was ever made:")
        show_table(_calls_table(ledger))
        show_lines("", "What the rows that the lake holds now took (newest activities):")
        show_table(_tiers_table(ledger))
        show_lines(*_unfinished(ledger), *_limits(ledger))


def _calls_table(ledger: Ledger) -> TextTable:
    keys = ledger.keys
    heads = (*keys, "calls", "failed", "retries", "tokens read", "written", "model time", ledger.currency)
    rows = [(*(row[key] or "-" for key in keys), *_cells(row)) for row in ledger.rows]
    total = ("total", *("" for _ in keys[1:]), *_cells(ledger.total()))
    return TextTable(heads, [*rows, total], frozenset(range(len(keys))))


def _tiers_table(ledger: Ledger) -> TextTable:
    rows: list[tuple[str, ...]] = []
    for row in ledger.tiers():
        each = (_money(row["money_per_million_kept"]), _time(row["seconds_per_million_kept"]))
        spent = (duration(row["seconds"]), duration(row["model_seconds"]), _money(row["money"]))
        rows.append((row["tier"], *spent, f"{row['kept_tokens']:,}", *each))
    currency = ledger.currency
    heads = ("tier", "time", "of it model", currency, "kept tokens", f"{currency} a million kept", "time a million kept")
    return TextTable(heads, rows)


def _unfinished(ledger: Ledger) -> Iterator[str]:
    if ledger.unfinished:
        yield ""
        yield "Asked and not finished (stopped, failed or under way); a rerun pays for none of it again:"
    for row in ledger.unfinished:
        yield f"  {row['stage']}/{row['shard']}: {row['calls']:,} calls, {_money(row['money'])} {ledger.currency}"


def _limits(ledger: Ledger) -> Iterator[str]:
    if ledger.limits:
        yield ""
        yield "Budget:"
    for row in ledger.limits:
        state = ": reached, runs stop before their next call" if row["reached"] else ""
        yield f"  {row['stage'] or 'all stages'}: {row['spent']:,.6g} of {row['limit']:,.6g} {row['what']}{state}"


def _cells(row: Mapping[str, Any]) -> tuple[str, ...]:
    counts = (f"{row[name]:,}" for name in ("calls", "failed", "retries", "prompt_tokens", "output_tokens"))
    return (*counts, duration(row["seconds"]), _money(row["money"]))


def _money(value: float | None) -> str:
    return "-" if value is None else f"{value:,.4f}" if value < 100 else f"{value:,.2f}"


def _time(seconds: float | None) -> str:
    return "-" if seconds is None else duration(seconds)
