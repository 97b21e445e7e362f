"""What an ingest says of a shard that ran in several waves: of each stage the last word, and no word is lost."""

from types import SimpleNamespace

import dagster as dg

from tier_assets.outcomes import Outcomes


def check(asset: str, text: str, passed: bool = True, **metadata: object) -> SimpleNamespace:
    severity = dg.AssetCheckSeverity.WARN if passed or metadata else dg.AssetCheckSeverity.ERROR
    return SimpleNamespace(asset_key=dg.AssetKey(asset), description=text, passed=passed, severity=severity, metadata=metadata)


def step(name: str, kind: str, error: str = "") -> SimpleNamespace:
    said = SimpleNamespace(error=SimpleNamespace(message=error, cause=None))
    kinds = {f"is_step_{one}": one == kind for one in ("success", "skipped", "failure")}
    return SimpleNamespace(step_key=name, event_specific_data=said, **kinds)


def run(*checks: SimpleNamespace, steps: tuple[SimpleNamespace, ...] = (), success: bool = True) -> SimpleNamespace:
    return SimpleNamespace(success=success, all_events=steps, get_asset_check_evaluations=lambda: list(checks))


def said(*runs: SimpleNamespace) -> str:
    outcomes = Outcomes()
    for one in runs:
        outcomes.add("a", one)
    (outcome,) = outcomes.all()
    return str(outcome)


WAIVED = check("l0_raw", "a is waived at l0_raw by Mia", passed=False, waived_who="Mia")
REFUSED = check("l3_refined", "a is quarantined at l3_refined: rows is 0", passed=False)


def test_a_later_run_of_other_stages_keeps_what_was_said_of_a_waiver():
    assert said(run(WAIVED), run(check("l2_scores", "a is promoted"))) == "a is waived at l0_raw by Mia"
    assert said(run(WAIVED), run(check("l0_raw", "a is promoted"))) == "a: promoted", "its own stage has the last word"


def test_a_withdrawn_shard_is_said_to_be_one_after_later_waves():
    withdrawn = check("l0_raw", "a is promoted; nothing new: every crawl file was forgotten", nothing_new="forgotten")
    assert "forgotten" in said(run(withdrawn), run(check("l2_scores", "a is promoted")))


def test_a_refusal_stays_until_its_stage_has_run_again_or_has_nothing_to_judge():
    assert said(run(REFUSED), run(check("l4_manuals", "a is promoted"))) == REFUSED.description
    assert said(run(REFUSED), run(check("l3_refined", "a is promoted"))) == "a: promoted"
    below = check("l1_filtered", "a is quarantined at l1_filtered: x", passed=False)
    skipped = run(below, steps=(step("l3_refined_promotion_gate", "skipped"),))
    assert said(run(REFUSED), skipped) == below.description


def test_an_error_stays_until_its_step_has_succeeded():
    failed = run(steps=(step("l3_refined", "failure", "no space left"),), success=False)
    assert said(failed, run(steps=(step("l4_manuals", "success"),))) == "a: no space left"
    assert said(failed, run(steps=(step("l3_refined", "success"),))) == "a: promoted"
    assert said(run(success=False)) == "a: the run failed; see it in the UI"
    assert said(run(success=False), run()) == "a: promoted"


def test_what_all_shards_share_comes_last():
    outcomes = Outcomes()
    for name in ("scorers", "b", "facts and mixes", "a"):
        outcomes.add(name, run())
    assert [one.shard for one in outcomes.all(last=("scorers", "facts and mixes"))] == ["b", "a", "scorers", "facts and mixes"]
