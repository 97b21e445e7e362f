"""The bill of materials of a release (CycloneDX 1.6, ML-BOM): models and weights that decided rows, and the mixes as data."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from tierline.release.figures import Figures
from tierline.release.pins import models_of


def bill_of(release: Mapping[str, Any], figures: Figures) -> dict[str, Any]:
    """JSON by the schema of CycloneDX; its serial number follows from the release."""
    serial = uuid.uuid5(uuid.NAMESPACE_URL, f"urn:tierline:{release['lake']}:{release['name']}:{release['as_of']}")
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{serial}",
        "version": 1,
        "metadata": {
            "timestamp": release["as_of"],
            "component": {"type": "data", "bom-ref": "release", "name": release["name"], "data": [_dataset(release["name"], figures)]},
        },
        "components": [*_models(release), *_weights(release["activities"].values()), *_mixes(release)],
    }


def _models(release: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "type": "machine-learning-model",
            "bom-ref": f"model:{name}@{digest}",
            "name": name,
            "hashes": [{"alg": "SHA-256", "content": digest}] if len(digest) == 64 else [],
            "modelCard": {"considerations": {"useCases": [f"asked by {stage}" for stage in stages]}},
        }
        for name, digest, stages in models_of(release)
    ]


def _weights(activities: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    found = sorted({pair for one in activities for pair in (one["weights"] or {}).items()})
    return [
        {"type": "file", "bom-ref": f"file:{name}@{digest}", "name": name, "hashes": [{"alg": "SHA-256", "content": digest}]}
        for name, digest in found
        if len(digest) == 64
    ]


def _mixes(release: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "type": "data",
            "bom-ref": f"table:{one['table']}",
            "name": one["table"],
            "version": one["digest"],
            "data": [{"type": "dataset", "name": one["table"], "description": f"{one['rows']:,} rows"}],
        }
        for one in release["tables"]
        if one["table"].startswith("mix_")
    ]


def _dataset(name: str, figures: Figures) -> dict[str, Any]:
    first, last = figures.period
    said = f"{figures.tokens:,} tokens in {len(figures.phases)} mixes" + (f", fetched from {first} to {last}" if first else "")
    return {"type": "dataset", "name": name, "description": said}
