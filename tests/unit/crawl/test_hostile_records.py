"""One hostile record is one error row at most: its file and its shard are read to their end."""

import gzip
import json

import pytest

from tests.unit.crawl.test_read import page_record, read
from tierline.crawl import record_fields, warc_rows

WORDS = "<p>The ferry crosses the river six times a day and carries carts, cattle and the post of three villages.</p>"


def nested(depth: int) -> str:
    return '{"name": "x", "a":' * depth + "1" + "}" * depth


def ld(text: str) -> str:
    return f'<script type="application/ld+json">{text}</script>'


ALL_DEPTHS = "".join(ld(nested(depth)) for depth in range(860, 1010, 3)) + "".join(
    ld("[" * depth + "]" * depth) for depth in range(860, 1010, 3)
)
HOSTILE_PAGES = {
    "JSON-LD nested at every depth that the parser takes": ALL_DEPTHS,
    "an integer of 5,000 digits": ld('{"n": %s}' % ("1" * 5000)),
    "an integer of 4,000 digits": ld('{"n": %s}' % ("1" * 4000)),
    "numbers that are none": ld('{"n": NaN, "m": 1e999, "k": -Infinity}'),
    "surrogates": ld('{"name": "\\ud800"}'),
}


@pytest.mark.parametrize("markup", HOSTILE_PAGES.values(), ids=HOSTILE_PAGES)
def test_a_page_with_hostile_data_keeps_its_text_and_its_neighbors(tmp_path, markup):
    html = f"<html><head><title>Ferry</title></head><body>{WORDS}{markup}</body></html>"
    (tmp_path / "a.jsonl").write_text(
        "".join(json.dumps({"html": one, "url": "https://a.example/"}) + "\n" for one in (WORDS, html, WORDS))
    )
    (tmp_path / "b.warc.gz").write_bytes(
        b"".join(gzip.compress(page_record(number, body.encode())) for number, body in enumerate((html, WORDS)))
    )
    rows = read(tmp_path / "a.jsonl", tmp_path / "b.warc.gz")
    assert [row["status"] for row in rows] == ["ok"] * 5
    assert all("ferry crosses" in row["text"] for row in rows)


@pytest.mark.parametrize("depth", [90, 300, 700, 950, 980, 995])
def test_a_field_nested_to_any_depth_costs_its_record_alone(tmp_path, depth):
    deep = "[" * depth + "]" * depth
    lines = ['{"text": "before"}', f'{{"text": {deep}}}', f'{{"text": "x", "title": {deep}}}', '{"text": "behind"}']
    (tmp_path / "a.jsonl").write_text("\n".join(lines))
    rows = read(tmp_path / "a.jsonl")
    assert len(rows) == 4 and [rows[0]["text"], rows[-1]["text"]] == ["before", "behind"]
    assert all(row["status"] == "error" and "nested" in row["error"] for row in rows[1:3])


@pytest.mark.parametrize("fault", [RecursionError("too deep"), KeyError("x"), TypeError("odd"), ZeroDivisionError("no")])
def test_whatever_a_record_raises_is_its_own_error_row(tmp_path, monkeypatch, fault):
    def fails_on(text):
        if "hostile" in text:
            raise fault
        return clean(text)

    clean = record_fields.clean_text
    monkeypatch.setattr(record_fields, "clean_text", fails_on)
    monkeypatch.setattr(warc_rows, "clean_text", fails_on)
    (tmp_path / "a.jsonl").write_text('{"text": "one"}\n{"text": "hostile", "url": "https://a.example/"}\n{"text": "two"}\n')
    plain = [page_record(number, body, content_type="text/plain") for number, body in enumerate((b"one", b"hostile", b"two"))]
    (tmp_path / "b.warc").write_bytes(b"".join(plain))
    rows = read(tmp_path / "a.jsonl", tmp_path / "b.warc")
    assert [row["status"] for row in rows] == ["ok", "error", "ok"] * 2
    for row in (rows[1], rows[4]):
        assert row["error"].startswith(f"unforeseen: {type(fault).__name__}") and row["payload_sha256"] and row["source_length"] > 1


def test_a_package_that_is_not_installed_is_no_fault_of_a_record(tmp_path, monkeypatch):
    def absent(text):
        raise ModuleNotFoundError("No module named 'numba'", name="numba")

    monkeypatch.setattr(record_fields, "clean_text", absent)
    (tmp_path / "a.jsonl").write_text('{"text": "one"}\n')
    with pytest.raises(ModuleNotFoundError):
        read(tmp_path / "a.jsonl")
