"""Packed mixes: Megatron's format byte for byte, windows that cover every token, streams that resume, rows behind positions."""

import struct
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from tokenizers import Tokenizer, models, pre_tokenizers, trainers

from tierline.errors import BadInput
from tierline.mixes import ExportRules, MixTokenizer, PackedMix, export_mix
from tierline.mixes.indexed import IndexedWriter, map_indexed
from tierline.mixes.packed import StreamState


def read_megatron(prefix: Path) -> list[list[int]]:
    """The documents of an indexed dataset, read field by field as Megatron-LM's _IndexReader does."""
    with prefix.with_suffix(".idx").open("rb") as file:
        assert file.read(9) == b"MMIDIDX\x00\x00"
        assert struct.unpack("<Q", file.read(8)) == (1,)
        kind = {4: np.int32, 8: np.uint16}[struct.unpack("<B", file.read(1))[0]]
        (sequences,), (documents,) = struct.unpack("<Q", file.read(8)), struct.unpack("<Q", file.read(8))
        rest = file.read()
    lengths = np.frombuffer(rest, np.int32, sequences)
    pointers = np.frombuffer(rest, np.int64, sequences, lengths.nbytes)
    indices = np.frombuffer(rest, np.int64, documents, lengths.nbytes + pointers.nbytes)
    assert len(rest) == lengths.nbytes + pointers.nbytes + indices.nbytes
    assert indices.tolist() == list(range(sequences + 1))  # one sequence a document
    data = prefix.with_suffix(".bin").read_bytes()
    return [np.frombuffer(data, kind, length, pointer).tolist() for length, pointer in zip(lengths, pointers, strict=True)]


@pytest.mark.parametrize(("vocabulary", "size"), [(32_000, 2), (65_499, 2), (65_500, 4), (128_256, 4)])
def test_documents_are_written_as_megatron_reads_them(tmp_path, vocabulary, size):
    documents = [[1, 2, 3], [vocabulary - 1], [7] * 300]
    with IndexedWriter(tmp_path / "tokens", vocabulary) as writer:
        for document in documents:
            writer.add(np.array(document))
    assert read_megatron(tmp_path / "tokens") == documents
    assert (tmp_path / "tokens.bin").stat().st_size == size * 304
    mapped = map_indexed(tmp_path / "tokens")
    assert mapped.tokens.tolist() == [token for document in documents for token in document]
    assert [mapped.document_at(position) for position in (0, 2, 3, 4, 303)] == [0, 0, 1, 2, 2]


def test_a_mix_without_documents_is_an_index_without_entries(tmp_path):
    with IndexedWriter(tmp_path / "tokens", 100):
        pass
    assert read_megatron(tmp_path / "tokens") == [] and len(map_indexed(tmp_path / "tokens").tokens) == 0


def test_every_document_is_its_rows_text_and_an_end(exported):
    rows = pq.read_table(exported / "data").to_pylist()
    documents = pq.read_table(exported / "documents.parquet").to_pylist()
    tokenizer = Tokenizer.from_file(str(exported / "tokenizer.json"))
    stored = read_megatron(exported / "tokens")
    assert [row["row_id"] for row in rows] == [row["row_id"] for row in documents]
    assert stored == [[*tokenizer.encode(row["text"], add_special_tokens=False).ids, 2] for row in rows]
    assert [row["n_tokens"] for row in documents] == [len(document) for document in stored]
    assert [row["start_token"] for row in documents] == np.cumsum([0, *map(len, stored)])[:-1].tolist()


def test_batches_cover_the_stream_once_and_know_their_documents(exported):
    mix = PackedMix(exported)
    batches = list(mix.stream(windows=2, length=5))
    assert len(batches) == mix.batches(2, 5) == (len(mix) - 1) // 10
    stream = np.fromfile(exported / "tokens.bin", np.uint16)
    inputs = np.concatenate([batch.tokens[:, :-1].ravel() for batch in batches])
    targets = np.concatenate([batch.tokens[:, 1:].ravel() for batch in batches])
    assert inputs.tolist() == stream[: len(inputs)].tolist() and targets.tolist() == stream[1 : len(inputs) + 1].tolist()
    ends = np.concatenate([[0], np.cumsum(stream == 2)])[:-1]
    assert np.concatenate([batch.documents[:, :-1].ravel() for batch in batches]).tolist() == ends[: len(inputs)].tolist()
    assert [position for batch in batches for position in batch.positions] == list(range(0, len(inputs), 5))


