"""The ancestors of rows in the W3C's provenance model, as PROV-JSON (member submission of 24 April 2013)."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from tierline.lineage.trace import Node

NAMES = "urn:tierline:"
Relations = dict[str, dict[str, Any]]  # kind of record -> name -> what it says


def prov_document(nodes: Iterable[Node]) -> Relations:
    """Rows and stretches of crawl files are entities, runs of stages activities, models and the code agents. Texts are left out."""
    found: Relations = {
        name: {} for name in ("entity", "activity", "agent", "wasGeneratedBy", "used", "wasDerivedFrom", "wasAssociatedWith")
    }
    found["agent"]["tierline:code"] = {"prov:type": _qualified("prov:SoftwareAgent"), "prov:label": "Tierline"}
    for node in nodes:
        for one in node.walk():
            _add(found, one)
    return {"prefix": {"tierline": NAMES}} | {name: records for name, records in found.items() if records}


def _add(found: Relations, node: Node) -> None:
    row, activity = _named(node.table, node.row_id), f"tierline:{node.activity['activity_id']}"
    said = {"prov:type": _qualified(f"tierline:{node.table}"), "tierline:shard": node.shard}
    said |= {f"tierline:{name}": node.row[name] for name in ("url", "text_sha256", "payload_sha256", "license") if node.row.get(name)}
    found["entity"][row] = said
    found["activity"][activity] = _activity(node.activity)
    _relate(found, "wasGeneratedBy", row, activity, {"prov:entity": row, "prov:activity": activity})
    _relate(found, "wasAssociatedWith", activity, "code", {"prov:activity": activity, "prov:agent": "tierline:code"})
    if node.activity["model_id"]:
        model = f"tierline:model/{node.activity['model_digest'] or node.activity['model_id']}"
        found["agent"][model] = {"prov:type": _qualified("prov:SoftwareAgent"), "prov:label": node.activity["model_id"]}
        _relate(found, "wasAssociatedWith", activity, model, {"prov:activity": activity, "prov:agent": model})
    for source in [_named(parent.table, parent.row_id) for parent in node.parents] or _bytes(found, node):
        _relate(found, "used", activity, source, {"prov:activity": activity, "prov:entity": source})
        derived = {"prov:generatedEntity": row, "prov:usedEntity": source, "prov:activity": activity}
        _relate(found, "wasDerivedFrom", row, source, derived)


def _bytes(found: Relations, node: Node) -> list[str]:
    """The stretch of a file that a row without parents was read from, if it names one."""
    if not node.row.get("source_uri"):
        return []
    name = _named("bytes", node.row_id)
    address = {
        key: node.row[key] for key in ("source_uri", "source_offset", "source_length", "source_row") if node.row.get(key) is not None
    }
    found["entity"][name] = {"prov:type": _qualified("tierline:bytes")} | {f"tierline:{key}": value for key, value in address.items()}
    return [name]


def _activity(row: dict[str, Any]) -> dict[str, Any]:
    said = {
        "prov:type": _qualified(f"tierline:{row['stage']}"),
        "tierline:shard": row["shard"],
        "tierline:code_version": row["code_version"],
    }
    times = {"prov:startTime": row["started_at"], "prov:endTime": row["ended_at"]}
    said |= {name: _time(value) for name, value in times.items() if value}
    named = ("parameters", "weights", "prompt_sha256", "engine")
    return (
        said | {f"tierline:{name}": row[name] for name in named if row.get(name)} | {"tierline:inputs": json.dumps(_parsed(row["inputs"]))}
    )


def _parsed(inputs: Any) -> Any:
    return json.loads(inputs) if isinstance(inputs, str) else inputs


def _relate(found: Relations, kind: str, one: str, other: str, said: dict[str, Any]) -> None:
    """The same relation of the same two has one name, however often it is met."""
    found[kind][f"_:{kind}/{one.removeprefix('tierline:')}/{other.removeprefix('tierline:')}"] = said


def _named(table: str, row_id: str) -> str:
    return f"tierline:{table}/{row_id}"


def _qualified(name: str) -> dict[str, str]:
    return {"$": name, "type": "prov:QUALIFIED_NAME"}


def _time(value: datetime | str) -> str:
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    return moment.astimezone(UTC).isoformat()
