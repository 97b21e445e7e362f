"""Groups of values: the most precise and best supported are centers, and neither order nor repetition of the claims decides."""

from hypothesis import given, settings
from hypothesis import strategies as st

from tierline.knowledge import agreement as module
from tierline.knowledge.agreement import group_values, stated_by_enough
from tierline.knowledge.values import agreement, read_value

STATED = ("8.4 million", "8.45 million", "8.5 million", "8,491,334", "8,523,000", "about 8 million", "8", "8.5 billion", "8.491", "none")


def values(*stated: str, predicate: str = "population"):
    return {read_value(text, predicate, "en"): {f"{text}.example"} for text in stated}


def grouped(*stated: str, predicate: str = "population") -> list[set[str]]:
    return [{value.key for value in group.rules} for group in group_values(values(*stated, predicate=predicate))]


def test_a_coarse_value_joins_one_precise_one_and_does_not_bring_two_together():
    found = grouped("8,491,334", "8,523,000", "8.5 million")
    assert len(found) == 2 and sum("8.5 million" in group for group in found) == 1


def test_a_coarse_value_joins_the_group_that_most_domains_state():
    support = values("8,491,334", "8,523,000", "8.5 million")
    precise = read_value("8,523,000", "population", "en")
    support[precise] |= {"another.example"}
    assert [precise in group.rules for group in group_values(support) if read_value("8.5 million", "population", "en") in group.rules] == [
        True
    ]


def test_a_year_joins_its_day_and_two_days_stay_apart():
    assert grouped("24 October 1945", "1945", "25 October 1945", "1946", predicate="founding date") in (
        [{"24 october 1945", "1945"}, {"25 october 1945"}, {"1946"}],
        [{"25 october 1945", "1945"}, {"24 october 1945"}, {"1946"}],
    )


def test_the_value_of_a_fact_is_as_precise_as_enough_domains_state_it():
    day, month, year = (read_value(text, "founding date", "en") for text in ("24 October 1945", "October 1945", "1945"))
    (group,) = group_values({day: {"a"}, month: {"b"}, year: {"c", "d"}})
    assert stated_by_enough(group, {day: {"a"}, month: {"b"}, year: {"c", "d"}}, 2) == (month, {"a", "b"})
    (group,) = group_values({day: {"a", "b"}, year: {"c"}})
    assert stated_by_enough(group, {day: {"a", "b"}, year: {"c"}}, 2) == (day, {"a", "b"})
    assert stated_by_enough(group, {day: {"a", "b"}, year: {"c"}}, 9)[1] == {"a", "b", "c"}


@settings(max_examples=200, deadline=None)
@given(
    st.dictionaries(st.sampled_from(STATED), st.sets(st.sampled_from("abcde"), min_size=1), min_size=1), st.randoms(use_true_random=False)
)
def test_the_order_of_values_decides_nothing_and_each_is_in_one_group(stated, chance):
    support = {read_value(text, "population", "en"): set(domains) for text, domains in stated.items()}
    shuffled = list(support.items())
    chance.shuffle(shuffled)
    groups = group_values(support)
    assert [(group.center, group.rules) for group in groups] == [(group.center, group.rules) for group in group_values(dict(shuffled))]
    assert sorted(value.key for group in groups for value in group.rules) == sorted(value.key for value in support)
    for group in groups:
        assert all(agreement(group.center, value) == rule for value, rule in group.rules.items())


def test_a_property_with_very_many_values_is_grouped_by_normal_forms_in_the_end(monkeypatch):
    monkeypatch.setattr(module, "MOST_CENTERS", 5)
    support = values(*(f"{number}" for number in range(1_000, 1_050)), *(f"{number:,}" for number in range(1_000, 1_050)))
    assert len(group_values(support)) == 50
