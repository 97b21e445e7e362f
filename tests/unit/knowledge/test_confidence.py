"""Confidences: probabilities that follow from the rows of the table alone, and move as the evidence does."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import rows_of
from tests.unit.knowledge.test_states import pages, stated
from tests.unit.knowledge.test_vouched import VOUCHED, claim, statement
from tierline.knowledge.confidence import FEATURES, features_of, reliability, with_confidence
from tierline.tables.l4 import VALUE_STATES


def confidence(values: pa.Table, value: str) -> float:
    (found,) = (row["confidence"] for row in values.to_pylist() if row["object"] == value)
    return found


def feature(values: pa.Table, name: str) -> list[float]:
    return features_of(values)[:, FEATURES.index(name)].tolist()


def elsewhere(domain: str, others: tuple[str, ...], value: str, times: int = 12) -> list[dict]:
    """Capitals of other things, of which a site says one and others "Rome"."""
    rows = [claim(host, "capital", said) for host, said in ((domain, value), *((other, "Rome") for other in others))]
    return [
        row
        | {
            "claim_id": f"{row['claim_id']}{number}",
            "subject": f"Thing {number}",
            "subject_key": f"thing {number}",
            "parents": [f"{row['parents'][0]}{number}"],
        }
        for number in range(times)
        for row in rows
    ]


def test_more_sources_make_a_value_surer_and_others_against_it_less():
    by_sources = [confidence(stated(pages(*["Oslo"] * number)), "Oslo") for number in (1, 2, 3, 5)]
    assert by_sources == sorted(by_sources) and by_sources[0] < 0.9 < by_sources[-1]
    assert confidence(stated(pages("Oslo", "Oslo", "Oslo", "Bergen", "Bergen")), "Oslo") < by_sources[2]
    assert confidence(stated(pages("Oslo", "Oslo", "Oslo", "Bergen", "Bergen")), "Bergen") < 0.2


def test_a_site_that_others_contradict_elsewhere_is_believed_less():
    others = ("b.example", "c.example", "d.example")
    lone = claim("a.example", "capital", "Oslo")
    sound, wrong = (confidence(stated([lone, *elsewhere("a.example", others, value)]), "Oslo") for value in ("Rome", "Bern"))
    assert sound > wrong + 0.1


def test_what_a_vouched_base_says_is_sure_and_what_it_refutes_is_not():
    values = stated(pages("Bergen", "Bergen"), [statement("atlas", "capital", "Oslo", **VOUCHED)])
    assert confidence(values, "Oslo") > 0.8 and confidence(values, "Bergen") < 0.1


def test_a_value_of_what_changes_that_nothing_dates_is_less_sure_than_a_dated_one():
    bare, dated = (stated(pages("5,500,000", predicate="population", time=time)) for time in (None, "2024"))
    assert confidence(bare, "5,500,000") < confidence(dated, "5,500,000")


def test_a_record_leaves_out_what_is_said_of_the_property_itself():
    disputed = stated(pages("Oslo", "Bergen"))
    assert feature(disputed, "record_for") == pytest.approx(feature(disputed, "lake"))
    assert feature(disputed, "record_against") == pytest.approx(feature(disputed, "lake"))
    beside = stated([*pages("Oslo", "Bergen"), *elsewhere("site0.example", ("b.example", "c.example"), "Bern")])
    by_value = dict(
        zip(beside["object"].to_pylist(), zip(*(feature(beside, name) for name in ("record_for", "lake")), strict=True), strict=True)
    )
    assert by_value["Oslo"][0] < by_value["Oslo"][1] == pytest.approx(by_value["Bergen"][0])


@settings(max_examples=25)
@given(st.permutations(range(9)))
def test_the_order_of_rows_decides_nothing(order):
    values = stated([*pages("Oslo", "Oslo", "Bergen"), *elsewhere("site0.example", ("b.example",), "Bern", 3)])
    shuffled = pa.concat_tables(with_confidence(values.take([place for place in order if place < len(values)]).combine_chunks()))
    assert shuffled.sort_by("value_id").to_pylist() == values.sort_by("value_id").to_pylist()


def test_no_rows_have_no_confidences():
    assert not [*with_confidence(rows_of("l4_values", []))]


def test_the_shipped_model_is_calibrated_on_what_it_did_not_see():
    found = reliability()
    assert found["held"]["ece"] <= 0.03 and found["not_promoted"]["ece"] <= 0.04
    assert found["held"]["values"] > 10_000 and 0.2 < found["held"]["true"] < 0.8
    assert set(found["states"]) == set(VALUE_STATES)
    for own in (found["held"], found["not_promoted"], *found["states"].values()):
        assert sum(point["values"] for point in own["bins"]) == own["values"]
        assert np.all(np.diff([point["confidence"] for point in own["bins"]]) >= 0)
