"""Exported mixes: whole, the same byte for byte, pinned to what they came from, and read by the tools that others use."""

import json
from collections import Counter

import datasets
import mlcroissant
import pyarrow.parquet as pq
import pytest
import yaml

from tierline.config.checksum import file_sha256
from tierline.errors import BadInput
from tierline.mixes import ExportRules, export_mix


def files(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_the_manifest_pins_versions_and_digests_and_hashes_every_file(stocked, exported):
    written = json.loads((exported / "manifest.json").read_text())
    assert (written["rows"], written["budget_tokens"]) == (12, 120)
    sources = {source["table"]: source for source in written["sources"]}
    assert sources["l1_filtered"]["version"] == stocked.version("l1_filtered")
    assert sources["l1_filtered"]["shards"] == {shard: stocked.manifest("l1_filtered", shard).digest for shard in ("s1", "s2")}
    assert list(sources["l2_selected"]["shards"]) == ["s1"]
    assert set(written["files"]) == set(files(exported)) - {"manifest.json"}
    assert all(file_sha256(exported / name) == said["sha256"] for name, said in written["files"].items())


def test_two_exports_are_byte_identical_and_take_each_others_place(stocked, sampled, exported, tmp_path):
    recipe, rules = sampled(stocked)[0], ExportRules(sequence_tokens=16, part_bytes=1500)
    before = files(exported)
    assert files(export_mix(stocked, recipe, tmp_path / "other", rules=rules).parent) == before
    export_mix(stocked, recipe, exported.parent, rules=ExportRules(sequence_tokens=32))
    assert files(export_mix(stocked, recipe, exported.parent, rules=rules).parent) == before
    assert [path.name for path in exported.parent.iterdir()] == ["pretrain"]


def test_every_row_of_the_mix_is_exported_once_in_its_order(stocked, exported):
    drawn = stocked.read("mix_pretrain", "all")
    found = pq.read_table(exported / "data")
    assert found["row_id"].to_pylist() == drawn["row_id"].to_pylist() and found["text"].to_pylist() == drawn["text"].to_pylist()
    times = Counter(pq.read_table(exported / "documents.parquet")["doc_id"].to_pylist())
    assert times == Counter(drawn["doc_id"].to_pylist()) and max(times.values()) == 2


def test_hugging_face_datasets_loads_the_folder(exported, tmp_path):
    rows = datasets.load_dataset(str(exported), cache_dir=str(tmp_path / "cache"))["train"]
    assert rows.num_rows == 12 and rows[0]["text"] and rows["position"][:3] == [0, 1, 2]
    packed = datasets.load_dataset(str(exported), "packed", cache_dir=str(tmp_path / "cache"))["train"]
    assert sum(map(len, packed["input_ids"])) == json.loads((exported / "manifest.json").read_text())["tokens"]


def test_croissant_metadata_is_valid_and_its_records_are_the_rows(exported):
    described = mlcroissant.Dataset(jsonld=str(exported / "croissant.json"))
    assert not described.metadata.issues.errors
    texts = [record["rows/text"].decode() for record in described.records("rows")]
    assert texts == pq.read_table(exported / "data")["text"].to_pylist()
    hashes = {file.id: file.sha256 for file in described.metadata.distribution if isinstance(file, mlcroissant.FileObject)}
    assert hashes["tokens.bin"] == file_sha256(exported / "tokens.bin")


def test_the_card_says_what_is_in_the_mix(exported):
    _, header, text = (exported / "README.md").read_text().split("---\n", 2)
    assert yaml.safe_load(header)["language"] == ["en"] and yaml.safe_load(header)["size_categories"] == ["n<1K"]
    assert "| stable | L1 | 4 |" in text and "| stable | L2 | 8 |" in text


def test_the_manifest_says_what_was_excluded_and_pins_the_check(contaminated, draw, tmp_path):
    recipe = draw(contaminated, token_budget=1000)
    found = json.loads(export_mix(contaminated, recipe, tmp_path).read_text())["contamination"]
    assert found["mix:contaminated"] == {"rows": 2, "tokens": 15} and found["mix:not_checked_for_contamination"]["rows"] == 0
    assert found["shards"] == {"s1": contaminated.manifest("l1_contamination", "s1").digest}
    assert found["version"] == contaminated.version("l1_contamination")


def test_a_folder_with_something_else_in_it_is_left_alone(stocked, sampled, tmp_path):
    recipe = sampled(stocked)[0]
    (tmp_path / "out" / "pretrain").mkdir(parents=True)
    (tmp_path / "out" / "pretrain" / "thesis.tex").write_text("years of work")
    with pytest.raises(BadInput, match="holds something else than an exported mix"):
        export_mix(stocked, recipe, tmp_path / "out")
    (tmp_path / "file").write_text("")
    with pytest.raises(BadInput, match="cannot be written"):
        export_mix(stocked, recipe, tmp_path / "file")
    assert (tmp_path / "out" / "pretrain" / "thesis.tex").read_text() == "years of work"
