"""Decompression bombs and huge records are refused as error rows, and memory stays bounded while that happens."""

import gzip
import multiprocessing
import resource
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import brotli
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

from tests.fuzz import inputs
from tierline.crawl import ReadRules
from tierline.crawl.http import MAX_CODINGS, TooLarge, decode_body
from tierline.crawl.read import read_shard

MEGABYTE = 1 << 20
GROWTH_MB = 350  # less than any bomb here holds; with the imports of a reader (300 MB) well under 1.5 GB
ZEROS = bytes(MEGABYTE)
WARC_HEAD = b"WARC/1.0\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:uuid:1>\r\nContent-Type: application/http\r\n"


def _stream(coder, megabytes: int, block: bytes = ZEROS) -> bytes:
    compress = getattr(coder, "compress", None) or coder.process
    return b"".join(compress(block) for _ in range(megabytes)) + (coder.flush() if hasattr(coder, "compress") else coder.finish())


BOMBS: dict[str, Callable[[int], bytes]] = {
    "gzip": lambda size: _stream(zlib.compressobj(1, zlib.DEFLATED, 31), size),
    "deflate": lambda size: _stream(zlib.compressobj(1), size),
    "br": lambda size: _stream(brotli.Compressor(quality=1), size),
    "zstd": lambda size: _stream(zstandard.ZstdCompressor().compressobj(), size),
    "gzip, gzip": lambda size: gzip.compress(BOMBS["gzip"](size)),
    "zstd, br": lambda size: brotli.compress(BOMBS["zstd"](size)),
}


@pytest.mark.parametrize("coding", BOMBS)
def test_a_body_that_decodes_to_more_than_the_bound_is_refused_and_one_at_the_bound_is_read(coding):
    with pytest.raises(TooLarge, match="more than the 1000000 bytes"):
        decode_body(BOMBS[coding](2), "", coding, 1_000_000)
    assert decode_body(BOMBS[coding](1), "", coding, MEGABYTE) == ZEROS


def test_a_chain_of_codings_and_a_frame_that_asks_for_gigabytes_are_refused():
    with pytest.raises(ValueError, match="content codings"):
        decode_body(b"x", "", ", ".join(["gzip"] * (MAX_CODINGS + 1)), 10)
    wide = zstandard.ZstdCompressionParameters(window_log=30, chain_log=6, hash_log=6, search_log=1, min_match=3, strategy=1)
    with pytest.raises(zstandard.ZstdError):
        decode_body(_stream(zstandard.ZstdCompressor(compression_params=wide).compressobj(), 1), "", "zstd", MEGABYTE)


def _http(coding: str) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        body = BOMBS[coding](400)
        head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Encoding: {coding}\r\n\r\n".encode()
        length = f"Content-Length: {len(head) + len(body)}\r\n\r\n".encode()
        path.write_bytes(WARC_HEAD + length + head + body + b"\r\n\r\n")

    return write


def _packed(head: bytes, megabytes: int, new_coder: Callable[[], object]) -> Callable[[Path], None]:
    """A compressed file of this size that begins like this."""

    def write(path: Path) -> None:
        coder = new_coder()
        path.write_bytes(coder.compress(head) + _stream(coder, megabytes, b"a" * MEGABYTE))

    return write


def _gzip(head: bytes) -> Callable[[Path], None]:
    return _packed(head, 400, lambda: zlib.compressobj(1, zlib.DEFLATED, 31))


def _zstd(head: bytes) -> Callable[[Path], None]:
    return _packed(head, 1025, lambda: zstandard.ZstdCompressor(level=1).compressobj())


def _tags(path: Path) -> None:
    content = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + b"<b>" * 5_000_000
    path.write_bytes(WARC_HEAD + f"Content-Length: {len(content)}\r\n\r\n".encode() + content)


def _wide_row_group(path: Path) -> None:
    pq.write_table(pa.table({"text": ["a" * (40 * MEGABYTE)] * 2 + ["b"]}), path, use_dictionary=False, compression="zstd")


