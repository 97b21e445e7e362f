"""`tierline export`: a mix as training reads it."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import typer

from tierline.cli.context import load_mix_recipe, load_recipe, open_lake
from tierline.cli.output import progress, show_lines
from tierline.errors import BadInput


def complete_phase(incomplete: str) -> list[str]:
    """Names of phases that begin so."""
    from tierline.tables.tiers import Phase

    return [str(phase) for phase in Phase if phase.startswith(incomplete)]


PhaseName = Annotated[str, typer.Argument(help="A phase of training.", autocompletion=complete_phase)]
Out = Annotated[str, typer.Option(metavar="FOLDER", envvar="TIERLINE_EXPORTS", help="Where <phase>/ is written.")]
Tokenizer = Annotated[
    str, typer.Option(metavar="FILE", envvar="TIERLINE_TOKENIZER", help="A tokenizer.json; without it the one that counts budgets.")
]
EndOfText = Annotated[str, typer.Option(metavar="TOKEN", help="The tokenizer's token that ends a document, where its name is unusual.")]


def export(
    context: typer.Context,
    phase: PhaseName,
    out: Out = ".tierline/mixes",
    tokenizer: Tokenizer = "",
    end_of_text: EndOfText = "",
    sequence: Annotated[int | None, typer.Option(metavar="N", help="Tokens of a packed sequence, instead of the recipe's.")] = None,
) -> None:
    """Write a mix as training reads it: texts, packed tokens, card, manifest."""
    from tierline.mixes import ExportRules, MixTokenizer, export_mix

    recipe = load_mix_recipe(phase)
    chosen = MixTokenizer.load(tokenizer, end_of_text or None) if tokenizer else MixTokenizer.fixed()
    rules = load_recipe().rules(ExportRules)
    if sequence is not None:
        if sequence < 1:
            raise BadInput("must be at least 1", "--sequence")
        rules = replace(rules, sequence_tokens=sequence)
    lake = open_lake(context)
    rows = next((manifest.rows for manifest in lake.manifests(recipe.stage)), None)
    with progress(f"exporting {phase}", rows) as advance:
        manifest = export_mix(lake, recipe, out, chosen, rules, lambda written: advance(written, ""))
    show_lines(str(manifest))
