"""What model calls and processing have cost, and what more of the same would cost."""

from tierline.cost.ledger import Ledger, cost_text

__all__ = ["Ledger", "cost_text"]
