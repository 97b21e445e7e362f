"""The lake's location."""

import dagster as dg

from tierline.lake import Lake


class TierStorage(dg.ConfigurableResource):
    """A lake root: a folder, or an object store URL such as s3:// with its `storage_options`. `again` names a shard whose stages are
    written again although the lake holds them."""

    root: str
    storage_options: dict[str, str] = {}  # noqa: RUF012 - a pydantic field, copied for each instance
    again: str = ""

    def open(self) -> Lake:
        """The lake at this root."""
        lake = Lake(self.root, self.storage_options or None)
        return lake.again(self.again) if self.again else lake
