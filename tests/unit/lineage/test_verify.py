"""Every kind of damage is found and named with its place; a sound lake gives none, and says how much was checked."""

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.conftest import commit_rows
from tests.unit.lineage.conftest import SHARD, YEAR, House
from tierline.errors import BadInput
from tierline.lake import WHOLE_LAKE
from tierline.lineage import verify
from tierline.lineage.verify import count_shards
from tierline.stages import BY_NAME
from tierline.tables import TABLES


def found(house: House, row_id: str | None = None) -> list[str]:
    return [str(mismatch) for mismatch in verify(house.lake, row_id)[0]]


def file_of(house: House, table: str, shard: str = SHARD) -> Path:
    """The one Parquet file of a shard."""
    (uri,) = house.lake.files(house.lake.manifest(table, shard))
    return Path(uri)


def rewrite(file: Path, change: Callable[[list[dict]], list[dict]]) -> None:
    """Other rows in the same file, behind the lake's back."""
    table = pq.read_table(file)
    pq.write_table(pa.Table.from_pylist(change(table.to_pylist()), schema=table.schema), file)


def set_first(**values: object) -> Callable[[list[dict]], list[dict]]:
    return lambda rows: [rows[0] | values, *rows[1:]]


def test_a_sound_lake_is_counted_whole(sound_house):
    shards: list[str] = []
    mismatches, checked = verify(sound_house.lake, advance=shards.append)
    written = {name: sound_house.lake.manifests(name) for name in TABLES}
    assert mismatches == [] and checked.shards == len(shards) == count_shards(sound_house.lake) == sum(map(len, written.values()))
    assert checked.rows == sum(one.rows for manifests in written.values() for one in manifests) == 29
    assert checked.spans == sum(one.rows for name in TABLES if name in BY_NAME and BY_NAME[name].span for one in written[name]) == 10


def test_a_sound_row_is_checked_with_each_ancestor_once(sound_house):
    mismatches, checked = verify(sound_house.lake, "fact_town")
    assert (mismatches, checked.shards, checked.rows, checked.spans) == ([], 0, 7, 3)


def test_a_flipped_byte_of_the_crawl_is_found_at_its_document(house):
    data = bytearray(house.crawl.read_bytes())
    data[data.index(b"1612")] ^= 1
    house.crawl.write_bytes(data)
    (told,) = found(house)
    assert told.startswith(f"l0_raw/{SHARD} {house.town}: bytes hash to ")
    assert found(house, "fact_town") == [told.replace(f"/{SHARD}", "")] and found(house, "fact_quiz") == []


def test_a_crawl_file_cut_short_is_a_mismatch_and_one_that_is_gone_is_missing(house):
    data = house.crawl.read_bytes()
    house.crawl.write_bytes(data[:-10])
    (told,) = found(house)
    assert told.startswith(f"l0_raw/{SHARD} {house.quiz}: ")
    house.crawl.unlink()
    mismatches, checked = verify(house.lake)
    assert mismatches == [] and checked.missing_sources == {str(house.crawl): 2}


def test_a_crawl_root_that_is_no_folder_is_said_once_and_no_file_is_called_missing(sound_house, monkeypatch):
    monkeypatch.setenv("TIERLINE_CRAWL_ROOT", "/nope")
    for row in (None, "fact_town"):
        with pytest.raises(BadInput, match=r"^TIERLINE_CRAWL_ROOT=/nope: no such folder"):
            verify(sound_house.lake, row)


@pytest.mark.parametrize(
    ("table", "shard", "values"),
    [
        ("l1_filtered", SHARD, {"tokens": 10}),
        ("l1_filtered", SHARD, {"license": "CC0"}),
        ("l2_annotations", SHARD, {"score": 1.0}),
        ("l4_facts", WHOLE_LAKE, {"contradictions": 0}),
        ("l4_sources", WHOLE_LAKE, {"claim_id": "clm_edit"}),
        ("mix_alignment", WHOLE_LAKE, {"position": 7}),
    ],
)
def test_a_changed_value_of_any_table_changes_its_digest(house, table, shard, values):
    rewrite(file_of(house, table, shard), set_first(**values))
    (told,) = found(house)
    assert told.startswith(f"{table}/{shard}: rows hash to ") and house.lake.manifest(table, shard).digest in told


@pytest.mark.parametrize("change", [lambda rows: rows[1:], lambda rows: rows[::-1], lambda rows: [*rows, rows[0]]], ids=["lost", "moved", "twice"])  # fmt: skip
def test_a_row_lost_moved_or_repeated_changes_the_digest(house, change):
    rewrite(file_of(house, "l4_claims"), change)
    assert [line.split(" ")[:4] for line in found(house)] == [[f"l4_claims/{SHARD}:", "rows", "hash", "to"]]


