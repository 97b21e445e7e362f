"""Claims on disk are those in memory, and rows in files keep together what came together."""

import random

import numpy as np
import pyarrow as pa

from tests.unit.knowledge.test_verification import rows
from tierline.dedup.runs import opened, publish
from tierline.knowledge import FactRules
from tierline.knowledge.claim_rows import ROWS_PER_BLOCK, ClaimFiles, ClaimTable, claim_arrays
from tierline.knowledge.facts import verify
from tierline.knowledge.hashed import keys_of
from tierline.knowledge.keyed_claims import KEYED, STATED, keyed
from tierline.knowledge.row_files import ROWS_PER_BATCH, RowWriter
from tierline.knowledge.stated import Stated
from tierline.lake.digest import content_digest
from tierline.tables import TABLES

OWN = [row for number in range(8) for row in rows(number, f"s{number}", pages=15)]


def parts() -> list[pa.Table]:
    return [keyed(batch) for batch in pa.Table.from_pylist(OWN, STATED).to_batches(max_chunksize=100)]


def test_claims_are_read_from_files_as_they_are_in_memory(tmp_path):
    publish(tmp_path, "claims", claim_arrays(parts()), {})
    found = opened(tmp_path / "claims")
    assert found is not None
    here, there = ClaimTable(pa.concat_tables(parts())), ClaimFiles(found[0])
    assert len(here) == len(there) == len(OWN) > ROWS_PER_BLOCK and here.hashes == there.hashes > 0
    assert there.keys.equals(here.keys)
    places = np.array(sorted(random.Random(1).sample(range(len(OWN)), 40)))
    for columns in (STATED.names, ["text_sketch"], ["claim_id", "object"]):
        assert there.take(places, columns).equals(here.take(places, columns))
    bounds = np.array([1 << 30, 1 << 31], np.uint32)
    assert there.cuts(bounds) == here.cuts(bounds)
    for one, other in zip(there.sketches(3, 90), here.sketches(3, 90), strict=True):
        assert one.tolist() == other.tolist()


def test_no_claims_are_read_from_files_too(tmp_path):
    publish(tmp_path, "claims", claim_arrays([]), {})
    found = opened(tmp_path / "claims")
    assert found is not None and len(ClaimFiles(found[0])) == 0 and ClaimFiles(found[0]).keys.num_rows == 0


def test_rows_that_wait_on_disk_are_those_in_memory():
    stated = Stated([ClaimTable(pa.concat_tables([KEYED.empty_table(), *parts()]))])
    kept, _ = verify(stated, FactRules())
    spilled, _ = verify(stated, FactRules(), memory_bytes=1)
    assert kept.tables["l4_sources"].num_rows > 0
    for name, table in kept.tables.items():
        columns = list(TABLES[name].columns)
        assert content_digest(pa.Table.from_batches(spilled.tables[name].to_batches()).select(columns)) == content_digest(table)
    spilled.check("l4_facts")


def test_rows_that_come_together_are_read_together():
    schema, sizes = pa.schema({"table": pa.int64()}), (3, 0, 700, 900, ROWS_PER_BATCH + 1, 5)
    writer = RowWriter(schema)
    for number, size in enumerate(sizes):
        writer.append(pa.table({"table": [number] * size}, schema))
    file = writer.rows()
    for _ in range(2):
        batches = [batch["table"].to_pylist() for batch in file.to_batches()]
        assert [one for own in batches for one in own] == [number for number, size in enumerate(sizes) for _ in range(size)]
        assert sum(len(set(own)) for own in batches) == len(set(sizes) - {0}) and len(batches) < len(sizes)


def test_keys_of_ids_depend_on_their_words_alone():
    words = ["", "a", "ab", "ba", "clm_0123456789abcdef01234567", "clm_0123456789abcdef01234568", None, "é"]
    found = keys_of(pa.array(words, pa.string()))
    assert len(set(found.tolist())) == len(words) - 1 and found[0] == found[6]
    assert keys_of(pa.array(words, pa.string()).slice(2, 4)).tolist() == found[2:6].tolist()
    assert keys_of(pa.array([], pa.string())).tolist() == []
