"""Checks of a row by name: all hold on a sound lake, and each of several changes makes the check that is about it fail, and names its place."""

import json

import pytest

from tests.unit.lineage.conftest import build as build_house
from tests.unit.lineage.signed_lake import build, commit_from
from tierline.lake import WHOLE_LAKE, Lake
from tierline.lineage.row_checks import row_checks


@pytest.fixture
def signed(tmp_path):
    return build(tmp_path)


def wrong(lake: Lake, row_id: str = "fact_town") -> dict[str, str]:
    """Check -> where it does not hold."""
    return {one.name: one.where for one in row_checks(Lake(lake.root), row_id) if one.holds is False}


def test_every_check_of_a_sound_row_holds(signed):
    checks = row_checks(signed.lake, "fact_town")
    assert all(one.holds for one in checks), [one for one in checks if not one.holds]
    assert {one.name for one in checks} == {
        "bytes at their address", "words quoted", "file as it was written", "rows as they were committed", "verdict of the gate",
        "made from", "commit in the signed log",
    }  # fmt: skip
    assert len(checks) == 2 + 3 * 5 + 4 + 5


def test_forms_and_rows_of_every_kind_are_checked(tmp_path):
    house = build_house(tmp_path)
    for row_id in ("form_town", "sec_town", "drv_town", "mix_quiz", "con_leak", "psg_quiz"):
        assert not wrong(house.lake, row_id)
    assert {"values of the form"} <= {one.name for one in row_checks(house.lake, "form_town")}
    open_ones = [one for one in row_checks(house.lake, "fact_town") if one.holds is None]
    assert {one.name for one in open_ones} == {"made from", "commit in the signed log"}, "nobody signed, and no activity names its inputs"


def test_a_changed_crawl_file_is_named_by_its_row(signed):
    crawl = signed.folder / "crawl.jsonl"
    crawl.write_bytes(crawl.read_bytes().replace(b"granite", b"marble "))
    (document,) = [row["doc_id"] for row in signed.lake.read("l0_raw", "s").to_pylist() if "town" in row["url"]]
    assert wrong(signed.lake) == {"bytes at their address": f"l0_raw {document}"}
    crawl.unlink()
    assert wrong(signed.lake) == {} and [one.name for one in row_checks(signed.lake, "fact_town") if one.holds is None] == [
        "bytes at their address"
    ]


def test_a_changed_file_of_rows_is_named_by_its_table_and_shard(signed):
    (file,) = signed.lake.manifest("l4_claims", "s").files
    path = signed.path / "l4_claims" / file
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 255
    path.write_bytes(bytes(content))
    assert wrong(signed.lake) == {"file as it was written": "l4_claims/s"}


def test_a_quote_that_is_not_there_is_named_by_its_row(signed):
    claim = {**signed.lake.read("l4_claims", "s").to_pylist()[0], "quote": "1712"}
    claim = {name: value for name, value in claim.items() if name not in ("activity_id", "shard")}
    commit_from(signed.lake, "l4_claims", [claim], "s", "l2_selected")
    assert wrong(signed.lake) == {"words quoted": "l4_claims clm_town", "made from": f"l4_facts/{WHOLE_LAKE}"}
    (late,) = [
        one for one in row_checks(Lake(signed.lake.root), "fact_town") if one.name == "commit in the signed log" and one.holds is None
    ]
    assert late.where == "l4_claims/s" and "after the last signed head" in late.what


def test_a_forged_line_of_the_log_is_wrong_for_every_row(signed):
    log = signed.path / "_proof" / "commits"
    line = log.read_text().splitlines()[0]
    log.write_text(log.read_text().replace(line[21:29], "0" * 8, 1))
    assert "commit in the signed log" in wrong(signed.lake)


def test_an_envelope_by_another_key_does_not_count(signed):
    heads = signed.path / "_proof" / "heads"
    envelope = json.loads(heads.read_text().splitlines()[-1])
    envelope["signatures"][0]["sig"] = envelope["signatures"][0]["sig"][::-1]
    heads.write_text(json.dumps(envelope) + "\n")
    assert "commit in the signed log" in wrong(signed.lake)
