"""`tierline methods`: how precise each method of extraction was where its claims were read, and which of them may state claims."""

from __future__ import annotations

from typing import Annotated

import typer

from tierline.cli.context import load_recipe
from tierline.cli.output import JsonLines, show_json_lines, show_lines, show_table
from tierline.display import TextTable

Name = Annotated[str, typer.Argument(metavar="METHOD", help="A method, such as table; all of them without it.")]


def methods(method: Name = "", as_json: JsonLines = False) -> None:
    """Methods of extraction by predicate: claims read, share right with its interval, and whether it is on."""
    from tierline.errors import BadInput
    from tierline.knowledge.extraction_methods import METHODS, MethodRules, Methods, method_rows  # imports what reads values

    if method and method not in METHODS:
        raise BadInput(f"unknown method {method}", "tierline methods", f"known are {', '.join(METHODS)}")
    rules = load_recipe().rules(MethodRules)
    rows = [row for row in method_rows(Methods(rules)) if method in ("", row["method"])]
    if as_json:
        show_json_lines(rows)
        return
    heads = "method", "predicate", "pages", "right", "read", "precision", "interval", "on", "decided by"
    table = [
        (
            str(row["method"]), str(row["predicate"]), str(row["pages"]), f"{row['right']:,}", f"{row['read']:,}",
            f"{row['precision']:.3f}",
            f"{row['lower']:.3f} to {row['upper']:.3f}", "on" if row["on"] else "off", str(row["decided_by"]),
        )
        for row in rows
    ]  # fmt: skip
    show_table(TextTable(heads, table, frozenset({0, 1, 2, 7, 8})))
    show_lines(
        f"On where {rules.precision_min:.0%} of at least {rules.labels_min} claims were right; l4.methods of the recipe decides otherwise."
    )
