"""Facts from knowledge bases: a trace leads to file and row, and a verification finds the value there or says that it is not."""

import hashlib
import os

import pytest
import yaml

from tierline.bases import find_bases
from tierline.knowledge import FactRules, state_bases, verify_facts
from tierline.lake import WHOLE_LAKE, Activity, Lake, Verdict
from tierline.lineage.render import trace_data, trace_text
from tierline.lineage.trace import trace
from tierline.lineage.verify import verify
from tierline.tables import TABLES

CITIES = "name,capital\nNorway,Oslo\nSweden,Stockholm\nFinland,Helsinki\n"
STATES = '{"all": [{"name": "Norway", "capital": "Oslo"}]}'


@pytest.fixture
def house(tmp_path):
    """(lake, folder of the bases): a vouched base of CSV and another of JSON, stated and verified."""
    files = {"cities.csv": CITIES, "states.json": STATES}
    for name, text in files.items():
        (tmp_path / name).write_text(text)
        columns = {"capital": {"predicate": "capital"}}
        file = {"path": name, "subject": "name", "columns": columns, "sha256": hashlib.sha256(text.encode()).hexdigest()}
        about = {"name": name.partition(".")[0], "version": "1", "license": "CC0-1.0", "retrieved": "2026-02-01"}
        vouched = {"vouched_by": "data team", "vouched_on": "2026-02-02"} if name == "cities.csv" else {}
        rows = {"rows": "all"} if name == "states.json" else {}
        (tmp_path / f"{name}.yaml").write_text(yaml.safe_dump(about | vouched | {"files": [file | rows]}))
    lake = Lake(str(tmp_path / "lake"))
    keep(lake, "l4_statements", state_bases(find_bases(str(tmp_path))))
    stated = lake.read_promoted("l4_statements", WHOLE_LAKE)[0]
    keep(lake, "l4_facts", verify_facts(TABLES["l4_claims"].schema.empty_table(), FactRules(), stated))
    return lake, tmp_path


def keep(lake: Lake, stage: str, result) -> None:
    manifest = lake.commit(Activity.begin(stage, WHOLE_LAKE, "1", (), {}), result)
    lake.record(Verdict(stage, WHOLE_LAKE, manifest.stage_digest, "test", "0", True, "[]"))


def fact_about(lake: Lake, subject: str) -> str:
    rows = lake.read_promoted("l4_facts", WHOLE_LAKE)[0].to_pylist()
    return next(row["fact_id"] for row in rows if row["subject"] == subject)


def rewrite(path, old: str, new: str) -> None:
    """With another time of change, so that no remembered checksum stands for the new bytes."""
    path.write_text(path.read_text().replace(old, new))
    os.utime(path, ns=(1, 1))


def test_a_trace_shows_the_file_and_the_row_of_each_statement(house):
    lake, folder = house
    found = trace(lake, fact_about(lake, "Norway"))
    assert [parent.table for parent in found.parents] == ["l4_statements"] * 2
    text = trace_text(found)
    assert f"{folder / 'cities.csv'} at line 2, capital: Oslo" in text and f"{folder / 'states.json'} at /all/0, capital: Oslo" in text
    assert "cities 1, CC0-1.0, retrieved 2026-02-01" in text and "vouched by: data team" in text
    assert {parent["row"]["source_row"] for parent in trace_data(found)["parents"]} == {0}


def test_a_piece_of_evidence_leads_to_its_statement(house):
    lake, _ = house
    (source, *_) = lake.read("l4_sources", WHOLE_LAKE).to_pylist()
    assert [parent.row_id for parent in trace(lake, source["source_id"]).parents] == [source["statement_id"]]


def test_a_sound_base_verifies_row_by_row(house):
    lake, _ = house
    found, checked = verify(lake)
    assert found == [] and checked.spans == 4
    found, checked = verify(lake, fact_about(lake, "Norway"))
    assert found == [] and checked.spans == 2


def test_changed_bytes_are_found_for_each_row_of_the_file(house):
    lake, folder = house
    rewrite(folder / "cities.csv", "Helsinki", "Turku")
    found, _ = verify(lake)
    assert len(found) == 3 and all("has other bytes now" in str(one) for one in found)
    assert len(verify(lake, fact_about(lake, "Finland"))[0]) == 1


def test_a_statement_that_its_row_does_not_make_is_found(house):
    lake, folder = house
    stated = lake.read_promoted("l4_statements", WHOLE_LAKE)[0].to_pylist()
    from tierline.bases.reread import Rereader

    (row,) = [row for row in stated if row["subject"] == "Sweden"]
    rereader = Rereader()
    assert rereader.mismatch(row) is None
    assert "capital is not 'Malmö'" in str(rereader.mismatch(row | {"source_value": "Malmö"}))
    assert "is not there" in str(rereader.mismatch(row | {"source_row": 9, "source_address": "line 11"}))
    assert "is not there" in str(rereader.mismatch(row | {"source_row": 0}))
    assert rereader.mismatch(row) is None, "an earlier row is read again from the start"
    assert str(folder) in row["source_uri"]


def test_a_base_that_is_gone_is_missing_and_contradicts_nothing(house):
    lake, folder = house
    (folder / "cities.csv").unlink()
    found, checked = verify(lake)
    assert found == [] and checked.missing_sources == {str(folder / "cities.csv"): 3}
