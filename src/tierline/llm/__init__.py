"""Language models behind one protocol, and the store that makes each of their answers the record."""

from tierline.llm.budget import Budget, BudgetMeter
from tierline.llm.client import Answered, CachedModelClient, ModelClient
from tierline.llm.model import Choice, Completion, LanguageModel, Likelihood, Prompt, Representation, Sampling
from tierline.llm.open import ModelSettings, open_model
from tierline.llm.prices import Price, PriceRules
from tierline.llm.rules import CallRules
from tierline.llm.store import CallStore
from tierline.llm.worker import ModelProcess

__all__ = [
    "Answered",
    "Budget",
    "BudgetMeter",
    "CachedModelClient",
    "CallRules",
    "CallStore",
    "Choice",
    "Completion",
    "LanguageModel",
    "Likelihood",
    "ModelClient",
    "ModelProcess",
    "ModelSettings",
    "Price",
    "PriceRules",
    "Prompt",
    "Representation",
    "Sampling",
    "open_model",
]  # fmt: skip
