"""The default of every setting, and the environment variable that changes it."""

import os
from typing import Any, Literal

from resources.alerts import AlertChannel
from resources.anchors import AnchorFiles
from resources.benchmarks import BenchmarkFiles
from resources.exports import MixExports
from resources.inbox import CrawlInbox
from resources.models import LanguageModels
from resources.recipe import RecipeFile
from resources.small_tables import SmallTables
from resources.storage import TierStorage
from resources.training import TrainingRuns
from tierline.config.bundled import folder
from tierline.errors import BadInput
from tierline.freshness.settings import Settings
from tierline.llm.open import ModelSettings


def configured_resources() -> dict[str, Any]:
    """The resources of this process: bundled defaults for a laptop, each replaced by its TIERLINE_* variable."""
    settings, recipes = Settings.of_environment(), folder("recipes")
    judge = _models(settings.judge)
    return {
        "storage": TierStorage(root=os.environ.get("TIERLINE_LAKE", ".tierline/lake")),
        "recipe": RecipeFile(path=settings.recipe, mixes=settings.mix_recipes),
        "benchmarks": BenchmarkFiles(pattern=settings.benchmarks),
        "anchors": AnchorFiles(root=settings.anchors),
        "exports": MixExports(
            folder=os.environ.get("TIERLINE_EXPORTS", ".tierline/mixes"), tokenizer=os.environ.get("TIERLINE_TOKENIZER", "")
        ),
        "alert_channel": AlertChannel(),
        "inbox": CrawlInbox(
            root=os.environ.get("TIERLINE_INBOX", ".tierline/inbox"), removed=_removed(os.environ.get("TIERLINE_INBOX_REMOVED", "report"))
        ),
        "language_models": judge,
        "perplexity_model": judge if settings.perplexity == settings.judge else _models(settings.perplexity),
        "training": TrainingRuns(
            recipe=os.environ.get("TIERLINE_TRAINING_RECIPE", str(recipes / "training" / "small.yaml")),
            folder=os.environ.get("TIERLINE_TRAINING", ".tierline/training"),
            questions=os.environ.get("TIERLINE_TRAINING_QUESTIONS", ""),
            workers=_workers(os.environ.get("TIERLINE_TRAINING_WORKERS", "2")),
        ),
        "io_manager": SmallTables(folder=os.environ.get("TIERLINE_TABLES", ".tierline/tables")),
    }


def _removed(value: str) -> Literal["report", "forget"]:
    if value not in ("report", "forget"):
        raise BadInput(f"expected report or forget, found {value!r}", "TIERLINE_INBOX_REMOVED")
    return value


def _workers(value: str) -> int:
    if not value.strip().isdecimal() or int(value) < 1:
        raise BadInput(f"expected a number of at least 1, found {value!r}", "TIERLINE_TRAINING_WORKERS")
    return int(value)


def _models(settings: ModelSettings) -> LanguageModels:
    same = {name: getattr(settings, name) for name in ("engine", "model", "url", "slots", "dtype", "eager")}
    return LanguageModels(**same)
