"""The band index: derived from promoted signatures only, whole after any crash, rebuilt where lost, the same however it was built."""

import hashlib
import shutil
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from examples.features import FEATURES
from tests.unit.compute.test_workers import Elsewhere
from tierline.dedup import DedupRules, LakeDocuments
from tierline.dedup.minhash import Signatures, sign
from tierline.dedup.resolve import NoDocuments, resolve_duplicates
from tierline.dedup.runs import Run, merge_runs, write_run
from tierline.dedup.stored import SignatureFile
from tierline.errors import BadInput
from tierline.filters import FilterRules
from tierline.filters.filter import filter_shard
from tierline.lake import Activity, Lake, Verdict, Waiver
from tierline.tables import TABLES
from tierline.text.words import split_words

NAMES = sorted(FEATURES)
TEXTS = [" ".join(FEATURES[NAMES[(number + step) % len(NAMES)]] for step in (0, 5, 11, 17)) for number in range(len(NAMES))]
RULES = DedupRules()


def add(lake, make_rows, shard, texts, earlier=(), promote=True, code="1"):
    """Filter a shard as L1 does and commit it; removals by doc_id."""
    rows = [{"doc_id": f"{shard}{number}", "status": "ok", "text": text} for number, text in enumerate(texts)]
    found = LakeDocuments(lake, list(earlier))
    activity = Activity.begin("l1_filtered", shard, code, (RULES,), found.inputs)
    result = filter_shard(make_rows("l0_raw", rows), FilterRules(), RULES, found)
    manifest = lake.commit(activity, result)
    if promote:
        lake.record(Verdict("l1_filtered", shard, manifest.stage_digest, "t", "0", True, "[]"))
    return {row["doc_id"]: row["kept_doc_id"] for row in result.tables["l1_duplicates"].to_pylist()}


def asked(lake, make_rows, texts, earlier):
    """What would be removed from these texts, without a commit."""
    rows = [{"doc_id": f"new{number}", "status": "ok", "text": text} for number, text in enumerate(texts)]
    result = filter_shard(make_rows("l0_raw", rows), FilterRules(), RULES, LakeDocuments(lake, list(earlier)))
    return result.tables["l1_duplicates"].to_pylist()


def index_folder(lake):
    (folder,) = (lake.cache_dir / "dedup").iterdir()
    return folder


def test_the_index_is_written_once_and_read_by_the_next_process(lake, make_rows, monkeypatch):
    add(lake, make_rows, "a", TEXTS[:4])
    before = asked(lake, make_rows, TEXTS[:2], ["a"])
    assert [row["kept_doc_id"] for row in before] == ["a0", "a1"]
    read = []
    reopened = Lake(lake.root)
    monkeypatch.setattr(Lake, "read_manifest", lambda self, manifest, columns: read.append(manifest))
    assert asked(reopened, make_rows, TEXTS[:2], ["a"]) == before and read == []


