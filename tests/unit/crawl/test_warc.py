"""A WARC file however broken is read to its end: every record that is whole, and a fault with its place for every stretch that is not."""

import gzip
import re
import struct
from io import BytesIO

import pytest
import zstandard

from tests.unit.crawl.test_read import lz4, page_record
from tierline.crawl.unpack import GZIP, Broken, Packing
from tierline.crawl.warc import iterate_warc
from tierline.crawl.warc_records import read_records

PACKINGS = {"plain": bytes, "gzip": gzip.compress, "zstd": zstandard.compress}


def walk(data: bytes) -> tuple[list[str], list[Broken]]:
    """(addresses of the records, faults), each in order."""
    records, faults = [], []
    for item in iterate_warc(BytesIO(data)):
        if isinstance(item, Broken):
            faults.append(item)
        else:
            item[1].read()
            records.append(item[1].fields["warc-target-uri"])
    return records, faults


def urls(*numbers: int) -> list[str]:
    return [f"https://a.example/{number}" for number in numbers]


@pytest.mark.parametrize("packing", PACKINGS)
def test_whole_records_have_offsets_at_which_they_begin(packing):
    members = [PACKINGS[packing](page_record(number)) for number in range(4)]
    data = b"".join(members)
    starts = [sum(map(len, members[:number])) for number in range(4)]
    assert [offset for offset, _ in iterate_warc(BytesIO(data))] == starts
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
    assert [str(fault) for fault in faults] == ["truncated: the file ends within a gzip member"]
    assert faults[0].position in (0, len(members[0]))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "it is empty"),
        (b"<html>", "it starts with b'<html>'"),
        (b"filedesc://x 0.0.0.0 20260101 text/plain 76\n", "an ARC file; name it .arc or .arc.gz"),
    ],
)
def test_what_is_no_warc_file_is_one_fault_at_its_start(data, reason):
    records, faults = walk(data)
    assert records == [] and [(fault.position, str(fault)) for fault in faults] == [(0, f"no WARC file: {reason}")]


@pytest.mark.parametrize("before", [b"\r\n\r\n", b"\n", b"\xef\xbb\xbf", b"\xef\xbb\xbf\r\n"])
def test_empty_lines_and_a_byte_order_mark_before_the_first_record_are_passed_over(before):
    data = before + page_record(1) + page_record(2)
    found = [item for item in iterate_warc(BytesIO(data)) if not isinstance(item, Broken)]
    assert [place for place, _ in found] == [len(before), len(before) + len(page_record(1))]


def test_lines_that_end_in_bare_line_feeds_are_read():
    head = b"WARC/1.0\nWARC-Type: resource\nWARC-Target-URI: https://a.example/0\nWARC-Record-ID: <urn:x>\nContent-Type: text/plain\n"
    data = head + b"Content-Length: 5\n\nhello\n\n"
    assert walk(data * 2)[0] == urls(0, 0)


def test_lz4_frames_are_read_to_the_end():
    assert walk(lz4(page_record(0)) + lz4(page_record(1))) == (urls(0, 1), [])


def test_a_record_without_a_type_is_reported_and_passed_over():
    head = b"WARC/1.0\r\nWARC-Record-ID: <urn:x>\r\nContent-Length: 2\r\n\r\nab\r\n\r\n"
    records, faults = walk(page_record(0) + head + page_record(1))
    assert records == urls(0, 1) and [str(fault) for fault in faults] == ["a record without a type"]
    assert faults[0].position == len(page_record(0))


def spelled(head: str, line_end: str = "\r\n") -> bytes:
    """A record of 5 bytes whose head is written like this."""
    return (line_end.join(["WARC/1.0", *head.split("|"), "Content-Length: 5"]) + line_end * 2 + "hello" + line_end * 2).encode()


FIRST = "WARC-Type: resource|WARC-Record-ID: <urn:1>|WARC-Target-URI: https://a.example/0|Content-Type: text/plain"


