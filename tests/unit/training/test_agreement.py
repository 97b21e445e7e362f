"""Two complete runs of what is registered agree test by test, or the page names the tests whose signs do not."""

import json
from dataclasses import replace
from functools import cache

import pytest

from benchmarks.training import main
from tests.unit.training.test_findings import REGISTERED, SIZES, planted
from tierline.errors import BadInput
from tierline.training.agreement import AGREEMENT, compare, outcomes, ran_on, read_agreement
from tierline.training.findings import Gain, find
from tierline.training.registration import FILE, digest_of
from tierline.training.report import render, summary
from tierline.training.rows import FINDINGS
from tierline.training.statistics import Interval

HERE = {"device": "cpu", "threads": 1, "instructions": "AVX2", "torch": "2.13"}


@cache
def measured(tier, **kwargs):
    """Findings that no registration belongs to yet."""
    return find({}, planted(tier, **kwargs), SIZES, {"accuracy:arc_easy": 0.25}, None)


def finished(folder, tier=0.3, threads=1, changes=None, **kwargs):
    """A folder as a complete run leaves it, without runs and page."""
    registered = REGISTERED | (changes or {})
    found = measured(tier, **{"order": 0.1, **kwargs})
    runs = [run | {"where": HERE | {"threads": threads}} for run in found.runs]
    findings = replace(found, runs=runs, registration={"digest": digest_of(registered), "registered": registered})
    folder.mkdir(parents=True)
    (folder / FILE).write_text(json.dumps(findings.registration))
    (folder / FINDINGS).write_text(json.dumps(summary(findings)))
    return findings


def test_runs_that_differ_in_threads_alone_agree_in_every_sign(tmp_path):
    findings = finished(tmp_path / "a")
    finished(tmp_path / "b", threads=2)
    found = compare(tmp_path / "a", tmp_path / "b")
    assert found.metrics() == {"signs_agree": 6, "signs": 6} and list(found.here) == ["H1", "H2", "H3", "order", "placebo", "web"]
    assert found.line.startswith("A second complete run of what is registered, on cpu (AVX2, 2 threads a worker, torch 2.13) instead of")
    assert found.line.endswith("the signs of 6 of 6 tests agree.")
    assert read_agreement(tmp_path / "a", found.registration) == found and read_agreement(tmp_path / "a", "another") is None
    assert found.line in render(findings, "", "command", None, found) and found.line not in render(findings, "", "command")


def test_a_sign_that_differs_is_named(tmp_path):
    finished(tmp_path / "a")
    finished(tmp_path / "b", tier=0.0, placebo=-0.1, threads=2)
    found = compare(tmp_path / "a", tmp_path / "b")
    assert found.agreeing == ["web"] and "the signs of 1 of 6 tests agree (not those of H1, H2, H3, order, placebo)." in found.line
    assert [row[-1] for row in found.table().rows] == [*["no"] * 5, "yes"] and found.here["placebo"].said == "within noise"
    here, there = found.here["H1"], found.there["H1"]
    assert (here.said, there.said) == ("holds", "fails") and there.gains["K"] < 0 < here.gains["K"]


def test_placebos_within_noise_agree_whatever_their_signs():
    findings = measured(0.3, order=0.1)
    noise = [Gain("placebo", Interval(own, -0.01, 0.01, 6), (own,) * 6) for own in (0.0003, -0.0003)]
    one, two = (outcomes(replace(findings, steps=findings.steps | {"placebo": own}))["placebo"] for own in noise)
    assert one.agrees(two) and not one.gains
    clear = replace(noise[0], interval=Interval(0.02, 0.01, 0.03, 6))
    assert not outcomes(replace(findings, steps=findings.steps | {"placebo": clear}))["placebo"].agrees(one)


def test_the_same_threads_and_machine_are_said_to_be_no_test(tmp_path):
    finished(tmp_path / "a")
    finished(tmp_path / "b")
    assert compare(tmp_path / "a", tmp_path / "b").line.endswith("Nothing differs between the two that could change a sum.")


def test_the_pilots_of_two_machines_may_differ_and_nothing_else_may(tmp_path):
    finished(tmp_path / "a")
    finished(tmp_path / "slower", changes={"pilot": REGISTERED["pilot"] | {"gain": 0.2}})
    assert compare(tmp_path / "a", tmp_path / "slower").metrics()["signs_agree"] == 6
    finished(tmp_path / "longer", changes={"recipe": REGISTERED["recipe"] | {"tokens": 2000}, "corpus": "other"})
    with pytest.raises(BadInput, match=r"longer: corpus, recipe differ from what is registered in .*copy registration\.json"):
        compare(tmp_path / "a", tmp_path / "longer")


def test_what_is_not_finished_or_of_another_registration_is_refused(tmp_path, capsys):
    finished(tmp_path / "a")
    finished(tmp_path / "b", threads=2)
    kept = json.loads((tmp_path / "b" / FINDINGS).read_text())
    (tmp_path / "b" / FINDINGS).write_text(json.dumps(kept | {"registration": "other"}))
    with pytest.raises(BadInput, match="is of another registration than the one beside it"):
        compare(tmp_path / "a", tmp_path / "b")
    (tmp_path / "b" / FINDINGS).write_text(json.dumps({"metrics": {}, "registration": kept["registration"]}))
    with pytest.raises(BadInput, match="holds no outcomes of a finished experiment; run `--step run` there"):
        compare(tmp_path / "a", tmp_path / "b")
    (tmp_path / "b" / FINDINGS).write_text(json.dumps(kept | {"tests": []}))
    with pytest.raises(BadInput, match="holds no outcomes of a finished experiment"):
        compare(tmp_path / "a", tmp_path / "b")
    for folders, said in ((("a", "a"), "is compared with itself"), (("a", "none"), "no registration")):
        arguments = ["--data", "x", "--step", "compare", "--out", str(tmp_path / folders[0]), "--with", str(tmp_path / folders[1])]
        assert main(arguments) == 2 and said in capsys.readouterr().err
    assert not (tmp_path / "a" / AGREEMENT).exists()


def test_the_command_prints_signs_and_needs_two_folders(tmp_path, capsys):
    finished(tmp_path / "a")
    finished(tmp_path / "b", tier=0.0, placebo=-0.1, threads=2)
    assert main(["--data", "x", "--step", "compare", "--out", str(tmp_path / "a"), "--with", str(tmp_path / "b")]) == 0
    output = capsys.readouterr().out.splitlines()
    metrics = json.loads(output[-1])["metrics"]
    assert metrics["signs"] == 6 and metrics["signs_agree"] < 6 and any(line.startswith("A second complete run") for line in output)
    for arguments in (["--step", "compare", "--out", "a"], ["--step", "run", "--with", "b"], ["--step", "compare", "--with", "b"]):
        with pytest.raises(SystemExit, match="2"):
            main(["--data", "x", *arguments])
    assert "--step compare needs" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [*(("--workers", value, "whole number above 0") for value in ("0", "-1", "x")),
     *(("--seconds", value, "number above 0") for value in ("0", "-5", "nan", "inf", "x"))],
)  # fmt: skip
def test_no_workers_and_no_seconds_are_refused(option, value, said, capsys):
    with pytest.raises(SystemExit, match="2"):
        main(["--data", "x", "--step", "attribute", option, value])
    assert said in capsys.readouterr().err


def test_runs_that_do_not_say_where_they_were_made_are_of_an_unrecorded_machine():
    findings = measured(0.3, order=0.1)
    assert {"where" in run for run in findings.runs} == {False} and ran_on(findings) == "an unrecorded machine"