def test_a_lost_or_torn_index_is_rebuilt_with_the_same_answers(lake, make_rows):
    for number, shard in enumerate("abcde"):
        add(lake, make_rows, shard, TEXTS[4 * number : 4 * number + 4], "abcde"[:number])
    near = [text.replace(" the ", " that ", 1) for text in TEXTS[:12]]
    before = asked(lake, make_rows, near, "abcde")
    assert len(before) == 12
    for run in index_folder(lake).glob("run_*"):
        (run / "keys").write_bytes(b"short")
    for member in list(index_folder(lake).glob("member_*"))[:2]:
        (member / "signatures").unlink()
    assert asked(lake, make_rows, near, "abcde") == before
    for path in sorted(lake.cache_dir.rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()
    assert asked(lake, make_rows, near, "abcde") == before


def test_an_index_that_workers_make_is_the_one_of_this_process(lake, make_rows):
    for number, shard in enumerate("abcd"):
        add(lake, make_rows, shard, TEXTS[4 * number : 4 * number + 4], "abcd"[:number])
    made = []
    for workers in (None, Elsewhere()):
        shutil.rmtree(lake.cache_dir / "dedup")
        found = LakeDocuments(lake, "abcd")
        found.workers = workers or found.workers
        found.alike(np.zeros((1, RULES.bands + 1), np.uint64), RULES)
        made.append({path.name: path.read_bytes() for path in index_folder(lake).glob("run_*/[ke]*")})
    assert made[0] == made[1] and set(made[0]) == {"keys", "entries"}


@pytest.mark.parametrize(
    "of", ["run_*/keys", "run_*/entries", "run_*/meta.json", "member_*/ids", "member_*/digests", "member_*/signatures"]
)
def test_a_wrong_byte_in_the_index_changes_no_answer(lake, make_rows, of):
    for number, shard in enumerate("abc"):
        add(lake, make_rows, shard, TEXTS[4 * number : 4 * number + 4], "abc"[:number])
    near = [text.replace(" the ", " that ", 1) for text in TEXTS[:12]]
    before = asked(lake, make_rows, near, "abc")
    assert len(before) == 12
    for file in index_folder(lake).glob(of):
        data = bytearray(file.read_bytes())
        step = 1 if of.endswith("json") else 4  # a digit of a number, or the end of every id, digest and key
        data[step - 1 :: step] = bytes(byte ^ 1 for byte in data[step - 1 :: step])
        file.write_bytes(data)
    assert asked(lake, make_rows, near, "abc") == before


def test_an_index_of_another_lake_changes_no_answer(tmp_path, make_rows):
    first, second = Lake(str(tmp_path / "first")), Lake(str(tmp_path / "second"))
    add(first, make_rows, "a", TEXTS[:4])
    add(second, make_rows, "a", TEXTS[4:8])
    asked(first, make_rows, TEXTS[:8], ["a"])
    before = asked(second, make_rows, TEXTS[:8], ["a"])
    shutil.rmtree(second.cache_dir / "dedup")
    shutil.copytree(first.cache_dir / "dedup", second.cache_dir / "dedup")
    assert asked(second, make_rows, TEXTS[:8], ["a"]) == before and len(before) == 4


@pytest.mark.parametrize("moment", ["fsync", "rename"])
def test_a_crash_while_the_index_is_written_leaves_nothing_half(lake, make_rows, monkeypatch, moment):
    add(lake, make_rows, "a", TEXTS[:4])
    target = {"fsync": "tierline.dedup.runs.os.fsync", "rename": "pathlib.Path.rename"}[moment]

    def crash(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(target, crash)
        with pytest.raises(KeyboardInterrupt):
            asked(lake, make_rows, TEXTS[:1], ["a"])
    assert [row["kept_doc_id"] for row in asked(lake, make_rows, TEXTS[:1], ["a"])] == ["a0"]
    assert not list(index_folder(lake).glob("unfinished-*"))


def test_a_crash_between_a_shards_rows_and_its_activity_adds_nothing(lake, make_rows, monkeypatch):
    replace = lake.delta.replace_if

    def crash(name, *rest):
        if name == "activities":
            raise KeyboardInterrupt
        return replace(name, *rest)

    with monkeypatch.context() as broken:
        broken.setattr(lake.delta, "replace_if", crash)
        with pytest.raises(KeyboardInterrupt):
            add(lake, make_rows, "a", TEXTS[:2])
    assert asked(lake, make_rows, TEXTS[:2], ["a"]) == []
    add(lake, make_rows, "a", TEXTS[:2])
    assert len(asked(lake, make_rows, TEXTS[:2], ["a"])) == 2


def test_a_quarantined_shard_is_not_matched_until_someone_waives_exactly_its_digest(lake, make_rows):
    add(lake, make_rows, "a", TEXTS[:2], promote=False)
    manifest = lake.manifest("l1_filtered", "a")
    lake.record(Verdict("l1_filtered", "a", manifest.stage_digest, "t", "0", False, "[]", ("rows",)))
    assert asked(lake, make_rows, TEXTS[:2], ["a"]) == []
    lake.waive(Waiver("l1_filtered", "a", "another digest", "Editor", "checked by hand", date.max))
    assert asked(lake, make_rows, TEXTS[:2], ["a"]) == []
    lake.waive(Waiver("l1_filtered", "a", manifest.stage_digest, "Editor", "checked by hand", date.max))
    assert len(asked(lake, make_rows, TEXTS[:2], ["a"])) == 2


def test_of_a_shard_written_again_only_the_promoted_rows_count(lake, make_rows):
    add(lake, make_rows, "a", TEXTS[:2])
    assert len(asked(lake, make_rows, TEXTS[:4], ["a"])) == 2
    add(lake, make_rows, "a", TEXTS[2:4], code="2", promote=False)
    assert asked(lake, make_rows, TEXTS[:4], ["a"]) == [], "its old rows are gone, its new ones are not judged"
    lake.record(Verdict("l1_filtered", "a", lake.manifest("l1_filtered", "a").stage_digest, "t", "0", True, "[]"))
    assert [row["kept_doc_id"] for row in asked(lake, make_rows, TEXTS[:4], ["a"])] == ["a0", "a1"]
    assert [row["doc_id"] for row in asked(lake, make_rows, TEXTS[:4], ["a"])] == ["new2", "new3"]


def test_an_earlier_shard_run_again_does_not_see_later_ones(lake, make_rows):
    add(lake, make_rows, "a", TEXTS[:3])
    assert add(lake, make_rows, "b", TEXTS[1:5], ["a"]) == {"b0": "a1", "b1": "a2"}
    digest = lake.manifest("l1_filtered", "a").stage_digest
    assert add(lake, make_rows, "a", TEXTS[:3]) == {}
    assert lake.manifest("l1_filtered", "a").stage_digest == digest, "a replay is the same to the byte"


def test_merged_runs_answer_like_single_ones_and_forget_the_dead(lake, make_rows):
    shards = [f"s{number:02d}" for number in range(20)]
    for number, shard in enumerate(shards):
        add(lake, make_rows, shard, TEXTS[number : number + 1], shards[:number])
    found = asked(lake, make_rows, [text.replace(" the ", " that ", 1) for text in TEXTS[:20]], shards)
    assert {row["doc_id"]: row["kept_doc_id"] for row in found} == {f"new{number}": f"s{number:02d}0" for number in range(20)}
    assert len(list(index_folder(lake).glob("run_*"))) < 8
    for shard in shards[:4]:
        add(lake, make_rows, shard, TEXTS[-1:], code="2")
    members = {member for path in index_folder(lake).glob("run_*") for member in Run.open(path).members}
    assert len(members) <= 24 and len(asked(lake, make_rows, TEXTS[:20], shards)) == 16


def test_a_merge_in_slices_equals_a_sort(tmp_path, monkeypatch):
    monkeypatch.setattr("tierline.dedup.runs.ENTRIES_PER_SLICE", 40)  # a single run too is sorted in slices
    rng = np.random.default_rng(1)
    keys = {name: rng.integers(0, 1 << 64, (rows, 3), np.uint64) for name, rows in {"a": 50, "none": 0, "b": 33, "dead": 20}.items()}
    for name, values in keys.items():
        write_run(tmp_path, f"run_{name}", values, name)
    runs = [Run.open(tmp_path / f"run_{name}") for name in keys]
    merge_runs(tmp_path, "run_all", runs, {"a", "none", "b"})
    merged = Run.open(tmp_path / "run_all")
    assert (merged.members, merged.rows) == (("a", "none", "b"), (50, 0, 33))
    both = np.concatenate([keys["a"], keys["b"]])
    assert np.array_equal(merged.keys.mapped(), np.sort(both.ravel()))
    wanted = np.unique(both[[3, 60]].ravel())
    _, entries = merged.find(wanted)
    assert set(entries.tolist()) == {3, 60}


@pytest.mark.parametrize("search_from", [0, 1 << 40], ids=["searched", "read through"])
def test_a_lookup_finds_the_same_by_search_and_in_one_pass(tmp_path, monkeypatch, search_from):
    """Keys that fill several reads, and wanted ones that none, one or many documents have."""
    monkeypatch.setattr("tierline.dedup.runs.SEARCH_FROM", search_from)
    monkeypatch.setattr("tierline.dedup.runs.KEYS_PER_READ", 8)
    monkeypatch.setattr("tierline.dedup.runs.KEYS_PER_SEARCH", 2)
    keys = np.random.default_rng(3).integers(0, 40, (60, 2)).astype(np.uint64)
    write_run(tmp_path, "run_one", keys, "a")
    wanted = np.array([0, 3, 7, 8, 21, 39, 55], np.uint64)
    found, entries = Run.open(tmp_path / "run_one").find(wanted)
    pairs = sorted(zip(wanted[found].tolist(), entries.tolist(), strict=True))
    assert pairs == sorted((key, row) for row in range(60) for key in keys[row].tolist() if key in wanted)
    assert found.tolist() == sorted(found.tolist())


def test_a_documents_signature_is_read_from_disk_as_it_was_made(tmp_path):
    signed = sign(split_words(TEXTS), [hashlib.sha256(text.encode()).hexdigest() for text in TEXTS], RULES)
    stored = SignatureFile(RULES)
    for start in range(0, len(TEXTS), 7):
        rows = slice(start, start + 7)
        stored.append(Signatures(signed.minhash[rows], signed.exact[rows], signed.normal[rows]))
    for positions in (np.array([5, 2, 3, 4, 4, 0]), np.arange(len(TEXTS)), np.empty(0, np.int64)):
        assert np.array_equal(stored.minhash[positions], signed.minhash[positions])
    assert np.array_equal(stored.exact, signed.exact) and np.array_equal(stored.normal, signed.normal)


def test_signatures_of_other_rules_are_refused_in_one_line(lake, make_rows):
    add(lake, make_rows, "a", TEXTS[:1])
    rows = make_rows("l0_raw", [{"doc_id": "n", "status": "ok", "text": TEXTS[0]}])
    with pytest.raises(BadInput, match=r"l1_signatures/a: signatures were not made with 120 permutations; materialize l1_filtered"):
        filter_shard(rows, FilterRules(), DedupRules(bands=20, rows_per_band=6), LakeDocuments(lake, ["a"]))


def test_of_many_earlier_copies_the_earliest_count_in_any_layout(lake, make_rows):
    """Shards that did not see each other hold the same page; whichever runs they lie in, the first of them is named."""
    for number in range(9):
        add(lake, make_rows, f"s{number}", TEXTS[:1])
    shards = [f"s{number}" for number in range(9)]
    for earlier in (shards, shards[::-1], shards[3:]):
        assert [row["kept_doc_id"] for row in asked(lake, make_rows, TEXTS[:1], earlier)] == [f"{earlier[0]}0"]


def test_rows_of_l1_are_stored_in_small_groups(lake, make_rows):
    assert TABLES["l1_filtered"].group_rows == 128
    add(lake, make_rows, "a", TEXTS[:6])
    manifest = lake.manifest("l1_filtered", "a")
    (file,) = manifest.files
    group = pq.ParquetFile(lake.delta.uri("l1_filtered") + "/" + file).metadata.row_group(0)
    bounded = {group.column(place).path_in_schema for place in range(group.num_columns) if group.column(place).statistics}
    assert bounded == {"doc_id"}, "a footer is read for each shard that is looked into: it holds no bounds of texts"
    assert list(lake.pick(manifest, [1, 4], "text")) == [TEXTS[1], TEXTS[4]]


def test_texts_are_asked_for_by_position_and_only_where_something_is_alike():
    texts = [*TEXTS[:6], TEXTS[0] + " More."]
    asked_for = []

    def fetch(positions):
        asked_for.extend(positions)
        return [texts[position] for position in positions]

    columns = {"doc_id": [f"d{n}" for n in range(7)], "fetched_at": pa.nulls(7, pa.timestamp("us")), "tokens": pa.nulls(7, pa.int64())}
    signed = sign(split_words(texts), [hashlib.sha256(text.encode()).hexdigest() for text in texts], RULES)
    assert resolve_duplicates(pa.table(columns), fetch, signed, NoDocuments(), RULES)["doc_id"].to_pylist() == ["d6"]
    assert sorted(asked_for) == [0, 6]


def test_what_is_derived_lies_in_a_local_lake_or_in_the_users_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert Lake(str(tmp_path / "lake")).cache_dir == Lake(f"file://{tmp_path}/lake").cache_dir == tmp_path / "lake" / "_derived"
    first, second = Lake("s3://bucket/lake").cache_dir, Lake("s3://bucket/other").cache_dir
    assert first != second and first.parents[1] == second.parents[1] == tmp_path / "cache" / "tierline"
