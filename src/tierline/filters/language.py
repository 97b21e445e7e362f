"""Identifies languages offline: fastText's lid.176 in a compiled loop, with a second opinion over letters where it is unsure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
import numpy.typing as npt

from tierline.filters import language_kernel as kernel
from tierline.filters.lid176 import Lid176, lid176

UNKNOWN = "unknown"
WEIGHTS = "language.npz"  # written by training_scripts/train_language.py
STEP = 0.08  # nats in one unit of a stored cost
ISO = {"als": "gsw", "bh": "bho", "no": "nb"}  # names of lid.176 that differ from ISO 639
VARIETIES = (("arz", "ar"), ("azb", "az"))  # members of a macrolanguage, named by it
WINDOW_CHARS, WINDOWS = 500, 3  # characters; beginning, middle and end of a long text
WINDOW_LEAST, WINDOW_MOST = 200, 400  # bytes
CONFIDENT_PROBABILITY = 0.9  # from this probability on lid.176 needs no second opinion
LETTERS_MIN = 10  # fewer are not informative
LETTER_SHARE_MIN = 0.4  # of visible characters; below are tables of numbers and noise
CODE_SHARE_MAX = 0.25  # of visible characters that are symbols of program code
WINDOW_SURE = 0.8  # a window counts as a change of language only from this confidence on
OTHER_SPACES = "\x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
SMALLEST = 1e-5  # a probability that counts as zero
Bytes = npt.NDArray[np.uint8]
Flags = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float32]
Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Languages:
    """One entry a text: ISO 639 code or "unknown", confidence in [0, 1], and the share of each language, largest first."""

    language: list[str]
    confidence: npt.NDArray[np.float64]
    shares: list[dict[str, float]]

    def rows(self, text: int) -> list[dict[str, str | float]]:
        """The shares of one text as the lake stores them."""
        return [{"language": language, "share": share} for language, share in self.shares[text].items()]


@dataclass(frozen=True, slots=True)
class PriorBlend:
    """How the second opinion is weighted against lid.176: chosen by training_scripts/train_language.py on held-out texts.

    An n-gram's nats count `scale` times, and n of them as n * `half` / (n + `half`), for they overlap; a language is at most
    `limit` nats behind the best one, `unseen` where there were no texts to learn it from; `foreign` is the log probability of
    a language that lid.176 does not know.
    """

    scale: float = 0.2
    half: float = 100.0
    limit: float = 9.0
    unseen: float = 6.0
    foreign: float = -9.0


@dataclass(frozen=True, slots=True, eq=False)
class Opinion:
    """Naive Bayes over letters: `costs` (buckets, classes) in units of STEP; `begins` are the first classes of `languages`."""

    languages: tuple[str, ...]
    begins: Numbers
    costs: Bytes
    noise: float  # mean nats of an n-gram above which a text in ASCII letters is in no language


def identify(text: str) -> tuple[str, float]:
    """(ISO 639 code, confidence in [0, 1]) of one text; ("unknown", 0.0) where there is no language to see."""
    found = identify_batch([text])
    return found.language[0], float(found.confidence[0])


def identify_batch(texts: Sequence[str], second: Opinion | None = None) -> Languages:
    """Languages of many texts at once; `second` takes the place of the trained second opinion.

    lid.176 looks at up to three pieces of 500 characters; if its probability is above 0.9 its answer stands, with that probability as
    confidence. Elsewhere its probabilities are multiplied by those of naive Bayes over 1- to 4-grams of letters, tempered.
    A text of almost no letters, of program code or noise is "unknown" with confidence 0. If windows are confident of different
    languages, the shares say how much each has; the largest is the text's, and its confidence is scaled by that share.
    """
    buffer, starts, ends = _join([_sample(text) for text in texts])
    owner, first, last = kernel.cut_windows(buffer, starts, ends, WINDOW_LEAST, WINDOW_MOST)
    begin = np.flatnonzero(np.diff(owner, prepend=-1))  # the first window of each text that has one
    answer = Languages([UNKNOWN] * len(texts), np.zeros(len(texts)), [{} for _ in texts])
    if not len(begin):
        return answer
    marks = np.add.reduceat(kernel.count_marks(buffer, first, last), begin)
    codes, windows, whole = _opinions(buffer, first, last, begin, second or opinion(), 2 * marks[:, 3] > marks[:, 0])
    nothing = _is_nothing(marks)
    sizes = last - first
    ends_of = np.append(begin[1:], len(owner))
    for row, text in enumerate(owner[begin].tolist()):
        code = codes[int(whole[0][row])]
        if nothing[row] or code == UNKNOWN:
            continue
        own = slice(int(begin[row]), int(ends_of[row]))
        shares = _shares(code, [codes[at] for at in windows[0][own].tolist()], windows[1][own].tolist(), sizes[own].tolist())
        answer.language[text], share = next(iter(shares.items()))
        answer.confidence[text] = min(1.0, float(whole[1][row]) if len(shares) == 1 else share)
        answer.shares[text] = shares
    return answer


def combined(lid: Floats, evidence: Floats, grams: Numbers, weighing: PriorBlend, second: Opinion) -> Floats:
    """Probabilities over `all_languages(second)` from lid.176's, (texts, 176), and summed costs in nats, (texts, learned languages)."""
    union, lid_at, learned_at = all_languages(second)
    logits = np.full((len(lid), len(union)), weighing.foreign, np.float32)
    logits[:, lid_at] = np.log(lid + np.float32(SMALLEST))
    behind = (evidence - evidence.min(axis=1, keepdims=True)) * (weighing.scale * weighing.half / (grams[:, None] + weighing.half))
    against = np.full_like(logits, weighing.unseen)
    against[:, learned_at] = np.minimum(behind, weighing.limit)
    logits -= against
    odds = np.exp(logits - logits.max(axis=1, keepdims=True))
    return odds / odds.sum(axis=1, keepdims=True)


