"""Private keys: one file each, outside of the lake, readable by its owner alone, with a passphrase if one is given."""

from __future__ import annotations

import os
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from tierline.config.regular_file import read_regular
from tierline.errors import BadInput

ENCRYPTED = b"BEGIN ENCRYPTED PRIVATE KEY"


def new_key(path: Path, passphrase: str, lake: Path | None) -> Ed25519PrivateKey:
    """A new key in a new file (PKCS #8, PEM) that only its owner may read. BadInput if something is there, or the place is in the lake,
    whose copies and backups others read; OSError."""
    place = path.absolute().parent.resolve() / path.name
    if lake is not None and lake.resolve() in place.parents:
        raise BadInput("is inside the lake, whose copies others read", str(path), "keep private keys elsewhere")
    private = Ed25519PrivateKey.generate()
    how = BestAvailableEncryption(passphrase.encode()) if passphrase else NoEncryption()
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise BadInput("is there already", str(path), "name a new file: a private key is never replaced") from None
    with os.fdopen(handle, "wb") as file:
        os.fchmod(file.fileno(), 0o600)
        file.write(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, how))
        file.flush()
        os.fsync(file.fileno())
    return private


def is_encrypted(path: Path) -> bool:
    """Whether a key's file needs a passphrase. BadInput if it cannot be read."""
    return ENCRYPTED in _content(path)


def load_key(path: Path, passphrase: str = "") -> Ed25519PrivateKey:
    """The key in a file. BadInput if it cannot be read or opened, or others can read it."""
    content = _content(path)
    try:
        private = load_pem_private_key(content, passphrase.encode() if passphrase else None)
    except TypeError:
        do = "leave --passphrase-file out" if passphrase else "give it with --passphrase-file"
        raise BadInput(f"its key has {'no' if passphrase else 'a'} passphrase", str(path), do) from None
    except ValueError:
        what = "its passphrase is another one" if ENCRYPTED in content else "holds no private key"
        raise BadInput(what, str(path), "check the file") from None
    if not isinstance(private, Ed25519PrivateKey):
        raise BadInput("holds a key of another kind than Ed25519", str(path), "make one with `tierline key new`")
    return private


def _content(path: Path) -> bytes:
    try:
        content = read_regular(path)
        others = path.stat().st_mode & 0o077
    except OSError as error:
        raise BadInput(f"cannot be read ({error.strerror or error})", str(path), "give the file of a private key") from error
    if others:
        raise BadInput("others than its owner may read it", str(path), "run `chmod 600` on it; if others have read it, revoke the key")
    return content