@pytest.mark.parametrize("packing", PACKINGS)
@pytest.mark.parametrize(
    "odd",
    [
        spelled(FIRST.lower()).replace(b"Content-L", b"content-l"),
        spelled(FIRST.upper()).replace(b"Content-Length", b"CONTENT-LENGTH").replace(b"HTTPS://A.EXAMPLE", b"https://a.example"),
        spelled(FIRST).replace(b"WARC/1.0", b"warc/1.0"),
        spelled(FIRST, "\n"),
        spelled(FIRST).replace(b"resource\r\n", b"resource\n"),
        spelled(FIRST).replace(b"URI: ", b"URI:\r\n\t"),
        spelled(FIRST.replace("resource", "Resource")),
    ],
    ids=["lower", "upper", "version", "lf", "mixed", "folded", "type"],
)
def test_a_record_in_another_spelling_is_read_wherever_it_stands(packing, odd):
    pack = PACKINGS[packing]
    last = page_record(2)
    feeds = b"\r\n" not in odd  # among other records, fastwarc passes over such a one
    for parts in ((odd, last), (odd, odd), *([] if feeds else [(page_record(1), odd, last)])):
        members = [pack(part) for part in parts]
        records, faults = walk(b"".join(members))
        assert [urls(0)[0] if part is odd else urls(1 if part != last else 2)[0] for part in parts] == records and not faults
        found = [item[0] for item in iterate_warc(BytesIO(b"".join(members))) if not isinstance(item, Broken)]
        assert found == [sum(map(len, members[:number])) for number in range(len(members))]
    assert feeds or walk(pack(page_record(1) + odd + last)) == (urls(1, 0, 2), [])


def test_a_body_in_another_spelling_is_whole_and_its_place_finds_it_again():
    first = gzip.compress(page_record(0))  # its ids are others in each call
    data = first + gzip.compress(spelled(FIRST.lower()))
    found = [(offset, record.id, record.read()) for offset, record in iterate_warc(BytesIO(data))]
    place = len(first)
    assert found[1] == (place, "<urn:1>", b"hello")
    assert [(offset, record.id, record.read()) for offset, record in iterate_warc(BytesIO(data), start=place)] == found[1:]


def skippable(data: bytes, number: int = 0) -> bytes:
    return struct.pack("<II", 0x184D2A50 + number, len(data)) + data


EMPTY = {"gzip": (gzip.compress(b"", mtime=0), b"\0" * 512), "zstd": (zstandard.compress(b""), skippable(b"note"), skippable(b"", 15) * 2)}


@pytest.mark.parametrize(("packing", "empty"), [(packing, empty) for packing, found in EMPTY.items() for empty in found])
def test_members_without_a_record_are_passed_over(packing, empty):
    one, two = (PACKINGS[packing](page_record(number)) for number in (0, 1))
    for data in (one + empty + two, one + two + empty, one + empty * 3 + two, *([empty + one + two] if empty != b"\0" * 512 else [])):
        assert walk(data) == (urls(0, 1), [])


def test_a_dictionary_in_the_file_is_used_and_one_that_is_not_there_is_named():
    samples = [page_record(number) for number in range(200)]
    dictionary = zstandard.train_dictionary(4096, samples, dict_id=123456)
    pack = zstandard.ZstdCompressor(dict_data=dictionary).compress
    records = pack(samples[3]) + skippable(b"between") + pack(samples[4])
    for stored in (dictionary.as_bytes(), zstandard.compress(dictionary.as_bytes())):
        data = skippable(stored, 13) + records
        assert walk(data) == (urls(3, 4), [])
        assert next(item[0] for item in iterate_warc(BytesIO(data))) == 8 + len(stored)
    other = zstandard.train_dictionary(4096, samples, dict_id=77).as_bytes()
    for data, there in ((records, "begins with none"), (skippable(other, 13) + records, "holds dictionary 77")):
        assert [str(fault) for fault in walk(data)[1]] == [f"compressed with zstd dictionary 123456, and the file {there}"]
    assert "dictionary" in str(walk(skippable(b"\x28\xb5\x2f\xfd" + bytes(20), 13) + records)[1][0])


def test_a_zstd_file_that_ends_within_a_frame_says_so():
    members = [zstandard.compress(page_record(number)) for number in range(2)]
    records, faults = walk(b"".join(members)[:-10])
    assert records[0] == urls(0)[0] and str(faults[-1]) == "truncated: the file ends within a zstd frame"


