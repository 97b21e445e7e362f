"""The merge of sorted keys against a search of each."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tierline.dedup.sorted_keys import STRIDE, match

KEYS = st.lists(st.integers(0, 40) | st.integers((1 << 64) - 3, (1 << 64) - 1), max_size=5 * STRIDE).map(sorted)


@given(KEYS, KEYS.map(lambda keys: sorted(set(keys))))
def test_every_two_that_are_equal_are_found_once_and_in_order(keys, wanted):
    indices, places = np.full((2, len(keys)), -1, np.int64)
    count = match(np.array(keys, np.uint64), np.array(wanted, np.uint64), indices, places)
    found = list(zip(indices[:count].tolist(), places[:count].tolist(), strict=True))
    assert found == [(index, place) for index, key in enumerate(wanted) for place, other in enumerate(keys) if key == other]
    assert (indices[count:] == -1).all()
