"""Any server that speaks the OpenAI API: vLLM, llama.cpp, SGLang or a hosted one."""

from __future__ import annotations

import hashlib
import json
import math
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from tierline.errors import BadInput
from tierline.llm.chat import chat_messages, first_token_probabilities
from tierline.llm.model import Choice, Completion, Likelihood, Prompt, Sampling

TIMEOUT_SECONDS = 600
TOP_TOKENS = 20  # the most that the API defines

Item = TypeVar("Item")
Result = TypeVar("Result", Completion, Choice, Likelihood)


class Endpoint:
    """A served model; a LanguageModel. Its weights cannot be seen, so their digest stands for the served name and address."""

    engine = "endpoint"

    def __init__(self, url: str, model: str, api_key: str, slots: int) -> None:
        if not url:
            raise BadInput("the endpoint engine needs an address", "TIERLINE_MODEL_URL", "for example http://localhost:8000/v1")
        self._url, self._key, self._slots = url.rstrip("/"), api_key, slots
        served = self._first_model()  # asked in any case: a server that does not answer is found out before the work begins
        self.model_id = model or served

    @property
    def weights_sha256(self) -> str:
        """Digest of address and name."""
        return hashlib.sha256(f"{self._url}\n{self.model_id}".encode()).hexdigest()

    def generate(self, prompts: Sequence[Prompt], sampling: Sampling) -> list[Completion]:
        """Chat completions, `slots` side by side."""
        options: dict[str, Any] = {"max_tokens": sampling.max_tokens, "temperature": sampling.temperature, "seed": sampling.seed}
        if sampling.stop:
            options["stop"] = list(sampling.stop)
        if sampling.json_schema:
            schema = {"name": "answer", "schema": json.loads(sampling.json_schema)}
            options["response_format"] = {"type": "json_schema", "json_schema": schema}

        def complete(prompt: Prompt) -> Completion:
            answer = self._post("/chat/completions", {"messages": chat_messages(prompt), **options})
            choice, usage = answer["choices"][0], answer["usage"]
            return Completion(
                choice["message"]["content"] or "", usage["prompt_tokens"], usage["completion_tokens"], choice["finish_reason"]
            )

        return self._each(prompts, complete, lambda error: Completion("", 0, 0, "error", error))

    def choose(self, prompts: Sequence[Prompt], choices: Sequence[str]) -> list[Choice]:
        """Log-probabilities of the answer's first token; choices must differ in it."""

        def weigh(prompt: Prompt) -> Choice:
            request = {"messages": chat_messages(prompt), "max_tokens": 1, "temperature": 0.0, "logprobs": True, "top_logprobs": TOP_TOKENS}
            answer = self._post("/chat/completions", request)
            top = answer["choices"][0]["logprobs"]["content"][0]["top_logprobs"]
            return Choice(first_token_probabilities(top, choices), answer["usage"]["prompt_tokens"])

        return self._each(prompts, weigh, lambda error: Choice((), 0, "error", error))

    def likelihood(self, texts: Sequence[str], max_tokens: int) -> list[Likelihood]:
        """Over every token of the text's beginning, by echoing the prompt with its log-probabilities."""

        def read(text: str) -> Likelihood:
            request = {"prompt": text, "max_tokens": 1, "temperature": 0.0, "echo": True, "logprobs": 1}
            found = self._post("/completions", request)["choices"][0]["logprobs"]["token_logprobs"][1:max_tokens]
            values = [value for value in found if value is not None]
            return Likelihood(math.fsum(values), len(values), "" if values else "no tokens to predict")

        return self._each(texts, read, lambda error: Likelihood(0.0, 0, error))

    def _each(self, items: Sequence[Item], ask: Callable[[Item], Result], failed: Callable[[str], Result]) -> list[Result]:
        def attempt(item: Item) -> Result:
            try:
                return ask(item)
            except (OSError, ValueError, KeyError, IndexError, TypeError) as error:
                return failed(str(error) or type(error).__name__)

        with ThreadPoolExecutor(self._slots) as pool:
            return list(pool.map(attempt, items))

    def _first_model(self) -> str:
        try:
            return str(self._request("/models", None)["data"][0]["id"])
        except (OSError, ValueError, KeyError, IndexError) as error:
            raise BadInput(f"no model answers ({error})", self._url, "start the server, or check TIERLINE_MODEL_URL") from error

    def _post(self, path: str, body: dict[str, Any]) -> Any:
        return self._request(path, {"model": self.model_id, **body})

    def _request(self, path: str, body: dict[str, Any] | None) -> Any:
        headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {self._key}"} if self._key else {})
        request = urllib.request.Request(self._url + path, json.dumps(body).encode() if body is not None else None, headers)
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as response:
                return json.loads(response.read())
        except urllib.error.HTTPError as error:
            raise OSError(f"HTTP {error.code}: {error.read(300).decode('utf-8', 'replace')}") from error
