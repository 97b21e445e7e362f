"""Aligns two sequences in the fewest changes, in time linear in their length."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

CHANGES_MAX = 200  # words lost and added that are sought for: beyond them a text counts as another one


class Hunk(NamedTuple):
    """`source[start:end]` became `edit[start_edit:end_edit]`; what stands between two hunks is equal."""

    start: int
    end: int
    start_edit: int
    end_edit: int


def align(source: Sequence[str], edit: Sequence[str], changes_max: int = CHANGES_MAX) -> list[Hunk] | None:
    """The hunks between two sequences in order, or None if there are more changes than that (Myers 1986, the greedy algorithm).

    O((N + M) D) for D changes, so linear in the lengths.
    """
    n, m = len(source), len(edit)
    head = 0
    while head < min(n, m) and source[head] == edit[head]:
        head += 1
    tail = 0
    while tail < min(n, m) - head and source[n - 1 - tail] == edit[m - 1 - tail]:
        tail += 1
    a, b = source[head : n - tail], edit[head : m - tail]
    path = _path(a, b, changes_max)
    if path is None:
        return None
    hunks: list[Hunk] = []
    x = y = 0
    for left, right in [*path, (len(a), len(b))]:  # pairs that are equal, then the end
        if left > x or right > y:
            hunks.append(Hunk(head + x, head + left, head + y, head + right))
        x, y = left + 1, right + 1
    return hunks


def _path(a: Sequence[str], b: Sequence[str], changes_max: int) -> list[tuple[int, int]] | None:
    """The pairs of equal places."""
    n, m = len(a), len(b)
    if abs(n - m) > changes_max:
        return None
    furthest = {1: 0}
    trace: list[dict[int, int]] = []
    for changes in range(min(n + m, changes_max) + 1):
        trace.append(furthest.copy())
        for k in range(-changes, changes + 1, 2):
            down = k == -changes or (k != changes and furthest[k - 1] < furthest[k + 1])
            x = furthest[k + 1] if down else furthest[k - 1] + 1
            while x < n and x - k < m and a[x] == b[x - k]:
                x += 1
            furthest[k] = x
            if x >= n and x - k >= m:
                return _back(trace, n, m)
    return None


def _back(trace: list[dict[int, int]], n: int, m: int) -> list[tuple[int, int]]:
    pairs: list[tuple[int, int]] = []
    x, y = n, m
    for changes in range(len(trace) - 1, -1, -1):
        furthest, k = trace[changes], x - y
        down = k == -changes or (k != changes and furthest[k - 1] < furthest[k + 1])
        before = k + 1 if down else k - 1
        start = furthest[before]
        while x > start + (not down) and y > start - before + down and x > 0 and y > 0:
            x, y = x - 1, y - 1
            pairs.append((x, y))
        if changes:
            x, y = start, start - before
    return pairs[::-1]
