"""Checks whether the engines choose alike on the same prompts, measures their speed, and checks that a rerun asks none of them.

All run the bundled model on texts with people's judgments below DIR: llama.cpp in this process; its HTTP server behind the endpoint
engine; vLLM in this process, if it is installed (`make vllm`, then run this from .venv-vllm). Each is asked through a call store, in
its own lake, and asked again.
"""

from __future__ import annotations

import argparse
import gzip
import importlib.util
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tierline.lake import Lake
from tierline.llm import CachedModelClient, CallStore, LanguageModel, ModelSettings, Prompt, Sampling, open_model
from tierline.llm.endpoint import Endpoint

BUDGETS = {"smoke": 8, "small": 32, "full": 100}  # texts; each is asked in both orders of the answers
TEXTS = ("labels/quality/dclm-human.jsonl.gz", "text/openstax.jsonl.gz")
CHARACTERS, CONTEXT, SLOTS = 600, 1024, 4
WRITTEN = 8  # answers of free text, for tokens a second
CHOICES = ("A", "B")
QUESTION = "Read this text.\n\n{text}\n\nWould a student learn something from it?\nA. {first}\nB. {second}"
ANSWERS = ("Yes, it explains something.", "No, it is of no use.")
MODEL_FOLDER = Path(__file__).parents[1] / ".venv-vllm" / "smollm2"


def main(arguments: list[str] | None = None) -> int:
    """Prints a table and one JSON line."""
    parser = argparse.ArgumentParser(prog="benchmarks.engines", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help=f"a folder with {TEXTS[0]} or {TEXTS[1]}")
    parser.add_argument("--budget", choices=BUDGETS, default="small")
    options = parser.parse_args(arguments)
    prompts = [prompt for text in texts_below(options.data, BUDGETS[options.budget]) for prompt in both_orders(text)]
    results: dict[str, dict] = {}
    skipped: list[str] = []
    for name, start in _starts(skipped).items():
        began = time.perf_counter()
        model, running = start()
        start_s = time.perf_counter() - began
        results[name] = _measure(model, prompts) | {"start_s": start_s}
        running.close()
    metrics = _report(results, len(prompts))
    print(json.dumps({"benchmark": "engines", "data": str(options.data), "metrics": metrics, "skipped": skipped}))
    return 0


def both_orders(text: str) -> list[Prompt]:
    """The question with the answers in either order, so that a model that likes a letter does not agree by that alone."""
    orders = (ANSWERS, ANSWERS[::-1])
    return [Prompt(QUESTION.format(text=text, first=first, second=second), prefill="The answer is") for first, second in orders]


def texts_below(data: Path, count: int, characters: int = CHARACTERS) -> list[str]:
    """The first texts of the first set that is there, cut; SystemExit where there is none."""
    for name in TEXTS:
        if (data / name).is_file():
            with gzip.open(data / name, "rt", encoding="utf-8") as lines:
                texts = [json.loads(line)["text"][:characters] for _, line in zip(range(count), lines, strict=False)]
            if texts:
                return texts
    raise SystemExit(f"{data}: neither {TEXTS[0]} nor {TEXTS[1]} is there; name a folder that has one")


def _starts(skipped: list[str]) -> dict[str, Callable[[], tuple[LanguageModel, Any]]]:
    """For each engine what starts it: the model, and what has to be closed after it."""

    def embedded() -> tuple[LanguageModel, Any]:
        model: Any = open_model(ModelSettings(context=CONTEXT, slots=SLOTS))
        return model, model

    def served() -> tuple[LanguageModel, Any]:
        model: Any = open_model(ModelSettings(context=CONTEXT, slots=SLOTS))  # of its own: no prompt is in its cache yet
        return Endpoint(f"{model._server.listening_address}/v1", "", "", SLOTS), model

    def vllm() -> tuple[LanguageModel, Any]:
        os.environ |= {"VLLM_LOGGING_LEVEL": "ERROR", "VLLM_NO_USAGE_STATS": "1", "HF_HUB_OFFLINE": "1"}
        os.environ.setdefault("VLLM_CPU_KVCACHE_SPACE", "2")
        model: Any = open_model(ModelSettings("vllm", str(MODEL_FOLDER), context=CONTEXT, dtype="float32", eager=True))
        return model, model

    starts: dict[str, Callable[[], tuple[LanguageModel, Any]]] = {"llamacpp": embedded, "endpoint": served}
    if importlib.util.find_spec("vllm") is None or not MODEL_FOLDER.is_dir():
        skipped.append("vllm (not installed in this environment: `make vllm`, then run this from .venv-vllm)")
        return starts
    return starts | {"vllm": vllm}


def _measure(model: LanguageModel, prompts: list[Prompt]) -> dict:
    sampling = Sampling(max_tokens=32)
    with tempfile.TemporaryDirectory() as folder:
        lake = Lake(folder)
        with CachedModelClient(model, CallStore(lake, "s")) as client:
            began = time.perf_counter()
            choices = [answer.value for answer in client.choose(prompts, CHOICES)]
            chosen_s = time.perf_counter() - began
            began = time.perf_counter()
            written = [answer.value for answer in client.generate([Prompt(prompt.user) for prompt in prompts[:WRITTEN]], sampling)]
            written_s = time.perf_counter() - began
        with CachedModelClient(model, CallStore(lake, "s")) as again:
            again.choose(prompts, CHOICES)
            again.generate([Prompt(prompt.user) for prompt in prompts[:WRITTEN]], sampling)
    return {
        "labels": [choice.text or None for choice in choices],
        "differences": [choice.log_probabilities[0] - choice.log_probabilities[1] if choice.text else None for choice in choices],
        "errors": sum(bool(answer.error) for answer in [*choices, *written]),
        "read_tokens_per_s": sum(choice.prompt_tokens for choice in choices) / chosen_s,
        "written_tokens_per_s": sum(answer.output_tokens for answer in written) / written_s,
        "calls_on_rerun": again.cost.model_calls,
    }


def _report(results: dict[str, dict], asked: int) -> dict[str, float]:
    metrics: dict[str, float] = {"prompts": asked, "calls_on_rerun": sum(result["calls_on_rerun"] for result in results.values())}
    reference = results["llamacpp"]
    metrics["share_of_a"] = reference["labels"].count("A") / asked
    print("engine     agreement  log-odds gap  start s  read tokens/s  written tokens/s  errors  calls on rerun")
    for name, result in results.items():
        pairs = list(zip(reference["labels"], result["labels"], strict=True))
        metrics[f"agreement_{name}"] = sum(one is not None and one == other for one, other in pairs) / len(pairs)
        gaps = [
            abs(one - other) for one, other in zip(reference["differences"], result["differences"], strict=True) if None not in (one, other)
        ]
        metrics[f"log_odds_gap_{name}"] = round(sum(gaps) / len(gaps), 4) if gaps else float("nan")
        for key in ("start_s", "read_tokens_per_s", "written_tokens_per_s"):
            metrics[f"{key}_{name}"] = round(result[key], 1)
        metrics[f"errors_{name}"] = result["errors"]
        row = f"{name:<10} {metrics[f'agreement_{name}']:>9.3f} {metrics[f'log_odds_gap_{name}']:>13.3f} {result['start_s']:>8.1f}"
        row += f" {result['read_tokens_per_s']:>14.0f} {result['written_tokens_per_s']:>17.1f} {result['errors']:>7}"
        print(f"{row} {result['calls_on_rerun']:>15}")
    return metrics


if __name__ == "__main__":
    sys.exit(main())
