"""The default of every setting, and the environment variable that changes it."""

from typing import Any, Literal

from resources.alerts import AlertChannel
from resources.anchors import AnchorFiles
from resources.benchmarks import BenchmarkFiles
from resources.exports import MixExports
from resources.feedback import FeedbackFiles
from resources.inbox import CrawlInbox
from resources.knowledge import KnowledgeBases
from resources.models import LanguageModels
from resources.recipe import RecipeFile
from resources.small_tables import SmallTables
from resources.storage import TierStorage
from resources.training import TrainingRuns
from resources.workers import ShardWorkers
from tierline.compute.on_ray import check_installed
from tierline.config.bundled import folder
from tierline.config.environment import Environment
from tierline.config.places import Places
from tierline.freshness.settings import Settings
from tierline.llm.open import ModelSettings

MAX_WORKERS = 1024  # a process each


def configured_resources() -> dict[str, Any]:
    """The resources of this process: bundled defaults for a laptop, each replaced by its TIERLINE_* variable. BadInput names the
    first variable that cannot be meant."""
    settings, places, recipes, given = Settings.of_environment(), Places.of_environment(), folder("recipes"), Environment()
    judge = _models(settings.judge)
    return {
        "storage": TierStorage(root=given.get("TIERLINE_LAKE", ".tierline/lake")),
        "recipe": RecipeFile(path=settings.recipe, mixes=settings.mix_recipes),
        "benchmarks": BenchmarkFiles(pattern=settings.benchmarks),
        "anchors": AnchorFiles(root=settings.anchors),
        "knowledge": KnowledgeBases(pattern=settings.knowledge, root=settings.knowledge_root),
        "feedback": FeedbackFiles(folder=places.feedback),
        "exports": MixExports(folder=places.exports, tokenizer=given.file("TIERLINE_TOKENIZER")),
        "alert_channel": AlertChannel(),
        "inbox": CrawlInbox(root=places.inbox, removed=_removed(given)),
        "language_models": judge,
        "perplexity_model": judge if settings.perplexity == settings.judge else _models(settings.perplexity),
        "training": TrainingRuns(
            recipe=given.file("TIERLINE_TRAINING_RECIPE", str(recipes / "training" / "small.yaml")),
            folder=places.training,
            questions=given.folder("TIERLINE_TRAINING_QUESTIONS"),
            workers=given.number("TIERLINE_TRAINING_WORKERS", 2, MAX_WORKERS),
        ),
        "workers": ShardWorkers(ray_address=_ray_address(given)),
        "io_manager": SmallTables(folder=places.tables),
    }


def _ray_address(given: Environment) -> str:
    address = given.cluster("TIERLINE_RAY_ADDRESS")
    check_installed(address)
    return address


def _removed(given: Environment) -> Literal["report", "forget"]:
    return "forget" if given.choice("TIERLINE_INBOX_REMOVED", {"report": "report", "forget": "forget"}, "report") == "forget" else "report"


def _models(settings: ModelSettings) -> LanguageModels:
    same = {name: getattr(settings, name) for name in ("engine", "model", "url", "slots", "dtype", "eager")}
    return LanguageModels(**same)
