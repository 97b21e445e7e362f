"""The recipes that the pipeline follows."""

from pathlib import Path

import dagster as dg

from tierline.config.recipe import Recipe


class RecipeFile(dg.ConfigurableResource):
    """The recipe of the tiers, and the folder with one recipe for each training mix."""

    path: str
    mixes: str

    def load(self) -> Recipe:
        """Read again for every step, so that an edit applies from the next step on."""
        return Recipe.load(self.path)

    def mix(self, phase: str) -> Path:
        """The recipe file of one mix."""
        return Path(self.mixes) / f"{phase}.yaml"
