"""What every command works on: the lake, as of a moment or now, and the recipes and SQL models that are configured."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from tierline.config.bundled import folder
from tierline.errors import BadInput

if TYPE_CHECKING:  # imported where a command needs them: `tierline --help` waits for none
    from tierline.config.recipe import Recipe
    from tierline.lake import Lake
    from tierline.mixes.recipe import MixRecipe
    from tierline.sql import Models

DEFAULT_LAKE = ".tierline/lake"


@dataclass(frozen=True, slots=True)
class Workplace:
    """The global options: where the lake is, and the moment to look at it (None: now)."""

    lake: str
    moment: datetime | None


def open_lake(context: typer.Context) -> Lake:
    """The lake that --lake and --as-of name. BadInput where there is no such folder: a typing error is not an empty lake."""
    from tierline.lake import Lake, as_of

    workplace: Workplace = context.obj
    if "://" not in workplace.lake and not Path(workplace.lake).is_dir():
        raise BadInput("there is no lake here", workplace.lake, "give its folder with --lake; `make ingest CRAWL=...` starts a lake")
    lake = Lake(workplace.lake)
    return as_of(lake, workplace.moment) if workplace.moment else lake


def parse_moment(text: str) -> datetime:
    """A time of --as-of. BadInput."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise BadInput("not a time", text, "give --as-of as YYYY-MM-DDTHH:MM:SS") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def recipe_path() -> Path:
    """The file of the recipe (TIERLINE_RECIPE)."""
    return Path(os.environ.get("TIERLINE_RECIPE", str(folder("recipes") / "tiers.yaml")))


def load_recipe() -> Recipe:
    """The recipe of all tiers."""
    from tierline.config.recipe import Recipe

    return Recipe.load(recipe_path())


def load_mix_recipe(phase: str) -> MixRecipe:
    """The recipe of a phase's mix (TIERLINE_MIX_RECIPES). BadInput where there is no such phase."""
    from tierline.mixes.recipe import MixRecipe
    from tierline.tables.tiers import Phase

    if phase not in list(Phase):
        raise BadInput("no such phase", phase, f"phases are {', '.join(Phase)}")
    return MixRecipe.load(Path(os.environ.get("TIERLINE_MIX_RECIPES", str(folder("recipes") / "mixes"))) / f"{phase}.yaml")


def load_models() -> Models:
    """The SQL models."""
    from tierline.sql import Models

    return Models(folder("dbt_like_sql"))
