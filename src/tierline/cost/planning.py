"""Assembles a plan from the lake's rates, the recipe's caps and the request."""

from __future__ import annotations

from dataclasses import dataclass

from tierline.config.recipe import Recipe
from tierline.cost.plan import OF, Assumptions, Plan, forecast, parse_tokens
from tierline.cost.rates import Rates, read_rates
from tierline.cost.sizing import Sizing, size
from tierline.crawl import PackRules
from tierline.errors import BadInput
from tierline.judges.rules import AnnotateRules
from tierline.knowledge.prompted import PromptedRules
from tierline.lake import Lake
from tierline.llm.prices import Price, PriceRules
from tierline.operations.rules import EditRules
from tierline.sql import Models
from tierline.stages import STAGES

ORDER = tuple(stage.name for stage in STAGES if stage.phase is None)


@dataclass(frozen=True, slots=True)
class Asked:
    """The request of `tierline plan`, by the names of its options."""

    tokens: list[str]
    of: str
    workers: int
    shard_tokens: float | None
    model: str | None
    gpu: str | None
    context: int
    sequences: int
    days: float


def plan(lake: Lake, models: Models, recipe: Recipe, asked: Asked) -> Plan:
    """The forecasts. BadInput."""
    if asked.of not in OF:
        raise BadInput("tokens are not counted there", f"--of {asked.of}", f"give one of {', '.join(OF)}")
    sized = _sized(asked)
    if asked.workers < 1 or asked.days < 0 or not (asked.shard_tokens is None or asked.shard_tokens >= 1):
        raise BadInput("must be positive", "--workers, --days, --shard-tokens")
    edits = recipe.rules(EditRules)
    caps = {"l2_annotations": recipe.rules(AnnotateRules).sample_per_shard, "l3_refined": edits.edits_per_shard + edits.questions_per_shard}
    if asked_about := recipe.rules(PromptedRules).calls_per_shard:
        caps["l4_claims"] = asked_about
    wanted = [parse_tokens(text) for text in asked.tokens]
    rates = read_rates(lake, models, caps, ORDER)
    prices = recipe.rules(PriceRules)
    price = prices.of(rates.models[0]) if len(rates.models) == 1 else prices.of("*") if rates.models else Price()
    shard_tokens, said = _shard(asked, rates, recipe.rules(PackRules).shard_bytes)
    assumed = Assumptions(shard_tokens, said, asked.workers, price, prices.currency)
    forecasts = tuple(forecast(rates, tokens, asked.of, caps, assumed) for tokens in wanted)
    return Plan(rates, forecasts, asked.of, assumed, sized, asked.days * 86_400)


def _sized(asked: Asked) -> Sizing | None:
    if bool(asked.model) != bool(asked.gpu):
        raise BadInput("a model needs a GPU and a GPU a model", "--model, --gpu", "give both or none")
    return size(asked.model, asked.gpu, asked.context, asked.sequences) if asked.model and asked.gpu else None


def _shard(asked: Asked, rates: Rates, shard_bytes: int) -> tuple[float, str]:
    """Tokens of text in a shard, and the source of that number."""
    if asked.shard_tokens:
        return asked.shard_tokens, f"{asked.shard_tokens:,.0f} tokens a shard, as asked for"
    if rates.tokens_per_byte:
        tokens = rates.tokens_per_byte * shard_bytes
        return (
            tokens,
            f"{tokens:,.0f} tokens a shard ({shard_bytes / 2**20:.0f} MiB stored, at the measured {rates.tokens_per_byte:.3g} a byte)",
        )
    mean = rates.tokens / rates.shards
    return mean, f"{mean:,.0f} tokens a shard, the mean so far"
