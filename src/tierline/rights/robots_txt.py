"""Reads robots.txt and ai.txt: which crawlers may not fetch a page, and so for whom its site reserves it (RFC 9309)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tierline.rights.agents import agent_name
from tierline.rights.paths import PathRules, Rule
from tierline.rights.statement import EVERYBODY, Statement

MAX_RULES = 10_000  # of one file: more than its 512,000 bytes hold unless it was made to be slow
_AGENT_FIELDS = {"user-agent", "useragent", "user agent"}
_PATH_FIELDS = {"allow": "allow", "disallow": "disallow", "dissallow": "disallow", "dissalow": "disallow", "disalow": "disallow"}


class RobotsFile:
    """The groups of one file that address everybody or one of `agents`; groups of equal rules are compared with a page once.

    Groups of one crawler are one (RFC 9309, 2.2.1). A crawler that no group names follows the rules for everybody and is not listed.
    """

    def __init__(self, text: str, agents: Sequence[str]) -> None:
        groups, self._is_whole = _groups(text, frozenset((EVERYBODY, *agents)))
        parsed = {rules: PathRules(rules) for rules in set(groups.values())}
        self._rules = {agent: parsed[rules] for agent, rules in sorted(groups.items())}

    def statements(self, kind: str, target: str, place: str) -> Iterator[Statement]:
        """About the page with this path and query: everybody to whom it is closed; that it is open where it is to all and
        the whole file could be read."""
        allowed = {rules: rules.allows(target) for rules in set(self._rules.values())}
        closed = [agent for agent, rules in self._rules.items() if not allowed[rules]]
        yield from (Statement(kind, "disallow", agent, place) for agent in closed)
        if self._rules and not closed and self._is_whole:
            yield Statement(kind, "allow", EVERYBODY, place)


def _groups(text: str, agents: frozenset[str]) -> tuple[dict[str, tuple[Rule, ...]], bool]:
    """(crawler -> its rules, in order; whether there are no more of them than are read)."""
    found: dict[str, list[Rule]] = {}
    current: set[str] = set()
    in_names = False
    taken = 0
    for line in text.removeprefix("\ufeff").splitlines():
        field, colon, value = line.partition("#")[0].partition(":")
        field, value = " ".join(field.lower().split()), value.strip()
        if not colon:
            continue
        if field in _AGENT_FIELDS:
            name = EVERYBODY if value == EVERYBODY else agent_name(value)
            current = (current if in_names else set()) | ({name} & agents)
            in_names = True
            for agent in current:
                found.setdefault(agent, [])
        elif rule := _PATH_FIELDS.get(field):
            in_names = False
            taken += bool(current)
            for agent in current if value and taken <= MAX_RULES else ():
                found[agent].append((rule, value))
    return {agent: tuple(dict.fromkeys(rules)) for agent, rules in found.items()}, taken <= MAX_RULES
