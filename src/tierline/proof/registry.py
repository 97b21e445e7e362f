"""The keys of a lake: whose they are, what they may sign and until when, admitted and revoked in statements that are signed themselves."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tierline.display import is_shown
from tierline.errors import BadInput
from tierline.proof.dsse import Unproven, key_id, opened, seal
from tierline.proof.lines import Place, append_at, hash_of, lines_at
from tierline.proof.statement import ROLE_OF, ROLES, purpose_of, said_in, statement_of

KEYS = "keys"
NAME_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class Key:
    """A registered key. `until`: its last day (UTC), None without an end; `revoked`: when, None if it was not."""

    key_id: str
    name: str
    roles: tuple[str, ...]
    since: datetime
    until: date | None
    revoked: datetime | None = None
    why: str = ""


class Registry:
    """The keys of a lake, as the lines of its file admit them, the first one by itself. A line that proves nothing ends it."""

    def __init__(self, lines: Sequence[str]) -> None:
        self.lines = list(lines)
        self.keys: dict[str, Key] = {}
        self.lake = self.root = self.fault = ""
        for number, line in enumerate(self.lines):
            try:
                self._take(line, hash_of(self.lines[number - 1]) if number else "")
            except Unproven as error:
                self.fault = f"line {number + 1} of the registered keys: {error}"
                return

    @classmethod
    def of(cls, lake: Place) -> Registry:
        """As the lake has it. Raises OSError, LakeUnavailable."""
        return cls(lines_at(lake, KEYS))

    def refuse(self, root: str = "") -> None:
        """Raises Unproven if a line proves nothing, or the first key is not the one that is trusted (`root`, if given)."""
        if self.fault:
            raise Unproven(self.fault)
        if root and self.root != root:
            raise Unproven(f"the lake's first key is {self.root or 'none'}, trusted is {root}")

    def signer(self, envelope: str, purpose: str, at_end: bool = True) -> tuple[Key, Any]:
        """(key, statement) of an envelope that a registered key with the role for this purpose has signed. A key that was revoked since
        has signed nothing that counts, unless `at_end` is False and it was signed before. Raises Unproven."""
        identifier, statement = opened(envelope)
        key = self.keys.get(identifier)
        if key is None:
            raise Unproven("its key is not registered in this lake")
        if ROLE_OF[purpose] not in key.roles:
            raise Unproven(f"the key of {key.name} has not the role {ROLE_OF[purpose]}")
        try:
            at = datetime.fromisoformat(statement["predicate"]["at"])
            early, late = at < key.since, key.until is not None and at.astimezone(UTC).date() > key.until
        except (ValueError, TypeError, KeyError):
            raise Unproven("it is no statement of Tierline") from None
        if early or late:
            raise Unproven(f"the key of {key.name} was {'not registered yet' if early else 'valid no longer'} when it was signed")
        if key.revoked is not None and (at_end or at >= key.revoked):
            raise Unproven(f"the key of {key.name} was revoked")
        return key, statement

    def _take(self, line: str, before: str) -> None:
        """One more line."""
        if not self.keys:
            signer, statement = opened(line)
            self.lake, self.root = str(_field(statement, "lake")), signer
            self._admit(statement, before, signer)
            if "admin" not in self.keys[signer].roles:
                raise Unproven("the first key has not the role admin")
            return
        signed = self.signer(line, "key")[1]  # keys and revocations need the same role
        if purpose_of(signed) == "revocation":
            self._revoke(signed, before)
        else:
            self._admit(signed, before)

    def _admit(self, statement: Any, before: str, own: str = "") -> None:
        identifier = str(_subject(statement))
        at, said = said_in(statement, "key", self.lake, identifier, {"key": identifier.removeprefix("key_")})
        if own and identifier != own:
            raise Unproven("the first key is not admitted by itself")
        if identifier in self.keys or said.get("before") != before:
            raise Unproven("it does not follow the line before it")
        try:
            until = date.fromisoformat(said["until"]) if said["until"] else None
            self.keys[identifier] = Key(identifier, str(said["name"]), tuple(map(str, said["roles"])), at, until)
        except (KeyError, ValueError, TypeError):
            raise Unproven("it does not say whose key it is") from None

    def _revoke(self, statement: Any, before: str) -> None:
        identifier = str(_subject(statement))
        at, said = said_in(statement, "revocation", self.lake, identifier, {"key": identifier.removeprefix("key_")})
        if identifier not in self.keys or said.get("before") != before:
            raise Unproven("it does not follow the line before it")
        self.keys[identifier] = replace(self.keys[identifier], revoked=at, why=str(said.get("why", "")))


def register(lake: Place, public: str, name: str, roles: Sequence[str], until: date | None, admin: Ed25519PrivateKey) -> Key:
    """Admit a key (its id); the first one admits itself, and draws the lake's id. BadInput, OSError."""
    if not is_shown(name) or len(name) > NAME_CHARACTERS:
        raise BadInput("must name a person", "name", f"give at most {NAME_CHARACTERS} characters")
    if unknown := [role for role in roles if role not in ROLES]:
        raise BadInput("no such role", unknown[0], f"roles are {', '.join(ROLES)}")
    if not roles:
        raise BadInput("may sign nothing", name, f"give --role, one of {', '.join(ROLES)}")

    def make(lines: list[str]) -> str:
        said = {"name": name.strip(), "roles": sorted(set(roles)), "until": until.isoformat() if until else ""}
        return _line(lines, "key", public, said, admin)

    append_at(lake, KEYS, make)
    return Registry.of(lake).keys[public]


def revoke(lake: Place, public: str, why: str, admin: Ed25519PrivateKey) -> Key:
    """End a key: nothing that it signed counts from now on, but for what a later signature of another key covers. BadInput, OSError."""
    found = Registry.of(lake).keys.get(public)
    if found is None or found.revoked:
        raise BadInput("is revoked already" if found else "no such key", public, "`tierline key list` lists the keys of the lake")
    if not is_shown(why):
        raise BadInput("must not be empty", "why", "say why the key ends")
    append_at(lake, KEYS, lambda lines: _line(lines, "revocation", public, {"why": why.strip()}, admin))
    return Registry.of(lake).keys[public]


def _line(lines: list[str], purpose: str, public: str, said: dict[str, Any], admin: Ed25519PrivateKey) -> str:
    """The next line, which must be one that whoever reads the file takes. BadInput."""
    lake = Registry(lines).lake or f"lake_{secrets.token_hex(16)}"
    said = said | {"before": hash_of(lines[-1]) if lines else ""}
    digest = {"key": public.removeprefix("key_")}
    line = seal(statement_of(purpose, lake, public, digest, datetime.now(UTC), said), admin)
    if fault := Registry([*lines, line]).fault:
        do = f"sign it with a key that has the role admin; this one is {key_id(admin.public_key())}"
        raise BadInput(f"cannot be registered ({fault})", public, do)
    return line


def _field(statement: Any, name: str) -> Any:
    try:
        return statement["predicate"][name]
    except (KeyError, TypeError):
        raise Unproven("it is no statement of Tierline") from None


def _subject(statement: Any) -> Any:
    try:
        return statement["subject"][0]["name"]
    except (KeyError, TypeError, IndexError):
        raise Unproven("it is no statement of Tierline") from None