def _dictionary(path: Path) -> None:
    """One text of 20 MB that five hundred rows share: 10 GB if they are all made at once."""
    shared = pa.DictionaryArray.from_arrays(pa.array([0] * 500, pa.int32()), pa.array(["word " * (4 * MEGABYTE)]))
    pq.write_table(pa.table({"text": shared}), path, compression="zstd")


FILES: dict[str, tuple[str, Callable[[Path], None], str]] = {
    **{f"HTTP {coding}": ("c.warc", _http(coding), "decompresses to more than") for coding in BOMBS},
    "record of 1 GB": ("c.warc.zst", _zstd(WARC_HEAD + b"Content-Length: 1073741824\r\n\r\n"), "body of 1073741824 bytes"),
    "record longer than it says": ("c.warc.gz", _gzip(WARC_HEAD + b"Content-Length: 5\r\n\r\n"), "broken record"),
    "header of 400 MB": ("c.warc.gz", _gzip(WARC_HEAD + b"X: "), "header length"),
    "page of tags": ("c.warc", _tags, "tags"),
    "line of 1 GB": ("c.jsonl.zst", _zstd(b'{"text": "'), "a line of more than"),
    "Parquet that unpacks to 400 MB": ("c.parquet.gz", _gzip(b"PAR1"), "unpacks to more"),
    "Parquet with huge values": ("c.parquet", _wide_row_group, "more than is read at once"),
    "Parquet with one value for all rows": ("c.parquet", _dictionary, "it holds more than"),
}


def _measure(path: str, connection) -> None:
    """In a process of its own: growth of peak memory in MB, and the errors."""
    read_shard([], ReadRules())
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    result = read_shard([path], ReadRules())
    result.check("l0_raw")
    growth = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024
    connection.send((growth, result.tables["l0_raw"]["status"].to_pylist(), result.tables["l0_raw"]["error"].to_pylist()))


@pytest.fixture(scope="module")
def measure() -> Iterator[Callable[[Path], tuple[int, list[str], list[str]]]]:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tierline.crawl.read", "tests.fuzz.test_bombs"])

    def run(path: Path) -> tuple[int, list[str], list[str]]:
        receiver, sender = context.Pipe(duplex=False)
        process = context.Process(target=_measure, args=(str(path), sender))
        process.start()
        sender.close()
        try:
            return receiver.recv()
        finally:
            process.join()

    yield run


def test_a_page_that_claims_gigabytes_takes_no_memory_for_them(measure):
    growth, statuses, _ = measure(Path(__file__).with_name("found") / "page-of-two-gigabytes.parquet")
    assert growth < GROWTH_MB and "error" in statuses


@pytest.mark.parametrize("name", FILES)
def test_memory_stays_bounded_and_the_bomb_is_an_error_row(tmp_path, measure, name):
    file_name, write, reason = FILES[name]
    write(tmp_path / file_name)
    growth, statuses, errors = measure(tmp_path / file_name)
    assert growth < GROWTH_MB
    assert "error" in statuses and any(reason in (error or "") for error in errors), errors[:3]


def test_what_follows_a_line_that_is_too_long_is_read(tmp_path):
    file = tmp_path / "c.jsonl"
    line = inputs.JSON_LINES[0].encode()
    file.write_bytes(line + b'\n{"text": "' + b"a" * 5000 + b'"}\n' + line + b"\n" * 3 + line)
    rows = read_shard([str(file)], ReadRules(max_body_bytes=2000)).tables["l0_raw"].to_pylist()
    assert [row["status"] for row in rows] == ["ok", "error", "ok", "ok"]
    assert rows[1]["error"] == "line of 5013 bytes, more than the 2000 that are read" and rows[1]["source_length"] == 5013
    data = file.read_bytes()
    assert all(data[row["source_offset"] :][: row["source_length"]].strip() == line for row in rows if row["status"] == "ok")


def test_a_file_of_broken_records_ends_in_one_row_for_the_rest(tmp_path):
    file = tmp_path / "c.jsonl"
    file.write_text("1\n" * 500)
    result = read_shard([str(file)], ReadRules(max_errors_per_file=20))
    result.check("l0_raw")
    errors = result.tables["l0_raw"]["error"].to_pylist()
    assert len(errors) == 21 and sum("the rest of the file is not tried" in error for error in errors) == 1
