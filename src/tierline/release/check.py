"""Checks a release: that its files are those of its record, and that the record is what a person with the right to has signed."""

from __future__ import annotations

from pathlib import Path

from tierline.config.checksum import file_sha256
from tierline.proof.dsse import Unproven
from tierline.proof.registry import Registry
from tierline.proof.statement import said_in
from tierline.release.write import KEYS, RECORD, SIGNATURE, read_release


def release_mismatches(folder: Path, root_key: str = "") -> list[str]:
    """What is wrong, a sentence each: files that are missing, other or too many, and a signature that proves nothing.

    `root_key`: the first key of the lake, as an auditor knows it; without it any first key is taken. BadInput if it is no release.
    """
    release = read_release(folder)
    named = {str(name): str(digest) for name, digest in release["files"].items()}
    present = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    found = [f"{name}: is missing" for name in sorted(named.keys() - present)]
    found += [f"{name}: is not of the release" for name in sorted(present - named.keys() - {RECORD, SIGNATURE, KEYS})]
    found += [
        f"{name}: is another than when it was released" for name in sorted(named.keys() & present) if _differs(folder / name, named[name])
    ]
    return [*found, *_unproven(folder, release["name"], root_key)]


def signer_of(folder: Path, root_key: str = "") -> str:
    """Who signed it; raises Unproven, which says why it proves nothing."""
    try:
        line = (folder / SIGNATURE).read_text("utf-8").removesuffix("\n")
        registry = Registry((folder / KEYS).read_text("utf-8").splitlines())
    except FileNotFoundError:
        raise Unproven("it is not signed") from None
    except (OSError, UnicodeDecodeError) as error:
        raise Unproven(f"its signature cannot be read ({error})") from None
    registry.refuse(root_key)
    key, statement = registry.signer(line, "release")
    said_in(statement, "release", registry.lake, str(read_release(folder)["name"]), {"sha256": file_sha256(folder / RECORD)})
    return key.name


def _differs(path: Path, digest: str) -> bool:
    try:
        return file_sha256(path) != digest
    except OSError:
        return True


def _unproven(folder: Path, name: str, root_key: str) -> list[str]:
    try:
        signer_of(folder, root_key)
    except Unproven as error:
        return [f"release {name}: {error}"]
    return []
