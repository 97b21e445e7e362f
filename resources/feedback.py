"""Where interactions of models with people arrive."""

from pathlib import Path

import dagster as dg

from tierline.freshness.settings import feedback_inputs
from tierline.interactions import find_files
from tierline.lake import recorded


class FeedbackFiles(dg.ConfigurableResource):
    """A folder of JSON lines; one that does not exist holds none."""

    folder: str = ""

    def find(self) -> list[Path]:
        """The files, by name. BadInput if the folder cannot be listed."""
        return find_files(self.folder)

    def inputs(self) -> dict[str, str]:
        """An activity's record of them. BadInput if one cannot be read."""
        return recorded(feedback_inputs(self.folder))
