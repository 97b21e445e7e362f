"""The release as Croissant metadata (MLCommons Croissant 1.0, with its vocabulary for responsible AI 1.0)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tierline.release.figures import Figures
from tierline.release.rights import admitted_licenses

CONTEXT = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileProperty": "cr:fileProperty",
    "fileObject": "cr:fileObject",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
TYPES = {"string": "sc:Text", "int64": "sc:Integer", "double": "sc:Float", "bool": "sc:Boolean"}


def croissant(
    release: Mapping[str, Any], files: Mapping[str, str], columns: Mapping[str, Mapping[str, str]], figures: Figures
) -> dict[str, Any]:
    """JSON-LD of a release. `files`: path of each list of rows -> SHA-256; `columns` of each: name -> Arrow type."""
    first, last = figures.period
    collected = f"Between {first} and {last}." if first else "The records do not say when."
    return {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": ["http://mlcommons.org/croissant/1.0", "http://mlcommons.org/croissant/RAI/1.0"],
        "name": release["name"],
        "description": "The rows of training mixes and of the tiers that they were drawn from, by id; texts are in the lake.",
        "version": "1.0.0",
        "datePublished": release["as_of"][:10],
        "url": f"urn:tierline:{release['lake'] or 'lake'}:{release['name']}",
        "license": admitted_licenses(figures) or ["unknown"],
        "inLanguage": [name for name, _, _ in figures.languages if name != "unknown"],
        "isLiveDataset": False,
        "rai:dataCollection": "Records of crawl files, knowledge bases and feedback; each row is traced to its bytes.",
        "rai:dataCollectionTimeframe": collected,
        "rai:dataPreprocessingProtocol": [f"{one['stage']} {one['code_version']}" for one in _stages(release)],
        "rai:dataManipulationProtocol": f"{figures.by_model} of the tokens are a model's, or of pages that a model edited.",
        "rai:personalSensitiveInformation": "E-mail addresses, telephone numbers and the like are replaced by tags at L1.",
        "distribution": [
            {
                "@type": "cr:FileObject", "@id": path, "name": path, "contentUrl": path, "sha256": digest,
                "encodingFormat": "application/x-parquet",
            }
            for path, digest in sorted(files.items())
        ],
        "recordSet": [_records(path, columns[path]) for path in sorted(files)],
    }  # fmt: skip


def _records(path: str, columns: Mapping[str, str]) -> dict[str, Any]:
    table = path.rpartition("/")[2].removesuffix(".parquet")
    return {
        "@type": "cr:RecordSet",
        "@id": table,
        "name": table,
        "key": {"@id": f"{table}/id"},
        "field": [
            {
                "@type": "cr:Field", "@id": f"{table}/{name}", "name": name,
                "dataType": TYPES.get(kind.removeprefix("list<element: ").removesuffix(">"), "sc:Text"),
                **({"repeated": True} if kind.startswith("list") else {}),
                "source": {"fileObject": {"@id": path}, "extract": {"column": name}},
            }
            for name, kind in columns.items()
        ],
    }  # fmt: skip


def _stages(release: Mapping[str, Any]) -> list[dict[str, str]]:
    seen = dict.fromkeys((one["stage"], one["code_version"]) for one in release["activities"].values())
    return [{"stage": stage, "code_version": version} for stage, version in sorted(seen)]
