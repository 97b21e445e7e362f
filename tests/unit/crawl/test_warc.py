"""A WARC file however broken is read to its end: every record that is whole, and a fault with its place for every stretch that is not."""

import gzip
from io import BytesIO

import pytest
import zstandard

from tests.unit.crawl.test_read import lz4, page_record
from tierline.crawl.warc import Fault, iterate_warc

PACKINGS = {"plain": bytes, "gzip": gzip.compress, "zstd": zstandard.compress}


def walk(data: bytes) -> tuple[list[str], list[Fault]]:
    """(addresses of the records, faults), each in order."""
    records, faults = [], []
    for item in iterate_warc(BytesIO(data), len(data)):
        if isinstance(item, Fault):
            faults.append(item)
        else:
            item[1].reader.read()
            records.append(item[1].headers.get("WARC-Target-URI"))
    return records, faults


def urls(*numbers: int) -> list[str]:
    return [f"https://a.example/{number}" for number in numbers]


@pytest.mark.parametrize("packing", PACKINGS)
def test_whole_records_have_offsets_at_which_they_begin(packing):
    members = [PACKINGS[packing](page_record(number)) for number in range(4)]
    data = b"".join(members)
    starts = [sum(map(len, members[:number])) for number in range(4)]
    assert [offset for offset, _ in iterate_warc(BytesIO(data), len(data))] == starts
    assert walk(data) == (urls(0, 1, 2, 3), [])


@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_gzip_member_that_is_damaged_costs_itself_alone(place):
    members = [gzip.compress(page_record(number)) for number in range(3)]
    middle = len(members[place]) // 2
    members[place] = members[place][:middle] + b"\xff" * 40 + members[place][middle + 40 :]
    records, faults = walk(b"".join(members))
    others = [number for number in range(3) if number != place]
    assert set(urls(*others)) <= set(records) and faults
    before, end = sum(map(len, members[: max(0, place - 1)])), sum(map(len, members[: place + 1]))
    assert all(before <= fault.position < end for fault in faults), "at the damage, or at the last record before it"


@pytest.mark.parametrize("size", [1, 100, 5000])
def test_noise_between_records_is_a_fault_and_the_next_record_is_found(size):
    noise = bytes((7 * number) % 251 for number in range(size))
    data = gzip.compress(page_record(0)) + noise + gzip.compress(page_record(1))
    records, faults = walk(data)
    assert records == urls(0, 1) and len(faults) <= 2


def test_a_plain_file_is_resynchronized_at_the_next_line_that_begins_a_record():
    broken = page_record(1).replace(b"WARC/1.0", b"WRAC/1.0").replace(b"WARC/1.1", b"WRAC/1.1")
    records, faults = walk(page_record(0) + broken + page_record(2))
    assert records[0] == urls(0)[0] and records[-1] == urls(2)[0] and (faults or len(records) == 3)


def test_magic_bytes_within_a_text_do_not_begin_a_record():
    body = b"<p>See WARC/1.0 and \x1f\x8b\x08 in the middle of a line."
    assert walk(page_record(0, body) + page_record(1)) == (urls(0, 1), [])


@pytest.mark.parametrize("cut", [1, 10, 30])
def test_a_file_that_ends_within_a_member_says_so(cut):
    members = [gzip.compress(page_record(number)) for number in range(2)]
    _, faults = walk(b"".join(members)[:-cut])
    assert [fault.reason for fault in faults] == ["truncated: the file ends within a gzip member"]
    assert faults[0].position in (0, len(members[0]))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "it is empty"),
        (b"<html>", "it starts with b'<html>'"),
        (b"filedesc://x 0.0.0.0 20260101 text/plain 76\n", "an ARC file; convert it to WARC"),
    ],
)
def test_what_is_no_warc_file_is_one_fault_at_its_start(data, reason):
    assert walk(data) == ([], [Fault(0, f"no WARC file: {reason}")])


def test_lines_that_end_in_bare_line_feeds_are_read():
    head = b"WARC/1.0\nWARC-Type: resource\nWARC-Target-URI: https://a.example/0\nWARC-Record-ID: <urn:x>\nContent-Type: text/plain\n"
    data = head + b"Content-Length: 5\n\nhello\n\n"
    assert walk(data * 2)[0] == urls(0, 0)


def test_lz4_frames_are_read_to_the_end():
    assert walk(lz4(page_record(0)) + lz4(page_record(1))) == (urls(0, 1), [])


def test_a_record_without_a_type_is_reported_and_passed_over():
    head = b"WARC/1.0\r\nWARC-Record-ID: <urn:x>\r\nContent-Length: 2\r\n\r\nab\r\n\r\n"
    records, faults = walk(page_record(0) + head + page_record(1))
    assert records == urls(0, 1) and [fault.reason for fault in faults] == ["a record without a type"]
    assert faults[0].position == len(page_record(0))
