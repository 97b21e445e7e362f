"""What a mix's files hold, however its rows arrive: the same bytes for any batches, sequences of one length, nothing for a failure."""

import hashlib
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.conftest import rows_of
from tierline.errors import BadInput
from tierline.mixes import ExportRules, MixTokenizer
from tierline.mixes.indexed import map_indexed
from tierline.mixes.writing import MixWriter, PartedParquet

WORDS = "the mill stands below the old weir and turns when the river is high".split()


def mix(count: int) -> pa.Table:
    """Rows of a pretrain mix with texts of growing length."""
    texts = [" ".join(WORDS[number % 5 : number % 5 + number + 1]) for number in range(count)]
    rows = [
        {
            "row_id": f"mix_{number}",
            "position": number,
            "curriculum": "stable" if number < 4 else "decay",
            "epoch": 0,
            "weight": 0.1,
            "tokens": 5,
            "tier": "L1" if number % 2 else "L2",
            "source": "l1_filtered",
            "source_table": "l1_filtered",
            "source_shard": "s",
            "doc_id": f"doc_{number}",
            "language": "en" if number else None,
            "text": text,
            "text_sha256": hashlib.sha256(text.encode()).hexdigest(),
        }
        for number, text in enumerate(texts)
    ]
    return rows_of("mix_pretrain", rows)


def write(folder: Path, rows: pa.Table, batch: int, rules: ExportRules | None = None):
    folder.mkdir()
    with MixWriter(folder, "pretrain", MixTokenizer.fixed(), rules or ExportRules(sequence_tokens=7, part_bytes=1 << 30)) as writer:
        for start in range(0, rows.num_rows, batch):
            writer.add(rows.slice(start, batch))
    return writer.written


@pytest.mark.parametrize("batch", [1, 3, 9])
def test_batches_do_not_show_in_tokens_documents_and_sequences(tmp_path, batch):
    rows = mix(9)
    written = write(tmp_path / "one", rows, 9), write(tmp_path / "other", rows, batch)
    assert written[0] == written[1]
    for name in ("tokens.bin", "tokens.idx"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "other" / name).read_bytes()
    for name in ("documents.parquet", "packed", "data"):
        assert pq.read_table(tmp_path / "one" / name).equals(pq.read_table(tmp_path / "other" / name))


@pytest.mark.parametrize("length", [1, 2, 7, 1000])
def test_sequences_are_the_stream_cut_at_every_length(tmp_path, length):
    write(tmp_path / "m", mix(6), 2, ExportRules(sequence_tokens=length, part_bytes=1 << 30))
    stream = map_indexed(tmp_path / "m" / "tokens")
    sequences = pq.read_table(tmp_path / "m" / "packed").to_pylist()
    assert [token for row in sequences for token in row["input_ids"]] == stream.tokens.tolist()
    assert {len(row["input_ids"]) for row in sequences[:-1]} <= {length} and 0 < len(sequences[-1]["input_ids"]) <= length
    for row in sequences:
        assert row["offsets"][0] == 0 and row["offsets"] == sorted(set(row["offsets"]))
        for row_id, offset in zip(row["row_ids"], row["offsets"], strict=True):
            assert row_id == f"mix_{stream.document_at(row['position'] + offset)}"


def test_totals_are_by_part_tier_and_language(tmp_path):
    written = write(tmp_path / "m", mix(6), 4)
    assert (written.documents, written.budget_tokens) == (6, 30)
    assert dict(written.groups) == {("stable", "L2"): 2, ("stable", "L1"): 2, ("decay", "L2"): 1, ("decay", "L1"): 1}
    assert sum(written.group_tokens.values()) == written.tokens == len(map_indexed(tmp_path / "m" / "tokens").tokens)
    assert dict(written.languages) == {"unknown": 1, "en": 5}


def test_a_mix_without_rows_is_empty_files_that_can_be_read(tmp_path):
    written = write(tmp_path / "m", mix(0), 1)
    assert written.documents == written.tokens == 0
    assert pq.read_table(tmp_path / "m" / "data").num_rows == pq.read_table(tmp_path / "m" / "packed").num_rows == 0
    assert len(map_indexed(tmp_path / "m" / "tokens").tokens) == 0


def test_parts_are_cut_by_size_and_together_are_the_rows(tmp_path):
    rows = pa.table({"text": [f"row {number} " * 20 for number in range(40)]})
    parts = PartedParquet(tmp_path / "parts", rows.schema, part_bytes=1500)
    for start in range(0, 40, 5):
        parts.write(rows.slice(start, 5))
    parts.close()
    files = sorted((tmp_path / "parts").iterdir())
    assert [file.name for file in files] == [f"part-{number:05}.parquet" for number in range(len(files))] and len(files) > 2
    assert pa.concat_tables([pq.read_table(file) for file in files]).equals(rows)


def test_a_text_that_is_not_the_one_drawn_stops_the_export_before_any_of_its_batch_is_written(tmp_path):
    rows = mix(4)
    texts = rows["text"].to_pylist()
    changed = rows.set_column(rows.column_names.index("text"), "text", pa.array([*texts[:3], "another text"]))
    (tmp_path / "m").mkdir()
    with (
        pytest.raises(BadInput, match=r"mix_pretrain: row mix_3 breaks the contract: its text hashes to \w{12}, not \w{12}"),
        MixWriter(tmp_path / "m", "pretrain", MixTokenizer.fixed(), ExportRules()) as writer,
    ):
        writer.add(changed.slice(0, 2))
        writer.add(changed.slice(2, 2))
    assert writer.written.documents == 2 and not (tmp_path / "m" / "tokens.idx").exists(), "without an index nobody can load it"


@pytest.mark.parametrize("changes", [{"sequence_tokens": 0}, {"part_bytes": 0}, {"sequence_tokens": -1}])
def test_files_of_no_size_are_refused(changes):
    with pytest.raises(ValueError, match="a number of at least 1 "):
        ExportRules(**changes)
