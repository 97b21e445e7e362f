"""Cuts a GGUF model off after an inner layer: its output is then that layer's hidden state, at that share of the cost."""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path
from typing import Any

from tierline.errors import BadInput

BLOCK = re.compile(r"blk\.(\d+)\.")
FORM = 1  # part of the file's name: increase it if the same model would be written differently
OWN_FIELDS = ("GGUF.", "general.architecture", "general.alignment")  # written by the writer itself


def trimmed_model(path: Path, weights_sha256: str, share: float) -> Path:
    """The file of the model's first `share` of layers, from the user's cache or else written into it now.

    The final norm stays, so each token's state leaves with one length. Raises BadInput if the file is not a GGUF model with layers.
    """
    name = f"{weights_sha256}-{share:g}-{FORM}.gguf"
    for folder in _cache_folders():
        if (folder / name).is_file():
            return folder / name
    for folder in _cache_folders():
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=folder, suffix=".part", delete=False) as part:
                target = Path(part.name)
        except OSError:
            continue
        try:
            write_trimmed(path, target, share)
            target.replace(folder / name)  # atomically: another process may be writing the same file
        finally:
            target.unlink(missing_ok=True)
        return folder / name
    raise BadInput("no folder for the trimmed model can be written", str(_cache_folders()[0]), "set XDG_CACHE_HOME to one that can")


def write_trimmed(path: Path, target: Path, share: float) -> None:
    """Copy metadata and tensors, but without the later layers and with the metadata counting those that stay.

    llama.cpp multiplies 4- and 5-bit blocks that have an offset one vector at a time; as 8-bit blocks they take 0.7 of the time
    and give the same vectors (cosine 0.9999).
    """
    from gguf import GGMLQuantizationType, GGUFReader, GGUFWriter, dequantize, quantize

    try:
        reader: Any = GGUFReader(path)
        architecture = reader.fields["general.architecture"].contents()
        layers = int(reader.fields[f"{architecture}.block_count"].contents())
    except (ValueError, KeyError, IndexError) as error:
        raise BadInput(f"not a GGUF model with layers ({error})", str(path), "use a GGUF file of a transformer") from error
    kept = max(1, int(layers * share))
    writer: Any = GGUFWriter(target, architecture)
    for key, field in reader.fields.items():
        if not key.startswith(OWN_FIELDS):
            subtype = field.types[-1] if len(field.types) > 1 else None
            writer.add_key_value(key, _shortened(key, field.contents(), architecture, layers, kept), field.types[0], subtype)
    for tensor in reader.tensors:
        block = BLOCK.match(tensor.name)
        if not block or int(block[1]) < kept:
            data, form = tensor.data, tensor.tensor_type
            if form in (GGMLQuantizationType.Q4_1, GGMLQuantizationType.Q5_1):
                data, form = quantize(dequantize(data, form), GGMLQuantizationType.Q8_0), GGMLQuantizationType.Q8_0
            writer.add_tensor(tensor.name, data, raw_dtype=form)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _shortened(key: str, value: Any, architecture: str, layers: int, kept: int) -> Any:
    if key == f"{architecture}.block_count":
        return kept
    per_layer = key.startswith(f"{architecture}.") and isinstance(value, list) and len(value) == layers
    return value[:kept] if per_layer else value  # some architectures give heads or widths per layer


def _cache_folders() -> tuple[Path, Path]:
    own = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "tierline" / "models"
    return own, Path(tempfile.gettempdir()) / f"tierline-models-{os.getuid()}"
