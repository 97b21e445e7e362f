"""The expected fate of each page of the bundled crawl, in the terms of the decisions ledger."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fate:
    """How far the rules must take a page. `stage` is the ledger that decides, `rules` are prefixes of which one must be named.

    A kept page's further way up is the models' decision, so it has none. `kept_url` is what a merged page must name.
    """

    stage: str
    outcome: str
    rules: tuple[str, ...] = ()
    kept_url: str = ""
    language: str = ""
    contains: str = ""  # words that the stored text must have: proof of decoding
    lacks: str = ""  # words that it must not have: proof of redaction


def kept(language: str = "en", contains: str = "", lacks: str = "") -> Fate:
    """Passes every rule of L1."""
    return Fate("l1_filtered", "kept", (), "", language, contains, lacks)


def dropped(*rules: str, stage: str = "l1_filtered") -> Fate:
    """Stopped by one of these rules."""
    return Fate(stage, "dropped", rules)


def leaked() -> Fate:
    """Passes every rule of L1, but copies a benchmark's question."""
    return Fate("l1_contamination", "dropped", ("contamination:leak",))


def merged(kept_url: str, rule: str) -> Fate:
    """Repeats the page at `kept_url`."""
    return Fate("l1_filtered", "merged", (rule,), kept_url)


def unread(outcome: str, *rules: str) -> Fate:
    """Never gets text."""
    return Fate("l0_raw", outcome, rules)
