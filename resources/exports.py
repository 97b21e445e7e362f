"""Where mixes are exported, and with which tokenizer."""

import dagster as dg

from tierline.mixes import MixTokenizer


class MixExports(dg.ConfigurableResource):
    """A folder for one folder a phase, and a tokenizer.json; without one the tokenizer that counts budgets."""

    folder: str
    tokenizer: str = ""

    def load_tokenizer(self) -> MixTokenizer:
        """Read again for every export."""
        return MixTokenizer.load(self.tokenizer) if self.tokenizer else MixTokenizer.fixed()
