"""Replaces personal data by tags: e-mail addresses, phone numbers, IP addresses, bank accounts and payment cards."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, partial

from tierline.filters.accounts import card_numbers, ibans
from tierline.filters.ip_addresses import ip_addresses
from tierline.filters.mailboxes import mailboxes
from tierline.filters.number_runs import number_runs
from tierline.filters.phones import phone_numbers
from tierline.text.redacted import KINDS
from tierline.text.typography import plainly

Span = tuple[int, int, str]  # start, end, kind


def redact(text: str, language: str | None = None) -> tuple[str, int]:
    """(text with <EMAIL>, <IP>, <CARD>, <IBAN>, <PHONE> in place of personal data, number of replacements)."""
    spans = find(text, language)
    return tagged(text, spans), len(spans)


def tagged(text: str, spans: Sequence[Span]) -> str:
    """The text with a tag in place of each span; the spans as `find` gives them."""
    parts: list[str] = []
    done = 0
    for start, end, kind in spans:
        parts += (text[done:start], f"<{kind}>")
        done = end
    return "".join((*parts, text[done:])) if spans else text


def find(text: str, language: str | None = None) -> list[Span]:
    """Spans of personal data in order, none overlapping another.

    `language` (ISO 639) says whose way of writing phone numbers is to be expected; if it is not given it is identified. Digits,
    spaces, dashes and signs of every script count as their ASCII forms, and unseen characters as nothing. Addresses at reserved
    names (RFC 2606) count like any other: a reader loses nothing if they are tagged.
    """
    plain = plainly(text, grouping=True)
    spoken = cache(partial(_language, text, language))
    runs = number_runs(plain.text)
    places = {
        "EMAIL": mailboxes(plain.text),
        "IBAN": ibans(plain.text, runs),
        "CARD": card_numbers(plain.text, runs),
        "IP": ip_addresses(plain.text, runs),
        "PHONE": phone_numbers(plain.text, runs, spoken),
    }
    found = [(*place, kind) for kind in KINDS for place in places[kind]]
    return [(*plain.span(start, end), kind) for start, end, kind in _apart(found)]


def _language(text: str, language: str | None) -> str:
    from tierline.filters.language import identify

    return language or identify(text)[0]


def _apart(found: list[Span]) -> list[Span]:
    """Of overlapping spans, the one of the most certain kind, then the longest."""
    kept: list[Span] = []
    end = 0
    for span in sorted(set(found)):
        if kept and span[0] < end:
            if (KINDS.index(span[2]), span[0] - span[1]) < (KINDS.index(kept[-1][2]), kept[-1][0] - kept[-1][1]):
                kept[-1] = span
        else:
            kept.append(span)
        end = kept[-1][1]
    return kept
