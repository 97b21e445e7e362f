"""The abstention curve: from the surest answers on, equal scores together."""

from tierline.checking import abstention_curve, coverage_at


def test_curve_and_the_largest_coverage_of_an_accuracy():
    curve = abstention_curve([0.9, 0.5, 0.9, 0.7, 0.5], [True, False, True, False, True], asked=10)
    assert curve.column("score_min").to_pylist() == [0.9, 0.7, 0.5]
    assert curve.column("coverage").to_pylist() == [0.2, 0.3, 0.5]
    assert [round(value, 3) for value in curve.column("accuracy").to_pylist()] == [1.0, 0.667, 0.6]
    assert coverage_at(curve, 0.9) == (0.2, 0.9) and coverage_at(curve, 0.6) == (0.5, 0.5)


def test_nothing_answered():
    assert abstention_curve([], [], 3).num_rows == 0 and coverage_at(abstention_curve([], [], 3), 0.9) == (0.0, 1.0)
    assert coverage_at(abstention_curve([0.5], [False], 1), 0.9) == (0.0, 1.0)
