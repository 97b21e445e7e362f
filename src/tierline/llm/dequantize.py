"""Writes a GGUF model as a folder of safetensors, which vLLM loads: `python -m tierline.llm.dequantize OUT [MODEL.gguf]`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from tierline.errors import BadInput, TierlineError
from tierline.llm.open import embedded_model


def dequantize(gguf: Path, out: Path) -> None:
    """The same weights in float32, with tokenizer and chat template. BadInput if the file or what reads it is missing."""
    if not gguf.is_file():
        raise BadInput("no such model file", str(gguf), "name a GGUF file")
    try:
        import accelerate  # pyright: ignore  # noqa: F401 - transformers reads no GGUF file without it, and says so in a traceback
        import torch  # pyright: ignore[reportMissingImports]
        import transformers  # pyright: ignore[reportMissingImports]
    except ImportError:
        raise BadInput("transformers or accelerate is not installed", "dequantize", "run `make vllm`, and this from .venv-vllm") from None
    library: Any = transformers
    source = {"pretrained_model_name_or_path": gguf.parent, "gguf_file": gguf.name}
    tokenizer = library.AutoTokenizer.from_pretrained(**source)
    model = library.AutoModelForCausalLM.from_pretrained(**source, dtype=torch.float32)
    del model.config.quantization_config  # the weights are no longer quantized as it states
    plain = type(model)(model.config)  # transformers refuses to save a model that was read from GGUF
    plain.load_state_dict(model.state_dict())
    plain.save_pretrained(out)
    tokenizer.save_pretrained(out)


def main(arguments: list[str] | None = None) -> int:
    """Exit status 2 and one line on bad input."""
    parser = argparse.ArgumentParser(prog="python -m tierline.llm.dequantize", description=__doc__)
    parser.add_argument("out", type=Path, help="folder to write")
    parser.add_argument("gguf", type=Path, nargs="?", help="GGUF file; the embedded model where none is named")
    options = parser.parse_args(arguments)
    try:
        dequantize(options.gguf or embedded_model(), options.out)
    except TierlineError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
