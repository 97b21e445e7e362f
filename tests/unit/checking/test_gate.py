"""The gate of derived texts, on a lake."""

from tests.unit.checking.conftest import fact_rows, source_rows
from tierline.checking import refuted_by_facts
from tierline.lake import WHOLE_LAKE


def test_what_a_promoted_fact_refutes_does_not_pass(lake, commit):
    commit(lake, "l4_facts", fact_rows(), WHOLE_LAKE, l4_sources=source_rows())
    manifests = [*lake.promoted("l4_facts"), *lake.promoted("l4_sources")]
    are_refuted = refuted_by_facts(lake, manifests)
    said = {
        "Norway has its capital in Oslo.": False,
        "Bergen is the capital of Norway.": True,
        "Oslo was founded in 1150.": True,
        "Santiago is the capital of Chile.": False,
        "Norway may lie in Asia.": False,
    }
    assert are_refuted(list(said)) == list(said.values())
    assert refuted_by_facts(lake, [])(list(said)) == [False] * len(said), "without facts nothing is refuted"
