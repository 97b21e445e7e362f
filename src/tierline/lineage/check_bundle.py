"""Checks an exported bundle without Tierline: `python check_bundle.py FOLDER [--root-key KEY] [ID ...]`; needs pyarrow and cryptography.

Each row is in the tree whose root its commit recorded, the commit in the log whose root a registered key has signed; each row was made from
rows in the bundle that its commit had read, down to bytes of a crawl. Exit status 0: all holds; 1: not, and what does not."""

# pyright: basic, reportAttributeAccessIssue=false, reportOptionalSubscript=false, reportArgumentType=false
import base64
import json
import struct
import sys
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

QUOTE, EDIT, PART = ("span_start", "span_end", "quote"), ("source_start", "source_end", "source_text"), ("span_start", "span_end", "text")
EVIDENCE, ONE, TWO = ("evidence_start", "evidence_end", "evidence"), ("l1_filtered",), ("l2_selected",)
CLAIMS, L3, L4 = ("l4_claims", "l4_statements"), ("l3_refined", "l3_derived"), ("l4_facts", "l4_manuals", "l4_forms")
TABLES = {  # key, tables of its parents, what it quotes of them: start, end, words
    "l0_raw": ("doc_id", (), None), "l1_filtered": ("doc_id", ("l0_raw",), None), "l1_contamination": ("match_id", ONE, QUOTE),
    "l2_annotations": ("annotation_id", ONE, None), "l2_selected": ("doc_id", ONE, None), "l3_refined": ("passage_id", TWO, EDIT),
    "l3_derived": ("derived_id", TWO, EVIDENCE), "l3_feedback": ("feedback_id", (), None), "l4_manuals": ("section_id", TWO, PART),
    "l4_claims": ("claim_id", (*TWO, "l3_refined"), QUOTE), "l4_statements": ("statement_id", (), None),
    "l4_facts": ("fact_id", CLAIMS, None), "l4_sources": ("source_id", CLAIMS, None), "l4_values": ("value_id", CLAIMS, None),
    "l4_forms": ("form_id", ("l4_facts", "l4_values"), None), "mix_pretrain": ("row_id", (*ONE, *TWO), None),
    "mix_midtrain": ("row_id", (*TWO, *L3, "l3_feedback"), None), "mix_alignment": ("row_id", (*L3, *L4), None),
}  # fmt: skip
STAGES = {"l4_sources": "l4_facts", "l4_values": "l4_facts"}  # of what another stage writes
TEXTS = pa.types.is_string, pa.types.is_binary, pa.types.is_large_string, pa.types.is_large_binary
KEY, REVOCATION, HEAD = (f"urn:tierline:{purpose}:v1" for purpose in ("key", "revocation", "head"))


def need(holds, what):
    if not holds:
        raise SystemExit(f"WRONG: {what}")


def row_bytes(row):
    """What is hashed of a row (a table of one): of each column with a value its name, its type and the value."""
    parts = []
    for name in sorted(row.schema.names):
        cell = row[name][0]
        if cell.is_valid:
            parts += [sized(f"{name}:{cell.type}".encode()), sized(content_of(cell))]
    return b"".join(parts)


def content_of(cell):
    kind = cell.type
    if pa.types.is_struct(kind):
        return b"".join(value_of(cell[index]) for index in range(kind.num_fields))
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return count_of(len(cell)) + b"".join(map(value_of, cell))
    if any(is_kind(kind) for is_kind in TEXTS):
        return cell.cast(pa.large_binary()).as_py()
    if pa.types.is_floating(kind):
        return struct.pack("<d", cell.as_py() + 0.0)
    return count_of(cell.cast(pa.uint8() if pa.types.is_boolean(kind) else pa.int64()).as_py())


def value_of(cell):
    return b"\1" + sized(content_of(cell)) if cell.is_valid else b"\0"


def sized(data):
    return count_of(len(data)) + data


def count_of(number):
    return number.to_bytes(8, "little", signed=True)


def opened(line):
    """(signer, predicate type, subject, predicate) of an envelope whose signature holds."""
    envelope = json.loads(line)
    (signed,) = envelope["signatures"]
    body, kind = base64.b64decode(envelope["payload"], validate=True), envelope["payloadType"].encode()
    public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(signed["keyid"].removeprefix("key_")))
    public.verify(base64.b64decode(signed["sig"], validate=True), b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(body), body))
    statement = json.loads(body)
    need(kind == b"application/vnd.in-toto+json" and statement["_type"] == "https://in-toto.io/Statement/v1", "no in-toto statement")
    (subject,) = statement["subject"]
    return signed["keyid"], statement["predicateType"], subject, statement["predicate"]


def registered(lines):
    """(lake, first key, id -> key) as the lines admit and revoke them, each signed by a key with the role admin."""
    keys, lake, root = {}, "", ""
    for number, line in enumerate(lines):
        signer, kind, subject, said = opened(line)
        lake, root = (lake, root) if number else (said["lake"], signer)
        need(said["lake"] == lake, "the keys are of several lakes")
        need(said["before"] == (sha256(lines[number - 1].encode()).hexdigest() if number else ""), "a line of the keys is missing")
        name, new = subject["name"], kind == KEY
        need(subject["digest"] == {"key": name.removeprefix("key_")}, "a line of the keys names two keys")
        need(kind in (KEY, REVOCATION) and new != (name in keys), "a line of the keys admits no new key")
        keys |= {name: said | {"revoked": False}} if new else {}
        may_sign(keys, signer, "admin", said["at"])
        keys[name]["revoked"] = not new
    return lake, root, keys


