"""Checks a GPU, or a CPU in its place, with the pipeline's own questions: `python -m deploy.gpu.check`.

Loads the model in this process, asks judge, probe, perplexity and edit, compares with the answers that a CPU gave, measures tokens a
second, does the same through a server, and writes the rows of docs/models.md. Exit status 0: as expected; 1: an answer differs, or
there was none; 2: there is no GPU, or a model or engine cannot be used.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import platform
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Generator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from deploy.gpu.questions import Answers, answers_of, ask, beyond, compare, digest, speeds
from tierline.display import printable
from tierline.errors import BadInput, TierlineError
from tierline.llm import LanguageModel, ModelSettings, open_model
from tierline.llm.endpoint import Endpoint

EXPECTED = Path(__file__).with_name("expected.json")
PAGE = Path(__file__).parents[2] / "docs" / "models.md"
MARK = "<!-- deploy/gpu/check.py writes the rows above -->"
FOLDER = Path(__file__).parents[2] / ".venv-vllm" / "smollm2"  # `make vllm`, or `python -m tierline.llm.dequantize`
CONTEXT = 1024
SLOTS = {"gpu": 256, "cpu": 4}  # prompts at once
WRITTEN = {"gpu": 128, "cpu": 24}  # tokens for each prompt whose speed is measured
SERVER_SECONDS = 1800.0  # a large model loads and compiles for minutes


def main(arguments: list[str] | None = None) -> int:
    """See the module's docstring."""
    parser = argparse.ArgumentParser(prog="deploy.gpu.check", description=__doc__)
    parser.add_argument("--device", choices=SLOTS, default="gpu", help="what the model shall run on")
    parser.add_argument("--engine", choices=("vllm", "llamacpp"), default="vllm")
    parser.add_argument("--model", default="", help="a folder (vllm) or a GGUF file (llamacpp); none: the bundled model")
    parser.add_argument("--dtype", default="", help="vLLM's number format; none: auto on a GPU, float32 on a CPU")
    parser.add_argument("--without-server", action="store_true", help="ask in this process alone")
    parser.add_argument("--write", action="store_true", help=f"write the rows into {PAGE.name}")
    parser.add_argument("--record", action="store_true", help="store the answers, of the bundled model on a CPU, as the expected ones")
    options = parser.parse_args(arguments)
    try:
        return check(options)
    except TierlineError as error:
        print(f"check: {printable(str(error))}", file=sys.stderr)
        return 2


def check(options: argparse.Namespace) -> int:
    """Ask in this process, then through a server."""
    machine = gpu() if options.device == "gpu" else f"CPU, {os.cpu_count()} cores ({platform.machine()})"
    settings = settings_of(options)
    wrong: list[str] = []
    rows: list[str] = []
    began = time.perf_counter()
    model = open_model(settings)
    loaded = time.perf_counter() - began
    with contextlib.closing(model):  # pyright: ignore[reportArgumentType]
        rows.append(_row(model, options, machine, loaded, wrong))
    if not options.without_server and not options.record:
        began = time.perf_counter()
        with served(settings) as endpoint:
            rows.append(_row(endpoint, options, machine, time.perf_counter() - began, wrong))
    if options.write and not options.record:
        write_rows(PAGE, rows)
    for line in wrong:
        print(f"check: {line}", file=sys.stderr)
    return 1 if wrong else 0


def gpu() -> str:
    """The name of the first GPU. BadInput if there is none."""
    try:
        import torch

        if torch.cuda.is_available():
            return f"{torch.cuda.device_count()} x {torch.cuda.get_device_name(0)}"
    except ImportError:
        pass
    raise BadInput("no GPU", "this machine", "run it where PyTorch sees one, or with --device cpu")


def settings_of(options: argparse.Namespace) -> ModelSettings:
    """What is loaded. BadInput if the model is missing."""
    if options.engine == "llamacpp":
        return ModelSettings(model=options.model, context=CONTEXT, slots=SLOTS[options.device])
    model = options.model or str(FOLDER)
    if not options.model and not FOLDER.is_dir():
        raise BadInput("the bundled model is not there as safetensors", str(FOLDER), "run `make vllm`, or name one with --model")
    dtype = options.dtype or ("auto" if options.device == "gpu" else "float32")
    return ModelSettings("vllm", model, context=CONTEXT, slots=SLOTS[options.device], dtype=dtype, eager=options.device == "cpu")


