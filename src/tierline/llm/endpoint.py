"""Any server with the OpenAI API: vLLM, llama.cpp, SGLang or a provider's."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from tierline.errors import BadInput, ModelUnavailable
from tierline.llm.chat import DECIMALS, FINISHED, SharedToken, chat_messages, likeliest, text_probabilities
from tierline.llm.grammar import choice_grammar
from tierline.llm.http_client import Client, Outage, Refused
from tierline.llm.model import Choice, Completion, Likelihood, Prompt, Representation, Sampling
from tierline.llm.rules import CallRules
from tierline.llm.soundness import no_distribution, no_probability
from tierline.text.tokens import tokenizer

TOP_TOKENS = 20  # the maximum of the API
OPENING_ATTEMPTS, OPENING_SECONDS = 2, 30.0  # a person waits to hear that the address is wrong
NAME_CHARACTERS = 512  # of a model: it stands in every record
SMALLEST: dict[str, dict[str, Any]] = {  # a question that any server answers on each path, if it answers at all
    "/chat/completions": {"messages": [{"role": "user", "content": "Hi"}], "max_tokens": 1},
    "/completions": {"prompt": "Hi", "max_tokens": 1},
    "/embeddings": {"input": "Hi"},
}
CHARACTERS_PER_TOKEN = 32  # more than any text needs on average: bounds what is tokenized for its beginning

# For anything missing in a server's answer, or beyond what Python can convert.
FORMLESS = (ValueError, KeyError, IndexError, TypeError, AttributeError, OverflowError, RecursionError)

Item = TypeVar("Item")
Result = TypeVar("Result", Completion, Choice, Likelihood, Representation)


class Endpoint:
    """A served model; a LanguageModel. Its weights are not visible, so the digest is that of the served name and address.

    Features of some servers are used only there, recognized by the `owned_by` of their model list: a grammar of llama.cpp, the
    continuation of a prefilled answer and structured outputs of vLLM.
    """

    engine = "endpoint"

    def __init__(self, url: str, model: str, api_key: str, slots: int, rules: CallRules | None = None) -> None:
        if not url:
            raise BadInput("the endpoint engine needs an address", "TIERLINE_MODEL_URL", "for example http://localhost:8000/v1")
        self._client, self._slots = Client(url, api_key, slots, rules or CallRules()), slots
        served, self._server = self._first_model()  # asked in any case: notices a dead server before the work begins
        self.model_id = model or served

    @property
    def weights_sha256(self) -> str:
        """Digest of address and name."""
        return hashlib.sha256(f"{self._client.url}\n{self.model_id}".encode()).hexdigest()

    def close(self) -> None:
        """Close its connections."""
        self._client.close()

    def give_up(self, seconds: float) -> None:
        """Ask nothing more; answers that arrive within this time still count."""
        self._client.give_up(seconds)

    def generate(self, prompts: Sequence[Prompt], sampling: Sampling) -> list[Completion]:
        """Chat completions, `slots` side by side."""
        options: dict[str, Any] = {"max_tokens": sampling.max_tokens, "temperature": sampling.temperature, "seed": sampling.seed}
        options |= {"logprobs": True}
        if sampling.stop:
            options["stop"] = list(sampling.stop)
        if sampling.json_schema:
            schema = {"name": "answer", "schema": json.loads(sampling.json_schema)}
            options["response_format"] = {"type": "json_schema", "json_schema": schema}

        def complete(prompt: Prompt) -> Completion:
            choice, usage, attempts = self._chat(prompt, options)
            finish, tokens = choice["finish_reason"], _reported(choice)
            if finish not in FINISHED:
                return Completion("", usage[0], usage[1], "error", f"the answer ended by {finish!r}", (), attempts)
            values = tuple(round(float(token["logprob"]), DECIMALS) for token in tokens)
            return Completion(_text(choice["message"]["content"]), *usage, finish, "", values, attempts)

        return self._each(prompts, complete, lambda error, attempts: Completion("", 0, 0, "error", error, (), attempts))

    def choose(self, prompts: Sequence[Prompt], choices: Sequence[str]) -> list[Choice]:
        """Log-probabilities of the answer's first token, before any constraint; the choices' tokens are identified by their texts."""
        options: dict[str, Any] = {"max_tokens": 1, "temperature": 0.0, "logprobs": True, "top_logprobs": TOP_TOKENS}

        def weigh(prompt: Prompt) -> Choice:
            # llama.cpp reports probabilities from before the grammar, so the grammar does not distort them.
            grammar = {"grammar": choice_grammar(choices, prompt.prefill)} if self._server == "llamacpp" else {}
            answer, usage, attempts = self._chat(prompt, options | grammar)
            first = _reported(answer)[0]
            top = {_text(token["token"]): float(token["logprob"]) for token in [*first["top_logprobs"], first]}
            if why := no_probability(top.values()) or no_distribution(top.values()):
                return Choice((), usage[0], "error", why, "", attempts)
            values = text_probabilities(list(top.items()), choices)
            text = likeliest(choices, values)
            if not text and self._server == "vllm":  # no choice is among the most likely words: ask which one it is if it must be one
                bound = {"max_tokens": max(len(choice.encode()) for choice in choices), "temperature": 0.0}
                forced, _, more = self._chat(prompt, bound | {"structured_outputs": {"choice": list(choices)}})
                text, attempts = _text(forced["message"]["content"]).strip(), attempts + more
            return Choice(values, usage[0], "stop", "", text, attempts)

        return self._each(prompts, weigh, lambda error, attempts: Choice((), 0, "error", error, "", attempts))

    def likelihood(self, texts: Sequence[str], max_tokens: int) -> list[Likelihood]:
        """Over every token of the text's beginning, by echoing the prompt with its log-probabilities; an error if the server cannot."""

        def read(text: str) -> Likelihood:
            request = {
                "prompt": text[: max_tokens * CHARACTERS_PER_TOKEN],
                "max_tokens": 1,
                "temperature": 0.0,
                "echo": True,
                "logprobs": 1,
            }
            answer, attempts = self._ask("/completions", request)
            reported = answer["choices"][0].get("logprobs") or {}
            if "token_logprobs" not in reported or reported["token_logprobs"][0] is not None:
                return Likelihood(0.0, 0, "this server reports no log-probabilities of a prompt (echo)", attempts)
            # The last one belongs to the token that the server had to generate.
            values = [float(value) for value in reported["token_logprobs"][1:-1][: max_tokens - 1] if value is not None]
            return Likelihood(round(math.fsum(values), DECIMALS), len(values), "" if values else "no tokens to predict", attempts)

        return self._each(texts, read, lambda error, attempts: Likelihood(0.0, 0, error, attempts))

    def represent(self, texts: Sequence[str], max_tokens: int) -> list[Representation]:
        """The result of the server's /embeddings for the text's beginning; the server decides on layer and pooling.

        The model's tokenizer is not available, so `max_tokens` is counted by the project's own.
        """

        def read(text: str) -> Representation:
            beginning = _beginning(text, max_tokens)
            if not beginning:
                return Representation((), 0, "the text has no tokens")
            answer, attempts = self._ask("/embeddings", {"input": beginning, "encoding_format": "float"})
            if len(answer["data"]) != 1:
                raise ValueError(f"{len(answer['data'])} vectors for one text")
            vector = tuple(float(f"{value:.5g}") for value in answer["data"][0]["embedding"])
            return Representation(vector, int(answer["usage"]["prompt_tokens"]), "" if vector else "an empty vector", attempts)

        return self._each(texts, read, lambda error, attempts: Representation((), 0, error, attempts))

    def _chat(self, prompt: Prompt, options: dict[str, Any]) -> tuple[dict[str, Any], tuple[int, int], int]:
        """The one answer, tokens of prompt and answer, attempts. Raises Refused unless there is exactly one."""
        request = {"messages": chat_messages(prompt), **options}
        if prompt.prefill and self._server == "vllm":
            request |= {"add_generation_prompt": False, "continue_final_message": True}
        answer, attempts = self._ask("/chat/completions", request)
        try:
            (choice,) = answer["choices"]
            return choice, (int(answer["usage"]["prompt_tokens"]), int(answer["usage"]["completion_tokens"])), attempts
        except FORMLESS as error:
            raise Refused(_missing(error), attempts) from None

    def _each(self, items: Sequence[Item], ask: Callable[[Item], Result], failed: Callable[[str, int], Result]) -> list[Result]:
        """The result for each item. Raises ModelUnavailable, with those that there are, where the server answers nothing any more."""
        outages: list[Outage] = []

        def attempt(item: Item) -> Result | None:
            try:
                return ask(item)
            except Outage as error:
                outages.append(error)
            except Refused as error:
                return failed(str(error), error.attempts)
            except SharedToken as error:
                return failed(str(error), 1)
            except FORMLESS as error:
                return failed(_missing(error), 1)

        self._client.try_again()
        with ThreadPoolExecutor(self._slots) as pool:
            results = list(pool.map(attempt, items))
        if outages:
            told = ModelUnavailable(str(outages[0]), self._client.url, f"{outages[0].do}; nothing that was answered is lost")
            told.answered = results
            raise told
        return [result for result in results if result is not None]

    def _first_model(self) -> tuple[str, str]:
        """Name and kind of the server's first model."""
        try:
            first = self._client.ask("/models", most=OPENING_ATTEMPTS, seconds=OPENING_SECONDS)[0]["data"][0]
            name = _text(first["id"])
            if not (0 < len(name) <= NAME_CHARACTERS and name.isprintable()):
                raise ValueError("a model's name that cannot be recorded")
            return name, str(first.get("owned_by", ""))
        except Outage as error:
            raise BadInput(f"no model answers ({error})", self._client.url, error.do) from None
        except (Refused, *FORMLESS) as error:
            why = str(error) if isinstance(error, Refused) else _missing(error)
            raise BadInput(f"no model answers ({why})", self._client.url, "start the server, or check TIERLINE_MODEL_URL") from None

    def _ask(self, path: str, body: dict[str, Any]) -> tuple[dict[str, Any], int]:
        return self._client.ask(path, {"model": self.model_id, **body}, smallest={"model": self.model_id, **SMALLEST[path]})


def _text(value: Any) -> str:
    """A text of a server's answer, which may be null. TypeError for anything else, such as lists nested too deep to be written."""
    if value is not None and not isinstance(value, str):
        raise TypeError(f"{type(value).__name__} in place of a text")
    return value or ""


def _beginning(text: str, tokens: int) -> str:
    """The text's first tokens, counted by the project's own tokenizer."""
    text = text[: tokens * CHARACTERS_PER_TOKEN]
    offsets = tokenizer().encode(text, add_special_tokens=False).offsets[:tokens]
    return text[: offsets[-1][1]] if offsets else ""


def _reported(choice: dict[str, Any]) -> list[dict[str, Any]]:
    """A server's report about each token of an answer; an empty list if there is none (an answer without tokens)."""
    return (choice.get("logprobs") or {}).get("content") or []


def _missing(error: Exception) -> str:
    return f"the answer lacks {error}" if isinstance(error, KeyError) else f"the answer has not the form of the API ({error})"
