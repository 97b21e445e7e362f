"""Where new crawls arrive."""

import dagster as dg


class CrawlInbox(dg.ConfigurableResource):
    """A folder or prefix that the `new_crawl` sensor watches; a file counts once it has not changed for `quiet_seconds`."""

    root: str
    quiet_seconds: float = 10.0
