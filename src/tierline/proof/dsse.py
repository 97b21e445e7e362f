"""Envelopes of signed statements: DSSE 1.0 (github.com/secure-systems-lab/dsse) with Ed25519, one signature each."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from tierline.proof.canonical import canonical, parse

PAYLOAD_TYPE = "application/vnd.in-toto+json"
LONGEST = 1 << 20  # characters of an envelope


class Unproven(ValueError):
    """A statement that proves nothing, with the reason in words."""


def authenticated(payload_type: str, body: bytes) -> bytes:
    """What is signed: the pre-authentication encoding of DSSE's protocol.md."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(body), body)


def key_id(public: Ed25519PublicKey) -> str:
    """`key_` and the 64 hex digits of the public key itself: whoever has the id has the key."""
    return f"key_{public.public_bytes_raw().hex()}"


def seal(statement: Any, private: Ed25519PrivateKey) -> str:
    """The statement in an envelope: one line of canonical JSON."""
    body = canonical(statement)
    signature = private.sign(authenticated(PAYLOAD_TYPE, body))
    signed = {"keyid": key_id(private.public_key()), "sig": base64.b64encode(signature).decode()}
    return canonical({"payload": base64.b64encode(body).decode(), "payloadType": PAYLOAD_TYPE, "signatures": [signed]}).decode()


def opened(envelope: str) -> tuple[str, Any]:
    """(id of the key that signed it, statement). Whether that key may sign it is for the caller to say. Raises Unproven."""
    if len(envelope) > LONGEST:
        raise Unproven("its envelope is too long")
    try:
        parts = parse(envelope.encode())
        if set(parts) != {"payload", "payloadType", "signatures"} or not isinstance(parts["signatures"], list):
            raise ValueError
        if len(parts["signatures"]) != 1:
            raise Unproven(f"its envelope has {len(parts['signatures'])} signatures instead of one")
        signed = parts["signatures"][0]
        if set(signed) != {"keyid", "sig"}:
            raise ValueError
        signer, signature, body = str(signed["keyid"]), _decoded(signed["sig"]), _decoded(parts["payload"])
        public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(signer.removeprefix("key_")))
        if key_id(public) != signer:
            raise ValueError
    except Unproven:
        raise
    except (ValueError, TypeError, KeyError, AttributeError):
        raise Unproven("its envelope is not as it was written") from None
    if parts["payloadType"] != PAYLOAD_TYPE:
        raise Unproven(f"its envelope is of another type than {PAYLOAD_TYPE}")
    try:
        public.verify(signature, authenticated(PAYLOAD_TYPE, body))
        return signer, parse(body)
    except InvalidSignature:
        raise Unproven("its signature is not that of its key over its content") from None
    except ValueError:
        raise Unproven("its content is not canonical JSON") from None


def _decoded(text: Any) -> bytes:
    """Strict base64: one text for each value. Raises ValueError."""
    try:
        found = base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError from error
    if base64.b64encode(found).decode() != text:
        raise ValueError
    return found