def test_a_span_that_moved_is_found_at_its_row_beside_the_digest(house):
    rewrite(file_of(house, "l4_manuals"), set_first(span_start=1))
    assert [line.partition(": ")[::2] for line in found(house)] == [
        (f"l4_manuals/{SHARD} sec_town", "the words quoted at 1:31 are not there"),
        (f"l4_manuals/{SHARD}", found(house)[1].partition(": ")[2]),
    ]
    assert [line.partition("part-")[0] for line in found(house, "sec_town")] == [f"l4_manuals/{SHARD}: file "]


def test_words_that_changed_in_the_parent_are_found_at_every_row_that_quotes_them(house):
    text = house.lake.read("l2_selected", SHARD).to_pylist()
    commit_rows(house.lake, "l2_selected", [{"doc_id": row["doc_id"], "parents": row["parents"], "text": row["text"].replace("1612", "1712")} for row in text])  # fmt: skip
    assert found(house) == [
        f"l3_refined/{SHARD} psg_town: the words quoted at 0:31 are not there",
        f"l3_derived/{SHARD} drv_town: the words quoted at 0:31 are not there",
        f"l4_claims/{SHARD} clm_page: the words quoted at {YEAR}:{YEAR + 4} are not there",
        f"l4_manuals/{SHARD} sec_town: the words quoted at 0:31 are not there",
    ]


def test_a_missing_parent_is_found_in_the_table_that_the_row_names(house):
    commit_rows(house.lake, "l3_refined", [])
    assert found(house) == [f"l4_claims/{SHARD} {claim}: its parent in l3_refined is not there" for claim in ("clm_edit", "clm_quiz")]
    with pytest.raises(BadInput, match="psg_town: a parent in l3_refined is not promoted any more"):
        verify(house.lake, "fact_town")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda rows: rows[1:], "3 rows went in, 2 were decided"),
        (lambda rows: [rows[0], *rows[:-1]], "a row was decided twice"),
        (set_first(outcome="forgotten"), "unknown outcome ['forgotten']"),
        (set_first(outcome="dropped", rule=None), "1 rows were not kept and no rule is named"),
    ],
)
def test_a_ledger_that_does_not_conserve_rows_is_found(house, change, told):
    (ledger,) = house.lake.ledger_files("l4_claims", SHARD)
    rewrite(Path(ledger), change)
    assert found(house) == [f"l4_claims/{SHARD}: {told}"]


def test_a_decision_that_was_changed_is_found(house):
    (ledger,) = house.lake.ledger_files("l4_claims", SHARD)
    rewrite(Path(ledger), set_first(outcome="dropped", rule="claims:none"))
    (told,) = found(house)
    assert told.startswith(f"l4_claims/{SHARD}: decisions hash to ")


def test_a_ledger_that_cannot_be_read_is_named_and_the_rest_is_still_checked(house):
    (ledger,) = house.lake.ledger_files("l4_claims", SHARD)
    Path(ledger).unlink()
    rewrite(file_of(house, "l1_filtered"), set_first(tokens=10))
    assert sorted(mismatch.where for mismatch in verify(house.lake)[0]) == [f"l1_filtered/{SHARD}", f"l4_claims/{SHARD}"]


def test_what_the_catalog_has_cached_proves_nothing(house):
    assert found(house) == []
    (file,) = house.lake.delta.files("activities", {"stage": "l1_filtered", "shard": SHARD})
    (Path(house.lake.root) / "activities" / file).unlink()
    assert any(line.startswith(f"activities/l1_filtered/{SHARD}: file part-") for line in found(house))


def break_names(file: Path) -> None:
    """Names of columns in the footer that are not UTF-8, as a flipped bit leaves them."""
    file.write_bytes(file.read_bytes().replace(b"predicate", b"\xe5redicate"))


def cut_short(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-20])


@pytest.mark.parametrize("damage", [cut_short, break_names, Path.unlink])
def test_a_file_that_cannot_be_read_is_named_and_the_rest_is_still_checked(house, damage):
    file = file_of(house, "l4_facts", WHOLE_LAKE)
    damage(file)
    rewrite(file_of(house, "l1_filtered"), set_first(tokens=10))
    mismatches, checked = verify(house.lake)
    assert sorted(mismatch.where for mismatch in mismatches) == [f"l1_filtered/{SHARD}", f"l4_facts/{WHOLE_LAKE}"]
    assert checked.shards == count_shards(house.lake)


def test_quarantined_rows_are_checked_too(house):
    commit_rows(house.lake, "l4_manuals", [{"section_id": "sec_bad", "parents": [house.town], "span_start": 0, "span_end": 3, "text": "An"}], promote=False)  # fmt: skip
    assert found(house) == [f"l4_manuals/{SHARD} sec_bad: the words quoted at 0:3 are not there"]
