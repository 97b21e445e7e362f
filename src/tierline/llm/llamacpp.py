"""llama.cpp in this process, through xllamacpp: the embedded default, for GGUF models on a CPU or one GPU."""

from __future__ import annotations

import atexit
import json
import math
import threading
import urllib.request
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from tierline.config.checksum import unchanged_file_sha256
from tierline.config.cores import usable_cores
from tierline.errors import ModelUnavailable
from tierline.llm.chat import DECIMALS, FINISHED, SharedToken, chat_messages, first_tokens, likeliest, token_probabilities
from tierline.llm.model import REPRESENTED_DEPTH, Choice, Completion, Likelihood, Prompt, Representation, Sampling
from tierline.llm.truncate_gguf import trimmed_model

TOP_TOKENS = 40  # search depth for a choice; below it the probability counts as zero
POSITION_STRIDE = 8  # likelihood reads every 8th token: a mean over these costs little more than reading the text
FIRST_POSITION = 4  # the first tokens of a text show its topic more than its quality
CHARACTERS_PER_TOKEN = 32  # more than any text needs on average: bounds what is tokenized for its beginning
FORCED = 1000.0  # a logit bias that leaves no other tokens; probabilities are reported as before the bias

Item = TypeVar("Item")
Result = TypeVar("Result", Completion, Choice, Likelihood, Representation)


