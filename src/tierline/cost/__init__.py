"""What model calls and processing have cost, and what more of the same would cost."""

from tierline.cost.ledger import Ledger

__all__ = ["Ledger"]
