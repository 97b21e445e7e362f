"""`tierline recipe`: every setting, its value, and where that comes from."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from tierline.cli.context import recipe_path
from tierline.cli.output import JsonLines, jsonable, show_json_lines, show_lines, show_table
from tierline.config.sections import SECTIONS
from tierline.display import TextTable


def _section_names(incomplete: str) -> list[str]:
    groups = dict.fromkeys(section.partition(".")[0] for section in SECTIONS)
    return [name for name in dict.fromkeys((*groups, *SECTIONS)) if name.startswith(incomplete)]


Prefix = Annotated[
    str,
    typer.Argument(metavar="PREFIX", help="A tier, section or setting: l1, l1.filter, l1.filter.words_min.", autocompletion=_section_names),
]


def recipe(prefix: Prefix = "", as_json: JsonLines = False) -> None:
    """The effective recipe: every setting, its value, and the file and line or the dataclass that it comes from."""
    from tierline.config.effective import effective_settings

    path = recipe_path()
    settings = effective_settings(path, prefix)
    if as_json:
        show_json_lines(
            {
                "name": one.name,
                "value": one.value,
                "source": "recipe" if one.line else "default",
                "file": str(path) if one.line else None,
                "line": one.line,
                "declared": one.declared,
            }
            for one in settings
        )
        return
    rows = [(one.name, _value(one.value), f"{path.name}:{one.line}" if one.line else "default", one.declared) for one in settings]
    show_table(TextTable(("setting", "value", "from", "declared in"), rows, frozenset({1, 2, 3})))
    stated = sum(one.line is not None for one in settings)
    show_lines(f"{len(settings)} settings: {stated} from {path}, {len(settings) - stated} by default.")


def _value(value: Any) -> str:
    """As a recipe file would state it."""
    return value if isinstance(value, str) else json.dumps(jsonable(value), ensure_ascii=False)
