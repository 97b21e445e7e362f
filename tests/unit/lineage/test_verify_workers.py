"""Several processes say what one says, in the same order; when something ends them or the one that waits, none is left behind."""

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.conftest import commit_rows
from tests.unit.lineage.conftest import House, build
from tierline.errors import LakeUnavailable
from tierline.lineage import verify, verify_workers
from tierline.lineage.verify_workers import verify_shards

DAMAGED = ("l1_filtered", "l4_claims", "l4_facts", "l3_refined")


@pytest.fixture(scope="module")
def damaged(tmp_path_factory) -> House:
    """A lake of many small shards in which some files are not as they were."""
    house = build(tmp_path_factory.mktemp("damaged"))
    for number in range(12):
        commit_rows(house.lake, "l1_filtered", [{"doc_id": f"doc_{number}", "text": "words"}], f"t{number:02}")
    for table in DAMAGED:
        for manifest in house.lake.manifests(table)[::2]:
            Path(house.lake.files(manifest)[0]).write_bytes(b"no Parquet")
    house.crawl.write_bytes(house.crawl.read_bytes()[:-10])
    return house


@pytest.fixture
def few_rows(monkeypatch):
    """Also a small lake is worth several processes."""
    monkeypatch.setattr(verify_workers, "ROWS_OF_WORKER", 1)


def test_the_report_is_the_same_whatever_the_number_of_workers(damaged, few_rows):
    labels: dict[int, list[str]] = {1: [], 3: []}
    alone, together = (verify(damaged.lake, None, labels[workers].append, workers) for workers in labels)
    assert alone == together and len(alone[0]) > 8 and labels[1] == labels[3] != []
    assert multiprocessing.active_children() == []


def test_a_small_lake_is_not_worth_a_process(damaged, monkeypatch):
    monkeypatch.setattr(verify_workers, "ProcessPoolExecutor", None)
    assert verify(damaged.lake, workers=8)[0]


def test_who_stops_reading_ends_the_workers(damaged, few_rows):
    found = verify_shards(damaged.lake, checks_of(damaged), 2)
    next(found)
    assert len(multiprocessing.active_children()) == 2
    found.close()
    assert multiprocessing.active_children() == []


def test_a_worker_that_is_killed_is_named_with_its_shard_and_the_others_end(damaged, few_rows):
    found = verify_shards(damaged.lake, checks_of(damaged) * 20, 2)
    next(found)
    multiprocessing.active_children()[0].kill()
    with pytest.raises(LakeUnavailable, match=r"^l\d_\w+/\w+: a process that verified it.*fewer --workers"):
        list(found)
    assert multiprocessing.active_children() == []


def checks_of(house: House) -> list:
    from tierline.lineage.verify import _check_of
    from tierline.lineage.verify_records import Records

    records = Records(house.lake)
    return [_check_of(records, manifest) for table in ("l1_filtered", "l4_claims") for manifest in records.of(table)]


def test_an_error_of_a_worker_comes_with_the_place_that_it_was_at(damaged, few_rows):
    class Broken:
        """A check that cannot be carried out."""

        manifest, place = checks_of(damaged)[0].manifest, "l1_filtered/s"

    with pytest.raises(AttributeError) as told:
        list(verify_shards(damaged.lake, [Broken(), Broken()], 2))
    assert told.value.__notes__ == ["while verifying l1_filtered/s"]


SCRIPT = """
import sys, time
from tierline.lake import Lake
from tierline.lineage import verify, verify_workers
if __name__ == "__main__":
    verify_workers.ROWS_OF_WORKER = 1
    # it stays at its first shard, so that it cannot be done before it is ended
    verify(Lake(sys.argv[1]), advance=lambda label: (print(label, flush=True), time.sleep(600)), workers=2)
"""


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGKILL], ids=["Ctrl-C", "killed"])
def test_no_process_outlives_the_one_that_started_it(damaged, tmp_path, end):
    (tmp_path / "script.py").write_text(SCRIPT)
    for number in range(40):
        commit_rows(damaged.lake, "l2_selected", [{"doc_id": f"doc_{number}", "text": "words"}], f"u{number:02}")
    process = subprocess.Popen(
        [sys.executable, str(tmp_path / "script.py"), damaged.lake.root], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        start_new_session=True,
    )  # fmt: skip
    assert process.stdout is not None and process.stdout.readline()
    workers = children_of(process.pid)
    assert len(workers) >= 2
    os.killpg(process.pid, end) if end == signal.SIGINT else process.kill()
    assert process.wait(60) != 0
    until = time.monotonic() + 60
    while any(Path(f"/proc/{worker}").exists() for worker in workers) and time.monotonic() < until:
        time.sleep(0.1)
    assert not [worker for worker in workers if Path(f"/proc/{worker}").exists()]


def children_of(process: int) -> list[int]:
    return [int(child) for task in Path(f"/proc/{process}/task").iterdir() for child in (task / "children").read_text().split()]
