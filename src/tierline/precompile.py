"""Compiles every kernel into numba's cache before a run needs one, in two processes: `python -m tierline.precompile`.

A kernel is compiled for the types that it is called with, so each group calls what calls its kernels, on a text of a few lines.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from tierline.errors import TierlineError

PAGE = "<html><head><title>A page</title></head><body><main><p>%s</p><p><a href=x>%s</a></p></main></body></html>"
TEXT = "The mill stands at the river, and the miller's house beside it; both were built of oak in 1712.\n" * 4
SECONDS = 30  # of a processor in the longer of the two shares
PERIOD = 15.0  # seconds between lines that say that it still goes on
MARK = "tierline-kernels"  # a file beside the cached code: the digest of the sources that all of it was compiled from


def pages() -> None:
    """The walk over a parsed page, the bounds of its markup, the features of its blocks."""
    from tierline.crawl.extract import extract_page
    from tierline.crawl.page_bounds import SMALL_PAGE

    extract_page(PAGE % (TEXT, TEXT))
    extract_page(PAGE % (TEXT * (1 + SMALL_PAGE // len(TEXT)), TEXT))  # some is looked at in large pages only


def words() -> None:
    """Words, lines, repetitions and token counts of a text."""
    from tierline.filters.signals import split_documents
    from tierline.text.kernels.repetition import repeated_ngrams, repeated_parts
    from tierline.text.tokens import count_tokens

    batch = split_documents([TEXT], ["en"])
    repeated_parts(*batch.lines.arrays)
    repeated_ngrams(*batch.words.arrays, np.ones(1, np.int64), batch.parts)
    count_tokens([TEXT])


def languages() -> None:
    """Language identification, and what its training counts."""
    from tierline.filters.language import identify_batch
    from tierline.filters.language_kernel import count_grams

    identify_batch([TEXT, "kort"])
    count_grams(np.frombuffer(TEXT.encode(), np.uint8))


def students() -> None:
    """The features of the student and of the prior, and what weights say of them."""
    from tierline.students.features import student_features
    from tierline.students.prior import bundled_prior

    student_features([TEXT])
    bundled_prior().read([TEXT], ["en"])


def others() -> None:
    """Toxicity, n-gram perplexity, the keys of near-duplicates."""
    from tierline.dedup.sorted_keys import match
    from tierline.students.perplexity import bundled_model, train_ngrams
    from tierline.text.toxicity import Toxicity, feature_matrix

    Toxicity().score([TEXT])
    feature_matrix([TEXT])
    bundled_model().perplexity([TEXT], ["en"])
    train_ngrams({"en": [TEXT, TEXT]}, folds=2)
    keys = np.arange(4, dtype=np.uint64)
    match(keys, keys, np.empty(4, np.int64), np.empty(4, np.int64))


GROUPS = {group.__name__: group for group in (pages, languages, students, words, others)}
SHARES = (("pages", "languages"), ("students", "words", "others"))  # about equal times; each kernel that Python calls is in one alone


def precompile() -> None:
    """Compile what is not in the cache yet, and say so; next to nothing is done where all of it is there.

    Raises TierlineError if a process that compiles fails.
    """
    mark, digest = _mark(), kernels_digest()
    if mark.is_file() and mark.read_text() == digest:
        return
    began = time.monotonic()
    print(f"Compiling text kernels, once per machine and version: about {SECONDS} s, longer beside other work ...", flush=True)
    path = {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    started = [subprocess.Popen([sys.executable, "-m", __spec__.name, *share], env=os.environ | path) for share in SHARES]
    while any(process.poll() is None for process in started):
        try:
            next(process for process in started if process.returncode is None).wait(PERIOD)
        except subprocess.TimeoutExpired:
            print(f"  still compiling after {time.monotonic() - began:.0f} s ...", flush=True)
    if any(process.returncode for process in started):
        raise TierlineError("the text kernels do not compile; the reason is above")
    mark.write_text(digest)
    print(f"Compiled in {time.monotonic() - began:.0f} s.", flush=True)


def kernels_digest() -> str:
    """Digest of all that the machine code of the kernels rests on: their sources, the versions that compile them, the processor."""
    from llvmlite import binding
    from numba import __version__

    from tierline.text.kernels.compiled import ROOT, sources

    kernels = [path for path in ROOT.rglob("*.py") if b"kernels.compiled import" in path.read_bytes()]
    files = sorted(set[Path]().union(*map(sources, kernels)))
    compiler = f"{sys.version} {__version__} {binding.get_host_cpu_name()} {binding.get_host_cpu_features().flatten()}"
    return hashlib.sha256(b"\0".join([compiler.encode(), *(path.read_bytes() for path in files)])).hexdigest()


def _mark() -> Path:
    from tierline.crawl.walk import walk

    return Path(walk.stats.cache_path) / MARK  # type: ignore[attr-defined]


def main(arguments: list[str] | None = None) -> int:
    """Compile the groups that are named, in this process; without a name, all that is missing, in two others."""
    for name in arguments or ():
        GROUPS[name]()
    try:
        if not arguments:
            precompile()
    except TierlineError as error:
        print(f"precompile: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
