"""The training benchmark's smallest budget runs every arm from files to metrics."""

import gzip
import json
from pathlib import Path

import pyarrow.parquet as pq

from benchmarks.training import main
from tests.unit.training.corpus_rows import made_rows
from tierline.training.recipe import TrainingRecipe

RECIPES = Path(__file__).parents[3] / "recipes/training"


def test_smoke_runs_every_arm_from_files_to_metrics(tmp_path, capsys):
    (tmp_path / "corpus").mkdir()
    pq.write_table(made_rows(300), tmp_path / "corpus/rows.parquet")
    (tmp_path / "data/bench").mkdir(parents=True)
    recipe = TrainingRecipe.load(RECIPES / "smoke.yaml")
    for name in recipe.measuring.questions:
        lines = [{"query": f"house {n} is made of", "choices": ["iron", "mist"], "gold": n % 2} for n in range(12)]
        (tmp_path / f"data/bench/{name}.jsonl.gz").write_bytes(gzip.compress("\n".join(map(json.dumps, lines)).encode()))
    arguments = [
        "--data",
        str(tmp_path / "data"),
        "--corpus",
        str(tmp_path / "corpus"),
        "--budget",
        "smoke",
        "--out",
        str(tmp_path / "out"),
    ]
    assert main([*arguments, "--workers", "2"]) == 0
    output = capsys.readouterr().out.splitlines()
    metrics = json.loads(output[-1])["metrics"]
    assert metrics["runs"] == 2 * 16 and metrics["seeds"] == 2 and metrics["within_noise"] == 1
    for name in ("bits_per_byte", "domain_river", "tier_L4", "cloze", "truthfulqa"):
        assert metrics[f"delta_{name}_lo"] <= metrics[f"delta_{name}"] <= metrics[f"delta_{name}_hi"] and f"mde_{name}" in metrics
    assert any(line.startswith("Within noise: ") for line in output)
    assert (tmp_path / "out/report.html").is_file() and (tmp_path / "out/models/tiered/model.safetensors").is_file()


def test_every_recipe_is_valid():
    assert {path.stem: TrainingRecipe.load(path).seeds for path in sorted(RECIPES.iterdir())} == {"full": 5, "small": 5, "smoke": 2}


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
