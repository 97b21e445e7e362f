"""Who may review: names with the hashes of their tokens, in a file that its owner alone can read."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
from pathlib import Path

from filelock import FileLock

from tierline.config.regular_file import refuse_special
from tierline.display import is_shown, printable
from tierline.errors import BadInput
from tierline.lake.reviews import REVIEWER_CHARACTERS

TOKEN_BYTES = 32  # of randomness: nothing that anybody could guess, so a plain hash keeps it


class Reviewers:
    """The file of reviewers; read again whenever it has changed, so that who is taken out is out at once."""

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self._state: tuple[int, int] | None = None
        self._hashes: dict[str, str] = {}

    def names(self) -> list[str]:
        """Everybody who has a token, in order. BadInput if the file cannot be read."""
        return sorted(self._read())

    def add(self, name: str) -> str:
        """Give a reviewer a new token, in place of an earlier one; returned once and kept as a hash alone. BadInput."""
        if not is_shown(name) or printable(name) != name or len(name) > REVIEWER_CHARACTERS:
            raise BadInput("not a name", name[:REVIEWER_CHARACTERS], f"give at most {REVIEWER_CHARACTERS} characters that can be read")
        token = secrets.token_urlsafe(TOKEN_BYTES)
        self._change(name.strip(), _hash(token))
        return token

    def remove(self, name: str) -> None:
        """Take a reviewer's token away. BadInput if there is none."""
        if name not in self._read():
            raise BadInput("no such reviewer", name, "`tierline reviewer` lists them")
        self._change(name, None)

    def of_token(self, token: str) -> str | None:
        """Whose token it is; None if nobody's. Takes as long for any token."""
        given = _hash(token)
        found = [name for name, known in self._read().items() if hmac.compare_digest(given, known)]
        return found[0] if found else None

    def _read(self) -> dict[str, str]:
        try:
            status = self.path.stat()
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise BadInput(f"cannot be read ({error.strerror})", str(self.path)) from error
        state = status.st_mtime_ns, status.st_size
        if state != self._state:
            refuse_special(self.path)
            try:
                parsed = json.loads(self.path.read_text("utf-8"))
                hashes = {str(name): str(known) for name, known in parsed["reviewers"].items()}
            except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
                raise BadInput(
                    "is no file of reviewers", str(self.path), "give each reviewer a new token: `tierline reviewer NAME`"
                ) from error
            self._state, self._hashes = state, hashes
        return self._hashes

    def _change(self, name: str, known: str | None) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(f"{self.path}.lock", mode=0o600):
            kept = {one: digest for one, digest in self._read().items() if one != name} | ({name: known} if known else {})
            fresh = self.path.with_name(f"{self.path.name}.new")
            handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump({"reviewers": dict(sorted(kept.items()))}, file, indent=1, ensure_ascii=False)
            fresh.replace(self.path)
            self._state = None


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
