"""Keeps the finished batches of a stage that has not been committed on a local disk, so that an interrupted one goes on from its rows.

Each is found by the digest of the batch that it was made of, below the activity that decides everything else. A file is believed only with
the mark of a key that is kept outside of the lake: what it holds is unpacked, and whoever sends somebody a lake must not run code there.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import os
import secrets
import shutil
from pathlib import Path
from tempfile import NamedTemporaryFile
from urllib.parse import quote

from tierline.errors import LakeUnavailable

FOLDER = "batches"
KEY_BYTES = MARK_BYTES = 32


class FinishedBatches:
    """Those of one activity."""

    def __init__(self, folder: Path, stage: str, shard: str, activity_id: str) -> None:
        """`folder` is the lake's for what can be made again. What other activities left of this stage's shard is removed."""
        self._own = _of_shard(folder, stage, shard) / quote(activity_id, "")
        for other in _of_shard(folder, stage, shard).glob("*"):
            if other != self._own:
                shutil.rmtree(other, ignore_errors=True)
        try:
            self._own.mkdir(parents=True, exist_ok=True)
            self._key = _key()
        except OSError as error:
            raise LakeUnavailable(f"cannot be written ({error.strerror})", str(self._own), "check permissions and free space") from error

    def find(self, digest: str) -> bytes | None:
        """What the batch of this digest became; None if it was not finished, or its file is not as it was written."""
        try:
            written = (self._own / digest).read_bytes()
        except OSError:
            return None
        mark, made = written[:MARK_BYTES], written[MARK_BYTES:]
        return made if hmac.compare_digest(mark, self._mark(digest, made)) else None

    def keep(self, digest: str, made: bytes) -> None:
        """The batch of this digest became that. A disk that takes no more is no reason to stop: the batch would be done again."""
        try:
            with NamedTemporaryFile(dir=self._own, prefix=".", delete=False) as file:
                file.write(self._mark(digest, made))
                file.write(made)
            Path(file.name).replace(self._own / digest)
        except OSError:
            return

    def _mark(self, digest: str, made: bytes) -> bytes:
        return hmac.digest(self._key, digest.encode() + made, "sha256")


def forget_batches(folder: Path, stage: str, shard: str) -> None:
    """Remove what is kept of a stage's shard, which is committed."""
    shutil.rmtree(_of_shard(folder, stage, shard), ignore_errors=True)


def digest_of(name: str, packed: bytes) -> str:
    """Of a packed part, and of the work that is done on it."""
    return hashlib.sha256(name.encode() + b"\0" + packed).hexdigest()


def _of_shard(folder: Path, stage: str, shard: str) -> Path:
    return folder / FOLDER / stage / quote(shard, "")


def _key() -> bytes:
    """Of this user on this machine."""
    path = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / "tierline" / "batches.key"
    with contextlib.suppress(FileNotFoundError):
        return path.read_bytes()
    path.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=path.parent, delete=False) as file:  # which only its user may read
        file.write(secrets.token_bytes(KEY_BYTES))
    with contextlib.suppress(FileExistsError):  # another process was first
        os.link(file.name, path)
    Path(file.name).unlink()
    return path.read_bytes()
