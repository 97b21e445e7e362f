"""The labeled texts on which scorers are measured."""

import dagster as dg

from tierline.freshness.settings import anchor_inputs
from tierline.reliability.anchors import AnchorSet, find_sets, read_cached


class AnchorFiles(dg.ConfigurableResource):
    """A folder with quality/*.jsonl[.gz] and spam/*.jsonl[.gz]; empty: the small set that ships with the code."""

    root: str = ""

    def read(self) -> AnchorSet:
        """All labeled texts; read once per process while the files stay the same."""
        return read_cached(find_sets(self.root))

    def inputs(self) -> dict[str, str]:
        """An activity's record of them."""
        return anchor_inputs(self.root)
