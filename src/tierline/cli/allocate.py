"""`tierline allocate`: the weights that buy most for a mix."""

from __future__ import annotations

from math import inf
from typing import Annotated

import typer

from tierline.cli.context import load_mix_recipe, load_models, load_recipe, open_lake
from tierline.cli.export import PhaseName
from tierline.cli.output import JsonDocument, show_json, show_lines, show_table, write_file
from tierline.errors import BadInput

Seconds = Annotated[float, typer.Option(help="The most that it may cost, in seconds of the pipeline.", show_default="no limit")]
Values = Annotated[
    list[str] | None, typer.Option(metavar="NAME=X", help="New tokens that one of a tier or form counts for; may be repeated.")
]
Report = Annotated[
    str, typer.Option(metavar="FOLDER", help="A training experiment: the token values that it measured; --token-value goes before them.")
]
Propose = Annotated[
    bool,
    typer.Option("--propose", help="Instead, today's weights beside those that the report supports, and why; needs no lake."),
]
Plot = Annotated[str, typer.Option(metavar="FILE.png", help="Draw the frontier: worth and make-up of the mix by cost.")]


def allocate(
    context: typer.Context,
    phase: PhaseName,
    seconds: Seconds = inf,
    token_value: Values = None,
    report: Report = "",
    propose: Propose = False,
    plot: Plot = "",
    as_json: JsonDocument = False,
) -> None:
    """The weights that buy most for a mix at what its tiers cost; with --json or --plot the frontier too."""
    if plot and as_json:
        raise BadInput("draw the frontier or print it, not both", "--plot, --json")
    if propose:
        _show_proposal(phase, report, as_json)
        return
    from tierline.mixes import allocate as allocation  # imports the solver
    from tierline.training.token_values import measured_token_values

    recipe, rules = load_mix_recipe(phase), load_recipe().rules(allocation.AllocationRules)
    measured = measured_token_values(report) if report else []
    rules = allocation.with_token_values(rules, [*measured, *(token_value or [])])
    lake = open_lake(context)
    offers = allocation.read_offers(lake, allocation.read_costs(lake, load_models()), recipe, rules)
    proposed = allocation.allocate(offers, recipe.token_budget, seconds, rules)
    points = allocation.frontier(offers, recipe.token_budget, rules) if as_json or plot else []
    if as_json:
        show_json({"offers": offers, "proposed": proposed, "frontier": points})
        return
    show_table(allocation.allocation_table(recipe, offers, proposed))
    show_lines(allocation.allocation_summary(recipe, proposed))
    if plot:
        write_file(plot, lambda path: allocation.frontier_figure(offers, points, recipe).savefig(path, format="png"))


def _show_proposal(phase: PhaseName, report: str, as_json: bool) -> None:
    from tierline.mixes.proposal import proposal_table, propose
    from tierline.training.evidence import read_evidence

    if not report:
        raise BadInput("there is no evidence to propose weights from", "--propose", "give a training experiment with --report FOLDER")
    evidence = read_evidence(report)
    proposed = propose(load_mix_recipe(phase), evidence)
    if as_json:
        show_json({"registration": evidence.registration, "tokens": evidence.tokens, "seeds": evidence.seeds, "sources": proposed})
        return
    show_table(proposal_table(proposed))
    moved = sum(one.weight != one.source.weight for one in proposed)
    show_lines(f"{phase}: {moved} of {len(proposed)} weights move, by {evidence.seeds} seeds of {evidence.tokens:,} tokens a whole run")
