"""What nodes of a test's cluster do with numbers: light to import, because each node does."""

import os
from collections.abc import Iterator

import numpy as np

from tierline.errors import BadInput


def as_given(keys: np.ndarray) -> np.ndarray:
    return keys


def doubled(numbers: list[int]) -> list[int]:
    return [2 * number for number in numbers]


def refused(numbers: list[int]) -> list[int]:
    if 7 in numbers:
        raise BadInput("seven", "a number", "give another")
    return numbers


def ended(numbers: list[int]) -> list[int]:
    if 7 in numbers:
        os._exit(1)
    return numbers


def parts(most: int) -> Iterator[list[int]]:
    yield from ([number, number + 1] for number in range(0, most, 2))
