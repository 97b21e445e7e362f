"""Language models behind one protocol, and the store that makes each of their answers the record."""

from tierline.llm.asker import Answered, Asker, StoredAsker
from tierline.llm.model import Choice, Completion, LanguageModel, Likelihood, Prompt, Representation, Sampling
from tierline.llm.open import ModelSettings, open_model
from tierline.llm.store import CallStore

__all__ = [
    "Answered", "Asker", "CallStore", "Choice", "Completion", "LanguageModel", "Likelihood", "ModelSettings", "Prompt",
    "Representation", "Sampling", "StoredAsker", "open_model",
]  # fmt: skip
