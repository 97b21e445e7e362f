"""Writing a GGUF model as safetensors: bad input is one line and status 2 before anything is written."""

from importlib.util import find_spec

import pytest

from tierline.llm.dequantize import main


def test_a_file_that_is_missing_is_one_line(tmp_path, capsys):
    assert main([str(tmp_path / "out"), str(tmp_path / "absent.gguf")]) == 2
    said = capsys.readouterr().err
    assert said == f"error: {tmp_path / 'absent.gguf'}: no such model file; name a GGUF file\n" and not (tmp_path / "out").exists()


READY = all(map(find_spec, ("accelerate", "torch", "transformers")))


@pytest.mark.skipif(READY, reason="everything is installed here")
def test_without_what_reads_gguf_the_line_says_where_it_runs(tmp_path, capsys):
    (tmp_path / "m.gguf").write_bytes(b"GGUF")
    assert main([str(tmp_path / "out"), str(tmp_path / "m.gguf")]) == 2
    assert "run `make vllm`, and this from .venv-vllm" in capsys.readouterr().err and not (tmp_path / "out").exists()


@pytest.mark.skipif(not READY, reason="needs transformers and accelerate: .venv-vllm has them")
def test_weights_are_those_of_the_file(tmp_path):
    gguf, numpy, load = pytest.importorskip("gguf"), pytest.importorskip("numpy"), pytest.importorskip("safetensors.numpy").load_file
    from tierline.llm.open import embedded_model

    assert main([str(tmp_path / "out")]) == 0
    stored = {tensor.name: tensor for tensor in gguf.GGUFReader(embedded_model()).tensors}
    norm = load(next((tmp_path / "out").glob("*.safetensors")))["model.norm.weight"]
    assert numpy.allclose(norm, gguf.dequantize(stored["output_norm.weight"].data, stored["output_norm.weight"].tensor_type))
