"""The anchors, a labeled calibration set: texts that people judged, on which every scorer is measured before it gets weight."""

from __future__ import annotations

import email
import email.policy
import gzip
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from tierline.config.read_once import read_once
from tierline.crawl.extract import extract_page
from tierline.crawl.page_bounds import PageTooLarge
from tierline.errors import BadInput
from tierline.filters.batch import measure
from tierline.judges.annotate import draw_sample
from tierline.lake import StageResult, decision_table
from tierline.reliability.rules import AnchorRules
from tierline.tables import TABLES, content_id
from tierline.text.prose import PROSE

BUNDLED = Path(__file__).with_name("anchors.jsonl")
FOLDERS = ("quality", "spam")  # below the root: each file in them is a set
SUFFIXES = (".jsonl", ".jsonl.gz")
TOP_LEVEL = 2  # of onestop-levels: elementary, intermediate, advanced
# Who labeled the known sets, and their licenses as their publishers state them.
PROVENANCE = {
    "anchors": ("written and labeled by this project", "Apache-2.0"),
    "dclm-human": ("mlfoundations/dclm, majority of human raters", "MIT"),
    "hplt-human-inspection": ("hplt-project/release2_inspection, human inspection", "MIT; texts from CC and IA crawls"),
    "onestop-levels": ("OneStopEnglishCorpus, levels by its teachers", "CC BY-SA 4.0"),
    "sms": ("UCI SMS Spam Collection", "CC BY 4.0"),
    "spamassassin": ("SpamAssassin public corpus", "PDDL 1.0"),
}


@dataclass(frozen=True, slots=True)
class AnchorSet:
    """The result of an import: rows of `l2_anchors` without an id, and the lines without label or text."""

    rows: tuple[dict[str, Any], ...]
    unusable: int

    @property
    def digest(self) -> str:
        """Of sets, labels and texts, for an activity's record."""
        return content_id("dig", *(f"{row['set']}\n{row['label']}\n{row['text']}" for row in self.rows))


def find_sets(root: str) -> list[Path]:
    """Files of labeled texts below a folder (quality/*.jsonl[.gz], spam/*.jsonl[.gz]); the bundled set if `root` is empty.

    Raises BadInput if there are none.
    """
    if not root:
        return [BUNDLED]
    files = [path for folder in FOLDERS for path in sorted((Path(root) / folder).glob("*")) if path.name.endswith(SUFFIXES)]
    if not files:
        raise BadInput("holds no labeled texts", root, "give TIERLINE_ANCHORS a folder with quality/*.jsonl.gz or spam/*.jsonl.gz")
    return files


def read_anchors(files: Sequence[Path]) -> AnchorSet:
    """Every labeled text of the files. BadInput if a line is not a JSON object."""
    rows: list[dict[str, Any]] = []
    unusable = 0
    for path in files:
        name = path.name.split(".jsonl")[0]
        source, license = PROVENANCE.get(name, (path.name, ""))
        for number, record in records(path):
            label, text = label_of(record), text_of(record)
            if label is None or not text.strip():
                unusable += 1
                continue
            group = record.get("group") or record.get("story") or number
            rows.append(
                {
                    "text": text,
                    "label": label,
                    "set": name,
                    "group": f"{name}/{group}",
                    "language": str(record.get("language") or record.get("lang") or "en")[:3],
                    "source": record.get("source") or source,
                    "license": record.get("license") or record.get("licence") or license,
                }
            )
    return AnchorSet(tuple(rows), unusable)


read_cached = read_once(read_anchors)


def records(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """(line number, JSON object) of each line of a file of labeled texts. BadInput if a line is not one."""
    try:
        with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                record = json.loads(line)
                if not isinstance(record, dict):
                    raise BadInput("not a JSON object", f"{path}:{number}", "write one labeled text per line")
                yield number, record
    except (OSError, EOFError, ValueError) as error:
        raise BadInput(f"cannot be read ({error})", str(path), "write one labeled text per line, as a JSON object") from None


def label_of(record: Mapping[str, Any]) -> float | None:
    """In [0, 1], 1 is best: a label as given, ham and spam, a majority of raters, naturalness, or a level; None if there is none."""
    if "label" in record:
        named = {"ham": 1.0, "spam": 0.0}.get(str(record["label"]))
        given = record["label"]
        return float(given) if named is None and isinstance(given, int | float) and 0 <= given <= 1 else named
    if record.get("label_majority") is not None:
        return float(record["label_majority"])
    if record.get("unnatural") is not None:
        return 1.0 - float(record["unnatural"])
    return float(record["level"]) / TOP_LEVEL if record.get("level") is not None else None


def text_of(record: Mapping[str, Any]) -> str:
    """The text, or the body of a raw e-mail: as plain text, or else as L0 would read its page."""
    if "raw_email_latin1" not in record:
        return str(record.get("text") or "")
    mail = email.message_from_bytes(str(record["raw_email_latin1"]).encode("latin-1", "replace"), policy=email.policy.default)
    try:
        body = mail.get_body(("plain", "html"))
        content = str(body.get_content()) if body is not None else ""
        return extract_page(content).text if body is not None and body.get_content_subtype() == "html" else content
    except (LookupError, ValueError, KeyError, PageTooLarge):  # a charset or coding other than declared
        return ""


def freeze(found: AnchorSet, rules: AnchorRules) -> StageResult:
    """`l2_anchors`: at most `per_set` texts of each set; a repeated text counts once."""
    rows = {_anchor_id(row): row for row in found.rows}
    chosen: set[str] = set()
    for name in sorted({row["set"] for row in found.rows}):
        strata = {key: f"{row['language']}/{row['label']}" for key, row in rows.items() if row["set"] == name}
        chosen |= set(draw_sample(strata, rules.per_set))
    kept = [{"anchor_id": key, **row, "text": row["text"][: rules.characters]} for key, row in rows.items() if key in chosen]
    version = version_of([row["anchor_id"] for row in kept])
    table = pa.Table.from_pylist([row | {"version": version} for row in kept], schema=pa.schema(TABLES["l2_anchors"].columns))
    decisions = [{"row_id": key, "outcome": "kept"} if key in chosen else _left_out(key) for key in rows]
    return StageResult({"l2_anchors": table}, {"l2_anchors": (len(rows), decision_table(decisions))})


def as_documents(anchors: pa.Table) -> pa.Table:
    """Rows of `l2_anchors` in the form of documents for scorers, with language and tokens computed as in L1."""
    ids, texts = anchors["anchor_id"].to_pylist(), anchors["text"].to_pylist()
    found = measure(ids, texts).signals
    known = {"doc_id": ids, "domain": anchors["set"], "text": texts, "lane": [PROSE] * len(ids)}
    return pa.table(known | {name: found[name] for name in ("language", "tokens")})


def version_of(anchor_ids: Sequence[str]) -> str:
    """Identifies one content of the anchor set; every measurement records it."""
    return content_id("anchors", sorted(anchor_ids))


def _anchor_id(row: Mapping[str, Any]) -> str:
    return content_id("anchor", row["set"], row["text"], repr(row["label"]))


def _left_out(anchor_id: str) -> dict[str, Any]:
    return {"row_id": anchor_id, "outcome": "dropped", "rule": "not_sampled"}
