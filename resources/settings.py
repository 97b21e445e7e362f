"""The default of every setting, and the environment variable that changes it."""

import os
from typing import Any

import dagster as dg

from resources.anchors import AnchorFiles
from resources.benchmarks import BenchmarkFiles
from resources.exports import MixExports
from resources.inbox import CrawlInbox
from resources.models import LanguageModels
from resources.recipe import RecipeFile
from resources.storage import TierStorage
from resources.training import TrainingRuns
from tierline.config.bundled import folder


def configured_resources() -> dict[str, Any]:
    """The resources of this process: embedded defaults for a laptop, each replaced by its TIERLINE_* variable."""
    recipes, reader = folder("recipes"), os.environ.get("TIERLINE_PERPLEXITY_MODEL", "")
    models = LanguageModels(
        engine=os.environ.get("TIERLINE_ENGINE", "llamacpp"),
        model=os.environ.get("TIERLINE_MODEL", ""),
        url=os.environ.get("TIERLINE_MODEL_URL", ""),
        dtype=os.environ.get("TIERLINE_MODEL_DTYPE", "auto"),
        eager=os.environ.get("TIERLINE_MODEL_EAGER", "") == "1",
    )
    return {
        "storage": TierStorage(root=os.environ.get("TIERLINE_LAKE", ".tierline/lake")),
        "recipe": RecipeFile(
            path=os.environ.get("TIERLINE_RECIPE", str(recipes / "tiers.yaml")),
            mixes=os.environ.get("TIERLINE_MIX_RECIPES", str(recipes / "mixes")),
        ),
        "benchmarks": BenchmarkFiles(pattern=os.environ.get("TIERLINE_BENCHMARKS", "")),
        "anchors": AnchorFiles(root=os.environ.get("TIERLINE_ANCHORS", "")),
        "exports": MixExports(
            folder=os.environ.get("TIERLINE_EXPORTS", ".tierline/mixes"), tokenizer=os.environ.get("TIERLINE_TOKENIZER", "")
        ),
        "inbox": CrawlInbox(root=os.environ.get("TIERLINE_INBOX", ".tierline/inbox")),
        "language_models": models,
        "perplexity_model": LanguageModels(model=reader) if reader else models,
        "training": TrainingRuns(
            recipe=os.environ.get("TIERLINE_TRAINING_RECIPE", str(recipes / "training" / "small.yaml")),
            folder=os.environ.get("TIERLINE_TRAINING", ".tierline/training"),
            questions=os.environ.get("TIERLINE_TRAINING_QUESTIONS", ""),
            workers=int(os.environ.get("TIERLINE_TRAINING_WORKERS", "2")),
        ),
        "small_tables": dg.FilesystemIOManager(base_dir=os.environ.get("TIERLINE_TABLES", ".tierline/tables")),
    }