def lid_probabilities(buffer: Bytes, first: Numbers, last: Numbers, begin: Numbers) -> tuple[Floats, Floats]:
    """lid.176's probabilities of windows, (windows, 176), and of texts, (texts, 176), whose first windows are `begin`."""
    model, words, rows = _lid()
    sums, counts = kernel.lid_sums(buffer, first, last, words, rows, model.ngram_rows, model.vectors)
    whole = np.add.reduceat(sums, begin), np.add.reduceat(counts, begin)
    found = [kernel.lid_probabilities(*pair, model.vectors[0], model.nodes, model.left, model.right) for pair in ((sums, counts), whole)]
    names = model.languages
    for part, of in VARIETIES:
        for one in found:
            one[:, names.index(of)] += one[:, names.index(part)]
            one[:, names.index(part)] = 0
    return found[0], found[1]


def letter_costs(lowered: Sequence[str], second: Opinion) -> tuple[Floats, Numbers]:
    """Cost in nats of each text under each learned language, (texts, languages), and its number of n-grams, (texts,)."""
    buffer, starts, ends = _join(lowered)
    sums, grams = kernel.gram_costs(buffer, starts, ends, second.costs)
    return np.minimum.reduceat(sums, second.begins, axis=1).astype(np.float32) * np.float32(STEP), grams


@cache
def all_languages(second: Opinion) -> tuple[tuple[str, ...], Numbers, Numbers]:
    """(every code that can be the answer, where lid.176's languages stand among them, where the learned ones do)."""
    known = [ISO.get(name, name) for name in lid176().languages]
    union = tuple(sorted({*known, *second.languages}))
    place = {code: at for at, code in enumerate(union)}
    at = [place[code] for code in known]
    return union, np.array(at, np.int64), np.array([place[code] for code in second.languages], np.int64)


@cache
def opinion() -> Opinion:
    """The trained second opinion."""
    with (files("tierline.filters") / WEIGHTS).open("rb") as file:
        stored = np.load(file)
        return Opinion(tuple(stored["languages"].tolist()), stored["begins"], stored["costs"], float(stored["noise"]))


