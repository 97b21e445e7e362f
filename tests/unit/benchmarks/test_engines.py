"""The benchmark of engines compares what is installed, names what is not, and asks nothing twice."""

import gzip
import importlib.util
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
    assert metrics["prompts"] == 2 and metrics["agreement_endpoint"] == 1.0 and metrics["log_odds_gap_endpoint"] < 0.1
    skipped = [reason.split()[0] for reason in result["skipped"]]
    assert [name for name in ("llamacpp", "endpoint", "vllm") if f"agreement_{name}" in metrics] == ["llamacpp", "endpoint", "vllm"][
        : 3 - len(skipped)
    ]
    assert skipped == ([] if importlib.util.find_spec("vllm") and engines.MODEL_FOLDER.is_dir() else ["vllm"])


def measured(labels: list[str | None], differences: list[float | None]) -> dict:
    """What one engine answered, with speeds that do not matter here."""
    speeds = dict.fromkeys(("start_s", "read_tokens_per_s", "written_tokens_per_s"), 1.0)
    return {"labels": labels, "differences": differences, "errors": labels.count(None), "calls_on_rerun": 1, **speeds}


def test_agreement_is_the_share_of_equal_answers_to_the_reference():
    reference = measured(["A", "B", "A", None], [1.0, -2.0, 0.5, None])
    other = measured(["A", "A", "A", None], [1.5, 1.0, 0.5, None])
    metrics = engines._report({"llamacpp": reference, "endpoint": other}, 4)
    assert metrics["agreement_llamacpp"] == 0.75, "an answer that failed agrees with nothing"
    assert metrics["agreement_endpoint"] == 0.5 and metrics["log_odds_gap_endpoint"] == round((0.5 + 3.0 + 0.0) / 3, 4)
    assert (metrics["share_of_a"], metrics["errors_endpoint"], metrics["calls_on_rerun"]) == (0.5, 1, 2)
