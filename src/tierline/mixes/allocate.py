"""Proposes a mix's weights: the highest token value that a token budget and a cost budget can buy from the tiers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import exp, inf
from typing import Any, ClassVar

import numpy as np

from tierline.config.bounds import Amount, PositiveAmount, check_bounds
from tierline.display import TextTable
from tierline.errors import BadInput
from tierline.lake import Lake
from tierline.mixes.draw import tokens_offered
from tierline.mixes.pools import read_pools
from tierline.mixes.recipe import MixRecipe
from tierline.sql import Models
from tierline.tables import TABLES
from tierline.tables.tiers import Tier
from tierline.training.forms import FORMS, form_of_rows

PIECES_PER_PASS = 4  # straight pieces that approximate the curve of one repeated pass, to within 0.05% of a pass
FRONTIER_POINTS = 24
CHEAPER = 1e-6  # weight of a token's cost against its value, so that the cheaper of equals is taken


@dataclass(frozen=True, slots=True)
class AllocationRules:
    """The value of a token, and its cost besides making it.

    `token_value` of a tier or form (`FORMS`) says how many fresh tokens of value 1 one of its tokens replaces in training, as measured
    by training with it; a form counts as its tier, and every tier 1, until it is measured.

    `repetition_scale` is the R*_D at which repeated tokens have lost most of their value: 15.387756 (Muennighoff et al. 2023, arXiv
    2305.16264, appendix A).
    """

    SECTION: ClassVar[str] = "mixes.allocate"
    token_value: dict[str, Amount] = field(default_factory=dict[str, float])
    training_seconds_per_1000_tokens: Amount = 0.0  # of every token seen, including repeats
    repetition_scale: PositiveAmount = 15.387756

    def __post_init__(self) -> None:
        """ValueError for a number outside its bounds."""
        check_bounds(self)


@dataclass(frozen=True, slots=True)
class Offer:
    """One source's supply: distinct tokens, seconds to make each, value of each when new, and passes allowed."""

    source: str
    tier: str
    tokens: int
    seconds_per_token: float
    token_value: float
    epochs_max: int


@dataclass(frozen=True, slots=True)
class Allocation:
    """Tokens to draw from each offer, how many of them are distinct, their cost in seconds, and their value in fresh tokens."""

    tokens: tuple[float, ...]
    distinct: tuple[float, ...]
    seconds: float
    token_value: float

    @property
    def weights(self) -> list[float]:
        """Shares of the mix, for a recipe."""
        total = sum(self.tokens)
        return [tokens / total if total else 0.0 for tokens in self.tokens]


def effective_tokens(drawn: float, distinct: float, scale: float) -> float:
    """How many fresh tokens `drawn` tokens from `distinct` ones are worth when whole passes are repeated.

    D' = U + U R* (1 - exp(-R / R*)) with R = D / U - 1 repetitions (Muennighoff et al. 2023, arXiv 2305.16264, section 3.1, equation 5).
    """
    if drawn <= distinct:
        return drawn
    return distinct + distinct * scale * (1 - exp(-(drawn / distinct - 1) / scale))


def with_token_values(rules: AllocationRules, changes: Sequence[str]) -> AllocationRules:
    """The rules with other token values, each as NAME=X, of a tier or a form. BadInput if one is not valid."""
    token_value = dict(rules.token_value)
    for change in changes:
        name, _, value = change.partition("=")
        if name not in [*Tier, *FORMS]:
            raise BadInput("not a tier or form", change, f"give one of {', '.join([*Tier, *FORMS])} as NAME=X")
        try:
            token_value[name] = float(value)
        except ValueError:
            raise BadInput("not a number", change, "give how many new tokens one of its tokens counts for") from None
    try:
        return replace(rules, token_value=token_value)
    except ValueError as error:
        raise BadInput(str(error), "--token-value") from None


def read_costs(lake: Lake, models: Models) -> dict[str, float]:
    """Seconds that a token of each tier took, as the ledger shows (marts/tier_cost.sql)."""
    return {row["tier"]: (row["seconds_per_1000_tokens"] or 0.0) / 1000 for row in models.run(lake, "tier_cost").to_pylist()}


def read_offers(lake: Lake, costs: Mapping[str, float], recipe: MixRecipe, rules: AllocationRules) -> list[Offer]:
    """The present offer of each source of a recipe, at the cost of its tier. BadInput if none of them has a row."""
    forms = [name for name in rules.token_value if name in FORMS]
    offers: list[Offer] = []
    for source, tokens in zip(recipe.sources, tokens_offered(recipe, read_pools(lake, recipe)), strict=True):
        tier = str(TABLES[source.table].tier)
        form = form_of_rows(source.table, source.kinds, forms)
        token_value = rules.token_value[form] if form else rules.token_value.get(tier, 1.0)
        offers.append(Offer(source.label, tier, tokens, costs.get(tier, 0.0), token_value, recipe.cap(source)))
    if not any(offer.tokens for offer in offers):
        raise BadInput("no source has a promoted row to offer", recipe.stage, "bring crawls through the tiers first")
    return offers


