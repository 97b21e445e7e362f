"""The folder where new crawls arrive."""

from pathlib import Path
from typing import Literal

import dagster as dg

from tierline.crawl.address import is_remote


class CrawlInbox(dg.ConfigurableResource):
    """A folder or prefix that the `new_crawl` sensor watches; a file counts once two consecutive listings agree.

    `removed` says what becomes of a file that is taken away: `report` keeps its rows and says so, `forget` withdraws them.
    """

    root: str
    removed: Literal["report", "forget"] = "report"

    @property
    def forgets(self) -> bool:
        """Whether rows of a file that was taken away are withdrawn."""
        return self.removed == "forget"

    def make(self) -> None:
        """Begin the folder, so that there is one to drop files into; a prefix begins with its first file. OSError."""
        if not is_remote(self.root):
            Path(self.root.removeprefix("file://")).mkdir(parents=True, exist_ok=True)
