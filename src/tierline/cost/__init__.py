"""Adds up what model calls and processing have cost, and forecasts what more would cost."""

from tierline.cost.ledger import Ledger, cost_text

__all__ = ["Ledger", "cost_text"]
