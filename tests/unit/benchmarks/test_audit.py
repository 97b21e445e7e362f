"""The lake of the audit benchmark is sound, and its measurements are of what they say."""

import gzip
import json
import random

import pytest

from benchmarks import audit
from benchmarks.audit_lake import LakeMaker, lineage_bytes
from benchmarks.tampering import measure as tampering
from benchmarks.tampering.healthy import HEALTHY
from benchmarks.tampering.kinds import KINDS, Kind
from tierline.lineage import trace
from tierline.tables import TABLES


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Passages of invented words, each of several sentences."""
    chance, folder = random.Random(3), tmp_path_factory.mktemp("data")
    words = ["".join(chance.choices("abcdeimnorstu", k=chance.randrange(2, 9))) for _ in range(900)]
    (folder / "text").mkdir()
    with gzip.open(folder / "text" / "made.jsonl.gz", "wt") as file:
        for _ in range(60):
            sentences = (" ".join(chance.choices(words, k=12)).capitalize() + "." for _ in range(220))
            file.write(json.dumps({"text": " ".join(sentences)}) + "\n")
    return folder


def test_every_row_of_the_generated_lake_leads_to_its_bytes_and_verifies(data, tmp_path):
    metrics = audit.measure(tmp_path, data, 120, 40, 4)
    assert metrics["mismatches"] == 0 and metrics["verified_share"] == 1 and metrics["verify_rows_per_s"] > 0
    wanted = {"trace_p95_s", "impact_s", "find_p95_s", "find_output_s", "lineage_bytes_share", "impact_documents"}
    assert wanted <= set(metrics) and all(metrics[name] > 0 for name in wanted)


def test_facts_and_mixes_of_the_lake_rest_on_its_pages(data, tmp_path):
    maker = LakeMaker(tmp_path, data, 120, 40)
    maker.build()
    (fact, *_) = maker.lake.read("l4_facts", "all").to_pylist()
    assert len({node.row_id for node in trace(maker.lake, fact["fact_id"]).walk() if node.table == "l0_raw"}) == 2
    (drawn, *_) = maker.lake.read("mix_pretrain", "all").to_pylist()
    assert trace(maker.lake, drawn["row_id"]).parents[0].table == "l2_selected"
    assert sum(maker.site_sizes) == 120
    lineage, texts = lineage_bytes(maker.lake, [name for name in TABLES if maker.lake.manifests(name)])
    assert lineage > 0 and texts > 0


def test_tampering_and_healthy_lakes_are_counted(tmp_path, monkeypatch, capsys):
    missed = Kind("nothing", lambda signed: None, "l0_raw/s")
    monkeypatch.setattr(tampering, "KINDS", {"byte": KINDS["byte of rows"], "nothing": missed})
    monkeypatch.setattr(tampering, "HEALTHY", {"untouched": HEALTHY["untouched"], "not healthy": KINDS["byte of rows"].tamper})
    assert tampering.measure(tmp_path) == {"tampers": 2, "tampers_found": 1, "healthy_lakes": 2, "false_alarms": 1}
    said = capsys.readouterr().err
    assert "not named: nothing (nothing)" in said and "false alarm: not healthy: ['l2_selected/s" in said


def test_there_are_enough_kinds_of_everything_that_can_be_tampered_with():
    assert len(KINDS) >= 40 and len(HEALTHY) >= 20
    assert {kind.of for kind in KINDS.values()} == {
        *("bytes", "rows", "order", "verdicts", "thresholds", "ledger", "activity", "log", "root", "signature", "key swap", "replay"),
        *("truncation", "missing files", "extra files", "clock"),
    }
