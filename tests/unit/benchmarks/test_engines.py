"""The benchmark of engines compares what is installed, names what is not, and asks nothing twice."""

import gzip
import json

from benchmarks import engines


def test_engines_agree_and_a_rerun_asks_none(tmp_path, capsys):
    file = tmp_path / engines.TEXTS[1]
    file.parent.mkdir(parents=True)
    with gzip.open(file, "wt") as lines:
        lines.write(
            json.dumps({"text": "Water boils at 100 degrees Celsius at sea level, because its vapour then has the air's pressure."})
        )
    assert engines.main(["--data", str(tmp_path), "--budget", "smoke"]) == 0
    result = json.loads(capsys.readouterr().out.splitlines()[-1])
    metrics = result["metrics"]
    assert metrics["calls_on_rerun"] == 0 and metrics["errors_llamacpp"] == metrics["errors_endpoint"] == 0
    assert metrics["agreement_llamacpp"] == 1.0 and metrics["prompts"] == 2
    assert "agreement_vllm" in metrics or "vllm" in result["skipped"][0]