@pytest.mark.parametrize("kept", [b"WARC/1.0\r\nWARC-Type: response\r\n", b"WARC/1.0\r\nWARC-Record-ID: <a>\r\nWARC-Date: 20", b"WARC/1.0"])
def test_a_header_that_is_cut_off_within_its_member_takes_nothing_of_the_next_one(kept):
    members = [gzip.compress(page_record(number)) for number in range(4)]
    members[1] = gzip.compress(kept)
    assert walk(b"".join(members))[0] == [f"https://a.example/{number}" for number in (0, 2, 3)]
    patient = list(read_records(BytesIO(b"".join(members)), Packing(GZIP, 0), 0, 1 << 30))
    assert [str(item) for item in patient if isinstance(item, Broken)] == ["broken record: its header is cut off"]


def test_a_length_of_thousands_of_digits_costs_its_record_alone():
    first, *others = (page_record(number) for number in range(4))
    (length,) = re.findall(rb"Content-Length: (\d+)", first, re.I)[:1]
    names, faults = walk(b"".join(gzip.compress(record) for record in (first.replace(length, b"9" * 5000, 1), *others)))
    assert names == [f"https://a.example/{number}" for number in (1, 2, 3)] and "no length" in str(faults[0])


@pytest.mark.parametrize("packing", ["gzip", "plain"])
def test_a_record_that_says_it_is_longer_than_it_is_takes_none_of_those_behind_it(packing):
    first, *others = (page_record(number) for number in range(4))
    (length,) = re.findall(rb"Content-Length: (\d+)", first, re.I)[:1]
    lying = first.replace(length, b"9" * len(length) + b"9", 1)
    names, _ = walk(b"".join(PACKINGS[packing](record) for record in (lying, *others)))
    assert names == [f"https://a.example/{number}" for number in range(4)]


@pytest.mark.parametrize("more", [5, 40, 300])
def test_a_record_slightly_longer_than_its_member_takes_nothing_of_the_next_one(more):
    """Through the fast reader and the patient one, in the first place and behind another record."""
    pages = [page_record(number) for number in range(4)]
    (length,) = re.findall(rb"Content-Length: (\d+)", pages[1], re.I)[:1]
    pages[1] = pages[1].replace(length, b"%d" % (int(length) + more), 1)
    data = b"".join(map(gzip.compress, pages))
    odd = gzip.compress(page_record(9).replace(b"\r\n", b"\n"))
    for found in (BytesIO(data), BytesIO(odd + data)):
        read = {item[1].fields["warc-target-uri"]: item[1].read() for item in iterate_warc(found) if not isinstance(item, Broken)}
        assert {f"https://a.example/{number}" for number in range(4)} <= set(read)
        assert not any(b"WARC/1" in block for block in read.values())


def test_a_page_about_the_format_keeps_its_example():
    page = page_record(1)
    example = b"\r\n\r\nWARC/1.1\r\nWARC-Type: response\r\n\r\n"
    (length,) = re.findall(rb"Content-Length: (\d+)", page, re.I)[:1]
    page = page.replace(length, b"%d" % (int(length) + len(example)), 1).removesuffix(b"\r\n\r\n") + example + b"\r\n\r\n"
    for _, record in iterate_warc(BytesIO(gzip.compress(page))):
        assert record.read().endswith(example)


def test_a_header_that_an_empty_line_ends_early_hides_no_later_record():
    body = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<p>Words.</p>"
    rest = b"\r\nWARC-Date: 2026-01-15T08:00:00Z\r\nContent-Type: application/http\r\nContent-Length: %d\r\n\r\n%s"
    heads = [b"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: " + url.encode() for url in urls(0, 1, 2, 3)]
    heads[1] += b"\rWARC/1.0\r\n"
    tails = [rest % (len(body), body + b"\r\n\r\n")] * 4
    tails[1] = rest[1:] % (len(body) + 30, body)  # and that ends before it says so
    records, _ = walk(b"".join(gzip.compress(head + tail) for head, tail in zip(heads, tails, strict=True)))
    assert {*urls(0, 2, 3)} <= set(records)
