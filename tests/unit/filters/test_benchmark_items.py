"""Benchmark files of any shape: question, passage, answers and choices are found, and a broken file is named with its line."""

import gzip
import hashlib
import json

import pytest

from tierline.errors import BadInput
from tierline.filters.benchmark_items import find_benchmarks, read_benchmarks, read_cached, split_prompt


def items(folder, *records: dict):
    (folder / "set.v1.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records))
    return read_benchmarks([folder / "set.v1.jsonl"]).items


@pytest.mark.parametrize(
    ("record", "question", "passage", "answers", "choices"),
    [
        ({"question": "Why?", "answer": "So."}, "Why?", "", ("So.",), ()),
        ({"Question": "Why?", "ANSWER": "So."}, "Why?", "", ("So.",), ()),
        ({"query": "Why?", "answers": ["a", "b"]}, "Why?", "", ("a", "b"), ()),
        ({"question": "Why?", "answers": {"text": ["a"], "answer_start": [3]}}, "Why?", "", ("a",), ()),
        ({"question": {"stem": "Why?", "choices": [{"text": "x"}]}}, "Why?", "", (), ()),
        ({"question": "Why?", "choices": ["x", "y"], "answer": 1}, "Why?", "", ("y",), ("x", "y")),
        ({"ctx": "He walks", "endings": ["home", "off"], "label": 0}, "He walks", "", ("home",), ("home", "off")),
        ({"question": "Why?", "choices": ["x", "y"], "gold": 7, "answer": True}, "Why?", "", (), ("x", "y")),
        ({"question": "Why?", "passage": "A text.", "answer": "x"}, "Why?", "A text.", ("x",), ()),
        ({"passage": "A text."}, "A text.", "", (), ()),
        ({"prompt": "Passage: A text.\nQuestion: Why?\nAnswer:"}, "Why?", "A text.", (), ()),
        ({"prompt": "Why?\nA. x\nB. y", "choices": ["A", "B"], "gold": 1}, "Why?", "", ("y",), ("x", "y")),
        ({"question": "Why?", "context": ["One.", "Two."]}, "Why?", "One.\nTwo.", (), ()),
    ],
)
def test_the_parts_of_an_item_are_found_whatever_its_fields_are_called(tmp_path, record, question, passage, answers, choices):
    (found,) = items(tmp_path, record)
    assert (found.question, found.passage, found.answers, found.choices) == (question, passage, answers, choices)
    assert (found.benchmark, found.item_id) == ("set", "1")


@pytest.mark.parametrize("record", [{}, {"question": ""}, {"question": "  "}, {"answer": "x"}, {"question": 7}])
def test_an_item_without_a_question_is_none_and_counted(tmp_path, record):
    assert [item.question for item in items(tmp_path, record, {"question": "Why?"})] == ["Why?"]
    assert read_benchmarks([tmp_path / "set.v1.jsonl"]).without_question == 1


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", r"holds no question \(it is empty\)"),
        (b"\n \n", r"holds no question \(it is empty\)"),
        (b'{"sentence1": "a", "input": "b"}\n' * 3, r"holds no question \(its rows hold sentence1, input\)"),
        (b'{"question": ""}\n{"question": null}\n{"question": "?!"}', r"holds no question \(its rows hold question\)"),
        (b"PAR1\x15\x00", "not valid JSON"),
        (b"question,answer\nWhy?,So.\n", "not valid JSON"),
        (b'[{"question": "Why?"}]', "is not a JSON object"),
        ("{}".encode("utf-16"), "not valid JSON|holds no question"),
    ],
)
def test_a_file_that_holds_no_question_is_named_in_one_line(tmp_path, data, reason):
    (tmp_path / "good.jsonl").write_text('{"question": "Why?"}')
    (tmp_path / "bad.jsonl").write_bytes(data)
    with pytest.raises(BadInput, match=reason) as raised:
        read_benchmarks(find_benchmarks(str(tmp_path)))
    assert "bad.jsonl" in str(raised.value) and "\n" not in str(raised.value)


@pytest.mark.parametrize("name", ["a.parquet", "a.csv", "a.json", "a.jsonl.zst", "a.JSON.GZ", "a.zip"])
def test_data_of_another_format_in_a_folder_of_benchmarks_is_named(tmp_path, name):
    (tmp_path / "B.JSONL").write_text('{"question": "Why?"}')
    (tmp_path / "README.md").write_text("About them.")
    assert [path.name for path in find_benchmarks(str(tmp_path))] == ["B.JSONL"]
    (tmp_path / name).write_bytes(b"x")
    with pytest.raises(BadInput, match="no file of questions by its extension; write one JSON object a line") as raised:
        find_benchmarks(str(tmp_path))
    assert name in str(raised.value)


