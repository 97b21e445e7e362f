"""A language model's answers, handed to those who cannot ask it: workers in other processes, where neither calls nor budgets are kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tierline.lake import Cost, ModelCard
from tierline.llm.client import Answered, ModelClient
from tierline.llm.model import Choice, Completion, Likelihood, Prompt, Representation, Sampling


@dataclass(frozen=True, slots=True)
class ToldAnswers:
    """A ModelClient that knows the likelihoods of some texts, each at one length, and nothing else."""

    model: ModelCard
    likelihoods: Mapping[str, Answered[Likelihood]]
    max_tokens: int

    @classmethod
    def of(cls, client: ModelClient, texts: Sequence[str], max_tokens: int) -> ToldAnswers:
        """What a client answers about these texts. Raises what it raises."""
        answers = client.likelihood(texts, max_tokens)
        return cls(client.card(""), dict(zip(texts, answers, strict=True)), max_tokens)

    @property
    def cost(self) -> Cost:
        """Nothing is asked here."""
        return Cost()

    def card(self, prompt_sha256: str) -> ModelCard:
        """The identity of the model that answered."""
        return self.model

    def likelihood(self, texts: Sequence[str], max_tokens: int) -> list[Answered[Likelihood]]:
        """The answers. LookupError for a text that it was not asked about."""
        if max_tokens != self.max_tokens:
            raise LookupError(max_tokens)
        return [self.likelihoods[text] for text in texts]

    def generate(self, prompts: Sequence[Prompt], sampling: Sampling) -> list[Answered[Completion]]:
        """None are known."""
        raise LookupError

    def choose(self, prompts: Sequence[Prompt], choices: Sequence[str]) -> list[Answered[Choice]]:
        """None are known."""
        raise LookupError

    def represent(self, texts: Sequence[str], max_tokens: int) -> list[Answered[Representation]]:
        """None are known."""
        raise LookupError
