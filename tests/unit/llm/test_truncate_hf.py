"""A model folder is cut off after an inner layer: everything up to it stays byte for byte, and the configuration says so."""

import json

import numpy as np
import pytest

from tests.unit.llm.tiny_checkpoint import LAYERS, write_tiny_checkpoint
from tierline.errors import BadInput
from tierline.llm.truncate_hf import write_shortened

safetensors = pytest.importorskip("safetensors.numpy")
pytest.importorskip("torch")


@pytest.fixture
def model(tmp_path):
    (tmp_path / "model").mkdir()
    return write_tiny_checkpoint(tmp_path / "model")


@pytest.mark.parametrize(("share", "kept"), [(0.5, LAYERS // 2), (1.0, LAYERS), (0.01, 1)])
def test_the_first_layers_embeddings_and_norm_stay_as_they_are(model, tmp_path, share, kept):
    target = tmp_path / "short"
    target.mkdir()
    write_shortened(model, target, share)
    whole, short = (safetensors.load_file(folder / "model.safetensors") for folder in (model, target))
    left_out = {name for name in whole if any(f"layers.{layer}." in name for layer in range(kept, LAYERS))}
    assert set(short) == set(whole) - left_out and {"model.embed_tokens.weight", "model.norm.weight"} <= set(short)
    assert all(np.array_equal(short[name], whole[name]) for name in short)
    config = json.loads((target / "config.json").read_text())
    assert config == json.loads((model / "config.json").read_text()) | {"num_hidden_layers": kept}
    assert (target / "tokenizer.json").read_bytes() == (model / "tokenizer.json").read_bytes()


def test_types_of_layers_are_cut_with_them(model, tmp_path):
    config = json.loads((model / "config.json").read_text()) | {"layer_types": ["full", "sliding"]}
    (model / "config.json").write_text(json.dumps(config))
    (tmp_path / "short").mkdir()
    write_shortened(model, tmp_path / "short", 0.5)
    assert json.loads((tmp_path / "short" / "config.json").read_text())["layer_types"] == ["full"]


@pytest.mark.parametrize("missing", ["config.json", "model.safetensors"])
def test_a_folder_that_is_no_model_is_one_line(model, tmp_path, missing):
    (model / missing).unlink()
    with pytest.raises(BadInput, match=r"config\.json and safetensors; set TIERLINE_MODEL to one"):
        write_shortened(model, tmp_path, 0.5)
