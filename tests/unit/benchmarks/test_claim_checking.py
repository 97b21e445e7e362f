"""The benchmark of claim checking: its wordings are apart, its baseline is given the best thresholds, its figures are what they say."""

import random

import pytest

from benchmarks.claim_checking import Claim, Known, accuracy, claims_about, lexical_verdicts, macro_f1, measured
from benchmarks.claim_wordings import DENIED, HELD, PLAIN, SEEN, TRAPS_HELD, TRAPS_SEEN
from tests.conftest import rows_of
from tests.unit.checking.conftest import fact_rows, source_rows
from tierline.checking import Evidence

YES, NO, OPEN = "supported", "refuted", "not_enough"


def test_wordings_that_were_held_out_are_others():
    assert set(PLAIN) == set(SEEN) == set(HELD) == set(DENIED)
    for predicate, wordings in HELD.items():
        assert not {*wordings} & {*SEEN[predicate], PLAIN[predicate], *DENIED[predicate]}
    assert not set(TRAPS_HELD) & set(TRAPS_SEEN)


def test_the_baseline_has_the_thresholds_that_serve_it_best():
    truths = [YES, YES, NO, NO, OPEN, OPEN]
    assert lexical_verdicts([9.0, 8.0, 5.0, 4.0, 1.0, 0.0], truths) == truths
    assert accuracy(lexical_verdicts([1.0] * 6, truths), truths) == pytest.approx(1 / 3)


def test_macro_f1_counts_each_verdict_alike():
    assert macro_f1([YES, NO, OPEN], [YES, NO, OPEN]) == 1
    assert macro_f1([YES, YES, YES], [YES, NO, OPEN]) == pytest.approx((2 * 1 / 4) / 3)


def test_claims_of_one_property():
    made = list(claims_about(Known("Norway", "capital", ("Oslo",), ("Bergen",)), random.Random(1)))
    assert {claim.kind for claim in made} == {"true", "other_value", "swapped", "true_denied", "false_denied"}
    assert Claim("Oslo is the capital of Norway.", YES, "true", "plain") in made
    assert Claim("Norway is the capital of Oslo.", NO, "swapped", "plain") in made


def test_metrics_of_claims(capsys):
    evidence = Evidence.of_tables({"l4_facts": rows_of("l4_facts", fact_rows()), "l4_sources": rows_of("l4_sources", source_rows())})
    claims = [
        Claim("Oslo is the capital of Norway.", YES, "true", "plain"),
        Claim("Bergen is the capital of Norway.", NO, "other_value", "plain"),
        Claim("Lima is the capital of Peru.", OPEN, "unknown_thing", "plain"),
        Claim("Peru is the capital of Chile.", YES, "true", "seen"),  # as if it were known: not answered
    ]
    found = measured(claims, evidence, shown=True)
    assert (found["claim_acc"], found["claim_acc_answered"], found["claim_answered"]) == (0.75, 1.0, 0.5)
    assert (found["claim_coverage_at_90"], found["claim_coverage_at_90_of_decided"]) == (0.5, pytest.approx(2 / 3))
    assert found["claim_acc_lexical"] <= 1 and found["claim_acc_seen"] == 0
    assert "supported by form: words" in capsys.readouterr().out
