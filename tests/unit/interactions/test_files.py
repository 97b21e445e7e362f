"""Files of interactions: which are read, where their lines stand, and what no longer says what was taken from it."""

import hashlib

import pytest

from tierline.errors import BadInput, SourceGone
from tierline.interactions import digests, find_files, line_mismatch, read_lines
from tierline.interactions import files as module


def test_files_of_interactions_are_found_by_name_and_a_folder_that_is_absent_has_none(tmp_path):
    for name in ("b.jsonl", "a.NDJSON", "_part.jsonl", ".hidden.jsonl", "notes.txt"):
        (tmp_path / name).write_text("{}\n")
    assert [path.name for path in find_files(str(tmp_path))] == ["a.NDJSON", "b.jsonl"]
    assert find_files(str(tmp_path / "absent")) == [] and find_files("") == []
    with pytest.raises(BadInput, match="cannot be listed"):
        find_files(str(tmp_path / "notes.txt"))
    before = digests(str(tmp_path))
    (tmp_path / "b.jsonl").write_text('{"a": 1}\n')
    assert len(before) == 2 and digests(str(tmp_path)) != before


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_every_line_is_at_its_bytes(tmp_path, monkeypatch, end):
    monkeypatch.setattr(module, "LINE_BYTES_MAX", 20)
    path = tmp_path / "a.jsonl"
    data = end.join([b"first", b"", b"x" * 50, "größer".encode(), b"last"])
    path.write_bytes(data)
    lines = list(read_lines(path))
    assert [(line.number, line.cut) for line in lines] == [(1, False), (3, True), (4, False), (5, False)]
    for line in lines:
        assert data[line.offset : line.offset + len(line.data)] == line.data
    assert lines[1].data == b"x" * 20 and len({line.line_id for line in lines}) == 4


def test_a_line_that_changed_and_a_file_that_is_gone_are_told_apart(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_bytes(b"one\ntwo\n")
    (_, two) = read_lines(path)
    row = {"source_uri": str(path), "source_line": 2, "source_offset": two.offset, "source_length": 3, "line_sha256": two.sha256}
    assert two.sha256 == hashlib.sha256(b"two").hexdigest() and line_mismatch(row) is None
    path.write_bytes(b"one\ntwa\n")
    assert "line 2: hashes to" in (line_mismatch(row) or "")
    path.unlink()
    with pytest.raises(SourceGone, match="the file of interactions is gone"):
        line_mismatch(row)
