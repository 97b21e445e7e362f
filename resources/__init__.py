"""Configuration in, pure objects out: the only place where settings meet the environment."""

from resources.alerts import AlertChannel
from resources.anchors import AnchorFiles
from resources.benchmarks import BenchmarkFiles
from resources.configuration import configuration_in, configuration_of
from resources.exports import MixExports
from resources.feedback import FeedbackFiles
from resources.inbox import CrawlInbox
from resources.knowledge import KnowledgeBases
from resources.models import LanguageModels
from resources.recipe import RecipeFile
from resources.settings import configured_resources
from resources.storage import TierStorage
from resources.training import TrainingRuns
from resources.workers import ShardWorkers

__all__ = [
    "AlertChannel",
    "AnchorFiles",
    "BenchmarkFiles",
    "CrawlInbox",
    "FeedbackFiles",
    "KnowledgeBases",
    "LanguageModels",
    "MixExports",
    "RecipeFile",
    "ShardWorkers",
    "TierStorage",
    "TrainingRuns",
    "configuration_in",
    "configuration_of",
    "configured_resources",
]
