"""The training benchmark's smallest budget goes from files to metrics, through a registration that it then keeps to."""

import gzip
import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from benchmarks.training import main
from tests.unit.training.corpus_rows import made_rows
from tierline.training.recipe import TrainingRecipe
from tierline.training.scaling import ScalingRecipe, shape_for

RECIPES = Path(__file__).parents[3] / "recipes/training"
NAMES = ("gain_at_60", "compute_ratio", "order_gain")  # each with an interval
ALONE = ("h1_seeds_won", "h1_seeds", "delta_web", "placebo_gain", "mde", "curation_compute_share", "seeds")


@pytest.fixture
def data(tmp_path):
    (tmp_path / "corpus").mkdir()
    pq.write_table(made_rows(600), tmp_path / "corpus/rows.parquet")
    stage = {"seconds": 5.0, "model_seconds": 4.0}
    (tmp_path / "corpus/corpus.json").write_text(json.dumps({"stages": {"l2_scores": stage}}))
    (tmp_path / "data/bench").mkdir(parents=True)
    recipe = TrainingRecipe.load(RECIPES / "smoke.yaml")
    for name in recipe.measuring.questions:
        lines = [{"query": f"what was house number {n} by the river made of", "choices": ["iron", "mist"], "gold": n % 2} for n in range(8)]
        (tmp_path / f"data/bench/{name}.jsonl.gz").write_bytes(gzip.compress("\n".join(map(json.dumps, lines)).encode()))
    tiny = (RECIPES / "smoke.yaml").read_text().replace("81_920", "16_384")
    (tmp_path / "tiny.yaml").write_text(tiny.replace("vocabulary: 512", "vocabulary: 450").replace("width: 32", "width: 16"))
    return tmp_path


def test_smoke_goes_from_files_to_metrics_and_registers_first(data, capsys):
    arguments = ["--data", str(data / "data"), "--corpus", str(data / "corpus"), "--recipe", str(data / "tiny.yaml"), "--workers", "1"]
    arguments += ["--out", str(data / "out")]
    assert main([*arguments, "--step", "run"]) == 2
    assert "no registration" in capsys.readouterr().err
    assert main(arguments) == 0
    output = capsys.readouterr().out.splitlines()
    metrics = json.loads(output[-1])["metrics"]
    for name in NAMES:
        assert metrics[f"{name}_lo"] <= metrics[name] <= metrics[f"{name}_hi"]
    assert set(ALONE) <= set(metrics) and metrics["seeds"] == metrics["h1_seeds"] == 2 and metrics["h1_holds"] == 0
    assert 0 < metrics["curation_compute_share"] < 1 and "delta_truthfulqa" in metrics
    assert output[-2].startswith("H1 is undecided: ") and any(line.startswith("registered ") for line in output)
    assert (data / "out/report.html").is_file() and (data / "out/models/tier_60/model.safetensors").is_file()
    sizes = "{widths: [8, 16], shares: [0.5, 1.0], tokens_per_parameter: 0.8, seeds: [21, 22]}"
    (data / "sizes.yaml").write_text(sizes)
    assert main([*arguments, "--step", "scale", "--scaling", str(data / "sizes.yaml")]) == 0
    output = capsys.readouterr().out.splitlines()
    metrics = json.loads(output[-1])["metrics"]
    assert metrics["scale_cells"] == 4 and metrics["scale_model_slope_lo"] <= metrics["scale_model_slope_hi"]
    assert any("bits per byte a doubling" in line for line in output) and (data / "out/scale.json").is_file()
    assert main([*arguments, "--step", "attribute", "--seeds", "2", "--seconds", "1"]) == 0
    out, error = capsys.readouterr()
    metrics = json.loads(out.splitlines()[-1])["metrics"]
    assert {"token_value_L4", "pool_L3_K_lo", "domain_web_web_hi"} <= set(metrics) and metrics["tokens"] == 4_096
    assert "no row says of which kind it is: no form is left out" in error
    assert main([*arguments, "--step", "attribute", "--seeds", "9"]) == 2


def test_every_recipe_is_valid():
    assert {path.stem: TrainingRecipe.load(path).seeds for path in sorted(RECIPES.iterdir())} == {
        "full": 6,
        "h100": 8,
        "small": 6,
        "smoke": 2,
    }


def test_every_size_of_a_scaling_recipe_fits_the_training_recipe_of_its_budget():
    for path in sorted((RECIPES.parent / "scaling").iterdir()):
        own, trained = ScalingRecipe.load(path), TrainingRecipe.load(RECIPES / path.name)
        assert len(own.widths) == len(own.shares) == 3 and trained.model.width in own.widths and 1.0 in own.shares
        assert not set(own.seeds) & {*range(trained.seeds), *trained.pilot.seeds}
        assert all(shape_for(width, trained.model).layers == trained.model.layers for width in own.widths)


def test_a_missing_file_is_one_line_and_exit_status_2(tmp_path, capsys):
    assert main(["--data", str(tmp_path), "--budget", "smoke"]) == 2
    assert main(["--data", str(tmp_path), "--recipe", str(tmp_path / "none.yaml")]) == 2
    pq.write_table(made_rows(300), tmp_path / "rows.parquet")
    assert main(["--data", str(tmp_path), "--corpus", str(tmp_path), "--budget", "smoke"]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert [line.split(":")[1].split(";")[0].strip() for line in lines] == [
        "no crawl file",
        "no such training recipe",
        "no benchmark file mmlu-test.jsonl.gz",
    ]
