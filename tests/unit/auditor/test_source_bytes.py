"""Stretches of bytes as text and as numbers."""

import pytest

from tierline.auditor.source_bytes import STRETCH, stretch_of
from tierline.errors import BadInput


def test_bytes_are_shown_as_numbers_and_letters():
    found = stretch_of(b"<b>\x00\xff caf\xc3\xa9 and so on", 0, None)
    assert found.lines[0] == ("00000000", "3c 62 3e 00 ff 20 63 61 66 c3 a9 20 61 6e 64 20", "<b>.. caf.. and ")
    assert found.text == "<b>\x00\ufffd café and so on" and (found.first, found.end, found.whole) == (0, 21, 21)


def test_long_bytes_come_in_stretches_that_join_without_a_gap():
    data = bytes(range(256)) * 40
    parts, first = [], 0
    while first < len(data):
        found = stretch_of(data, first, "no-such-charset")
        parts += [bytes.fromhex(digits) for _, digits, _ in found.lines]
        assert found.end - first <= STRETCH
        first = found.end
    assert b"".join(parts) == data
    assert stretch_of(b"", 0, None).lines == ()
    with pytest.raises(BadInput, match="no byte has this number"):
        stretch_of(data, len(data), None)
