"""Compressed files of every kind give all that is sound in them, and say where they are damaged; memory stays bounded."""

import bz2
import gzip
import hashlib
import lzma
from io import BytesIO

import pytest
import zstandard

from tierline.crawl.compression import skip_to, unpacked, wrong_members
from tierline.crawl.stored import UNREADABLE

PACKS = {"gz": gzip.compress, "zst": zstandard.compress, "bz2": bz2.compress, "xz": lzma.compress}
TEXT = b"".join(hashlib.sha256(b"%d" % number).hexdigest().encode() + b"\n" for number in range(4_000))
codecs = pytest.mark.parametrize("codec", PACKS)


def read_all(stream) -> tuple[bytes, Exception | None]:
    parts = []
    try:
        while data := stream.read1(1 << 16):
            parts.append(data)
    except UNREADABLE as error:
        return b"".join(parts), error
    return b"".join(parts), None


@codecs
def test_every_member_is_unpacked_and_padding_is_none(codec):
    half = len(TEXT) // 2
    packed = PACKS[codec](TEXT[:half]) + PACKS[codec](b"") + PACKS[codec](TEXT[half:])
    assert read_all(unpacked(BytesIO(packed), codec)) == (TEXT, None)
    assert read_all(unpacked(BytesIO(packed + bytes(5000)), codec)) == (TEXT, None)
    assert read_all(unpacked(BytesIO(b""), codec)) == (b"", None)


@codecs
@pytest.mark.parametrize("share", [0.01, 0.3, 0.7, 0.999])
def test_a_cut_file_gives_what_precedes_the_cut_and_says_that_it_is_cut(codec, share):
    packed = PACKS[codec](TEXT)
    found, error = read_all(unpacked(BytesIO(packed[: int(len(packed) * share)]), codec))
    assert isinstance(error, EOFError) and TEXT.startswith(found)
    assert codec in ("bz2", "zst") or share < 0.3 or len(found) > len(TEXT) * share / 2  # whose blocks are larger than this file


@codecs
def test_a_flipped_byte_or_garbage_is_an_error_and_never_other_bytes(codec):
    packed = PACKS[codec](TEXT)
    for place in (2, len(packed) // 2, len(packed) - 2):
        damaged = packed[:place] + bytes([packed[place] ^ 0xFF]) + packed[place + 1 :]
        stream = unpacked(BytesIO(damaged), codec)
        found, error = read_all(stream)
        assert error is not None or found == TEXT or list(wrong_members(stream)) or codec == "zst"  # whose checksum is optional
    found, error = read_all(unpacked(BytesIO(packed + b"garbage"), codec))
    assert found == TEXT and error is not None


@pytest.mark.parametrize("cut", [None, 0, 2, 5])  # where the file goes on behind a member whose end is wrong
@pytest.mark.parametrize(("place", "what"), [(-5, "checksum"), (-1, "length")])
@pytest.mark.parametrize("step", [1, 7, 1 << 14])
def test_a_gzip_member_whose_checksum_or_length_is_wrong_is_read_and_named_and_the_next_one_is_read(place, what, step, cut):
    wrong = bytearray(gzip.compress(TEXT[:9_000]))
    wrong[place] ^= 1
    stream = unpacked(BytesIO(bytes(wrong) + gzip.compress(TEXT[9_000:])), "gz")
    stream.raw._step = step if cut is None else len(wrong) - cut
    assert read_all(stream) == (TEXT, None)
    (fault,) = wrong_members(stream)
    assert (fault["source_offset"], fault["status"]) == (9_000, "error") and what in fault["error"]


def test_what_precedes_a_damaged_place_of_gzip_is_given_out():
    packed = gzip.compress(TEXT, 0)  # stored as it is, in blocks
    found, error = read_all(unpacked(BytesIO(packed[:80_000] + b"\xff" * 70_000 + packed[150_000:]), "gz"))
    assert error is not None and TEXT.startswith(found[:65_000]) and len(found) > 65_000


@codecs
def test_a_bomb_is_unpacked_in_pieces(codec):
    packed = PACKS[codec](bytes(40 << 20))
    stream = unpacked(BytesIO(packed), codec)
    assert len(stream.read(1000)) == 1000 and len(stream.raw._ready) <= 33 << 20
    assert sum(map(len, iter(lambda: stream.read(1 << 20), b""))) == (40 << 20) - 1000


@codecs
def test_a_stream_is_moved_forward(codec):
    stream = unpacked(BytesIO(PACKS[codec](TEXT)), codec)
    skip_to(stream, 200_001)
    assert stream.read(10) == TEXT[200_001:200_011]
    with pytest.raises(EOFError, match="the file ends before it"):
        skip_to(unpacked(BytesIO(PACKS[codec](TEXT)), codec), len(TEXT) + 1)


def test_a_window_beyond_the_bound_is_refused():
    parameters = zstandard.ZstdCompressionParameters.from_level(1, window_log=30)
    packed = zstandard.ZstdCompressor(compression_params=parameters).compressobj().compress(TEXT) or b""
    stream = unpacked(BytesIO(packed + b"x" * 100), "zst")
    with pytest.raises((zstandard.ZstdError, EOFError)):
        stream.read()