class LlamaCpp:
    """One GGUF model; a LanguageModel. A context of `context` tokens for each of `slots` parallel prompts."""

    engine = "llamacpp"

    def __init__(self, path: Path, context: int, slots: int) -> None:
        import xllamacpp

        parameters: Any = xllamacpp.CommonParams()
        parameters.model.path = str(path)
        parameters.n_ctx, parameters.n_parallel = context * slots, slots
        parameters.cpuparams.n_threads = usable_cores()  # threads wait for each other by spinning: one too many slows all
        parameters.warmup, parameters.verbosity = False, -1
        parameters.cache_ram_mib = 0  # no copies of past contexts (up to 8 GB by default), since a question is not asked twice
        self._server: Any = xllamacpp.Server(parameters)
        self._representer: Any = None
        trained: int = json.loads(self._fetch("/v1/models"))["data"][0]["meta"]["n_ctx_train"]
        self._path, self._slots, self._context = path, slots, min(context, trained)  # a model is useless beyond its training context
        self.model_id = path.stem
        self._given_up = threading.Event()
        atexit.register(self.close)  # before the interpreter ends the server's threads

    @property
    def weights_sha256(self) -> str:
        """Digest of the file."""
        return unchanged_file_sha256(self._path)

    def close(self) -> None:
        """End the server; nothing can be asked after this."""
        self._server = self._representer = None
        atexit.unregister(self.close)

    def give_up(self, seconds: float) -> None:
        """Begin nothing more; what is under way takes as long as it takes."""
        self._given_up.set()

    def generate(self, prompts: Sequence[Prompt], sampling: Sampling) -> list[Completion]:
        """Greedy or sampled text, `slots` prompts side by side."""
        options: dict[str, Any] = {"max_tokens": sampling.max_tokens, "temperature": sampling.temperature, "seed": sampling.seed}
        options |= {"logprobs": True, "top_logprobs": 1}
        if sampling.stop:
            options["stop"] = list(sampling.stop)
        if sampling.json_schema:
            options["response_format"] = {"type": "json_schema", "json_schema": {"schema": json.loads(sampling.json_schema)}}

        def complete(prompt: Prompt, _: int) -> Completion:
            answer = self._server.handle_chat_completions({"messages": chat_messages(prompt), **options})
            choice, usage = _checked(answer)["choices"][0], answer["usage"]
            if choice["finish_reason"] not in FINISHED:
                raise ValueError(f"the answer ended by {choice['finish_reason']!r}")
            tokens = (choice.get("logprobs") or {}).get("content") or []
            values = tuple(round(token["logprob"], DECIMALS) for token in tokens)
            text, counts = choice["message"]["content"] or "", (usage["prompt_tokens"], usage["completion_tokens"])
            return Completion(text, *counts, choice["finish_reason"], "", values)

        return self._each(prompts, complete, lambda error: Completion("", 0, 0, "error", error))

    def choose(self, prompts: Sequence[Prompt], choices: Sequence[str]) -> list[Choice]:
        """Log-probabilities of the answer's first token, from before the bias that restricts the answer to the choices."""
        try:
            tokens = first_tokens(self._tokenize, choices)
        except SharedToken as error:
            return [Choice((), 0, "error", str(error)) for _ in prompts]
        options: dict[str, Any] = {"max_tokens": 1, "temperature": 0.0, "logprobs": True, "top_logprobs": TOP_TOKENS}
        options |= {"logit_bias": [[token, FORCED] for own in tokens for token in sorted(own)], "cache_prompt": True}

        def weigh(prompt: Prompt, slot: int) -> Choice:
            answer = _checked(self._server.handle_chat_completions({"messages": chat_messages(prompt), "id_slot": slot, **options}))
            first = answer["choices"][0]["logprobs"]["content"][0]
            values = token_probabilities({token["id"]: token["logprob"] for token in [*first["top_logprobs"], first]}, tokens)
            return Choice(values, answer["usage"]["prompt_tokens"], "stop", "", likeliest(choices, values))

        return self._each(prompts, weigh, lambda error: Choice((), 0, "error", error))

    def likelihood(self, texts: Sequence[str], max_tokens: int) -> list[Likelihood]:
        """Natural-log probability summed over every 8th token of the text's beginning.

        The server reports no probabilities of prompt tokens, so at each position the true next token is forced by a bias and
        its unbiased probability read; the prompt before it is cached, so that a text is read once.
        """

        def read(text: str, slot: int) -> Likelihood:
            tokens = self._tokenize(text)[: min(max_tokens, self._context - 8)]
            total, count = 0.0, 0
            for position in range(FIRST_POSITION, len(tokens), POSITION_STRIDE):
                request = {"prompt": tokens[:position], "n_predict": 1, "n_probs": 1, "temperature": 0.0}
                request |= {"logit_bias": [[tokens[position], FORCED]], "id_slot": slot, "cache_prompt": True}
                reported = _checked(self._server.handle_completions(request))["choices"][0]["logprobs"]
                # Nothing is reported for a token that ends a text.
                predicted: dict[str, Any] = reported["content"][0] if reported else {"id": None}
                if predicted["id"] == tokens[position]:
                    total, count = total + predicted["logprob"], count + 1
            return Likelihood(total, count, "" if count else "the text is too short to predict a token of")

        return self._each(texts, read, lambda error: Likelihood(0.0, 0, error))

    def represent(self, texts: Sequence[str], max_tokens: int) -> list[Representation]:
        """Mean hidden state at half the model's depth, from a second server that runs only the layers below it."""
        if self._representer is None:
            self._representer = _representing_server(trimmed_model(self._path, self.weights_sha256, REPRESENTED_DEPTH), self._context)

        def read(text: str, _: int) -> Representation:
            limit = min(max_tokens, self._context)
            tokens = self._tokenize(text[: limit * CHARACTERS_PER_TOKEN], special=True)[:limit]
            if not tokens:
                return Representation((), 0, "the text has no tokens")
            answer = self._representer.handle_embeddings({"input": [tokens], "embd_normalize": -1})
            if "data" not in answer:
                raise ValueError(str(answer.get("error", answer))[:500])
            return Representation(tuple(float(f"{value:.5g}") for value in answer["data"][0]["embedding"]), len(tokens))

        return self._each(texts, read, lambda error: Representation((), 0, error))

    def _each(self, items: Sequence[Item], ask: Callable[[Item, int], Result], failed: Callable[[str], Result]) -> list[Result]:
        def attempt(numbered: tuple[int, list[Item]]) -> list[Result | None]:
            slot, own = numbered
            results: list[Result | None] = []
            for item in own:
                if self._given_up.is_set():
                    results.append(None)
                    continue
                try:
                    results.append(ask(item, slot))
                except (
                    RuntimeError,
                    ValueError,
                    KeyError,
                    IndexError,
                    TypeError,
                    OSError,
                ) as error:  # the answer lacks something
                    results.append(failed(str(error) or type(error).__name__))
            return results

        # Neighbors go to the same slot, whose cache holds their common prefix.
        size = max(1, math.ceil(len(items) / self._slots))
        groups = [(slot, list(items[start : start + size])) for slot, start in enumerate(range(0, len(items), size))]
        with ThreadPoolExecutor(self._slots) as pool:
            results = [result for results in pool.map(attempt, groups) for result in results]
        if None in results:
            unavailable = ModelUnavailable(
                "the model's process was told to end", self.model_id, "run again; nothing that was answered is lost"
            )
            unavailable.answered = results
            raise unavailable
        return [result for result in results if result is not None]

    def _tokenize(self, text: str, special: bool = False) -> list[int]:
        """With `special`, adds the tokens that the model expects around any text; special tokens spelled in a text stay text."""
        return json.loads(self._fetch("/tokenize", {"content": text, "add_special": special, "parse_special": False}))["tokens"]

    def _fetch(self, path: str, body: dict[str, Any] | None = None) -> bytes:
        """From the server's own address, which gives data that its in-process interface leaves out."""
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(f"{self._server.listening_address}{path}", data, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=60) as response:
            return response.read()


def _representing_server(path: Path, context: int) -> Any:
    import xllamacpp

    parameters: Any = xllamacpp.CommonParams()
    parameters.model.path = str(path)
    parameters.embedding, parameters.pooling_type = True, xllamacpp.llama_pooling_type.LLAMA_POOLING_TYPE_MEAN
    parameters.n_parallel = 1  # one text fills a batch; several at once only mask each other (0.8 of the speed)
    parameters.n_ctx = parameters.n_batch = parameters.n_ubatch = context
    parameters.cpuparams.n_threads = usable_cores()
    parameters.warmup, parameters.verbosity, parameters.cache_ram_mib = False, -1, 0
    return xllamacpp.Server(parameters)


def _checked(answer: Any) -> Any:
    if "choices" not in answer:
        raise ValueError(str(answer.get("error", answer))[:500])
    return answer
