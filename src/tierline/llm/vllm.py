"""vLLM in this process: the engine for GPUs."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tierline.errors import BadInput
from tierline.llm.chat import chat_messages, first_token_probabilities
from tierline.llm.model import Choice, Completion, Likelihood, Prompt, Sampling
from tierline.llm.open import file_sha256

TOP_TOKENS = 20  # vLLM's own limit


class Vllm:
    """A model folder or name on vLLM's engine; a LanguageModel. Batching and prefix caching are the engine's."""

    engine = "vllm"

    def __init__(self, model: str, context: int) -> None:
        if not model:
            raise BadInput("the vllm engine needs a model", "TIERLINE_MODEL", "name a model folder or identifier")
        try:
            import vllm  # pyright: ignore[reportMissingImports]
        except ImportError:
            raise BadInput("vllm is not installed", "TIERLINE_ENGINE=vllm", "pip install 'tierline[gpu]'") from None
        self._vllm: Any = vllm
        self._llm: Any = vllm.LLM(model, max_model_len=context, enable_prefix_caching=True, seed=0)
        self.model_id = model.rstrip("/").rsplit("/", 1)[-1]
        self._context, self.weights_sha256 = context, folder_sha256(model)

    def generate(self, prompts: Sequence[Prompt], sampling: Sampling) -> list[Completion]:
        """All prompts in one batch."""
        structured = (
            self._vllm.sampling_params.StructuredOutputsParams(json=json.loads(sampling.json_schema)) if sampling.json_schema else None
        )
        outputs = self._chat(
            prompts,
            max_tokens=sampling.max_tokens,
            temperature=sampling.temperature,
            seed=sampling.seed,
            stop=list(sampling.stop),
            structured_outputs=structured,
        )
        return [
            Completion(
                output.outputs[0].text,
                len(output.prompt_token_ids),
                len(output.outputs[0].token_ids),
                output.outputs[0].finish_reason or "error",
            )
            for output in outputs
        ]

    def choose(self, prompts: Sequence[Prompt], choices: Sequence[str]) -> list[Choice]:
        """Log-probabilities of the answer's first token; choices must differ in it."""
        found: list[Choice] = []
        for output in self._chat(prompts, max_tokens=1, temperature=0.0, logprobs=TOP_TOKENS):
            top = [{"token": entry.decoded_token, "logprob": entry.logprob} for entry in output.outputs[0].logprobs[0].values()]
            found.append(Choice(first_token_probabilities(top, choices), len(output.prompt_token_ids)))
        return found

    def likelihood(self, texts: Sequence[str], max_tokens: int) -> list[Likelihood]:
        """Over every token of the text's beginning."""
        parameters = self._vllm.SamplingParams(max_tokens=1, temperature=0.0, prompt_logprobs=0)
        tokenizer = self._llm.get_tokenizer()
        inputs = [{"prompt_token_ids": tokenizer.encode(text)[: min(max_tokens, self._context - 1)]} for text in texts]
        found: list[Likelihood] = []
        for output in self._llm.generate(inputs, parameters, use_tqdm=False):
            pairs = zip(output.prompt_token_ids[1:], output.prompt_logprobs[1:], strict=True)
            values = [entries[token].logprob for token, entries in pairs]
            found.append(Likelihood(math.fsum(values), len(values), "" if values else "no tokens to predict"))
        return found

    def _chat(self, prompts: Sequence[Prompt], **options: Any) -> list[Any]:
        parameters = self._vllm.SamplingParams(**options)
        prefilled = bool(prompts and prompts[0].prefill)  # a stage asks all its prompts in one form
        return self._llm.chat(
            [chat_messages(prompt) for prompt in prompts],
            parameters,
            use_tqdm=False,
            add_generation_prompt=not prefilled,
            continue_final_message=prefilled,
        )


def folder_sha256(model: str) -> str:
    """Digest of the weight files, or of the name where they are not in a local folder."""
    digests = [file_sha256(path) for path in sorted(Path(model).glob("*.safetensors"))] or [model]
    return hashlib.sha256("\n".join(digests).encode()).hexdigest()
