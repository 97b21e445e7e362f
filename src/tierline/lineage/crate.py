"""Describes a folder that is handed on as an RO-Crate (researchobject.org, version 1.1): its files, who answers for it, what made it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tierline
from tierline.config.checksum import file_sha256

CRATE = "ro-crate-metadata.json"
SPEC = "https://w3id.org/ro/crate/1.1"
SOFTWARE, LICENSE = "#tierline", "#license"
MEDIA = {
    ".json": "application/json",
    ".jsonl": "application/jsonl",
    ".md": "text/markdown",
    ".parquet": "application/vnd.apache.parquet",
    ".py": "text/x-python",
}
Entity = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Author:
    """A person, by name and the id of the key that signs for them."""

    name: str
    key_id: str


@dataclass(frozen=True, slots=True)
class Step:
    """What made files of the crate: paths of what it read and wrote. `ended`: in ISO form, empty if nothing says when."""

    name: str
    description: str
    read: Sequence[str]
    wrote: Sequence[str]
    started: str = ""
    ended: str = ""


@dataclass(frozen=True, slots=True)
class Crate:
    """The folder as a whole. `date`: in ISO form; `rights`: under which terms it may be used, in words."""

    name: str
    description: str
    date: str
    rights: str
    author: Author | None


def write_crate(folder: Path, crate: Crate, described: dict[str, str], steps: Iterable[Step], later: Sequence[str] = ()) -> None:
    """Describe every file of a folder. `described`: path -> what it is, of those that have more to say than their name; `later`: paths of
    files that are written after this one, whose digests it cannot name. Raises OSError."""
    present = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file() and path.name != CRATE)
    files = [_file(path, folder, described) for path in present]
    files += [{"@id": path, "@type": "File", "name": described.get(path, path), **_media(path)} for path in later]
    known = {file["@id"] for file in files}
    actions = [_action(number, step, known) for number, step in enumerate(steps)]
    metadata = {"@id": CRATE, "@type": "CreativeWork", "about": {"@id": "./"}, "conformsTo": {"@id": SPEC}}
    graph = [metadata, _root(crate, files, actions), *_context(crate), *actions, *files]
    content = {"@context": [f"{SPEC}/context", {"sha256": "https://schema.org/sha256"}], "@graph": graph}
    (folder / CRATE).write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", "utf-8")


def _root(crate: Crate, files: Sequence[Entity], actions: Sequence[Entity]) -> Entity:
    author = {"author": {"@id": f"#{crate.author.key_id}"}} if crate.author else {}
    return {
        "@id": "./",
        "@type": "Dataset",
        "name": crate.name,
        "description": crate.description,
        "datePublished": crate.date,
        "license": {"@id": LICENSE},
        **author,
        **_named("hasPart", [file["@id"] for file in files]),
        **_named("mentions", [action["@id"] for action in actions]),
    }


def _context(crate: Crate) -> list[Entity]:
    """What the folder refers to and does not hold."""
    version = tierline.__version__
    software = {"@id": SOFTWARE, "@type": "SoftwareApplication", "name": "Tierline", "softwareVersion": version, "version": version}
    rights = {"@id": LICENSE, "@type": "CreativeWork", "name": "Terms of use", "description": crate.rights}
    if not crate.author:
        return [software, rights]
    person = {"@id": f"#{crate.author.key_id}", "@type": "Person", "name": crate.author.name, "identifier": crate.author.key_id}
    return [software, rights, person]


def _action(number: int, step: Step, known: set[str]) -> Entity:
    times = {name: value for name, value in (("startTime", step.started), ("endTime", step.ended)) if value}
    return {
        "@id": f"#step-{number}",
        "@type": "CreateAction",
        "name": step.name,
        "description": step.description,
        "instrument": {"@id": SOFTWARE},
        **_named("object", [path for path in step.read if path in known]),
        **_named("result", [path for path in step.wrote if path in known]),
        **times,
    }


def _file(path: str, folder: Path, described: dict[str, str]) -> Entity:
    size = {"contentSize": str((folder / path).stat().st_size)}
    return {"@id": path, "@type": "File", "name": described.get(path, path), **size, "sha256": file_sha256(folder / path), **_media(path)}


def _named(relation: str, names: Sequence[str]) -> Entity:
    """One as itself, several as a list, none not at all, as the specification wants it."""
    found = [{"@id": name} for name in names]
    return {relation: found[0] if len(found) == 1 else found} if found else {}


def _media(path: str) -> Entity:
    return {"encodingFormat": MEDIA.get(Path(path).suffix, "application/octet-stream")}
