"""Adds up what model calls and processing have cost, and forecasts what more would cost."""

from tierline.cost.ledger import Ledger

__all__ = ["Ledger"]
