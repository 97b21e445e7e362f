"""Values that sources contradict each other on wait for a person; what reviews keep is a fact, what they drop is none."""

from tests.conftest import rows_of
from tierline.knowledge import FactRules, verify_facts
from tierline.knowledge.keys import normal_key
from tierline.lake.reviews import Settled, Settlements

TIE = [(f"{name}.example", value) for name, value in zip("abcd", ("1048", "1048", "1050", "1050"), strict=True)]


def claims_of(*stated: tuple[str, str]):
    rows = [
        {"claim_id": f"clm_{number}", "parents": [f"doc_{number}"], "subject": "Oslo", "predicate": "founding date", "object": value}
        | {"subject_key": normal_key("Oslo"), "object_key": normal_key(value), "domain": domain, "language": "en"}
        for number, (domain, value) in enumerate(stated)
    ]
    return rows_of("l4_claims", rows).append_column("shard", [["s"] * len(rows)])


def decided(claims, **verdicts: str):
    """Objects of the facts, and the decision on each claim, where these rows were reviewed."""
    settled = [Settled(row, row, verdict, None, "rev_1", ("ada",), "", "2026-01-15") for row, verdict in verdicts.items()]
    result = verify_facts(claims, FactRules(), reviews=Settlements(settled))
    result.check("l4_facts")
    rows = {row["row_id"]: row for row in result.ledgers["l4_facts"][1].to_pylist()}
    return [fact["object"] for fact in result.tables["l4_facts"].to_pylist()], rows


def values_of(claims) -> dict[str, str]:
    """The row that a review would be about, for each value that waits."""
    waiting, rows = decided(claims)[1], claims.to_pylist()
    return {row["object"]: found["related_id"] for row in rows if (found := waiting[row["claim_id"]])["outcome"] == "quarantined"}


def test_a_reviewer_settles_a_tie():
    values = values_of(claims_of(*TIE))
    facts, rows = decided(claims_of(*TIE), **{values["1048"]: "keep", values["1050"]: "drop"})
    assert facts == ["1048"]
    assert [(rows[f"clm_{number}"]["outcome"], rows[f"clm_{number}"]["rule"]) for number in (0, 2)] == [
        ("kept", "review:keep"),
        ("dropped", "review:drop"),
    ]
    assert rows["clm_2"]["detail"] == "review rev_1 by ada" and rows["clm_2"]["related_id"] == values["1050"]
    assert decided(claims_of(*TIE), **{values["1050"]: "drop"})[0] == [], "what nobody decided waits on"


def test_another_source_of_a_known_value_changes_no_question_and_another_value_does():
    values = values_of(claims_of(*TIE))
    assert values_of(claims_of(*TIE, ("e.example", "1048"), ("f.example", "1050"))) == values
    more = claims_of(*TIE, ("e.example", "1060"), ("f.example", "1060"))
    assert values_of(more)["1048"] != values["1048"] and decided(more, **{values["1048"]: "keep"})[0] == []


def test_what_too_few_sources_state_is_no_question():
    most = [("a.example", "1048"), ("b.example", "1048"), ("c.example", "1050")]
    assert values_of(claims_of(*most)) == {} and decided(claims_of(*most))[1]["clm_2"]["rule"] == "facts:single_source"
