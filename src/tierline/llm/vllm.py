"""vLLM in this process: the engine for GPUs, which runs on CPUs too."""

from __future__ import annotations

import atexit
import hashlib
import json
import math
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from tierline.config.checksum import unchanged_file_sha256
from tierline.errors import BadInput
from tierline.llm.chat import DECIMALS, FINISHED, SharedToken, chat_messages, first_tokens, likeliest, token_probabilities
from tierline.llm.model import REPRESENTED_DEPTH, Choice, Completion, Likelihood, Prompt, Representation, Sampling

# Shares of a GPU's memory; both models may be loaded at once. On CPUs VLLM_CPU_KVCACHE_SPACE (GiB) decides instead.
ANSWERING_MEMORY, REPRESENTING_MEMORY = 0.6, 0.3

Input = dict[str, list[int]]
Result = TypeVar("Result", Completion, Choice, Likelihood, Representation)


class Vllm:
    """A model folder or name on vLLM's engine; a LanguageModel. Batching and prefix caching are the engine's."""

    engine = "vllm"

    def __init__(self, model: str, context: int, dtype: str = "auto", eager: bool = False) -> None:
        """`dtype` as vLLM names it; `eager` skips compilation: a start of seconds, answers somewhat slower."""
        if not model:
            raise BadInput("the vllm engine needs a model", "TIERLINE_MODEL", "name a model folder or identifier")
        try:
            import vllm  # pyright: ignore[reportMissingImports]
        except ImportError:
            raise BadInput("vllm is not installed", "TIERLINE_ENGINE=vllm", "run `make vllm`, and this from .venv-vllm") from None
        self._vllm: Any = vllm
        self._options: dict[str, Any] = {"max_model_len": context, "dtype": dtype, "enforce_eager": eager, "seed": 0}
        try:
            self._llm: Any = vllm.LLM(model, enable_prefix_caching=True, gpu_memory_utilization=ANSWERING_MEMORY, **self._options)
        except (ValueError, RuntimeError, OSError) as error:
            raise BadInput(f"vllm cannot load the model ({str(error)[:300]})", model, "see what it logged above") from error
        self._tokenizer: Any = self._llm.get_tokenizer()
        self._representer: Any = None
        self._model, self._context = model, context
        self.model_id = model_name(model)
        atexit.register(self.close)

    @property
    def weights_sha256(self) -> str:
        """See folder_sha256."""
        return folder_sha256(self._model)

    def close(self) -> None:
        """End the engine's processes; nothing can be asked after this."""
        for llm in (self._llm, self._representer):
            if llm is not None:
                llm.llm_engine.engine_core.shutdown()
        self._llm = self._representer = None
        atexit.unregister(self.close)

    def give_up(self, seconds: float) -> None:
        """Nothing: a batch of the engine is answered whole or not at all."""

    def generate(self, prompts: Sequence[Prompt], sampling: Sampling) -> list[Completion]:
        """All prompts in one batch."""
        options: dict[str, Any] = {"max_tokens": sampling.max_tokens, "temperature": sampling.temperature, "seed": sampling.seed}
        options |= {"stop": list(sampling.stop), "logprobs": 0}
        if sampling.json_schema:
            options["structured_outputs"] = self._vllm.sampling_params.StructuredOutputsParams(json=json.loads(sampling.json_schema))

        def read(output: Any) -> Completion:
            answer, read_tokens = output.outputs[0], len(output.prompt_token_ids)
            if answer.finish_reason not in FINISHED:
                raise ValueError(f"the answer ended by {answer.finish_reason!r}")
            values = [entries[token].logprob for token, entries in zip(answer.token_ids, answer.logprobs, strict=True)]
            compact = tuple(round(value, DECIMALS) for value in values)
            return Completion(answer.text, read_tokens, len(answer.token_ids), answer.finish_reason, "", compact)

        return self._answer(prompts, options, read, lambda error: Completion("", 0, 0, "error", error))

    def choose(self, prompts: Sequence[Prompt], choices: Sequence[str]) -> list[Choice]:
        """Log-probabilities of exactly the choices' first tokens, however improbable.

        vLLM's own constraint would remove the other tokens' probability before it reports; the most likely of the choices' first
        tokens is the answer that it would give, as choices differ in these.
        """
        try:
            tokens = first_tokens(lambda text: self._tokenizer.encode(text, add_special_tokens=False), choices)
        except SharedToken as error:
            return [Choice((), 0, "error", str(error)) for _ in prompts]

        def read(output: Any) -> Choice:
            reported = {token: entry.logprob for token, entry in output.outputs[0].logprobs[0].items()}
            values = token_probabilities(reported, tokens)
            return Choice(values, len(output.prompt_token_ids), "stop", "", likeliest(choices, values))

        options = {"max_tokens": 1, "temperature": 0.0, "logprob_token_ids": sorted(set[int]().union(*tokens))}
        return self._answer(prompts, options, read, lambda error: Choice((), 0, "error", error))

    def likelihood(self, texts: Sequence[str], max_tokens: int) -> list[Likelihood]:
        """Over every token of the text's beginning."""
        inputs = [self._beginning(text, min(max_tokens, self._context - 1)) for text in texts]

        def read(output: Any) -> Likelihood:
            pairs = zip(output.prompt_token_ids[1:], output.prompt_logprobs[1:], strict=True)
            values = [entries[token].logprob for token, entries in pairs]
            return Likelihood(round(math.fsum(values), DECIMALS), len(values))

        parameters = self._vllm.SamplingParams(max_tokens=1, temperature=0.0, prompt_logprobs=0)
        problems = ["" if len(tokens["prompt_token_ids"]) > 1 else "no tokens to predict" for tokens in inputs]
        return _each(
            inputs,
            problems,
            lambda batch: self._llm.generate(batch, parameters, use_tqdm=False),
            read,
            lambda error: Likelihood(0.0, 0, error),
        )

    def represent(self, texts: Sequence[str], max_tokens: int) -> list[Representation]:
        """Mean hidden state at half the model's depth, from a second engine that runs only the layers below it."""
        if self._representer is None:
            self._representer = self._representing_engine()
        inputs = [self._beginning(text, min(max_tokens, self._context)) for text in texts]

        def read(output: Any) -> Representation:
            vector = tuple(float(f"{value:.5g}") for value in output.outputs.embedding)
            return Representation(vector, len(output.prompt_token_ids))

        problems = ["" if tokens["prompt_token_ids"] else "the text has no tokens" for tokens in inputs]
        return _each(
            inputs,
            problems,
            lambda batch: self._representer.embed(batch, use_tqdm=False),
            read,
            lambda error: Representation((), 0, error),
        )

    def _representing_engine(self) -> Any:
        from tierline.llm.truncate_hf import write_shortened

        with tempfile.TemporaryDirectory(prefix="tierline-model-") as folder:  # read whole at start, not needed after
            write_shortened(Path(self._model), Path(folder), REPRESENTED_DEPTH)
            pooling = self._vllm.config.PoolerConfig(seq_pooling_type="MEAN", use_activation=False)  # no normalization
            options = {"gpu_memory_utilization": REPRESENTING_MEMORY, "pooler_config": pooling, **self._options}
            return self._vllm.LLM(folder, runner="pooling", convert="embed", **options)

    def _beginning(self, text: str, max_tokens: int) -> Input:
        return {"prompt_token_ids": self._tokenizer.encode(text)[:max_tokens]}

    def _answer(
        self, prompts: Sequence[Prompt], options: dict[str, Any], read: Callable[[Any], Result], failed: Callable[[str], Result]
    ) -> list[Result]:
        inputs = [self._rendered(prompt) for prompt in prompts]
        lengths = [len(tokens["prompt_token_ids"]) for tokens in inputs]
        problems = [f"a prompt of {length} tokens in a context of {self._context}" if length >= self._context else "" for length in lengths]
        parameters = self._vllm.SamplingParams(**options)
        return _each(inputs, problems, lambda batch: self._llm.generate(batch, parameters, use_tqdm=False), read, failed)

    def _rendered(self, prompt: Prompt) -> Input:
        prefilled = bool(prompt.prefill)
        form = {"add_generation_prompt": not prefilled, "continue_final_message": prefilled, "return_dict": False}
        return {"prompt_token_ids": self._tokenizer.apply_chat_template(chat_messages(prompt), tokenize=True, **form)}


