"""Forecasts the cost of more text from what the lake has measured, and states its assumptions."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from tierline.cost.rates import Rate, Rates, StageRate
from tierline.cost.sizing import Sizing, gpu_seconds
from tierline.errors import BadInput
from tierline.llm.prices import Price

UNITS = {"": 1.0, "K": 1e3, "M": 1e6, "B": 1e9, "T": 1e12}
OF = {"text": "", "L1": "l1_filtered", "L2": "l2_selected", "L3": "l3_refined"}  # where the tokens are counted


@dataclass(frozen=True, slots=True)
class Assumptions:
    """Assumptions of a forecast besides measured rates. `shard_tokens`: text of one shard; `workers`: processes side by side."""

    shard_tokens: float
    shard_said: str
    workers: int
    price: Price
    currency: str


@dataclass(frozen=True, slots=True)
class Line:
    """One stage of a forecast: seconds of one process, calls, tokens, seconds of the engine that was measured."""

    stage: str
    own_seconds: Rate
    calls: Rate
    prompt_tokens: Rate
    output_tokens: Rate
    call_seconds: Rate


@dataclass(frozen=True, slots=True)
class Forecast:
    """For `tokens` where they are counted, which need `text` tokens of extracted text in `shards` shards."""

    tokens: float
    text: float
    shards: int
    lines: tuple[Line, ...]

    def total(self, name: str) -> Rate:
        """Over all stages; interval ends add up as if all were low or high at once."""
        return _sum([getattr(line, name) for line in self.lines])

    def money(self, price: Price) -> Rate:
        """For all model calls at a price."""
        read, written, seconds = (self.total(name) for name in ("prompt_tokens", "output_tokens", "call_seconds"))
        ends = (
            price.of(round(getattr(read, end)), round(getattr(written, end)), getattr(seconds, end)) for end in ("value", "low", "high")
        )
        return Rate(*ends)


@dataclass(frozen=True, slots=True)
class Plan:
    """Forecasts with all that they rest on. `of`: where tokens are counted (OF); `deadline` in seconds, 0: none."""

    rates: Rates
    forecasts: tuple[Forecast, ...]
    of: str
    assumed: Assumptions
    sized: Sizing | None
    deadline: float

    def model_seconds(self, one: Forecast) -> Rate | None:
        """Seconds that one replica of the model asked for takes for a forecast; None where none was asked for."""
        tokens = (one.total(name).value for name in ("prompt_tokens", "output_tokens"))
        return gpu_seconds(self.sized, *tokens) if self.sized else None

    def as_json(self) -> dict[str, Any]:
        """All of it, for programs."""
        found = {"measured": asdict(self.rates), "assumed": asdict(self.assumed), "sizing": asdict(self.sized) if self.sized else None}
        return found | {"forecasts": list(map(self._forecast_json, self.forecasts))}

    def _forecast_json(self, one: Forecast) -> dict[str, Any]:
        row, seconds = asdict(one) | {"money": asdict(one.money(self.assumed.price))}, self.model_seconds(one)
        if self.sized and seconds:
            gpus = gpus_needed(seconds.value, self.sized, self.deadline) if self.deadline else None
            row |= {"gpu_hours": asdict(seconds.times(self.sized.gpus / 3600)), "gpus": gpus}
        return row


def parse_tokens(text: str) -> float:
    """A number with K, M, B or T behind it. BadInput."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([KMBT]?)", text.strip(), re.IGNORECASE)
    if not found or float(found[1]) <= 0:
        raise BadInput("not a number of tokens", text, "give one like 500M, 1B or 1.5T")
    return float(found[1]) * UNITS[found[2].upper()]


def forecast(rates: Rates, tokens: float, of: str, caps: dict[str, int], assumed: Assumptions) -> Forecast:
    """Forecast for `tokens`, counted as input text or as what a tier keeps (`of`). BadInput if that tier kept nothing."""
    text = tokens
    if OF[of]:
        kept = next((rate.kept.value for rate in rates.stages if rate.stage == OF[of]), 0.0)
        if not kept:
            raise BadInput("has kept nothing in this lake, so its share is not known", f"--of {of}")
        text = tokens / kept
    shards = math.ceil(text / assumed.shard_tokens)
    return Forecast(tokens, text, shards, tuple(_line(rate, text, shards, caps) for rate in rates.stages))


def _line(rate: StageRate, text: float, shards: int, caps: dict[str, int]) -> Line:
    factor = {"token": text, "shard": shards * caps.get(rate.stage, 0), "lake": 1.0}[rate.basis]
    calls = rate.calls.times(factor)
    own = rate.own_seconds if rate.basis == "lake" else rate.own_seconds.times(text)
    return Line(rate.stage, own, calls, *(calls.times(each) for each in (rate.prompt_tokens, rate.output_tokens, rate.call_seconds)))


def gpus_needed(seconds: float, sized: Sizing, deadline: float) -> int:
    """For so many seconds of one replica within a deadline in seconds, in whole replicas."""
    return math.ceil(seconds / deadline) * sized.gpus


def _sum(parts: Sequence[Rate]) -> Rate:
    return Rate(*(math.fsum(getattr(part, end) for part in parts) for end in ("value", "low", "high")))
