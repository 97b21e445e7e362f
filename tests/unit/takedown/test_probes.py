"""Pieces of a removed text are found wherever its bytes are, however they are written, and nothing else is."""

import gzip
import json
import sqlite3
import zipfile
from contextlib import closing

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tierline.takedown.probes import Probes, pieces_of, texts_in
from tierline.takedown.purge import compact

SAID = 'Nobody else has ever said "this" about the old mill, whose wheel stood still for so many years.'
FOREIGN = "Über die alte Mühle hat niemand sonst je so etwas gesagt, und ihr Rad stand viele Jahre lang still."
SHARED = "All rights reserved by those who wrote it; ask them before you copy any of it."
TEXTS = [SAID, FOREIGN, "古い水車についてこんなことを言った人はほかに誰もいませんでしたそして車輪は長い間止まっていました"]


def in_parquet(path, text):
    pq.write_table(pa.table({"rows": [[{"text": text, "n": 1}]], "other": ["x"]}), path, compression="zstd", use_dictionary=True)


def in_database(path, text):
    with closing(sqlite3.connect(path)) as opened:
        opened.execute("create table events (event text)")
        opened.execute("insert into events values (?)", (json.dumps({"metadata": json.dumps({"cell": text})}),))
        opened.commit()


def in_zip(path, text):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("page", text)


WRITERS = {
    "page.txt": lambda path, text: path.write_text(text),
    "page.json": lambda path, text: path.write_text(json.dumps({"text": text})),
    "twice.jsonl": lambda path, text: path.write_text(json.dumps({"line": json.dumps({"text": text})}) + "\n"),
    "raw.json": lambda path, text: path.write_text(json.dumps({"text": text}, ensure_ascii=False)),
    "page.gz": lambda path, text: path.write_bytes(gzip.compress(text.encode())),
    "broken.gz": lambda path, text: path.write_text(text),
    "page.npz": in_zip,
    "rows.parquet": in_parquet,
    "broken.parquet": lambda path, text: path.write_text(text),
    "runs.db": in_database,
    "large.bin": lambda path, text: path.write_bytes(b"\0" * ((8 << 20) - 40) + text.encode()),
}


@pytest.mark.parametrize("text", TEXTS, ids=("english", "german", "japanese"))
@pytest.mark.parametrize("name", WRITERS)
def test_a_text_is_found_in_every_form(tmp_path, name, text):
    probes = Probes(pieces_of([text], [SHARED]))
    WRITERS[name](tmp_path / name, text)
    hits, files, size = probes.in_folder(tmp_path)
    assert list(hits) == [str(tmp_path / name)] and files == 1 and size == (tmp_path / name).stat().st_size
    assert Probes(pieces_of(["Something else that is long enough to be searched for."], [])).in_folder(tmp_path)[0] == {}


def test_what_others_say_too_is_no_piece():
    assert pieces_of([f"{SHARED}\nshort"], [f"{SHARED} And more."]) == []
    assert all(piece in SAID for piece in pieces_of([f"{SAID}\n{SHARED}"], [SHARED]))


def test_texts_within_json_are_texts_too():
    assert SAID in list(texts_in('{"kind": "page"}\n' + json.dumps({"data": [{"name": SAID}]})))


def test_what_was_deleted_of_a_database_is_gone_once_it_is_compact(tmp_path):
    in_database(tmp_path / "runs.db", SAID)
    with closing(sqlite3.connect(tmp_path / "runs.db")) as opened:
        opened.execute("pragma secure_delete = off")
        opened.execute("delete from events")
        opened.commit()
    probes = Probes(pieces_of([SAID], []))
    assert probes.in_file(tmp_path / "runs.db")
    compact(tmp_path / "runs.db")
    assert not probes.in_file(tmp_path / "runs.db")


def test_folders_may_be_left_out(tmp_path):
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "pieces").write_text(SAID)
    assert Probes(pieces_of([SAID], [])).in_folder(tmp_path, [tmp_path / "work"]) == ({}, 0, 0)
