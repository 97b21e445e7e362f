"""What the classifier of noise sees of a line: its words and surface, its place, and the lines around it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from tierline.operations.document import Document
from tierline.text.kernels.characters import TABLE_SIZE, TERMINAL, character_table

Floats = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.int64]
LINE_CHARACTERS = 400  # of a line that are read: a longer one is a paragraph, and its beginning shows of what kind
SHORT, PROSE = 40, 60  # characters: a shorter line is short; a sentence of at least so many is prose
NEAR = 4  # lines before and behind whose shares are taken
BULLETS = ("- ", "* ", "• ", "· ", "– ", "» ", "› ")
CLOSERS = "\"'”’»)]」』）】*_ "
OWN = ("length", "closed", "listed", "tabled", "headed", "code", "short", "prose", "indented", "defined", "numbered", "bars", "linked")
PLACE = (
    *("first", "last", "line", "from_end", "share", "lines", "since_prose", "until_prose", "no_prose_before", "no_prose_behind"),
    *("blank_before", "blank_behind", "run", "repeated", "repeated_later", "repeated_earlier", "heading_later", "in_title", "same_start"),
    *("headings_before", "headings_behind", "before_headings", "number_repeated"),
)  # fmt: skip
AROUND = tuple(f"{name}_{where}" for where in ("before", "behind", "second_before", "second_behind") for name in OWN[:8])
SHARES = tuple(f"{name}_{where}" for where in ("above", "below", "of_all") for name in ("short", "prose", "listed", "closed"))
NAMES = (*OWN, *PLACE, *AROUND, *SHARES)


@dataclass(frozen=True, eq=False, slots=True)
class Lines:
    """The n lines that are not empty of some documents: which document each is of, its number there, its text to LINE_CHARACTERS, and
    what is seen of it beside its words; `numbers` is (n, len(NAMES))."""

    document: Numbers
    line: Numbers
    texts: list[str]
    numbers: Floats

    def around(self, values: Floats, step: int) -> Floats:
        """The value of the line `step` lines behind (before, if negative) in the same document, 0 where there is none; (n,)."""
        return shifted(values[:, None], self.document, step)[:, 0]


def read_lines(documents: Sequence[Document]) -> Lines:
    """Every line with a character that is not white space."""
    owners: list[int] = []
    places: list[int] = []
    texts: list[str] = []
    own: list[tuple[float, ...]] = []
    place: list[tuple[float, ...]] = []
    for number, document in enumerate(documents):
        whole, codes, wanted = document.line_texts, document.code_lines, document.filled_lines
        owners += [number] * len(wanted)
        places += wanted
        texts += [whole[at].strip()[:LINE_CHARACTERS] for at in wanted]
        own += [_own(whole[at], at in document.headings, codes[at]) for at in wanted]
        place += _places(document, whole, wanted)
    document_of = np.array(owners, np.int64)
    alone = np.array(own, np.float64).reshape(len(own), len(OWN))
    near = np.hstack([shifted(alone[:, :8], document_of, step) for step in (-1, 1, -2, 2)])
    located = np.array(place, np.float64).reshape(len(place), len(PLACE))
    located[:, PLACE.index("since_prose") : PLACE.index("no_prose_behind") + 1] = _prose_distances(alone[:, 7], document_of)
    located[:, PLACE.index("run")] = _runs(alone, document_of)
    shares = _shares(alone[:, [6, 7, 2, 1]], document_of)
    return Lines(document_of, np.array(places, np.int64), texts, np.hstack([alone, located, near, shares]))


def shifted(values: Floats, owner: Numbers, step: int) -> Floats:
    """Rows of the line `step` lines behind within the same owner; zeros where there is none."""
    found = np.zeros_like(values)
    if abs(step) < len(values):
        here, there = (slice(None, -step), slice(step, None)) if step > 0 else (slice(-step, None), slice(None, step))
        found[here] = np.where((owner[here] == owner[there])[:, None], values[there], 0.0)
    return found


def _own(line: str, headed: bool, code: bool) -> tuple[float, ...]:
    text = line.strip()
    length = len(text)
    closed = _is_closed(text)
    return (
        np.log1p(length),
        closed,
        text.startswith(BULLETS),
        text.startswith("|"),
        headed,
        code,
        length <= SHORT,
        closed and length >= PROSE and not code,
        line[:1].isspace(),
        text.startswith(": "),
        text[:1].isdigit(),
        min(4, text.count(" | ") + text.count(" · ") + text.count(" » ") + text.count(" › ") + text.count("・")),
        min(2, text.count("://") + text.count("www.") + text.count("@")),
    )


@cache
def _terminal() -> npt.NDArray[np.bool_]:
    """Of each code point of the table, whether it ends a sentence."""
    return (character_table() & TERMINAL) != 0


def _is_closed(text: str) -> bool:
    """Whether a line ends with a sign that ends a sentence, quotes and brackets behind it left out."""
    last = text.rstrip(CLOSERS)[-1:]
    return bool(last) and (last == "…" or (ord(last) < TABLE_SIZE and bool(_terminal()[ord(last)])))


def _places(document: Document, whole: Sequence[str], wanted: Sequence[int]) -> list[tuple[float, ...]]:
    """PLACE of the wanted lines, but for what depends on prose and runs."""
    keys = [_key(whole[at]) for at in wanted]
    counts = Counter(keys)
    headings = Counter(key for key, at in zip(keys, wanted, strict=True) if at in document.headings)
    starts = Counter(key[:8] for key in keys)
    headed = [at in document.headings for at in wanted]
    heads, passed = sum(headed), 0
    numbered = Counter(_number(key) for key in keys)
    title = set(document.title.lower().split())
    size, seen = len(wanted), Counter[str]()
    found: list[tuple[float, ...]] = []
    for order, (at, key) in enumerate(zip(wanted, keys, strict=True)):
        count, earlier = counts[key], seen[key]
        seen[key] += 1
        ahead = headings[key] - headed[order]
        words = key.split()
        found.append(
            (
                order == 0,
                order == size - 1,
                np.log1p(order),
                np.log1p(size - 1 - order),
                order / size,
                np.log1p(size),
                0.0,
                0.0,
                0.0,
                0.0,
                at > 0 and not whole[at - 1].strip(),
                at + 1 < len(whole) and not whole[at + 1].strip(),
                0.0,
                min(3, count - 1),
                count - 1 - earlier > 0,
                earlier > 0,
                ahead > 0,
                sum(word in title for word in words[:20]) / max(1, min(20, len(words))) if title else 0.0,
                np.log1p(starts[key[:8]] - 1),
                np.log1p(passed),
                np.log1p(heads - passed - headed[order]),
                not passed and heads > headed[order],
                min(3, numbered[number] - 1) if (number := _number(key)) else 0.0,
            )
        )
        passed += headed[order]
    return found


def _key(line: str) -> str:
    return " ".join(line.lower().lstrip(" -*•·–»›#").rstrip("¶ ").split())


def _number(key: str) -> str:
    """The number of a section that a line begins with, "" where there is none."""
    return key.partition(" ")[0] if key[:1].isdigit() else ""


def _prose_distances(prose: Floats, owner: Numbers) -> Floats:
    """(log lines since the last line of prose and until the next one, whether there is none before and behind), (n, 4)."""
    count = len(prose)
    at = np.arange(count)
    begins = np.searchsorted(owner, owner, side="left")
    ends = np.searchsorted(owner, owner, side="right")
    last = np.maximum.accumulate(np.where(prose > 0, at, -1)) if count else at
    following = np.minimum.accumulate(np.where(prose > 0, at, count)[::-1])[::-1] if count else at
    none_before, none_behind = last < begins, following >= ends
    since = np.where(none_before, at - begins + 1, at - last)
    until = np.where(none_behind, ends - at, following - at)
    return np.stack([np.log1p(since), np.log1p(until), none_before, none_behind], axis=1).astype(np.float64)


def _runs(own: Floats, owner: Numbers) -> Floats:
    """Log of how many lines in a row look like this one (list item, table row, code, heading, short, closed), (n,)."""
    kinds = own[:, [2, 3, 4, 5, 6, 1]] @ (2.0 ** np.arange(6))
    breaks = np.flatnonzero((np.diff(kinds) != 0) | (np.diff(owner) != 0)) + 1 if len(owner) else np.empty(0, np.int64)
    edges = np.concatenate([[0], breaks, [len(owner)]])
    sizes = np.diff(edges)
    return np.log1p(np.repeat(sizes, sizes)).astype(np.float64)


def _shares(kinds: Floats, owner: Numbers) -> Floats:
    """Means of (n, 4) columns over the NEAR lines above, those below, and the whole document, (n, 12)."""
    count = len(owner)
    sums = np.vstack([np.zeros((1, kinds.shape[1])), np.cumsum(kinds, axis=0)])
    at = np.arange(count)
    begins = np.searchsorted(owner, owner, side="left")
    ends = np.searchsorted(owner, owner, side="right")
    found: list[Floats] = []
    for start, stop in ((np.maximum(begins, at - NEAR), at), (at + 1, np.minimum(ends, at + 1 + NEAR)), (begins, ends)):
        size = np.maximum(1, stop - start)[:, None]
        found.append((sums[np.maximum(start, stop)] - sums[start]) / size)
    return np.hstack(found)
