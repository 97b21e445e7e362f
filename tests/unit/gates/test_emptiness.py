"""A shard whose documents are all reserved is empty for a reason; one that rules alone have emptied is not, unless it is small."""

import pytest

from tests.conftest import rows_of
from tierline.gates.emptiness import FEW, explain_emptiness
from tierline.lake import Activity, StageResult, decision_table
from tierline.stages import BY_NAME


@pytest.mark.parametrize(
    ("rules", "told"),
    [
        (["reserved:robots_txt"] * (FEW + 1), "of 101 rows 101 dropped (reserved:robots_txt 101)"),
        (["reserved:noai", *["no_text:unsupported"] * FEW], "of 101 rows 101 dropped (no_text:unsupported 100, reserved:noai 1)"),
        (["not_permitted"] * (FEW + 1), ""),
        (["gopher:too_short"] * (FEW + 1), ""),
    ],
)
def test_what_is_reserved_may_be_all_of_a_shard(lake, rules, told):
    decisions = decision_table({"row_id": f"doc_{number}", "outcome": "dropped", "rule": rule} for number, rule in enumerate(rules))
    tables = {name: rows_of(name, []) for name in BY_NAME["l1_filtered"].tables}
    lake.commit(Activity.begin("l1_filtered", "s", "1", (), {}), StageResult(tables, {"l1_filtered": (len(rules), decisions)}))
    assert explain_emptiness(lake, "l1_filtered", "s") == told