def allocate(offers: Sequence[Offer], token_budget: int, seconds: float, rules: AllocationRules) -> Allocation:
    """The allocation with the highest value that draws at most `token_budget` tokens and costs at most `seconds` (may be infinite).

    The value is concave in distinct and repeated tokens together: straight pieces of its curve become variables of a linear program, which
    HiGHS solves to the optimum. Making a distinct token is paid once, training on it each time; only tokens that exist can be repeated.
    """
    from scipy.optimize import linprog  # in the extra "mixes"

    pieces = [piece for number, offer in enumerate(offers) if offer.tokens for piece in _pieces(number, offer, rules)]
    if not pieces:
        return Allocation((0.0,) * len(offers), (0.0,) * len(offers), 0.0, 0.0)
    scale = float(token_budget)  # keeps the program's numbers near 1
    cost = np.array([piece.seconds for piece in pieces])
    dearest = float(cost.max()) or 1.0
    # A repeated piece is at most its share of the first pass, which is the piece before all repeated ones of its offer.
    first = np.array([next(index for index, other in enumerate(pieces) if other.offer == piece.offer) for piece in pieces])
    links = np.eye(len(pieces))
    links[np.arange(len(pieces)), first] -= 1 / PIECES_PER_PASS
    repeated = first != np.arange(len(pieces))
    limits, bounds = [np.ones((1, len(pieces))), links[repeated]], [1.0, *np.zeros(int(repeated.sum()))]
    if seconds < inf:
        limits, bounds = [*limits, cost[None, :] / dearest], [*bounds, seconds / scale / dearest]
    solved: Any = linprog(
        CHEAPER * cost / dearest - np.array([piece.token_value for piece in pieces]),
        A_ub=np.concatenate(limits),
        b_ub=np.array(bounds),
        bounds=[(0, None if again else offers[piece.offer].tokens / scale) for piece, again in zip(pieces, repeated, strict=True)],
        method="highs",
    )
    taken = np.maximum(solved.x, 0) * scale
    numbers = np.array([piece.offer for piece in pieces])
    drawn = np.bincount(numbers, taken, len(offers)).tolist()
    distinct = np.bincount(numbers, np.where(repeated, 0, taken), len(offers)).tolist()
    amounts = zip(offers, drawn, distinct, strict=True)
    token_value = [offer.token_value * effective_tokens(tokens, made, rules.repetition_scale) for offer, tokens, made in amounts]
    return Allocation(tuple(drawn), tuple(distinct), float(taken @ cost), sum(token_value))


def frontier(offers: Sequence[Offer], token_budget: int, rules: AllocationRules) -> list[Allocation]:
    """The best allocation at each of FRONTIER_POINTS cost budgets, from the cheapest that buys anything to one without effect."""
    whole = allocate(offers, token_budget, inf, rules)
    if not whole.seconds:
        return [whole]
    return [allocate(offers, token_budget, whole.seconds * share, rules) for share in np.linspace(0, 1, FRONTIER_POINTS + 1)[1:].tolist()]


def frontier_figure(offers: Sequence[Offer], points: Sequence[Allocation], recipe: MixRecipe) -> Any:
    """A matplotlib figure: value against cost, and below it the composition of the mix at each cost."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.4, 4.8), dpi=90, layout="constrained")
    above, below = figure.subplots(2, 1, sharex=True)
    seconds = [point.seconds for point in points]
    above.plot(seconds, [point.token_value for point in points], marker=".", color="#3b6ea5")
    above.set_ylabel("value of the best mix,\nin fresh tokens")
    above.set_title(f"{recipe.phase}: the best {recipe.token_budget:,} tokens at each cost", fontsize=10)
    above.yaxis.set_major_formatter("{x:,.0f}")
    shares = np.array([point.weights for point in points]).T
    below.stackplot(
        seconds, shares, labels=[f"{offer.source} ({offer.tier}), value {offer.token_value:.2f}" for offer in offers], alpha=0.8
    )
    below.set(xlabel="cost in seconds of pipeline and training", ylabel="share of the mix", ylim=(0, 1))
    below.xaxis.set_major_formatter("{x:,.0f}")
    figure.legend(*below.get_legend_handles_labels(), fontsize=8, loc="outside lower center", ncols=2, frameon=False)
    return figure


def allocation_table(recipe: MixRecipe, offers: Sequence[Offer], proposed: Allocation) -> TextTable:
    """The proposal for people: a line a source, with the weight that the recipe gives it now."""
    budgets = [sum(column) for column in zip(*recipe.budgets(), strict=True)]
    rows: list[tuple[str, ...]] = []
    for number, offer in enumerate(offers):
        has = (offer.source, offer.tier, f"{offer.tokens:,}", f"{1000 * offer.seconds_per_token:.3f}", f"{offer.token_value:.2f}")
        drawn = (f"{proposed.distinct[number]:,.0f}", f"{proposed.tokens[number]:,.0f}", f"{proposed.weights[number]:.3f}")
        rows.append((*has, *drawn, f"{budgets[number] / recipe.token_budget:.3f}"))
    heads = ("source", "tier", "offered", "s/1000", "token value", "distinct", "drawn", "weight", "now")
    return TextTable(heads, rows, frozenset({1}))


def allocation_summary(recipe: MixRecipe, proposed: Allocation) -> str:
    """The proposal as a whole, in a line."""
    drawn = f"{sum(proposed.tokens):,.0f} of {recipe.token_budget:,} tokens"
    return f"{recipe.phase}: {drawn}, worth {proposed.token_value:,.0f} new ones, for {proposed.seconds:,.1f} s"


@dataclass(frozen=True, slots=True)
class _Piece:
    """A straight piece of one offer's curve: value and cost of each of its tokens."""

    offer: int
    token_value: float
    seconds: float


def _pieces(number: int, offer: Offer, rules: AllocationRules) -> list[_Piece]:
    """The first pass, then PIECES_PER_PASS pieces for each further one."""
    training = rules.training_seconds_per_1000_tokens / 1000
    found = [_Piece(number, offer.token_value, offer.seconds_per_token + training)]
    for step in range((offer.epochs_max - 1) * PIECES_PER_PASS):
        begin, end = (effective_tokens(1 + edge / PIECES_PER_PASS, 1, rules.repetition_scale) for edge in (step, step + 1))
        found.append(_Piece(number, offer.token_value * (end - begin) * PIECES_PER_PASS, training))
    return found
