"""`tierline trace`: every ancestor of a row, of a position in a mix, of a token that a training run saw, or of what a review is about."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tierline.cli.context import open_lake
from tierline.cli.output import JsonDocument, on_terminal, show_json, show_lines, write_file
from tierline.errors import BadInput

if TYPE_CHECKING:
    from rich.tree import Tree

    from tierline.lineage import Node
    from tierline.lineage.dossier import Dossiers
    from tierline.lineage.render import Telling

RowId = Annotated[str, typer.Argument(metavar="ID", help="A row of any tier (fact_..., psg_..., doc_..., mix_...) or a review (rev_...).")]


def trace(
    context: typer.Context,
    row_id: RowId = "",
    mix: Annotated[str, typer.Option(metavar="FOLDER", help="An exported mix; with --position instead of an id.")] = "",
    run: Annotated[str, typer.Option(metavar="FOLDER", help="A training experiment; with --position instead of an id.")] = "",
    arm: Annotated[str, typer.Option(help="Of the experiment.")] = "tier_60",
    seed: Annotated[int, typer.Option(help="Of the experiment.")] = 0,
    position: Annotated[int | None, typer.Option(metavar="N", help="A trainer's place in the mix or run: its Nth token, from 0.")] = None,
    full: Annotated[bool, typer.Option("--full", help="With recipe values, weights, bounds, answers of models, changes of text.")] = False,
    as_json: JsonDocument = False,
    html: Annotated[str, typer.Option(metavar="FILE", help="Write one self-contained page.")] = "",
) -> None:
    """Every ancestor of a row, back to its source bytes."""
    if [bool(row_id), bool(mix), bool(run)].count(True) != 1 or bool(row_id) != (position is None):
        raise BadInput("needs a row's id, or --position with either --mix or --run", "trace")
    if as_json and html:
        raise BadInput("write a page or print JSON, not both", "--html, --json")
    from tierline.lineage import trace as trace_row
    from tierline.lineage import trace_data, trace_html
    from tierline.lineage.dossier import dossiers, trace_review

    lake, found = open_lake(context), None
    if position is not None and mix:
        from tierline.mixes.position import trace_position

        found = trace_position(lake, mix, position)
    elif position is not None:
        from tierline.training.rows import trace_run

        found = trace_run(lake, run, arm, seed, position)
    review = trace_review(lake, row_id) if row_id.startswith("rev_") else None
    if review and review.node is None:
        show_json({"review": review.review, "trace": None}) if as_json else show_lines(review.place)
        return
    node = (review.node if review else None) or (found.node if found else trace_row(lake, row_id))
    known = dossiers(lake, node)
    if html:
        write_file(html, lambda path: path.write_text(trace_html(node, known), "utf-8"))
    elif as_json:
        around = {"review": review.review} if review else found.as_json() if found else {}
        show_json({**around, "trace": trace_data(node, known)} if around else trace_data(node, known))
    else:
        for place in (one.place for one in (review, found) if one):
            show_lines(place)
        _show_tree(node, known, full)


def _show_tree(node: Node, known: Dossiers, full: bool) -> None:
    """On a terminal lines fold within their branch; elsewhere each fact stays on one line and branches are drawn in ASCII."""
    from tierline.lineage.render import ASCII, Telling, trace_text

    if not on_terminal():
        print(trace_text(node, ASCII, known, full))
        return
    from rich.console import Console
    from rich.tree import Tree

    telling = Telling(known, full)
    tree = Tree(_label(node, telling), guide_style="dim")
    _grow(tree, node, telling)
    Console(file=sys.stdout, highlight=False).print(tree)


def _grow(tree: Tree, node: Node, telling: Telling) -> None:
    for parent in node.parents:
        _grow(tree.add(_label(parent, telling)), parent, telling)


def _label(node: Node, telling: Telling) -> Any:
    from rich.text import Text

    from tierline.display import printable
    from tierline.lineage.render import headline

    label = Text.assemble((node.table, "bold cyan"), "  ", (printable(node.row_id), "bold"), "  ", headline(node))
    for name, value in telling.details(node):
        label.append(f"\n  {name}: ", "dim").append(value)
    return label