def test_several_questions_about_one_passage_have_ids_of_their_own(tmp_path):
    nested = {"context": "A text.", "qas": [{"question": "Why?", "id": "q7"}, "noise", {"Question": "Who?", "answers": ["x"]}]}
    found = items(tmp_path, {"question": "First?", "id": 3}, nested)
    assert [(one.item_id, one.question, one.passage) for one in found] == [
        ("3", "First?", ""), ("q7", "Why?", "A text."), ("2.3", "Who?", "A text."),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("Why?", ("", "Why?", [])),
        ("Q: Why?\nA: So.", ("", "Why?", [])),
        ("Context: One.\nTwo.\nQuestion: Why?", ("One.\nTwo.", "Why?", [])),
        ("Read this.\nQuestion: Why?", ("Read this.", "Why?", [])),
        ("Question: Why?\n(A) x\n(B) y\nAnswer:", ("", "Why?", ["x", "y"])),
        ("A. only one option", ("", "A. only one option", [])),
        ("Passage: A text.", ("", "A text.", [])),
        ("", ("", "", [])),
    ],
)
def test_a_prompt_with_labels_is_taken_apart(prompt, expected):
    assert split_prompt(prompt) == expected


def test_the_digest_is_of_names_and_bytes_and_blank_lines_are_no_items(tmp_path):
    one, packed = tmp_path / "a.jsonl", tmp_path / "b.jsonl.gz"
    one.write_text('\n{"question": "Why?"}\n\n')
    packed.write_bytes(gzip.compress(b'{"question": "Who?"}'))
    found = read_benchmarks([one, packed])
    assert [(item.benchmark, item.item_id, item.question) for item in found.items] == [("a", "2", "Why?"), ("b", "1", "Who?")]
    lines = "".join(
        f"{name}:{hashlib.sha256(data).hexdigest()}\n" for name, data in (("a", one.read_bytes()), ("b", b'{"question": "Who?"}'))
    )
    assert found.digest == hashlib.sha256(lines.encode()).hexdigest()
    assert read_benchmarks([]).items == () and read_cached([one]).digest != found.digest


@pytest.mark.parametrize(
    ("line", "reason"),
    [("{broken", "not valid JSON"), ("[1]", "is not a JSON object"), ("[" * 100_000, "not valid JSON"), ("7", "is not a")],
)
def test_a_broken_line_is_named_with_file_and_number(tmp_path, line, reason):
    (tmp_path / "a.jsonl").write_text('{"question": "Why?"}\n' + line + "\n")
    with pytest.raises(BadInput, match=rf"a\.jsonl, line 2: .*{reason}") as raised:
        read_benchmarks([tmp_path / "a.jsonl"])
    assert "\n" not in str(raised.value) and len(str(raised.value)) < 1000


@pytest.mark.parametrize(
    "data",
    [gzip.compress(b"x" * 99, mtime=0)[:12] + bytes(30), gzip.compress(b'{"question": "Why?"}' * 99, mtime=0)[:-9]],
    ids=["damaged", "cut"],
)
def test_a_packed_file_that_cannot_be_unpacked_is_one_line(tmp_path, data):
    (tmp_path / "a.jsonl.gz").write_bytes(data)
    with pytest.raises(BadInput, match=r"a\.jsonl\.gz: cannot be read"):
        read_benchmarks([tmp_path / "a.jsonl.gz"])


def test_files_are_named_by_path_folder_and_glob(tmp_path):
    for name in ("b.jsonl", "a.ndjson.gz", "notes.txt"):
        (tmp_path / name).write_text("")
    assert [path.name for path in find_benchmarks(str(tmp_path))] == ["a.ndjson.gz", "b.jsonl"]
    assert [path.name for path in find_benchmarks(f"{tmp_path}/*.jsonl")] == ["b.jsonl"]
    assert [path.name for path in find_benchmarks(str(tmp_path / "notes.txt"))] == ["notes.txt"]
    assert find_benchmarks("") == find_benchmarks("  ") == []
    with pytest.raises(BadInput, match="no benchmark file matches"):
        find_benchmarks(f"{tmp_path}/*.parquet")


def test_folders_within_a_folder_are_read_and_name_their_benchmarks(tmp_path):
    for name in ("arc/test.jsonl", "mmlu/law/test.jsonl.gz", "top.ndjson", ".cache/test.jsonl"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text('{"question": "Why?"}')  # not packed, whatever it is called
    files = find_benchmarks(str(tmp_path))
    assert [item.benchmark for item in read_benchmarks(files).items] == ["arc/test", "mmlu/law/test", "top"]
    (tmp_path / "arc" / "test.parquet").write_bytes(b"x")
    with pytest.raises(BadInput, match="no file of questions by its extension"):
        find_benchmarks(str(tmp_path))


def test_a_folder_without_questions_or_with_a_linked_folder_is_refused(tmp_path):
    (tmp_path / "set" / "empty").mkdir(parents=True)
    with pytest.raises(BadInput, match="no benchmark file matches"):
        find_benchmarks(str(tmp_path / "set"))
    (tmp_path / "set" / "linked").symlink_to(tmp_path)
    with pytest.raises(BadInput, match="a link to a folder is not followed"):
        find_benchmarks(str(tmp_path / "set"))
