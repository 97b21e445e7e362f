"""The gate of derived texts, on a lake."""

from tests.unit.checking.conftest import fact_rows, source_rows
from tierline.checking import PromotedFacts, refuted
from tierline.lake import WHOLE_LAKE


def test_what_a_promoted_fact_refutes_does_not_pass(lake, commit):
    commit(lake, "l4_facts", fact_rows(), WHOLE_LAKE, l4_sources=source_rows())
    manifests = [*lake.promoted("l4_facts"), *lake.promoted("l4_sources")]
    said = {
        "Norway has its capital in Oslo.": False,
        "Bergen is the capital of Norway.": True,
        "Oslo was founded in 1150.": True,
        "Santiago is the capital of Chile.": False,
        "Norway may lie in Asia.": False,
    }
    assert refuted(said, PromotedFacts(lake, manifests)) == list(said.values())
    assert refuted(said, PromotedFacts(lake, [])) == [False] * len(said), "without facts nothing is refuted"
