"""Signatures of waivers: what is signed, and why a waiver does not count although it is recorded."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from tierline.config.environment import Environment
from tierline.proof import ROOT_KEY
from tierline.proof.lines import Place, lines_state

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

Row = Mapping[str, Any]
SAID = "stage", "shard", "who", "why", "until"
KEYS = "keys"


def signing(lake: Place, private: Ed25519PrivateKey) -> Callable[[Row], str]:
    """What signs a waiver's row with a person's key."""
    from tierline.proof.dsse import seal
    from tierline.proof.registry import Registry
    from tierline.proof.statement import statement_of

    def sign(row: Row) -> str:
        said = {name: str(row[name]) for name in SAID}
        subject = f"{row['stage']}/{row['shard']}"
        digest = {"tierline": str(row["digest"])}
        return seal(statement_of("waiver", Registry.of(lake).lake, subject, digest, row["created_at"], said), private)

    return sign


def waiver_fault(lake: Place, row: Row, past: bool = False) -> str:
    """Why a waiver does not count, in words; empty if it does. One that is signed counts if a registered key with the role has signed
    exactly this row for this lake; one that is not signed, while TIERLINE_ROOT_KEY is not set. `past`: it is over, so that its key may
    have been revoked since."""
    root = Environment().get(ROOT_KEY).strip()
    envelope = row.get("signature")
    if not envelope:
        return f"it is not signed, which {ROOT_KEY} asks for" if root else ""
    from tierline.proof.dsse import Unproven

    try:
        _check(lake, row, envelope, root, past)
    except (Unproven, OSError) as error:
        return str(error)
    return ""


def keys_state(lake: Place) -> tuple[int, int, int]:
    """Numbers that change with the registered keys; zeros without any. Raises OSError, LakeUnavailable."""
    return lines_state(lake, KEYS)


def _check(lake: Place, row: Row, envelope: str, root: str, past: bool) -> None:
    from tierline.proof.dsse import Unproven
    from tierline.proof.statement import said_in

    registry = _registry(lake, *keys_state(lake))
    registry.refuse(root)
    key, statement = registry.signer(envelope, "waiver", at_end=not past)
    subject = f"{row['stage']}/{row['shard']}"
    at, said = said_in(statement, "waiver", registry.lake, subject, {"tierline": row["digest"]})
    if at != row["created_at"]:
        raise Unproven("it was signed at another time than it was given")
    if differing := [name for name in SAID if said.get(name) != str(row[name])]:
        raise Unproven(f"its {differing[0]} is not what was signed")
    if set(said) != set(SAID):
        raise Unproven("it states more than a waiver does")
    if key.name != row["who"]:
        raise Unproven(f"it was signed by {key.name}, not by {row['who']}")


@lru_cache(maxsize=8)
def _registry(lake: Place, *_state: int) -> Any:
    from tierline.proof.registry import Registry

    return Registry.of(lake)
