"""Where the tiers live."""

import dagster as dg

from tierline.lake import Lake


class TierStorage(dg.ConfigurableResource):
    """A lake root: a folder, or s3:// and the like with `storage_options` as the object store names them."""

    root: str
    storage_options: dict[str, str] = {}  # noqa: RUF012 - a pydantic field, copied for each instance

    def open(self) -> Lake:
        """The lake at this root."""
        return Lake(self.root, self.storage_options or None)