@contextlib.contextmanager
def served(settings: ModelSettings) -> Generator[LanguageModel]:
    """The same model behind a server of its own on loopback, asked as an endpoint."""
    if settings.engine == "llamacpp":
        model: Any = open_model(settings)
        try:
            yield Endpoint(f"{model._server.listening_address}/v1", "", "", settings.slots)
        finally:
            model.close()
        return
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "vllm.entrypoints.openai.api_server", "--model", settings.model, "--served-model-name", "checked"]
    command += ["--host", "127.0.0.1", "--port", str(port), "--dtype", settings.dtype, "--max-model-len", str(settings.context)]
    command += ["--enforce-eager"] if settings.eager else []
    process = subprocess.Popen(command, start_new_session=True, stdout=subprocess.DEVNULL)
    try:
        _wait(process, port)
        yield Endpoint(f"http://127.0.0.1:{port}/v1", "", "", settings.slots)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        process.wait(60)


def _wait(process: subprocess.Popen[bytes], port: int) -> None:
    ends = time.monotonic() + SERVER_SECONDS
    while process.poll() is None and time.monotonic() < ends:
        with socket.socket() as knock:
            if knock.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.5)
    raise BadInput("vLLM's server does not start", " ".join(map(str, process.args)), "see what it logged above")  # pyright: ignore


def _row(model: LanguageModel, options: argparse.Namespace, machine: str, loaded: float, wrong: list[str]) -> str:
    """Ask, compare, measure, and say it in one row of the table."""
    try:
        answers = ask(model)
    except RuntimeError as error:
        wrong.append(f"{model.engine}: {error}")
        return _cells(options, model, machine, loaded, "no answer", 0, 0)
    told = _told(answers, options, model, wrong)
    if options.record:
        return ""
    read, written = speeds(model, SLOTS[options.device], WRITTEN[options.device])
    row = _cells(options, model, machine, loaded, told, read, written)
    print(row)
    return row


def _told(answers: Answers, options: argparse.Namespace, model: LanguageModel, wrong: list[str]) -> str:
    """How far the answers are from the stored ones. The bundled model alone has such."""
    if options.record:
        record(answers, options.engine)
    if options.model:
        return "nothing stored"
    stored = json.loads(EXPECTED.read_text("utf-8"))
    if stored["questions"] != digest():
        raise BadInput("the questions have changed since the answers were stored", str(EXPECTED), "store them anew: --record --device cpu")
    expected = expected_of(stored["answers"], options.engine)
    gap = compare(answers, expected)
    wrong += [f"{model.engine}: {line}" for line in beyond(gap)]
    probed, nats = (f"{gap.probed:.3f}" if answers.probed else "-"), (f"{gap.nats:.3f}" if answers.nats and expected.nats else "-")
    return f"{gap.judged:.3f} / {probed} / {nats} / {gap.edits:.2f}"


def expected_of(stored: dict[str, Any], engine: str) -> Answers:
    """A CPU's answers by the same engine, or else by llama.cpp, which reads every eighth token for a perplexity: of another measure."""
    if engine in stored:
        return answers_of(stored[engine])
    return answers_of(stored["llamacpp"] | {"nats": []})


def record(answers: Answers, engine: str) -> None:
    """Store them as what is expected of the bundled model on this engine; those of other engines stay if the questions are the same."""
    stored = json.loads(EXPECTED.read_text("utf-8")) if EXPECTED.is_file() else {}
    kept = stored.get("answers", {}) if stored.get("questions") == digest() else {}
    new = {"questions": digest(), "answers": kept | {engine: asdict(answers)}}
    EXPECTED.write_text(json.dumps(new, indent=1, ensure_ascii=False, sort_keys=True) + "\n", "utf-8")


def _cells(options: argparse.Namespace, model: LanguageModel, machine: str, loaded: float, told: str, read: float, written: float) -> str:
    name = Path(options.model).name or "bundled, 135M"
    where = f"{options.engine}, served" if model.engine == "endpoint" else f"{options.engine}, in process"
    return f"| {name} | {where} | {machine} | {loaded:.0f} | {told} | {read:,.0f} | {written:,.0f} |"


def write_rows(page: Path, rows: Sequence[str]) -> None:
    """Put the rows into the page's table, each in the place of the one with the same model, engine and machine."""
    head, mark, tail = page.read_text("utf-8").partition(MARK)
    if not mark:
        raise BadInput("has no place for the rows", str(page), f"put {MARK} below the table")
    lines = head.rstrip("\n").splitlines()
    for row in rows:
        key = row.split("|")[1:4]
        lines = [line for line in lines if line.split("|")[1:4] != key] + [row]
    page.write_text("\n".join(lines) + f"\n\n{mark}{tail}", "utf-8")


if __name__ == "__main__":
    sys.exit(main())
