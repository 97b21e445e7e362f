"""A trimmed model is the same model up to the layer where it was cut."""

import numpy as np
import pytest
from gguf import GGUFReader, GGUFWriter

from tierline.config.checksum import file_sha256
from tierline.errors import BadInput
from tierline.llm.open import embedded_model
from tierline.llm.truncate_gguf import trimmed_model, write_trimmed


@pytest.fixture
def model_file(tmp_path):
    """Four layers of one tensor each, beside the embedding, and a number of heads stated for each layer."""
    path = tmp_path / "model.gguf"
    writer = GGUFWriter(path, "llama")
    writer.add_block_count(4)
    writer.add_head_count([8, 8, 4, 4])
    writer.add_token_list(["a", "b", "c", "d"])
    writer.add_tensor("token_embd.weight", np.arange(8, dtype=np.float32))
    for layer in range(4):
        writer.add_tensor(f"blk.{layer}.ffn_up.weight", np.full(4, layer, np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def test_later_layers_go_and_the_metadata_counts_what_stays(model_file, tmp_path):
    write_trimmed(model_file, tmp_path / "half.gguf", 0.5)
    reader = GGUFReader(tmp_path / "half.gguf")
    assert [tensor.name for tensor in reader.tensors] == ["token_embd.weight", "blk.0.ffn_up.weight", "blk.1.ffn_up.weight"]
    assert reader.fields["llama.block_count"].contents() == 2 and reader.fields["llama.attention.head_count"].contents() == [8, 8]
    assert reader.fields["tokenizer.ggml.tokens"].contents() == ["a", "b", "c", "d"], "a list of another kind may be as long as the layers"
    assert reader.tensors[2].data.tolist() == [1.0] * 4


def test_quantized_weights_keep_their_values(tmp_path):
    from gguf import dequantize

    write_trimmed(embedded_model(), tmp_path / "one.gguf", 0.04)
    before = {tensor.name: tensor for tensor in GGUFReader(embedded_model()).tensors}
    for after in GGUFReader(tmp_path / "one.gguf").tensors:
        old = before[after.name]
        assert old.shape.tolist() == after.shape.tolist()
        left, right = (np.asarray(dequantize(tensor.data[::31], tensor.tensor_type)).ravel() for tensor in (old, after))  # every 31st row
        assert np.corrcoef(left, right)[0, 1] > 0.999, after.name


def test_a_model_is_trimmed_once_for_a_user(model_file, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    first = trimmed_model(model_file, file_sha256(model_file), 0.5)
    written = first.stat().st_mtime_ns
    assert trimmed_model(model_file, file_sha256(model_file), 0.5) == first and first.stat().st_mtime_ns == written
    assert trimmed_model(model_file, file_sha256(model_file), 0.25) != first
    assert sorted(path.suffix for path in first.parent.iterdir()) == [".gguf", ".gguf"], "nothing half written is left"


def test_what_is_no_model_is_one_clear_line_and_leaves_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "notes.gguf").write_bytes(b"not a model at all, only some bytes")
    with pytest.raises(BadInput, match=r"notes\.gguf"):
        trimmed_model(tmp_path / "notes.gguf", "0" * 64, 0.5)
    assert not list((tmp_path / "cache").rglob("*.*"))
