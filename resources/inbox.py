"""The folder where new crawls arrive."""

from typing import Literal

import dagster as dg


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
