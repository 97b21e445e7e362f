"""What pages state of a thing that a vouched base describes becomes a fact, and is counted; all else is not."""

import json

import pytest

from benchmarks.extraction_methods import confirmed
from tierline.knowledge.keys import normal_key

STATED = [("Helium", "chemical symbol", "He"), ("Helium", "chemical symbol", "Hm"), ("Balloon", "color", "red")]


def claim(number: int, subject: str, predicate: str, value: str) -> dict:
    page = {"parents": [f"doc_{number}"], "page_id": f"doc_{number}", "domain": f"site{number}.example", "language": "en"}
    keys = {"subject_key": normal_key(subject), "object_key": normal_key(value)}
    return {"claim_id": f"clm_{number}", "subject": subject, "predicate": predicate, "object": value} | page | keys


def test_claims_that_a_base_confirms_are_counted_beside_those_about_its_things(tmp_path):
    (tmp_path / "kb" / "periodic-table").mkdir(parents=True)
    elements = [{"name": "Helium", "symbol": "He", "number": 2, "atomic_mass": 4.0026, "melt": 0.95, "boil": 4.2}]
    (tmp_path / "kb" / "periodic-table" / "PeriodicTableJSON.json").write_text(json.dumps({"elements": elements}))
    found = confirmed([claim(number, *said) for number, said in enumerate(STATED)], tmp_path, 1_000)
    assert found["claims_in_facts_with_bases_per_1000_pages"] == pytest.approx(1)
    assert found["claims_about_things_of_bases_per_1000_pages"] == pytest.approx(2)
