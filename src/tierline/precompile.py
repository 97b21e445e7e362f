"""Compiles every kernel into the cache, two processes at a time, before the first run needs them: `python -m tierline.precompile`."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import numpy as np

PROCESSES = 2
PAGE = "<html><head><title>A page</title></head><body><main><p>%s</p><p><a href=x>%s</a></p></main></body></html>"
TEXT = "The mill stands at the river, and the miller's house beside it; both were built of oak in 1712.\n" * 4


def pages() -> None:
    """The walk over a parsed page, its bounds, the features of its blocks."""
    from tierline.crawl.extract import extract_page
    from tierline.crawl.page_bounds import SMALL_PAGE

    extract_page(PAGE % (TEXT, TEXT))
    extract_page(PAGE % (TEXT * (1 + SMALL_PAGE // len(TEXT)), TEXT))  # what is counted in large pages alone


def words() -> None:
    """Words, lines, repetitions and token counts."""
    from tierline.filters.signals import split_documents
    from tierline.text.kernels.repetition import repeated_ngrams, repeated_parts
    from tierline.text.tokens import count_tokens

    batch = split_documents([TEXT], ["en"])
    repeated_parts(*batch.lines.arrays)
    repeated_ngrams(*batch.words.arrays, np.ones(1, np.int64))
    count_tokens([TEXT])


def languages() -> None:
    """Language identification."""
    from tierline.filters import language_kernel
    from tierline.filters.language import identify_batch

    identify_batch([TEXT, "kort"])
    language_kernel.count_grams(np.frombuffer(TEXT.encode(), np.uint8))


def students() -> None:
    """Features of the student."""
    from tierline.students.features import student_features
    from tierline.students.prior import bundled_prior

    student_features([TEXT])
    bundled_prior().read([TEXT], ["en"])


def others() -> None:
    """Toxicity, n-gram perplexity, keys of near-duplicates."""
    from tierline.dedup.sorted_keys import match
    from tierline.students.perplexity import bundled_model, train_ngrams
    from tierline.text.toxicity import Toxicity, feature_matrix

    Toxicity().score([TEXT])
    feature_matrix([TEXT])
    bundled_model().perplexity([TEXT], ["en"])
    train_ngrams({"en": [TEXT, TEXT]}, folds=2)
    keys = np.arange(4, dtype=np.uint64)
    match(keys, keys, np.empty(4, np.int64), np.empty(4, np.int64))


TASKS: tuple[Callable[[], None], ...] = (pages, students, languages, words, others)  # the longest first


def main() -> int:
    began = time.monotonic()
    print(f"Compiling {len(TASKS)} groups", flush=True)
    for task in TASKS:
        t = time.process_time()
        task()
        print(task.__name__, round(time.process_time() - t, 2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
