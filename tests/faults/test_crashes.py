"""A scoring run that is killed at random moments is completed by a rerun: the same rows, and no request that the server gets twice."""

from benchmarks.crashes import kill_and_rerun
from examples.features import FEATURES


def test_no_call_is_paid_twice_and_the_end_is_the_same(tmp_path, capsys):
    texts = [text[:120] for text in sorted(FEATURES.values())[:12]]
    found = kill_and_rerun(texts, runs=3, both=1, folder=tmp_path)
    assert found["requests_undisturbed"] >= 20
    assert found["completed_the_same"] == 3 and found["paid_twice"] == 0
    assert found["completed_the_same_with_model"] == 1 and found["paid_twice_with_model"] <= 16
