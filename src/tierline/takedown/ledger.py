"""The ledger of takedowns: who asked for what and why, what was answered, and how far it has come; requests and answers are signed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from tierline.config.environment import Environment
from tierline.descent.scope import Scope, scope_of
from tierline.display import is_shown
from tierline.errors import BadInput
from tierline.lake.store import TICK, Lake
from tierline.proof import ROOT_KEY
from tierline.proof.attestations import attest, attestation_lines, read_attestations
from tierline.proof.canonical import canonical, parse
from tierline.proof.dsse import Unproven
from tierline.proof.registry import Registry
from tierline.stages import WHOLE_LAKE
from tierline.tables import content_id
from tierline.tables.records import TAKEDOWNS, TAKEDOWNS_TABLE
from tierline.text.domains import is_public_suffix

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

REQUEST, REFUSAL, START, PURGE, SEARCH, CERTIFICATE = "request", "refusal", "start", "purge", "search", "certificate"
# A takedown's state, by the last of these events that was recorded of it.
STATES = {REQUEST: "requested", REFUSAL: "refused", START: "under way", SEARCH: "searched", CERTIFICATE: "done"}
PURPOSE = "takedown"  # of the statements by which people sign requests, refusals and certificates
PLACE = {"shard": WHOLE_LAKE}
WORDS_CHARACTERS, NAME_CHARACTERS = 1_500, 200


@dataclass(frozen=True, slots=True)
class Event:
    """One entry of the ledger."""

    takedown_id: str
    event: str
    body: dict[str, Any]
    at: datetime


@dataclass(frozen=True, slots=True)
class Takedown:
    """A request with what followed. `fault`: why its request proves nothing, empty if a person with the role signed it."""

    takedown_id: str
    events: tuple[Event, ...]
    fault: str

    @property
    def state(self) -> str:
        """One of STATES."""
        return STATES[[one.event for one in self.events if one.event in STATES][-1]]

    @property
    def request(self) -> dict[str, Any]:
        """Who asks, on which grounds, with what proof of control, and of what."""
        return self.events[0].body

    @property
    def scopes(self) -> tuple[Scope, ...]:
        """What it is of."""
        return tuple(Scope(kind, value) for kind, value in self.request["scopes"])

    def last(self, event: str) -> dict[str, Any] | None:
        """What the last event of a kind says; None without one."""
        return next((one.body for one in reversed(self.events) if one.event == event), None)


def read_events(lake: Lake) -> list[Event]:
    """Every entry, in the order in which they were recorded; as of the lake's moment."""
    rows = [row for row in lake.delta.records(TAKEDOWNS_TABLE, TAKEDOWNS) if lake.moment is None or row["at"] <= lake.moment]
    ordered = sorted(rows, key=lambda row: row["at"])
    return [Event(row["takedown_id"], row["event"], parse(row["body"].encode()), row["at"]) for row in ordered]


def takedowns(lake: Lake) -> list[Takedown]:
    """Every takedown that was ever asked for, the oldest first."""
    found: dict[str, list[Event]] = {}
    for one in read_events(lake):
        found.setdefault(one.takedown_id, []).append(one)
    return [Takedown(name, tuple(events), request_fault(lake, events[0])) for name, events in found.items() if events[0].event == REQUEST]


def takedown_of(lake: Lake, takedown_id: str) -> Takedown:
    """BadInput if there is none."""
    found = next((one for one in takedowns(lake) if one.takedown_id == takedown_id), None)
    if found is None:
        raise BadInput("no such takedown", takedown_id, "`tierline takedown status` lists them")
    return found


def record_event(lake: Lake, takedown_id: str, event: str, body: Mapping[str, Any]) -> None:
    """Append an entry, newer than all others whatever the clock says."""
    while True:
        known = lake.delta.files(TAKEDOWNS_TABLE, PLACE)
        last = max((row["at"] for row in lake.delta.records(TAKEDOWNS_TABLE, TAKEDOWNS)), default=None)
        at = datetime.now(UTC) if last is None else max(datetime.now(UTC), last + TICK)
        row = {"takedown_id": takedown_id, "event": event, "body": canonical(body).decode(), "at": at, **PLACE}
        if lake.delta.replace_if(TAKEDOWNS_TABLE, pa.Table.from_pylist([row], schema=TAKEDOWNS), PLACE, known, keep=True):
            return


def parse_scope(kind: str, value: str) -> Scope:
    """A scope as somebody gives it who asks for a takedown. BadInput if it is none, or so wide that nobody can have control over it."""
    scope = scope_of(kind, value)
    if kind == "domain" and is_public_suffix(scope.value):
        raise BadInput("is no domain that somebody has registered", value, "give a host such as example.org")
    return scope


def request_takedown(lake: Lake, who: str, grounds: str, proof: str, scopes: Sequence[Scope], private: Ed25519PrivateKey) -> str:
    """Record what somebody asks for, signed by the person who took the request in; returns its id. BadInput if it says too little."""
    for name, text, most in (("who", who, NAME_CHARACTERS), ("grounds", grounds, WORDS_CHARACTERS), ("proof", proof, WORDS_CHARACTERS)):
        if not is_shown(text) or len(text) > most:
            raise BadInput("must say something", name, f"give at most {most:,} characters")
    if not scopes:
        raise BadInput("is of nothing", "takedown", "give a --url, --prefix, --domain, --author or --license")
    body = {
        "who": who.strip(),
        "grounds": grounds.strip(),
        "proof": proof.strip(),
        "scopes": [[one.kind, one.value] for one in sorted(set(scopes))],
        "at": datetime.now(UTC).isoformat(),
    }
    takedown_id = content_id("tkd", canonical(body).decode())
    attest(lake.signed_lines, PURPOSE, takedown_id, digest_of(body), f"requested by {body['who']}: {body['grounds']}", None, private)
    record_event(lake, takedown_id, REQUEST, body)
    return takedown_id


def refuse_takedown(lake: Lake, takedown_id: str, why: str, private: Ed25519PrivateKey) -> None:
    """Answer that nothing is taken down, and why. BadInput if it has begun already."""
    found = takedown_of(lake, takedown_id)
    if found.state != STATES[REQUEST]:
        raise BadInput(f"is {found.state}", takedown_id, "only a request that nobody has answered can be refused")
    if not is_shown(why) or len(why) > WORDS_CHARACTERS:
        raise BadInput("must say something", "why", f"give at most {WORDS_CHARACTERS:,} characters")
    body = {"why": why.strip()}
    attest(lake.signed_lines, PURPOSE, takedown_id, digest_of(body), f"refused: {body['why']}", None, private)
    record_event(lake, takedown_id, REFUSAL, body)


def digest_of(body: Mapping[str, Any]) -> dict[str, str]:
    """What a statement about an event names it by."""
    return {"sha256": sha256(canonical(body)).hexdigest()}


def request_fault(lake: Lake, request: Event) -> str:
    """Why a request proves nothing, in words; empty if a registered key with the role signed exactly this one."""
    registry, wanted = Registry.of(lake.signed_lines), digest_of(request.body)
    try:
        registry.refuse(Environment().get(ROOT_KEY).strip())
    except Unproven as error:
        return str(error)
    stated = [
        one for one in read_attestations(attestation_lines(lake.signed_lines), registry, past=True) if one.subject == request.takedown_id
    ]
    signed = any(not one.fault and one.purpose == PURPOSE and dict(one.digest) == wanted for one in stated)
    return "" if signed else "nobody with the role takedown has signed it"
