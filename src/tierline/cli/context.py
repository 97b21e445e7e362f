"""What every command works on: the lake, as of a moment or now, and the recipes and SQL models that are configured."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from tierline.advice import command
from tierline.config.bundled import folder
from tierline.config.environment import Environment
from tierline.errors import BadInput

if TYPE_CHECKING:  # imported when a command needs them, so that `tierline --help` is fast
    from tierline.config.recipe import Recipe
    from tierline.lake import Lake
    from tierline.mixes.recipe import MixRecipe
    from tierline.sql import Models

DEFAULT_LAKE = ".tierline/lake"


@dataclass(frozen=True, slots=True)
class Workplace:
    """The global options: the lake's location, and the moment to read it (None: now)."""

    lake: str
    moment: datetime | None


def open_lake(context: typer.Context) -> Lake:
    """The lake that --lake and --as-of name. BadInput if there is no such folder, or there were no rows yet: a typing error
    is not an empty lake."""
    from tierline.lake import Lake, as_of
    from tierline.lake.format import is_other_folder
    from tierline.lake.time_travel import refuse_before_the_lake

    workplace: Workplace = context.obj
    if "://" not in workplace.lake and not Path(workplace.lake).is_dir():
        raise BadInput(
            "there is no lake here", workplace.lake, f"give its folder with --lake; {command('ingest', 'CRAWL=...')} starts a lake"
        )
    lake = Lake(workplace.lake)
    if is_other_folder(lake.delta):
        raise BadInput("this folder holds other files and no lake", workplace.lake, "give the folder of a lake with --lake")
    if workplace.moment is None:
        return lake
    snapshot = as_of(lake, workplace.moment)
    refuse_before_the_lake(snapshot)
    return snapshot


def open_present_lake(context: typer.Context, does: str) -> Lake:
    """The lake of a command that `does` something with its present state. BadInput where --as-of names another one."""
    workplace: Workplace = context.obj
    if workplace.moment is not None:
        raise BadInput(does, str(context.info_name), "leave out --as-of")
    return open_lake(context)


def parse_moment(text: str) -> datetime:
    """A time of --as-of. BadInput."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise BadInput("not a time", text, "give --as-of as YYYY-MM-DDTHH:MM:SS") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def recipe_path() -> Path:
    """The file of the recipe (TIERLINE_RECIPE). BadInput if there is none."""
    return Path(Environment().file("TIERLINE_RECIPE", str(folder("recipes") / "tiers.yaml"), "recipe"))


def load_recipe() -> Recipe:
    """The recipe of all tiers."""
    from tierline.config.recipe import Recipe

    return Recipe.load(recipe_path())


def load_mix_recipe(phase: str) -> MixRecipe:
    """The recipe of a phase's mix (TIERLINE_MIX_RECIPES). BadInput if there is no such phase."""
    from tierline.mixes.recipe import MixRecipe
    from tierline.tables.tiers import Phase

    if phase not in list(Phase):
        raise BadInput("no such phase", phase, f"phases are {', '.join(Phase)}")
    return MixRecipe.load(Path(Environment().folder("TIERLINE_MIX_RECIPES", str(folder("recipes") / "mixes"))) / f"{phase}.yaml")


def load_models() -> Models:
    """The SQL models."""
    from tierline.sql import Models

    return Models(folder("dbt_like_sql"))
