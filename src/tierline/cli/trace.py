"""`tierline trace`: every ancestor of a row, of a position in a mix, or of a token that a training run saw."""

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

RowId = Annotated[str, typer.Argument(metavar="ID", help="A row of any tier: fact_..., clm_..., sec_..., psg_..., doc_..., mix_...")]


def trace(
    context: typer.Context,
    row_id: RowId = "",
    mix: Annotated[str, typer.Option(metavar="FOLDER", help="An exported mix; with --position instead of an id.")] = "",
    run: Annotated[str, typer.Option(metavar="FOLDER", help="A training experiment; with --position instead of an id.")] = "",
    arm: Annotated[str, typer.Option(help="Of the experiment.")] = "tiered",
    seed: Annotated[int, typer.Option(help="Of the experiment.")] = 0,
    position: Annotated[int | None, typer.Option(metavar="N", help="A trainer's place in the mix or run: its Nth token, from 0.")] = None,
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

    lake, found = open_lake(context), None
    if position is not None and mix:
        from tierline.mixes.position import trace_position

        found = trace_position(lake, mix, position)
    elif position is not None:
        from tierline.training.rows import trace_run

        found = trace_run(lake, run, arm, seed, position)
    node = found.node if found else trace_row(lake, row_id)
    if html:
        write_file(html, lambda path: path.write_text(trace_html(node), "utf-8"))
    elif as_json:
        show_json(found.as_json() if found else trace_data(node))
    else:
        if found:
            show_lines(found.place)
        _show_tree(node)


def _show_tree(node: Node) -> None:
    """On a terminal lines fold within their branch; elsewhere each fact stays on one line and branches are drawn in ASCII."""
    from tierline.lineage.render import ASCII, trace_text

    if not on_terminal():
        print(trace_text(node, ASCII))
        return
    from rich.console import Console
    from rich.tree import Tree

    tree = Tree(_label(node), guide_style="dim")
    _grow(tree, node)
    Console(file=sys.stdout, highlight=False).print(tree)


def _grow(tree: Tree, node: Node) -> None:
    for parent in node.parents:
        _grow(tree.add(_label(parent)), parent)


def _label(node: Node) -> Any:
    from rich.text import Text

    from tierline.display import printable
    from tierline.lineage.render import facts, headline

    label = Text.assemble((node.table, "bold cyan"), "  ", (printable(node.row_id), "bold"), "  ", headline(node))
    for name, value in facts(node):
        label.append(f"\n  {name}: ", "dim").append(value)
    return label
