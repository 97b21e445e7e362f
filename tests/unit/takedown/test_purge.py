"""What no stage rewrites is taken away, and `verify` allows that to proven takedowns alone."""

import json
from datetime import UTC, datetime

import pyarrow as pa
import pytest

from tierline.lake import Activity, Lake, StageResult, decision_table
from tierline.lake.reviews import Review, record_reviews
from tierline.lineage.verify_records import Records
from tierline.proof.dsse import key_id
from tierline.proof.key_file import new_key
from tierline.proof.registry import register
from tierline.tables.records import CALLS, REVIEWS
from tierline.takedown.ledger import parse_scope, request_takedown, takedown_of
from tierline.takedown.probes import Probes, in_lake, pieces_of
from tierline.takedown.purge import outdated, purge
from tierline.takedown.work import Work

SAID = "Nobody else has ever said this about the old mill, whose wheel stood still."


@pytest.fixture
def lake_at_s3(s3_place):
    return Lake(f"s3://{s3_place}/lake")


@pytest.fixture(params=["lake", "lake_at_s3"])
def asked(request, commit, tmp_path):
    """(lake, takedown) with a call about each of two pages and a review of each."""
    lake = request.getfixturevalue(request.param)
    commit(lake, "l1_filtered", [{"doc_id": f"doc_{number}", "text": "t"} for number in range(2)])
    private = new_key(tmp_path / "key.pem", "", lake.delta.folder)
    register(lake.signed_lines, key_id(private.public_key()), "Ada", ["admin", "takedown"], None, private)
    for number, text in enumerate((SAID, "Another page says something else.", SAID)):
        call = {
            "call_id": f"call_{number}",
            "shard": "alone" if number == 2 else "s",
            "request": json.dumps({"prompt": text}),
            "called_at": datetime.now(UTC),
        }
        lake.delta.append("llm_calls", pa.Table.from_pylist([call], schema=CALLS), ["shard"])
    for number in range(2):
        record_reviews(
            lake, [Review("l2_selected", "s", "document", f"doc_{number}", "d", "Bo", "comment", comment=SAID if number == 0 else "look")]
        )
    scopes = [parse_scope("domain", "taken.example")]
    takedown_id = request_takedown(lake, "Cy", "copyright", "token", scopes, private)
    return lake, takedown_of(lake, takedown_id)


def test_calls_and_reviews_about_it_go_and_all_others_stay(asked):
    lake, takedown = asked
    probes = Probes(pieces_of([SAID], []))
    assert in_lake(lake, probes)[0] != {}
    work = Work(probes.pieces, ["doc_0"], [], {}, ["s"])
    assert purge(lake, takedown, work, probes) == {"llm_calls": 2, "reviews": 1}
    assert purge(lake, takedown, work, probes) == {"llm_calls": 0, "reviews": 0}
    lake = Lake(lake.root)
    assert [row["call_id"] for row in lake.delta.records("llm_calls", CALLS)] == ["call_1"]
    assert [row["row_id"] for row in lake.delta.records("reviews", REVIEWS)] == ["doc_1"]
    found, files, _ = in_lake(lake, probes)
    assert found == {} and files > 20
    assert Records(lake).mismatches == []


@pytest.mark.parametrize("asked", ["lake"], indirect=True)  # logs of lakes on object stores are not compared with seals
def test_records_that_an_unsigned_takedown_took_away_are_named(asked, monkeypatch):
    lake, takedown = asked
    probes = Probes(pieces_of([SAID], []))
    purge(lake, takedown, Work(probes.pieces, ["doc_0"], [], {}, ["s"]), probes)
    monkeypatch.setattr("tierline.takedown.ledger.attestation_lines", lambda _: [])
    alarms = [one.where for one in Records(Lake(lake.root)).mismatches]
    assert "llm_calls" in alarms and "reviews" in alarms, "nobody has signed the takedown that took them away"


@pytest.mark.parametrize(("read", "named"), [("that is there", []), ("before", ["l1_contamination/s"])])
def test_rows_that_were_not_made_again_are_named(lake, commit, make_rows, read, named):
    present = commit(lake, "l1_filtered", [{"doc_id": "doc_0", "text": "t"}]).digest
    activity = Activity.begin("l1_contamination", "s", "1", (), {"l1_filtered/s": present if read == "that is there" else read})
    tables = {"l1_contamination": make_rows("l1_contamination", [])}
    lake.commit(activity, StageResult(tables, {"l1_contamination": (0, decision_table([]))}))
    assert outdated(lake, Work([], [], [], {}, ["s"])) == named
    assert outdated(lake, Work([], [], [], {}, ["other"])) == [], "no record of this shard is taken down"