def may_sign(keys, signer, role, at):
    need(signer in keys, f"{signer} is not registered")
    key, when = keys[signer], datetime.fromisoformat(at)
    need(role in key["roles"] and not key["revoked"], f"the key of {key['name']} has not the role {role}, or was revoked")
    late = key["until"] and when.date() > date.fromisoformat(key["until"])
    need(when >= datetime.fromisoformat(key["at"]) and not late, f"the key of {key['name']} was not valid then")


def root_of(entry, index, size, path):
    """The root that the path leads to from an entry at this index of a tree of this size (RFC 9162, section 2.1.3.2)."""
    number, last, found = index, size - 1, sha256(b"\0" + entry).digest()
    need(0 <= index < size, "an entry stands beyond the end of its tree")
    for step in map(bytes.fromhex, path):
        need(last > 0, "the path of an entry is too long")
        if number & 1 or number == last:
            found = sha256(b"\1" + step + found).digest()
            while number and not number & 1:
                number, last = number >> 1, last >> 1
        else:
            found = sha256(b"\1" + found + step).digest()
        number, last = number >> 1, last >> 1
    return found.hex() if last == 0 else ""


def check(folder, root_key="", wanted=()):
    """What a bundle says of itself; ends the process with what is wrong with it."""
    bundle = json.loads((folder / "bundle.json").read_text("utf-8"))
    lake, root, keys = registered(bundle["keys"])
    need(not root_key or root == root_key, f"the first key is {root}, trusted is {root_key}")
    signer, kind, subject, head = opened(bundle["head"])
    need(kind == HEAD and subject["name"] == "log of commits", "the head is a statement for another purpose")
    need(head["lake"] == lake, "the head was signed for another lake")
    may_sign(keys, signer, "log", head["at"])
    known = "".join(f"{line}\n" for line in bundle["keys"][: head["keys"]]).encode()
    need(len(bundle["keys"]) >= head["keys"] and sha256(known).hexdigest() == head["keys_hash"], "keys are missing")
    commits, rows, digests = {}, {}, {}
    for one in bundle["commits"]:
        entry = json.loads(one["entry"])
        place = f"{entry['stage']}/{entry['shard']}"
        need(place not in commits, f"two commits of {place}")
        holds = root_of(one["entry"].encode(), one["index"], head["size"], one["path"]) == subject["digest"]["sha256"]
        need(holds, f"the commit of {place} is not in the log")
        commits[place] = entry
    for one in bundle["tables"]:
        table, shard = one["table"], one["shard"]
        commit, key = commits.get(f"{STAGES.get(table, table)}/{shard}"), TABLES[table][0]
        need(commit, f"there is no commit of {table}/{shard}")
        (recorded,) = [output for output in commit["outputs"] if output["table"] == table]
        content, root_hash = pq.read_table(folder / one["file"], partitioning=None), json.loads(commit["row_roots"])[table]
        need(content.num_rows == len(one["proofs"]), f"rows of {table}/{shard} are missing, or too many")
        for number, (index, path) in enumerate(one["proofs"]):
            found = root_of(row_bytes(content.slice(number, 1)), index, recorded["rows"], path)
            need(found == root_hash, f"a row of {table}/{shard} is not one of those that were committed")
        digests[f"{table}/{shard}"] = recorded["digest"]
        rows |= {(table, row[key]): (shard, row, json.loads(commit["inputs"])) for row in content.to_pylist()}
    for row_id in wanted or [""]:
        need(any(row_id in ("", one) for _, one in rows), f"the bundle does not hold {row_id or 'any row'}")
    for (table, row_id), (_, row, inputs) in rows.items():
        check_row(folder, table, row_id, row, rows, inputs, digests)
    commits_shown, who = f"{len(commits)} of {head['size']} commits of {lake}", f"{keys[signer]['name']} at {head['at']}"
    return f"{len(rows)} rows, {commits_shown}, signed by {who}; first key {root}"


def check_row(folder, table, row_id, row, rows, inputs, digests):
    """That a row was made from rows which its commit had read, or from bytes of a crawl; and that it quotes them."""
    (_, tables, span), where = TABLES[table], f"{table} {row_id}"
    if table == "l0_raw":
        path = folder / "payloads" / str(row["payload_sha256"])
        need(path.is_file(), f"the bytes of {where} are missing")
        need(sha256(path.read_bytes()).hexdigest() == row["payload_sha256"], f"the bytes of {where} are others")
    names = row["parents"] if "parents" in row else [row[TABLES[one][0]] for one in tables if row.get(TABLES[one][0])]
    need(names or not tables, f"{where} names no row that it was made from")
    for name in names if tables else []:
        named = row.get("parent_table") or row.get("source_table") if "parents" in row else None  # else it is that of its parent
        parents = [one for one in tables if (one, name) in rows and (named in (None, one))]
        need(len(parents) == 1, f"the row {name} that {where} was made from is missing")
        shard, parent, _ = rows[parents[0], name]
        place = f"{parents[0]}/{shard}"
        need(inputs.get(place) == digests[place], f"the commit of {where} had not read these rows of {place}")
        if span:
            text = parent[row.get("parent_field") or "text"] or ""
            need(text[row[span[0]] : row[span[1]]] == row[span[2]], f"the words that {where} quotes are not in {name}")


if __name__ == "__main__":
    arguments = sys.argv[1:]
    try:
        trusted = arguments.pop(arguments.index("--root-key") + 1) if "--root-key" in arguments else ""
        place, *ids = [one for one in arguments if one != "--root-key"] or ["."]
        print(f"all holds: {check(Path(place), trusted, ids)}")
    except (OSError, ValueError, TypeError, LookupError, AttributeError, RecursionError, pa.ArrowException, InvalidSignature) as error:
        what = "a signature does not hold" if isinstance(error, InvalidSignature) else f"the bundle is not as it was written ({error!r})"
        raise SystemExit(f"WRONG: {what}") from None
