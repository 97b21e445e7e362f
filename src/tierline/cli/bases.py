"""`tierline bases`: what knowledge bases state by their mappings, before any lake has them."""

from __future__ import annotations

from collections import Counter
from itertools import islice
from typing import Annotated, Any

import typer

from tierline.cli.output import JsonLines, show_json_lines, show_lines, show_table
from tierline.config.environment import Environment
from tierline.display import TextTable
from tierline.errors import BadInput

EXAMPLES = 3  # of statements, and of each reason against values
Mappings = Annotated[str, typer.Argument(metavar="MAPPING", help="A mapping, a folder or a glob; TIERLINE_KNOWLEDGE without it.")]
Root = Annotated[str, typer.Option(metavar="FOLDER", help="Folder that paths in mappings count from; TIERLINE_KNOWLEDGE_ROOT without it.")]


def bases(mapping: Mappings = "", root: Root = "", as_json: JsonLines = False) -> None:
    """Try mappings of knowledge bases: what each base would state, with examples, and which values are dropped and why."""
    from tierline.bases import find_bases
    from tierline.knowledge.base_statements import state_bases  # imports what reads values

    given = Environment()
    pattern = mapping or given.pattern("TIERLINE_KNOWLEDGE")
    if not pattern:
        raise BadInput("no mapping is named", "tierline bases", "name one, or set TIERLINE_KNOWLEDGE; docs/knowledge-bases.md shows one")
    found: list[dict[str, Any]] = []
    for base in find_bases(pattern, root or given.folder("TIERLINE_KNOWLEDGE_ROOT")):
        result = state_bases([base])
        counts: Counter[str] = Counter()
        reasons: dict[str, list[str]] = {}
        for batch in result.ledgers["l4_statements"][1].to_batches():
            for row in batch.to_pylist():
                counts[row["rule"] or row["outcome"]] += 1
                if row["rule"] and len(seen := reasons.setdefault(row["rule"], [])) < EXAMPLES:
                    seen.append(row["detail"])
        stated = (row for batch in result.tables["l4_statements"].to_batches() for row in batch.to_pylist())
        examples = [f"{_about(row)} [{row['source_address']}]" for row in islice(stated, EXAMPLES)]
        vouched = base.vouched_by or (f"nobody: {base.lapsed}" if base.lapsed else "nobody")
        about = {"base": base.source, "license": base.mapping.license, "vouched_by": vouched}
        found.append(about | {"statements": counts.pop("kept", 0), "dropped": dict(counts), "examples": examples, "reasons": reasons})
    if as_json:
        show_json_lines(found)
        return
    heads = "base", "license", "vouched for by", "statements", "dropped"
    rows = [
        (one["base"], one["license"], one["vouched_by"], f"{one['statements']:,}", f"{sum(one['dropped'].values()):,}") for one in found
    ]
    show_table(TextTable(heads, rows, frozenset({0, 1, 2})))
    for one in found:
        show_lines("", f"{one['base']}:", *(f"  {line}" for line in one["examples"]))
        for rule, lines in one["reasons"].items():
            show_lines(f"  {rule}, {one['dropped'][rule]:,}:", *(f"    {line}" for line in lines))


def _about(row: dict[str, Any]) -> str:
    when = f" ({row['time']})" if row["time"] else ""
    return f"{row['subject']}, {row['predicate']}{when}: {row['object']}"
