"""Language models behind one protocol, and the store that makes each of their answers the record."""

from tierline.llm.asker import Answered, Asker, StoredAsker
from tierline.llm.budget import Budget, Purse
from tierline.llm.host import HostedModel
from tierline.llm.model import Choice, Completion, LanguageModel, Likelihood, Prompt, Representation, Sampling
from tierline.llm.open import ModelSettings, open_model
from tierline.llm.prices import Price, PriceRules
from tierline.llm.store import CallRules, CallStore

__all__ = [
    "Answered", "Asker", "Budget", "CallRules", "CallStore", "Choice", "Completion", "HostedModel", "LanguageModel", "Likelihood",
    "ModelSettings", "Price", "PriceRules", "Prompt", "Purse", "Representation", "Sampling", "StoredAsker", "open_model",
]  # fmt: skip
