"""A linear model over the features of a text: one form for the student and for the prior that it starts from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix, hstack

from tierline.students.features import NAMES, language_columns, student_features, weighed_features
from tierline.students.gram_kernel import BUCKETS

Floats = npt.NDArray[np.float64]
# The scale of each kind of feature under one penalty: by cross-validated AUC on labeled texts (docs/decisions/0018).
GROUPS, WORDS, SURFACE, LANGUAGE = 3.0, 2.0, 0.15, 0.7
LIMIT = 4.0  # standard deviations: a number beyond is an outlier


@dataclass(frozen=True, eq=False, slots=True)
class Standard:
    """Standardization of a text's surface numbers, (len(NAMES),) each, and the languages that have a column."""

    middle: Floats
    spread: Floats
    languages: tuple[str, ...]

    @property
    def width(self) -> int:
        """Of `numbers`."""
        return len(NAMES) + len(self.languages)

    def numbers(self, surface: Floats, languages: Sequence[str]) -> Floats:
        """Shape (n, width), scaled as a model sees them."""
        standard = np.clip((surface - self.middle) / self.spread, -LIMIT, LIMIT)
        return np.hstack([SURFACE * standard, LANGUAGE * language_columns(languages, self.languages)])


@dataclass(frozen=True, eq=False, slots=True)
class LinearModel:
    """k linear functions of a text: `grams` (2**17, k) over hashed features, `numbers` (width, k) over the rest, `bias` (k,)."""

    standard: Standard
    grams: npt.NDArray[np.float32]
    numbers: Floats
    bias: Floats

    def odds(self, texts: Sequence[str], languages: Sequence[str]) -> Floats:
        """Shape (n, k), in one pass over the texts."""
        surface, sums = weighed_features(texts, self.grams)
        return sums + row_products(self.standard.numbers(surface, languages), self.numbers) + self.bias

    def beside(self, other: LinearModel) -> LinearModel:
        """Both as one model, the columns of `other` (with the same standard) after its own."""
        pairs = ((self.grams, other.grams), (self.numbers, other.numbers), (self.bias, other.bias))
        grams, numbers, bias = (np.concatenate(pair, axis=-1) for pair in pairs)
        return replace(self, grams=grams, numbers=numbers, bias=bias)


def row_products(rows: Floats, columns: Floats) -> Floats:
    """The matrix product of (n, m) and (m, k), shape (n, k), in which no row's sums depend on how many rows there are: BLAS adds up in
    another order for other shapes, so that a text's score would depend on its batch."""
    found = np.zeros((len(rows), columns.shape[1]))
    for place, weights in enumerate(columns):
        found += rows[:, place, None] * weights
    return found


def inputs(texts: Sequence[str], languages: Sequence[str], standard: Standard) -> csr_matrix:
    """The inputs for fitting, sparse (n, 2**17 + width): `from_coefficients` turns the coefficients into a model."""
    surface, grams = student_features(texts)
    return scaled(surface, grams, languages, standard)


def scaled(surface: Floats, grams: csr_matrix, languages: Sequence[str], standard: Standard) -> csr_matrix:
    """`inputs` of features that are already at hand."""
    parts = [GROUPS * grams[:, :BUCKETS], WORDS * grams[:, BUCKETS:], csr_matrix(standard.numbers(surface, languages))]
    return csr_matrix(hstack(parts))


def from_coefficients(coefficients: Floats, bias: Floats, standard: Standard) -> LinearModel:
    """The model of `coefficients` (k, 2**17 + width) over `inputs`."""
    scale = np.repeat([GROUPS, WORDS], BUCKETS)[:, None]
    grams = np.asarray(coefficients[:, : 2 * BUCKETS].T * scale, np.float32)
    return LinearModel(standard, np.ascontiguousarray(grams), coefficients[:, 2 * BUCKETS :].T.astype(np.float64), np.atleast_1d(bias))
