"""The table of known pieces answers for exactly what was stored in it, however full it is."""

import re

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.text.kernels.test_scan import hash_of
from tierline.text.kernels.pieces import look_up, store

SLOTS = 64
PIECE = re.compile(rb"\n| *[^ \n]+| +")
TEXTS = st.lists(st.text(st.sampled_from("ab中 \n"), max_size=20).map(str.encode), max_size=5)


@settings(max_examples=150, deadline=None)
@given(TEXTS, TEXTS, st.randoms(use_true_random=False))
def test_known_pieces_are_counted_and_the_others_listed_in_order(learned, texts, random):
    pieces = list(dict.fromkeys(piece for text in learned for piece in PIECE.findall(text) if piece != b"\n"))[: SLOTS - 1]
    counts = {piece: random.randrange(4) for piece in pieces}
    keys, known = np.zeros(SLOTS, np.uint64), np.zeros(SLOTS, np.int64)
    for part in (pieces[:3], pieces[3:]):
        store(np.array([hash_of(piece) for piece in part], np.uint64), np.array([counts[piece] for piece in part], np.int64), keys, known)
    assert np.count_nonzero(known) == len(pieces)

    data, offsets = np.frombuffer(b"".join(texts), np.uint8), np.cumsum([0, *map(len, texts)])
    totals, unknown, unknown_keys = (
        np.zeros(len(texts), np.int64),
        np.zeros((len(data) + 1, 3), np.int64),
        np.zeros(len(data) + 1, np.uint64),
    )
    missing = look_up(data, offsets, keys, known, totals, unknown, unknown_keys)

    expected = [(row, piece) for row, text in enumerate(texts) for piece in PIECE.findall(text)]
    for row in range(len(texts)):
        assert totals[row] == sum(1 if piece == b"\n" else counts.get(piece, 0) for place, piece in expected if place == row)
    listed = [(row, data[start:end].tobytes()) for row, start, end in unknown[:missing].tolist()]
    assert listed == [(row, piece) for row, piece in expected if piece != b"\n" and piece not in counts]
    assert unknown_keys[:missing].tolist() == [hash_of(piece) for _, piece in listed]
