"""Where mixes are handed over to training, and by which tokenizer."""

import dagster as dg

from tierline.mixes import MixTokenizer


class MixExports(dg.ConfigurableResource):
    """A folder for one folder a phase, and a tokenizer.json; without one the tokenizer that counts budgets."""

    folder: str
    tokenizer: str = ""

    def load_tokenizer(self) -> MixTokenizer:
        """Read anew for every export."""
        return MixTokenizer.load(self.tokenizer) if self.tokenizer else MixTokenizer.fixed()