def _opinions(
    buffer: Bytes, first: Numbers, last: Numbers, begin: Numbers, second: Opinion, ascii_texts: Flags
) -> tuple[tuple[str, ...], tuple[Numbers, Floats], tuple[Numbers, Floats]]:
    """Codes, and index into them and probability of the best language: of each window, and of each text."""
    union, lid_at, _ = all_languages(second)
    windows, texts = lid_probabilities(buffer, first, last, begin)
    window_best, window_sure = lid_at[windows.argmax(axis=1)], windows.max(axis=1)
    text_best, text_sure = lid_at[texts.argmax(axis=1)], texts.max(axis=1)
    unsure = text_sure < CONFIDENT_PROBABILITY
    if unsure.any():
        sizes = np.diff(begin, append=len(first))
        window_sure[np.repeat(unsure, sizes)] = 0  # until it is asked
        asked, own = _asked(begin[unsure], sizes[unsure])
        lowered = [buffer[a:b].tobytes().decode("utf-8", "ignore").lower() for a, b in zip(first[asked], last[asked], strict=True)]
        costs, grams = letter_costs(lowered, second)
        odds = combined(windows[asked], costs, grams, PriorBlend(), second)
        window_best[asked], window_sure[asked] = odds.argmax(axis=1), odds.max(axis=1)
        costs, grams = np.add.reduceat(costs, own), np.add.reduceat(grams, own)
        odds = combined(texts[unsure], costs, grams, PriorBlend(), second)
        noise = ascii_texts[unsure] & (costs.min(axis=1) > second.noise * grams)
        text_best[unsure], text_sure[unsure] = np.where(noise, len(union), odds.argmax(axis=1)), odds.max(axis=1)
    return (*union, UNKNOWN), (window_best, window_sure), (text_best, text_sure)


def _asked(begin: Numbers, sizes: Numbers) -> tuple[Numbers, Numbers]:
    """(windows that get a second opinion: first, middle and last of each text; where each text's begin among them)."""
    asked = [sorted({start, start + size // 2, start + size - 1}) for start, size in zip(begin.tolist(), sizes.tolist(), strict=True)]
    counts = np.array([len(one) for one in asked])
    return np.array([window for one in asked for window in one], np.int64), np.cumsum(counts) - counts


def _shares(code: str, windows: Sequence[str], sure: Sequence[float], sizes: Sequence[int]) -> dict[str, float]:
    """Share of each language by size; a window that is not confident of another language gets the text's."""
    if all(found == code for found in windows):
        return {code: 1.0}
    totals: dict[str, float] = {}
    for found, confidence, size in zip(windows, sure, sizes, strict=True):
        language = found if confidence >= WINDOW_SURE else code
        totals[language] = totals.get(language, 0.0) + size
    return {language: totals[language] / sum(sizes) for language in sorted(totals, key=lambda one: (-totals[one], one))}


def _is_nothing(marks: Numbers) -> Flags:
    letters, visible, symbols, _ = marks.T
    return (letters < LETTERS_MIN) | (letters < LETTER_SHARE_MIN * visible) | (symbols > CODE_SHARE_MAX * visible)


def _sample(text: str) -> str:
    if len(text) > WINDOW_CHARS * WINDOWS:
        middle = (len(text) - WINDOW_CHARS) // 2
        text = "\n".join((text[:WINDOW_CHARS], text[middle : middle + WINDOW_CHARS], text[-WINDOW_CHARS:]))
    if not text.isascii():
        for space in OTHER_SPACES:  # the kernels part words at ASCII white space, as fastText does
            text = text.replace(space, " ")
    return text.lower() if text.isupper() else text  # lid.176 learned from ordinary writing


def _join(texts: Sequence[str]) -> tuple[Bytes, Numbers, Numbers]:
    encoded = [text.encode("utf-8", "ignore") for text in texts]
    ends = np.cumsum(np.array([len(one) for one in encoded], np.int64))
    starts = np.concatenate([np.zeros(min(1, len(ends)), np.int64), ends[:-1]])
    return np.frombuffer(b"".join(encoded), np.uint8), starts, ends


@cache
def _lid() -> tuple[Lid176, npt.NDArray[np.uint64], npt.NDArray[np.int32]]:
    model = lid176()
    return model, *kernel.index_words(model.word_keys)
