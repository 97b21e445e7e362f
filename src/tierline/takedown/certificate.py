"""The certificate of a takedown: what was removed, by hashes that tell nothing, signed so that it can be checked without the lake."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tierline.config.regular_file import read_regular
from tierline.errors import BadInput
from tierline.lake import Lake
from tierline.proof.attestations import attest, attestation_lines
from tierline.proof.canonical import canonical, parse
from tierline.proof.dsse import Unproven
from tierline.proof.registry import Registry
from tierline.proof.statement import said_in
from tierline.takedown.ledger import CERTIFICATE, PURGE, PURPOSE, SEARCH, START, Takedown, digest_of, record_event
from tierline.takedown.reach import staying
from tierline.takedown.work import LEAVES, Work, digests, folder_of, root_of, salted

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

BODY, STATEMENT, KEYS, SALT = "certificate.json", "statement.json", "keys", "salt"


@dataclass(frozen=True, slots=True)
class Checked:
    """What a certificate proves: who signed it, by which first key, and whether a page is among what was removed (None: not asked)."""

    body: dict[str, Any]
    signer: str
    root_key: str
    page: bool | None


def note_search(lake: Lake, takedown: Takedown, work: Work, searched: dict[str, Any]) -> None:
    """Record that nothing was found, and which stages' rows have changed."""
    now = digests(lake)
    places = sorted({*work.before, *now})
    changed = [[place, work.before.get(place, ""), now.get(place, "")] for place in places if work.before.get(place) != now.get(place)]
    shards = {*work.shards, "all"}
    elsewhere = [place for place in places if place.partition("/")[2] not in shards]
    others = sum(work.before.get(place) == now.get(place) for place in elsewhere)
    said = {"changed": changed, "other_shards": {"kept": others, "changed": len(elsewhere) - others}}
    record_event(lake, takedown.takedown_id, SEARCH, searched | said)


def certify(lake: Lake, takedown: Takedown, private: Ed25519PrivateKey) -> None:
    """Sign that it is done. BadInput if the key may not."""
    body = body_of(lake, takedown)
    says = f"taken down: {body['counts']['records']:,} records; nothing of them was found in {body['search']['files']:,} files"
    attest(lake.signed_lines, PURPOSE, takedown.takedown_id, digest_of(body), says, None, private)
    record_event(lake, takedown.takedown_id, CERTIFICATE, body)


def body_of(lake: Lake, takedown: Takedown) -> dict[str, Any]:
    """What is certified."""
    begun, searched = takedown.last(START), takedown.last(SEARCH)
    assert begun is not None and searched is not None, "it is certified after the search"
    request = takedown.events[0]
    purged: dict[str, int] = {}
    said = {canonical(one.body): one.body for one in takedown.events if one.event == PURGE}  # once, also after a kill
    for one in said.values():
        purged[one["table"]] = purged.get(one["table"], 0) + one["records"]
    return {
        "takedown": takedown.takedown_id,
        "lake": Registry.of(lake.signed_lines).lake,
        "request": digest_of(request.body)["sha256"],
        "scopes": request.body["scopes"],
        "requested_at": request.at,
        "started_at": next(one.at for one in takedown.events if one.event == START),
        "searched_at": next(one.at for one in reversed(takedown.events) if one.event == SEARCH),
        **{name: begun[name] for name in ("counts", "models", "leaves", "root")},
        "records_purged": purged,
        "search": searched,
    }


def export_certificate(lake: Lake, takedown: Takedown, to: Path) -> str:
    """Write certificate, signature, keys and hashes into a new folder; returns the salt, which who asked may be told. BadInput."""
    body, begun = takedown.last(CERTIFICATE), takedown.last(START)
    if body is None or begun is None:
        raise BadInput(f"is {takedown.state}", takedown.takedown_id, "only what is done has a certificate")
    registry, digest = Registry.of(lake.signed_lines), digest_of(body)
    line = next(
        (line for line in reversed(attestation_lines(lake.signed_lines)) if _is_of(line, registry, takedown.takedown_id, digest)), None
    )
    if line is None:
        raise BadInput("nobody has signed it whose key counts", takedown.takedown_id, "`tierline statements` says why")
    try:
        to.mkdir(parents=True)
        (to / BODY).write_bytes(canonical(body))
        (to / STATEMENT).write_text(line, "utf-8")
        (to / KEYS).write_text("".join(f"{one}\n" for one in registry.lines), "utf-8")
        (to / LEAVES).write_bytes((folder_of(lake, takedown.takedown_id) / LEAVES).read_bytes())
    except OSError as error:
        raise BadInput(f"cannot be written ({error.strerror})", str(to), "give a new folder") from None
    return str(begun["salt"])


def check_certificate(folder: Path, root_key: str, page: bytes | None = None, salt: str = "") -> Checked:
    """Whether a certificate holds, without any lake: it was signed by a key that `root_key` admits, for exactly this takedown, and its
    hashes are those that were signed. `page`: the bytes of a record, which may be among them. BadInput, which says what is wrong."""
    try:
        content = {name: read_regular(folder / name) for name in (BODY, STATEMENT, KEYS, LEAVES)}
        body = parse(content[BODY])
        registry = Registry([line for line in content[KEYS].decode().split("\n") if line])
        registry.refuse(root_key)
        line = content[STATEMENT].decode()
        key = registry.signer(line, PURPOSE)[0]
        if not _is_of(line, registry, str(body["takedown"]), digest_of(body)):
            raise Unproven("its statement is about something else")
        if body["lake"] != registry.lake:
            raise Unproven("it is of another lake than its keys")
        leaves = content[LEAVES].decode().split()
        if leaves != sorted(set(leaves)) or len(leaves) != body["leaves"] or root_of(leaves) != body["root"]:
            raise Unproven("its hashes are not those that were signed")
        if body["search"]["found"]:
            raise Unproven("something was found")
    except OSError as error:
        raise BadInput(f"cannot be read ({error.strerror})", str(folder), "give the folder of a certificate") from None
    except Unproven as error:
        raise BadInput(f"proves nothing: {error}", str(folder), "ask for it again, and for the first key by another way") from None
    except (ValueError, KeyError, TypeError):
        raise BadInput("is no certificate of Tierline", str(folder), "give the folder of a certificate") from None
    known = None if page is None else salted(salt, sha256(page).hexdigest()) in leaves
    return Checked(body, key.name, registry.root, known)


def _is_of(line: str, registry: Registry, subject: str, digest: dict[str, str]) -> bool:
    """Whether a line is a statement that counts about exactly this."""
    try:
        _, statement = registry.signer(line, PURPOSE)
        said_in(statement, PURPOSE, registry.lake, subject, digest)
    except Unproven:
        return False
    return True


def shown(body: dict[str, Any]) -> Sequence[str]:
    """A certificate's main figures for people."""
    counts, search = body["counts"], body["search"]
    rows = ", ".join(f"{table} {count:,}" for table, count in counts["rows"].items()) or "none"
    return (
        f"{counts['records']:,} records of {counts['shards']:,} shards, {counts['records_past']:,} more of the past; rows: {rows}",
        f"{search['pieces']:,} pieces of them in {search['files']:,} files of {search['bytes']:,} bytes: {search['found']} found",
        f"other shards: {search['other_shards']['kept']:,} digests kept, {search['other_shards']['changed']:,} changed",
        *staying(counts),
        *(f"learned from it: {model}" for model in body["models"]),
        f"root of {body['leaves']:,} salted hashes: {json.dumps(body['root'])}",
    )
