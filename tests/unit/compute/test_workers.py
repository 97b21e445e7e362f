"""What stages hand out: parts in order, of any size, with the same rows; and errors of files behind the rows before them."""

from collections.abc import Iterable, Iterator

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from examples.write_crawl import write_crawl
from tierline.compute import workers as in_process
from tierline.compute.packed import pack, unpack
from tierline.compute.workers import IN_PROCESS, each_held
from tierline.crawl import ReadRules, read
from tierline.crawl.read import read_shard
from tierline.dedup import DedupRules
from tierline.dedup.resolve import NoDocuments
from tierline.filters import BoilerplateRules, FilterRules
from tierline.filters.filter import filter_shard
from tierline.unforeseen import Lost


class Elsewhere:
    """Works as another process would: on packed parts, some ahead of the one that is taken."""

    batch_rows, ahead = 3, 4

    def map(self, name, work, parts: Iterable) -> Iterator:
        packed, waiting, supply = pack(work), [], iter(parts)
        for part in supply:
            waiting.append(pack(unpack(packed)(unpack(pack(part)))))
            if len(waiting) > self.ahead:
                yield unpack(waiting.pop(0))
        yield from map(unpack, waiting)

    def shuffle(self, name, split, merge, parts: Iterable, ranges: int) -> Iterator:
        splitting, merging = pack(split), pack(merge)
        cut = [[pack(piece) for piece in unpack(splitting)(unpack(pack(part)))] for part in parts]
        for of_range in zip(*cut, strict=True):
            assert len(cut[0]) == ranges
            yield unpack(pack(unpack(merging)([unpack(piece) for piece in of_range])))


@pytest.mark.parametrize("in_memory", [1 << 20, 64], ids=["in memory", "on disk"])
def test_a_range_is_merged_from_the_pieces_of_all_parts_in_their_order(monkeypatch, in_memory):
    monkeypatch.setattr(in_process, "PIECES_IN_MEMORY", in_memory)
    parts = [pa.table({"number": list(range(start, start + 30))}) for start in (60, 0, 30)]

    def split(part: pa.Table) -> list[pa.Table]:
        return [part.filter(pc.equal(pc.bit_wise_and(part["number"], 3), number)) for number in range(4)]

    found = list(IN_PROCESS.shuffle("divide", split, pa.concat_tables, parts, 4))
    assert [one["number"].to_pylist() for one in found] == [
        [number for start in (60, 0, 30) for number in range(start, start + 30) if number % 4 == rest] for rest in range(4)
    ]


def doubled(numbers: list[int]) -> list[int]:
    return [number + 1 // (number - 13) - 1 // (number - 13) + number for number in numbers]


def test_trouble_of_one_record_is_its_own():
    found = list(each_held(Elsewhere(), "double", doubled, [[1, 2], [12, 13, 14], [20]]))
    assert [one for one in found if not isinstance(one, Lost)] == [[2, 4], [24], [28], [40]]
    assert [one.rows for one in found if isinstance(one, Lost)] == [[13]]


def test_a_shards_rows_are_those_of_one_process(tmp_path):
    files = [str(path) for path in write_crawl(tmp_path)]
    results = []
    for workers in (IN_PROCESS, Elsewhere()):
        raw = read_shard(files, ReadRules(), workers=workers)
        rules = FilterRules(), DedupRules(), NoDocuments(), BoilerplateRules()
        results.append((raw, filter_shard(raw.tables["l0_raw"], *rules, workers=workers)))
    for one, other in zip(*results, strict=True):
        for name, rows in one.tables.items():
            assert whole(rows).equals(whole(other.tables[name])), name
        for name, (rows_in, decisions) in one.ledgers.items():
            assert rows_in == other.ledgers[name][0] and whole(decisions).equals(whole(other.ledgers[name][1])), name


def whole(rows) -> pa.Table:
    return pa.Table.from_batches(rows.to_batches(), rows.schema)


@pytest.mark.parametrize("workers", [IN_PROCESS, Elsewhere()], ids=["in process", "elsewhere"])
def test_what_a_file_raises_comes_behind_its_rows(tmp_path, monkeypatch, workers):
    def broken(uri, rules, bound):
        for number in range(7):
            yield {"source_offset": number, "source_length": 1, "payload_sha256": f"{number}", "status": "ok", "text": "a", "error": None}
        raise ValueError("it ends here")

    monkeypatch.setitem(read.READERS, "jsonl", broken)
    (tmp_path / "c.jsonl").write_text("{}")
    rows = read_shard([str(tmp_path / "c.jsonl")], ReadRules(), workers=workers).tables["l0_raw"].to_pylist()
    assert sorted(row["status"] for row in rows) == ["error"] + 7 * ["ok"]
    assert [row["error"] for row in rows if row["error"]] == ["unreadable file: it ends here"]
