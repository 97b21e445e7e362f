"""The folder where new crawls arrive."""

import dagster as dg


class CrawlInbox(dg.ConfigurableResource):
    """A folder or prefix that the `new_crawl` sensor watches; a file counts once two consecutive listings agree."""

    root: str
