"""Writes a release into a folder: its record, its rows by id, documents about it, and the signature of a named person."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq

from tierline.config.checksum import file_sha256
from tierline.errors import BadInput
from tierline.lake import Lake
from tierline.lineage.crate import CRATE, Author, write_crate
from tierline.proof.attestations import attest, attestation_lines
from tierline.proof.canonical import canonical
from tierline.proof.dsse import key_id
from tierline.proof.registry import Registry
from tierline.release.bill import bill_of
from tierline.release.crate import crate_of, steps_of
from tierline.release.croissant import croissant
from tierline.release.documents import card, eu_summary
from tierline.release.figures import figures_of
from tierline.release.pins import pinned
from tierline.release.rows import MIX_SCHEMA, ROWS, write_rows
from tierline.sql import Models

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

RECORD, SIGNATURE, KEYS = "release.json", "release.dsse.json", "keys.jsonl"
CARD, SUMMARY, CROISSANT, BILL = "card.md", "eu-summary.md", "croissant.json", "bill.cdx.json"
DESCRIBED = {
    CARD: "Dataset card",
    SUMMARY: "Draft of the public summary of training content (Regulation (EU) 2024/1689, Article 53(1)(d))",
    CROISSANT: "Croissant metadata",
    BILL: "Bill of materials (CycloneDX)",
    RECORD: "Every table, activity and gate of the release, by digest",
    SIGNATURE: "Who signed the digest of release.json",
    KEYS: "Registered keys of the lake",
}
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


@dataclass(frozen=True, slots=True)
class Released:
    """What a release holds: pinned tables, files in the folder, tokens of its mixes, its own digest, who signed it (or nobody)."""

    name: str
    tables: int
    files: int
    tokens: int
    sha256: str
    signer: str


def write_release(lake: Lake, folder: Path, models: Models, name: str, target: Path, private: Ed25519PrivateKey | None) -> Released:
    """Pin what is promoted now. `folder`: where the lake is. BadInput (a name that is none, a folder that is not empty, no promoted mix,
    a key that may not sign releases), OSError. Before anything is written, all of it is known but the signature."""
    if not NAME.fullmatch(name):
        raise BadInput("is no name of a release", name, "give letters, digits, dots, dashes and underlines, at most 100")
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise BadInput("is not empty", str(target), "name a new folder")
    registry = Registry.of(folder)
    release, figures = pinned(lake, name, registry.lake), figures_of(lake, models)
    texts = {CARD: card(release, figures), SUMMARY: eu_summary(release, figures)}
    target.mkdir(parents=True, exist_ok=True)
    lists = {f"{ROWS}/{path.name}": file_sha256(path) for path in write_rows(lake, target / ROWS)}
    columns = {field.name: str(field.type) for field in MIX_SCHEMA}
    kept = {path: {name: kind for name, kind in columns.items() if name in pq.read_schema(target / path).names} for path in lists}
    for path, text in texts.items():
        (target / path).write_text(text + "\n", "utf-8")
    _write_json(target / CROISSANT, croissant(release, lists, kept, figures))
    _write_json(target / BILL, bill_of(release, figures))
    author = _author(registry, private) if private else None
    write_crate(
        target, crate_of(release, figures, author), DESCRIBED, steps_of(release), (RECORD, SIGNATURE, KEYS) if private else (RECORD,)
    )
    documents = {path: file_sha256(target / path) for path in (CARD, SUMMARY, CROISSANT, BILL, CRATE)}
    (target / RECORD).write_bytes(canonical(release | {"files": lists | documents}) + b"\n")
    digest = file_sha256(target / RECORD)
    signer = _sign(folder, name, digest, target, private) if private else ""
    files = sum(path.is_file() for path in target.rglob("*"))
    return Released(name, len(release["tables"]), files, figures.tokens, digest, signer)


def read_release(folder: Path) -> dict[str, Any]:
    """The record of a release. BadInput if the folder holds none."""
    from tierline.release.pins import FORMAT

    try:
        release = json.loads((folder / RECORD).read_bytes())
    except (OSError, ValueError) as error:
        raise BadInput(f"holds no release ({error})", str(folder), "name a folder that `tierline release` has written") from None
    if not isinstance(release, dict) or release.get("format") != FORMAT:
        raise BadInput("holds a release of another format", str(folder), f"this is {FORMAT}")
    return release


def _author(registry: Registry, private: Ed25519PrivateKey) -> Author | None:
    """Whose key it is; None if it is not registered, which signing says."""
    key = registry.keys.get(key_id(private.public_key()))
    return Author(key.name, key.key_id) if key else None


def _sign(lake: Path, name: str, digest: str, target: Path, private: Ed25519PrivateKey) -> str:
    """The signer's name; the statement goes into the lake's chain of statements and, with the keys, into the folder."""
    signed = attest(lake, "release", name, {"sha256": digest}, f"release {name}", None, private)
    (target / SIGNATURE).write_text(attestation_lines(lake)[-1] + "\n", "utf-8")
    (target / KEYS).write_text("".join(f"{line}\n" for line in Registry.of(lake).lines), "utf-8")
    return signed.name


def _write_json(path: Path, value: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", "utf-8")
