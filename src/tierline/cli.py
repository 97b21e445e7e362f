"""The `tierline` command: look at the lake, trace a row, prove it, let a shard through, hand over a mix."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, fields, replace
from datetime import UTC, date, datetime
from math import inf
from pathlib import Path
from typing import Any

from tierline.config.bundled import folder
from tierline.config.recipe import Recipe
from tierline.crawl import CrawlRegistry
from tierline.errors import BadInput, TierlineError
from tierline.extras import missing_extra
from tierline.lake import Lake, Waiver, as_of
from tierline.lake.upgrade import upgrade
from tierline.lineage import flow_text, trace, trace_html, trace_json, trace_text, verify
from tierline.mixes import ExportRules, MixRecipe, MixTokenizer, export_mix, trace_position
from tierline.sql import Models
from tierline.stages import BY_NAME
from tierline.tables.tiers import Phase
from tierline.training.rows import trace_run
from tierline.training.token_values import measured_token_values

DEFAULT_LAKE = ".tierline/lake"
Command = Callable[[argparse.Namespace, Lake], int]


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status 0: done; 1: verification found a mismatch; 2: bad input, in one line."""
    options = _parser().parse_args(arguments)
    command: Command = options.command
    try:
        lake = Lake(options.lake)
        return command(options, as_of(lake, _moment(options.as_of)) if options.as_of else lake)
    except TierlineError as error:
        print(f"tierline: {error}", file=sys.stderr)
        return 2
    except ModuleNotFoundError as error:
        absent = missing_extra(error)
        if absent is None:
            raise
        print(f"tierline: {absent}", file=sys.stderr)
        return 2
    except BrokenPipeError:  # `| head` has read enough
        sys.stdout = None
        return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="tierline", description="Tiered data for language models: counts, lineage, proofs.")
    parser.add_argument("--lake", default=os.environ.get("TIERLINE_LAKE", DEFAULT_LAKE), help="folder or URL (TIERLINE_LAKE)")
    parser.add_argument("--as-of", metavar="TIME", help="look at the lake as it was then (ISO 8601; UTC unless it says otherwise)")
    commands = parser.add_subparsers(required=True, metavar="command")

    def add(name: str, command: Command, text: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=text, description=text)
        added.set_defaults(command=command)
        return added

    add("flow", _flow, "rows and tokens through every stage, by reason")
    traced = add("trace", _trace, "every ancestor of a row, back to its source bytes")
    traced.add_argument("id", nargs="?")
    traced.add_argument("--mix", metavar="FOLDER", help="an exported mix; with --position instead of an id")
    traced.add_argument("--run", metavar="FOLDER", help="a training experiment; with --position instead of an id")
    traced.add_argument("--arm", default="tiered", help="of the experiment")
    traced.add_argument("--seed", type=int, default=0, help="of the experiment")
    traced.add_argument("--position", type=int, metavar="N", help="a trainer's place in the mix or run: its Nth token, from 0")
    form = traced.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="for programs")
    form.add_argument("--html", metavar="FILE", help="write one self-contained page")
    add("verify", _verify, "read bytes, spans and digests again; exit 1 on any mismatch").add_argument("id", nargs="?")
    add("upgrade", _upgrade, "bring a lake of an older format to this version's, or finish an upgrade that was cut off")
    waived = add("waive", _waive, "let a refused shard through: its present rows only, until a day")
    waived.add_argument("stage", choices=list(BY_NAME))
    waived.add_argument("shard")
    for name in ("who", "why"):
        waived.add_argument(f"--{name}", required=True)
    waived.add_argument("--until", required=True, metavar="YYYY-MM-DD")
    moved = add("moved", _moved, "what a re-tiering moved into L2 or out of it, and why")
    moved.add_argument("shard", nargs="?", help="one shard; all that moved without it")
    moved.add_argument("--examples", type=int, default=3, metavar="N", help="documents listed for each shard")
    moved.add_argument("--json", action="store_true", help="every moved document, for programs")
    reviewed = add("review", _review, "the reviewer's queue: documents on which scorers contradict each other most")
    reviewed.add_argument("--json", action="store_true", help="for programs")
    spent = add("cost", _cost, "what models and processing have cost, and what is left of the budget")
    spent.add_argument("--by", default="tier,stage,model", metavar="KEYS", help="sum by some of tier, stage, model, day")
    spent.add_argument("--json", action="store_true", help="for programs")
    planned = add("plan", _plan, "what more text would cost, from what this lake has measured; on GPUs, from their data sheets")
    planned.add_argument("--tokens", nargs="+", default=["1B", "10B", "300B"], metavar="N", help="how many, for example 1B 10B 300B")
    planned.add_argument("--of", choices=("text", "L1", "L2", "L3"), default="text", help="text that goes in, or what a tier is to keep")
    planned.add_argument("--workers", type=int, default=1, metavar="N", help="processes side by side")
    planned.add_argument("--shard-tokens", type=float, metavar="N", help="text of one shard, instead of the recipe's size")
    planned.add_argument("--model", metavar="NAME", help="with --gpu: answer with this model")
    planned.add_argument("--gpu", metavar="NAME", help="on these")
    planned.add_argument("--context", type=int, default=2048, metavar="N", help="tokens of one call, for the memory of its cache")
    planned.add_argument("--sequences", type=int, default=256, metavar="N", help="calls at once on one replica, at most")
    planned.add_argument("--days", type=float, default=0.0, metavar="N", help="the time that GPUs are counted for")
    planned.add_argument("--json", action="store_true", help="for programs")
    add("shards", _shards, "every shard and its crawl files")
    add("rethreshold", _rethreshold, "what other L1 thresholds would keep, from stored signals").add_argument(
        "changes", nargs="*", metavar="NAME=VALUE", help="a threshold of the recipe's section l1.filter"
    )
    queried = add("sql", _sql, "rows of a SQL model as JSON lines; without a name, the models")
    queried.add_argument("model", nargs="?")
    exported = add("export", _export, "a mix as training reads it: texts, packed tokens, card, manifest")
    exported.add_argument("phase", choices=[str(phase) for phase in Phase])
    exported.add_argument("--out", default=os.environ.get("TIERLINE_EXPORTS", ".tierline/mixes"), metavar="FOLDER")
    own = "a tokenizer.json; without it the one that counts budgets"
    exported.add_argument("--tokenizer", default=os.environ.get("TIERLINE_TOKENIZER"), metavar="FILE", help=own)
    exported.add_argument("--end-of-text", metavar="TOKEN", help="the tokenizer's token that ends a document, where its name is unusual")
    exported.add_argument("--sequence", type=int, metavar="N", help="tokens of a packed sequence")
    allocated = add("allocate", _allocate, "the weights that buy most for a mix at what its tiers cost, and the frontier")
    allocated.add_argument("phase", choices=[str(phase) for phase in Phase])
    allocated.add_argument("--seconds", type=float, default=inf, help="the most that it may cost, in seconds of the pipeline")
    allocated.add_argument("--token-value", action="append", default=[], metavar="TIER=X", help="new tokens that one of its counts for")
    allocated.add_argument("--report", metavar="FOLDER", help="a training experiment: its tiers' worths; --token-value goes before them")
    form = allocated.add_mutually_exclusive_group()
    form.add_argument("--plot", metavar="FILE.png", help="draw the frontier: worth and make-up of the mix by cost")
    form.add_argument("--json", action="store_true", help="proposal and frontier, for programs")
    return parser


