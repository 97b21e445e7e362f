"""Whatever a user can do to a lake's folder comes back as one line of the TierlineError family, from every door."""

import shutil
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import write_deltalake

from tests.conftest import commit_rows
from tierline.config.bundled import folder
from tierline.crawl import CrawlRegistry
from tierline.errors import TierlineError
from tierline.gates.profile import profile
from tierline.lake import Lake, Verdict, Waiver, as_of, history
from tierline.lake.upgrade import upgrade
from tierline.lineage import trace, verify
from tierline.sql import Models

READ: dict[str, Callable[[Lake], object]] = {
    "promoted": lambda lake: lake.promoted("l0_raw"),
    "read": lambda lake: lake.read("l0_raw", "s"),
    "read_promoted": lambda lake: lake.read_promoted("l0_raw", "s"),
    "pick": lambda lake: list(lake.pick(lake.manifest("l0_raw", "s"), [0], "text")),
    "verdicts": lambda lake: lake.verdicts(),
    "waivers": lambda lake: lake.waivers(),
    "activities": lambda lake: lake.activities(),
    "decisions": lambda lake: lake.decisions("l0_raw", "s"),
    "history": lambda lake: list(history(lake, "l0_raw", "s")),
    "as_of": lambda lake: as_of(lake, datetime.now(UTC)).promoted("l0_raw"),
    "shards": lambda lake: CrawlRegistry(lake).shards(),
    "sql": lambda lake: Models(folder("dbt_like_sql")).run(lake, "tier_flow"),
    "verify": verify,
    "trace": lambda lake: trace(lake, "doc_a"),
    "profile": lambda lake: profile(lake, "l0_raw", "s"),
    "upgrade": lambda lake: upgrade(lake.root),
}
WRITE: dict[str, Callable[[Lake], object]] = {
    "commit": lambda lake: commit_rows(lake, "l1_filtered", [{"doc_id": "doc_b"}], promote=False),
    "record": lambda lake: lake.record(Verdict("l0_raw", "s", "d", "t", "0", True, "[]")),
    "waive": lambda lake: lake.waive(Waiver("l0_raw", "s", "d", "who", "why", date.today())),
}
DATA_DOORS = ("read", "read_promoted", "pick", "trace", "profile")  # those that open the data file


def outcomes(lake: Lake, doors: dict[str, Callable[[Lake], object]]) -> dict[str, str]:
    """Door -> its error, for those that refuse; any other exception fails the test."""
    found: dict[str, str] = {}
    for name, door in doors.items():
        try:
            door(lake)
        except TierlineError as error:
            assert "\n" not in str(error)
            found[name] = str(error)
    return found


@pytest.fixture
def written(lake) -> tuple[Lake, Path]:
    """A lake and the file of its one shard."""
    commit_rows(lake, "l0_raw", [{"doc_id": "doc_a", "text": "t"}])
    return lake, Path(lake.files(lake.manifest("l0_raw", "s"))[0])


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-20])


def scramble(file: Path) -> None:
    data = bytearray(file.read_bytes())
    data[20:60] = b"\xff" * 40
    file.write_bytes(bytes(data))


def retype(file: Path) -> None:
    stored = pq.read_table(file, partitioning=None)
    pq.write_table(stored.set_column(stored.schema.get_field_index("text"), "text", pa.array([[1]])), file)


@pytest.mark.parametrize(
    "damage", [Path.unlink, lambda file: file.write_bytes(b""), cut, scramble, retype], ids=lambda damage: damage.__name__
)
def test_a_broken_data_file_is_named_and_the_rest_of_the_lake_works(written, damage):
    lake, file = written
    damage(file)
    found = outcomes(Lake(lake.root), READ | WRITE)
    assert set(found) - {"upgrade"} <= set(DATA_DOORS) and {"read", "read_promoted"} <= set(found)
    assert all(
        line.startswith("l0_raw/s: file part-") and "make ingest AGAIN=s" in line for name, line in found.items() if name in DATA_DOORS
    )
    assert len(verify(lake)[0]) >= 1


def test_records_that_cannot_be_read_are_one_line(written, tmp_path):
    shutil.copytree(written[0].root, tmp_path / "copy", ignore=shutil.ignore_patterns("_derived"))
    (record,) = (tmp_path / "copy" / "activities").rglob("*.parquet")
    record.write_bytes(b"PAR1xxPAR1")
    found = outcomes(Lake(str(tmp_path / "copy")), READ)
    assert all(found[name].startswith("activities/l0_raw/s: file part-") for name in ("promoted", "read", "sql", "history"))
    assert any(mismatch.where == "activities/l0_raw/s" for mismatch in verify(Lake(str(tmp_path / "copy")))[0])


@pytest.mark.parametrize("root", ["", "/", "  ", "a\0b", "nosuch://bucket/lake"])
def test_what_is_no_place_is_refused_at_once(root):
    with pytest.raises(TierlineError, match=r"no place for a lake|no lake can be kept"):
        Lake(root)


def test_roots_that_cannot_hold_a_lake(tmp_path):
    (tmp_path / "file").write_text("x")
    for root in (tmp_path / "file", tmp_path / "file" / "lake", "/proc/lake"):
        lake = Lake(str(root))
        outcomes(lake, READ)
        assert set(outcomes(lake, WRITE)) == set(WRITE)


def test_somebody_elses_tables_are_not_taken_for_a_lake(tmp_path):
    for name in ("activities", "verdicts"):
        write_deltalake(str(tmp_path / name), pa.table({"x": [1]}))
    found = outcomes(Lake(str(tmp_path)), READ | WRITE)
    assert found.keys() == READ.keys() | WRITE.keys() and "format 1" in found["promoted"] and "no record of a lake" in found["upgrade"]
    (tmp_path / "tierline.json").write_text('{"format": 2}')
    assert "none of the columns" in outcomes(Lake(str(tmp_path)), READ)["promoted"]


def test_an_absent_lake_is_empty_and_stays_absent(tmp_path):
    lake = Lake(str(tmp_path / "absent"))
    assert set(outcomes(lake, READ)) == {"read", "read_promoted", "pick", "trace", "profile", "upgrade"}
    assert not (tmp_path / "absent").exists()


def test_an_error_of_an_object_store_has_no_color():
    error = TierlineError("cannot be read (S3 error \x1b[31m\u21b3\x1b[0m no such bucket)", "s3://lake")
    assert str(error) == "s3://lake: cannot be read (S3 error \u21b3 no such bucket)"
