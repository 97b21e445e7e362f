"""Statements that people sign: in-toto Statements (version 1), bound to one lake, one subject and one purpose."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from tierline.proof.dsse import Unproven

TYPE = "https://in-toto.io/Statement/v1"
# Purpose -> the role that a key needs to sign it.
ROLE_OF = {
    "key": "admin",
    "revocation": "admin",
    "head": "log",
    "waiver": "waive",
    "approval": "approve",
    "review": "review",
    "takedown": "takedown",
    "release": "release",
}
ROLES = tuple(dict.fromkeys(ROLE_OF.values()))
Digest = Mapping[str, str]  # algorithm -> digest


def statement_of(purpose: str, lake: str, subject: str, digest: Digest, at: datetime, said: Mapping[str, Any]) -> dict[str, Any]:
    """The statement, to be signed. `said`: what it states of its subject."""
    predicate = {**said, "lake": lake, "at": at.isoformat()}
    named = [{"name": subject, "digest": dict(digest)}]
    return {"_type": TYPE, "subject": named, "predicateType": _uri(purpose), "predicate": predicate}


def said_in(statement: Any, purpose: str, lake: str, subject: str, digest: Digest) -> tuple[datetime, dict[str, Any]]:
    """(when it was signed, what it states), if it is a statement for this purpose, of this lake, about exactly this subject. Raises
    Unproven, which says what differs."""
    try:
        if set(statement) != {"_type", "subject", "predicateType", "predicate"} or statement["_type"] != TYPE:
            raise Unproven("it is no in-toto statement")
        if statement["predicateType"] != _uri(purpose):
            raise Unproven(f"it is a statement for another purpose than a {purpose}")
        said = dict(statement["predicate"])
        if said["lake"] != lake:
            raise Unproven("it was signed for another lake")
        if statement["subject"] != [{"name": subject, "digest": dict(digest)}]:
            raise Unproven("it was signed for something else")
        at = datetime.fromisoformat(said["at"])
        if at.tzinfo is None:
            raise ValueError("no time zone")
    except Unproven:
        raise
    except (ValueError, TypeError, KeyError, AttributeError):
        raise Unproven("it is no statement of Tierline") from None
    return at, {name: value for name, value in said.items() if name not in ("lake", "at")}


def purpose_of(statement: Any) -> str:
    """What it says that it is for; empty if it says nothing that is known."""
    said = statement.get("predicateType") if isinstance(statement, dict) else None
    return next((purpose for purpose in ROLE_OF if said == _uri(purpose)), "")


def _uri(purpose: str) -> str:
    return f"urn:tierline:{purpose}:v1"