def _moment(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise BadInput("not a time", text, "give --as-of as YYYY-MM-DDTHH:MM:SS") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _flow(_: argparse.Namespace, lake: Lake) -> int:
    print(flow_text(_models().run(lake, "tier_flow")))
    return 0


def _trace(options: argparse.Namespace, lake: Lake) -> int:
    named = [options.id, options.mix, options.run]
    if named.count(None) != 2 or (options.id is None) != (options.position is not None):
        raise BadInput("needs a row's id, or --position with either --mix or --run", "trace")
    found = trace_position(lake, options.mix, options.position) if options.mix else None
    found = trace_run(lake, options.run, options.arm, options.seed, options.position) if options.run else found
    node = found.node if found else trace(lake, options.id)
    if options.html:
        try:
            Path(options.html).write_text(trace_html(node), "utf-8")
        except OSError as error:
            raise BadInput(f"cannot be written ({error.strerror})", options.html, "choose another path") from None
        print(options.html)
    elif found:
        print(found.json if options.json else found.text)
    else:
        print(trace_json(node) if options.json else trace_text(node))
    return 0


def _verify(options: argparse.Namespace, lake: Lake) -> int:
    if not options.id and not lake.manifests("l0_raw"):
        raise BadInput("the lake holds no crawl records", lake.root, "`make ingest CRAWL=...` brings crawl files in")
    quiet = not sys.stderr.isatty()
    mismatches, checked = verify(lake, options.id, lambda _: None if quiet else print("\r\x1b[K" + _, end="", file=sys.stderr))
    if not quiet:
        print("\r\x1b[K", end="", file=sys.stderr)
    for mismatch in mismatches:
        print(mismatch)
    counted = f"{checked.rows:,} rows, {checked.spans:,} quoted spans" + (f" in {checked.shards:,} table shards" if checked.shards else "")
    print(f"{len(mismatches)} mismatches; checked {counted}")
    return 1 if mismatches else 0


def _upgrade(_: argparse.Namespace, lake: Lake) -> int:
    last = ""

    def advance(what: str, done: int, of: int) -> None:
        nonlocal last
        line = f"{what.split('/')[0]} {done * 100 // of}%" if of else what
        if line != last:
            print(f"\r{line:<60}", end="" if sys.stderr.isatty() else "\n", file=sys.stderr)
        last = line

    done = upgrade(lake.root, lake.delta.storage_options, advance)
    for line in done.wrong:
        print(f"not as it was recorded, before and after: {line}")
    print(f"{lake.root} has format {done.after}" + (f", it had {done.before}" if done.before != done.after else " already"))
    return 0


def _waive(options: argparse.Namespace, lake: Lake) -> int:
    try:
        until = date.fromisoformat(options.until)
    except ValueError:
        raise BadInput("not a date", options.until, "give --until as YYYY-MM-DD") from None
    if until < date.today():
        raise BadInput("lies in the past", options.until, "give the last day on which the shard may be read")
    manifest = lake.manifest(options.stage, options.shard)
    lake.waive(Waiver(options.stage, options.shard, manifest.stage_digest, options.who, options.why, until))
    print(f"{options.stage}/{options.shard} may be read until {until}: {options.why} ({options.who})")
    return 0


def _moved(options: argparse.Namespace, lake: Lake) -> int:
    from tierline.retiering.selection_diff import read_selection_diff, selection_diff_text  # imports what scoring needs

    shards, rows = read_selection_diff(lake, options.shard)
    print(rows_as_json(rows) if options.json else selection_diff_text(shards, rows, options.examples))
    return 0


def _review(options: argparse.Namespace, lake: Lake) -> int:
    from tierline.selection.review import queue_text, read_queue

    rows = read_queue(lake)
    print(rows_as_json(rows) if options.json else queue_text(rows))
    return 0


def rows_as_json(rows: Sequence[Mapping[str, Any]]) -> str:
    """One JSON object a line."""
    return "\n".join(json.dumps(row, ensure_ascii=False, default=str) for row in rows)


def _cost(options: argparse.Namespace, lake: Lake) -> int:
    from tierline.cost import Ledger, cost_text

    ledger = Ledger.read(lake, _models(), _recipe(), options.by)
    print(json.dumps(ledger.as_json(), ensure_ascii=False) if options.json else cost_text(ledger))
    return 0


def _plan(options: argparse.Namespace, lake: Lake) -> int:
    from tierline.cost.planning import Asked, plan  # imports what scoring and editing need

    print(plan(lake, _models(), _recipe(), Asked(**{field.name: getattr(options, field.name) for field in fields(Asked)})))
    return 0


def _shards(_: argparse.Namespace, lake: Lake) -> int:
    registry = CrawlRegistry(lake)
    for shard in registry.shards():
        print(shard, *registry.files(shard), sep="\n  ")
    return 0


def _sql(options: argparse.Namespace, lake: Lake) -> int:
    models = _models()
    if not options.model:
        for name in models.names:
            print(f"{name}: {models.get(name).description}")
        return 0
    rows = models.run(lake, options.model).to_pylist()
    if rows:
        print(rows_as_json(rows))
    return 0


def _rethreshold(options: argparse.Namespace, lake: Lake) -> int:
    from tierline.filters.rethreshold import rethreshold  # imports what filtering needs

    print(rethreshold(lake, _models(), _recipe(), options.changes))
    return 0


def _export(options: argparse.Namespace, lake: Lake) -> int:
    tokenizer = MixTokenizer.load(options.tokenizer, options.end_of_text) if options.tokenizer else MixTokenizer.fixed()
    rules = _recipe().rules(ExportRules)
    if options.sequence is not None:
        if options.sequence < 1:
            raise BadInput("must be at least 1", "--sequence")
        rules = replace(rules, sequence_tokens=options.sequence)
    print(export_mix(lake, _mix_recipe(options.phase), options.out, tokenizer, rules))
    return 0


def _allocate(options: argparse.Namespace, lake: Lake) -> int:
    from tierline.mixes import allocate as allocation  # imports the solver

    recipe, rules = _mix_recipe(options.phase), _recipe().rules(allocation.AllocationRules)
    measured = measured_token_values(options.report) if options.report else []
    rules = allocation.with_token_values(rules, [*measured, *options.token_value])
    offers = allocation.read_offers(lake, _models(), recipe, rules)
    proposed = allocation.allocate(offers, recipe.token_budget, options.seconds, rules)
    points = allocation.frontier(offers, recipe.token_budget, rules) if options.json or options.plot else []
    if options.json:
        found = {"offers": list(map(asdict, offers)), "proposed": asdict(proposed), "frontier": list(map(asdict, points))}
        print(json.dumps(found, indent=2))
        return 0
    print(allocation.allocation_text(recipe, offers, proposed))
    if options.plot:
        try:
            allocation.frontier_figure(offers, points, recipe).savefig(options.plot, format="png")
        except OSError as error:
            raise BadInput(f"cannot be written ({error.strerror})", options.plot, "choose another path") from None
        print(options.plot)
    return 0


def _mix_recipe(phase: str) -> MixRecipe:
    return MixRecipe.load(Path(os.environ.get("TIERLINE_MIX_RECIPES", str(folder("recipes") / "mixes"))) / f"{phase}.yaml")


def _recipe() -> Recipe:
    return Recipe.load(os.environ.get("TIERLINE_RECIPE", str(folder("recipes") / "tiers.yaml")))


def _models() -> Models:
    return Models(folder("dbt_like_sql"))


if __name__ == "__main__":
    sys.exit(main())