def test_a_stream_resumes_where_it_stopped(exported):
    whole = [batch.tokens.tolist() for batch in PackedMix(exported).stream(2, 3)]
    for stop in (0, 1, 4, len(whole)):
        first = PackedMix(exported).stream(2, 3)
        seen = [next(first).tokens.tolist() for _ in range(stop)]
        rest = [batch.tokens.tolist() for batch in PackedMix(exported).stream(2, 3, first.state())]
        assert seen + rest == whole


def test_every_position_maps_to_its_row(exported):
    mix = PackedMix(exported)
    documents = pq.read_table(exported / "documents.parquet").to_pylist()
    expected = [row["row_id"] for row in documents for _ in range(row["n_tokens"])]
    assert [mix.row_at(position) for position in range(len(mix))] == expected


def test_packed_sequences_are_the_stream_with_its_rows(exported):
    mix, at = PackedMix(exported), 0
    sequences = pq.read_table(exported / "packed").to_pylist()
    stream = np.fromfile(exported / "tokens.bin", np.uint16).tolist()
    for sequence in sequences:
        length = len(sequence["input_ids"])
        assert sequence["position"] == at and sequence["input_ids"] == stream[at : at + length]
        owners = [mix.row_at(position) for position in range(at, at + length)]
        begins = [0, *(offset for offset in range(1, length) if stream[at + offset - 1] == 2)]
        assert sequence["offsets"] == begins and sequence["row_ids"] == [owners[offset] for offset in begins]
        assert sequence["continues"] == (at > 0 and stream[at - 1] != 2)
        at += length
    assert at == len(stream) and {len(sequence["input_ids"]) for sequence in sequences[:-1]} == {16}


@pytest.fixture
def own_tokenizer(tmp_path):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel()
    tokenizer.train_from_iterator(["text chosen 1 2 3"], trainers.BpeTrainer(special_tokens=["<|endoftext|>"], show_progress=False))
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    return tmp_path / "tokenizer.json"


def test_a_mix_can_be_packed_by_the_tokenizer_of_training(stocked, sampled, own_tokenizer, tmp_path):
    recipe = sampled(stocked)[0]
    folder = export_mix(stocked, recipe, tmp_path / "own", MixTokenizer.load(own_tokenizer)).parent
    own, rows = Tokenizer.from_file(str(own_tokenizer)), pq.read_table(folder / "data").to_pylist()
    assert read_megatron(folder / "tokens")[0] == [*own.encode(rows[0]["text"]).ids, own.token_to_id("<|endoftext|>")]
    assert (folder / "tokenizer.json").read_bytes() == own_tokenizer.read_bytes()


def test_a_page_that_spells_the_end_token_does_not_end_its_document():
    tokenizer = MixTokenizer.fixed()
    (tokens,) = tokenizer.encode(["before </s> after"])
    assert (tokens == tokenizer.end).sum() == 1 and tokens[-1] == tokenizer.end


def test_what_cannot_be_loaded_is_one_clear_line(exported, tmp_path, own_tokenizer):
    mix = PackedMix(exported)
    for action, message in (
        (lambda: mix.batch(99, 2, 5), "there is no batch 99: the mix holds"),
        (lambda: mix.row_at(len(mix)), f"there is no position {len(mix)}"),
        (lambda: mix.stream(2, 5, StreamState("0" * 64, 2, 5, 1)), "the state is of mix 000000000000 in 2 x 5"),
        (lambda: mix.stream(2, 5, StreamState(mix.digest, 2, 4, 1)), "in 2 x 4 tokens, this one is"),
        (lambda: PackedMix(tmp_path / "nowhere"), "is no exported mix"),
        (lambda: MixTokenizer.load(tmp_path / "nothing.json"), "cannot be read"),
        (lambda: MixTokenizer.load(exported / "README.md"), "is no tokenizer.json"),
        (lambda: MixTokenizer.load(own_tokenizer, "<end>"), "has no token that ends a document"),
        (lambda: ExportRules(sequence_tokens=0), "at least 1"),
    ):
        with pytest.raises((BadInput, ValueError), match=message):
            action()


def test_a_changed_or_missing_file_stops_the_load(exported):
    data = (exported / "tokens.bin").read_bytes()
    (exported / "tokens.bin").write_bytes(b"\x09" + data[1:])
    with pytest.raises(BadInput, match=r"tokens.bin: hashes to \w+, the manifest says"):
        PackedMix(exported)
    (exported / "tokens.bin").write_bytes(data[:-2])
    with pytest.raises(BadInput, match="does not hold the tokens that its index names"):
        PackedMix(exported, check=False)
    (exported / "tokens.idx").write_bytes(b"MMIDIDX")
    with pytest.raises(BadInput, match="is missing or cut off"):
        PackedMix(exported, check=False)
    (exported / "tokens.bin").unlink()
    with pytest.raises(BadInput, match=r"tokens.bin: is missing"):
        PackedMix(exported)
