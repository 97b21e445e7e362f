"""Reads robots rules of a page and of its response: `X-Robots-Tag`, and <meta> with the name `robots` or that of a crawler."""

from __future__ import annotations

from collections.abc import Iterator

from tierline.rights.agents import AI_AGENTS, SEARCH_AGENTS, agent_name
from tierline.rights.statement import EVERYBODY, Statement

# Rules that say something of rights; `none` and `nocache` are other names. Rules about links and previews say nothing of them.
RULES = {"noai", "noimageai", "noindex", "noarchive", "nosnippet"}
NAMES = {"none": "noindex", "nocache": "noarchive"}
WITH_VALUES = {
    "unavailable_after",
    "max-snippet",
    "max-image-preview",
    "max-video-preview",
}  # what a colon belongs to that names no crawler
META_NAMES = {"robots": EVERYBODY} | {name: name for name in (*AI_AGENTS, *SEARCH_AGENTS)}
MAX_RULES = 10_000  # characters of one header or element that are read


def header_rules(value: str) -> Iterator[Statement]:
    """Of `X-Robots-Tag`, a line for each time that it was sent: a crawler's name before a colon holds to the end of its line."""
    for line in value[:MAX_RULES].split("\n"):
        agent = EVERYBODY
        for part in line.split(","):
            name, colon, said = part.partition(":")
            if colon and name.strip().lower() not in WITH_VALUES:
                agent, part = agent_name(name) or EVERYBODY, said
            yield from _rule(part, agent, "X-Robots-Tag")


def meta_rules(name: str, content: str) -> Iterator[Statement]:
    """Of a <meta> of that name; of none that names no robots."""
    if agent := META_NAMES.get(name.strip().lower()):
        for part in content[:MAX_RULES].split(","):
            yield from _rule(part, agent, f"meta {name.strip().lower()}")


def _rule(text: str, agent: str, place: str) -> Iterator[Statement]:
    for word in text.lower().split():  # some write spaces for commas
        rule = NAMES.get(word, word)
        if rule in RULES:
            yield Statement(rule, None, agent, place)