def _each(
    inputs: Sequence[Input],
    problems: Sequence[str],
    run: Callable[[list[Input]], list[Any]],
    read: Callable[[Any], Result],
    failed: Callable[[str], Result],
) -> list[Result]:
    """Runs the valid inputs in one batch; if the engine fails, each of them is a failed answer."""
    wanted = [index for index, problem in enumerate(problems) if not problem]
    results = [failed(problem or "not asked") for problem in problems]
    try:
        outputs = run([inputs[index] for index in wanted]) if wanted else []
    except Exception as error:  # the engine's own errors have no common base; none of them is an answer
        return [
            result if problem else failed(f"{type(error).__name__}: {error}"[:500])
            for result, problem in zip(results, problems, strict=True)
        ]
    for index, output in zip(wanted, outputs, strict=True):
        try:
            results[index] = read(output)
        except (ValueError, KeyError, IndexError, TypeError, AttributeError) as error:  # for anything missing in the engine's answer
            results[index] = failed(str(error) or type(error).__name__)
    return results


def model_name(model: str) -> str:
    """The last part of a folder's or a published model's name."""
    return model.rstrip("/").rsplit("/", 1)[-1]


def folder_sha256(model: str) -> str:
    """Digest of the weight files, or of the name if they are not in a local folder."""
    digests = [unchanged_file_sha256(path) for path in sorted(Path(model).glob("*.safetensors"))] or [model]
    return hashlib.sha256("\n".join(digests).encode()).hexdigest()
