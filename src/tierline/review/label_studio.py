"""What waits for review as tasks of Label Studio, and its annotations as answers: a round trip that records nothing twice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from tierline.errors import BadInput
from tierline.lake.reviews import DROP, EDIT, KEEP, SETTLING, SKIP, Review, Row, took_back
from tierline.review.desk import Desk
from tierline.review.item import COMPARED, QUESTIONS, Item, Sentence
from tierline.tables import content_id

SOURCE, IMPORTED = "label studio", "imported as "
VERDICT, TEXT, REASON = "verdict", "own_text", "reason"  # names of the controls
# The labeling interface: https://labelstud.io/tags. Texts come as data, never as markup.
INTERFACE = f"""<View>
  <Header value="$question"/>
  <Text name="before" value="$before"/>
  <Text name="after" value="$after"/>
  <Text name="became" value="$became"/>
  <Choices name="{VERDICT}" toName="after" choice="single" showInline="true" required="true">
    <Choice value="{KEEP}" hotkey="k"/>
    <Choice value="{DROP}" hotkey="d"/>
    <Choice value="{EDIT}" hotkey="e"/>
  </Choices>
  <TextArea name="{TEXT}" toName="after" maxSubmissions="1" visibleWhen="choice-selected" whenTagName="{VERDICT}" whenChoiceValue="{EDIT}"/>
  <TextArea name="{REASON}" toName="after" maxSubmissions="1" placeholder="Why"/>
</View>
"""
NEEDED = ("stage", "shard", "kind", "row_id", "row_digest")


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of annotations."""

    recorded: int
    known: int
    lapsed: int


def tasks(desk: Desk) -> list[dict[str, Any]]:
    """Every item that waits or was answered, in Label Studio's JSON (https://labelstud.io/guide/task_format): `data` for the interface and
    for finding the row again, `annotations` for answers that count, the pipeline's own verdict as a prediction."""
    undone = took_back(desk.rows())
    given: dict[tuple[str, str], list[Row]] = {}
    for row in desk.rows():
        if row["verdict"] in (*SETTLING, SKIP) and row["review_id"] not in undone and not row["gold"]:
            given.setdefault((row["row_id"], row["row_digest"]), []).append(row)
    waiting = {item.item_id for item in desk.waiting()}
    chosen = [item for item in desk.items() if item.item_id in waiting or (item.row_id, item.row_digest) in given]
    return [_task(desk, item, given.get((item.row_id, item.row_digest), [])) for item in chosen]


def _task(desk: Desk, item: Item, rows: Sequence[Row]) -> dict[str, Any]:
    view = desk.view(item)
    texts = ["".join(piece.text for piece in panel.pieces) for panel in view.panels]
    parted = 1 if item.kind in COMPARED else 0
    before, after = "\n\n".join(texts[:parted]), "\n\n".join(texts[parted:])
    became = "\n".join(_became(one) for one in view.sentences if one.stands is not None)
    data = {"question": QUESTIONS[item.kind], "before": before, "after": after, "became": became, "item_id": item.item_id}
    data |= {name: getattr(item, name) for name in (*NEEDED, "title", "url", "judged", "tokens")}
    judged = KEEP if item.judged.startswith("kept") else DROP
    guess = {"model_version": item.judged or "pipeline", "score": 1 - item.disagreement, "result": [_choice(judged)]}
    return {"data": data, "annotations": [_annotation(row) for row in rows], "predictions": [guess]}


def _became(one: Sentence) -> str:
    """What became of a proposed sentence, in a line."""
    said = " ".join("".join(piece.text for piece in one.after).split())
    return f"{'kept' if one.stands else 'fell back'}{f' ({one.why})' if one.why else ''}: {said or 'nothing in its place'}"


def _annotation(row: Row) -> dict[str, Any]:
    skipped = row["verdict"] == SKIP
    result = [] if skipped else [_choice(row["verdict"])]
    result += [_area(TEXT, row["text"])] if row["text"] else []
    result += [_area(REASON, row["reason"])] if row["reason"] else []
    stamp = row["created_at"].isoformat().replace("+00:00", "Z")
    return {
        "unique_id": row["review_id"],
        "completed_by": {"email": row["reviewer"]},
        "was_cancelled": skipped,
        "ground_truth": False,
        "created_at": stamp,
        "lead_time": row["seconds"],
        "result": result,
    }


def _choice(verdict: str) -> dict[str, Any]:
    return {"from_name": VERDICT, "to_name": "after", "type": "choices", "value": {"choices": [verdict]}}


def _area(name: str, text: str) -> dict[str, Any]:
    return {"from_name": name, "to_name": "after", "type": "textarea", "value": {"text": [text]}}


def record_annotations(desk: Desk, exported: Any, where: str) -> Recorded:
    """Record the annotations of an export (a list of tasks) as answers of whoever completed them; an id tells those that are known. Nothing
    is recorded if one of them cannot be meant: BadInput names it."""
    if not isinstance(exported, list):
        raise BadInput("is no list of tasks", where, "export the project as JSON, not as JSON-MIN or CSV")
    imported = (row["effect"].removeprefix(IMPORTED) for row in desk.rows() if row["source"] == SOURCE)
    known = {*imported, *(row["review_id"] for row in desk.rows())}
    items = {(item.row_id, item.row_digest): item for item in desk.items()}
    reviews: list[Review] = []
    skipped = lapsed = 0
    for number, task in enumerate(exported):
        data = _mapping(_mapping(task, f"{where}: task {number}").get("data"), f"{where}: task {number}: data")
        for annotation in task.get("annotations") or ():
            place = f"{where}: task {number}"
            unique = _unique(data, _mapping(annotation, place))
            item = items.get((str(data.get("row_id")), str(data.get("row_digest"))))
            if unique in known:
                skipped += 1
            elif item is None:
                lapsed += 1
            else:
                known.add(unique)
                reviews.append(_review(desk, item, annotation, unique, place))
    desk.record(reviews)
    return Recorded(len(reviews), skipped, lapsed)


def _review(desk: Desk, item: Item, annotation: Mapping[str, Any], unique: str, where: str) -> Review:
    by = annotation.get("completed_by")
    reviewer = str(by.get("email") or by.get("id") or "") if isinstance(by, dict) else str(by or "")
    verdict = SKIP if annotation.get("was_cancelled") else next(_values(annotation, VERDICT, "choices"), "")
    if verdict not in (*SETTLING, SKIP) or (verdict == EDIT and not item.is_writable):
        raise BadInput(f"an annotation without a verdict: {verdict!r}", where, f"verdicts are {', '.join(SETTLING)}")
    seconds = annotation.get("lead_time")
    return Review(
        stage=item.stage, shard=item.shard, kind=item.kind, row_id=item.row_id, row_digest=item.row_digest,
        reviewer=reviewer, verdict=verdict, judged=item.judged, tokens=item.tokens, source=SOURCE,
        text=next(_values(annotation, TEXT, "text"), None) if verdict == EDIT else None,
        reason=next(_values(annotation, REASON, "text"), ""),
        needed=desk.needed(item, reviewer),
        seconds=float(seconds) if isinstance(seconds, int | float) else None,
        created_at=_moment(annotation.get("created_at")),
        effect=f"{IMPORTED}{unique}",
    )  # fmt: skip


def _values(annotation: Mapping[str, Any], name: str, kind: str) -> Iterator[str]:
    for part in annotation.get("result") or ():
        if isinstance(part, dict) and part.get("from_name") == name and isinstance(part.get("value"), dict):
            given = part["value"].get(kind)
            yield from map(str, given if isinstance(given, list) else [given] if given else [])


def _unique(data: Mapping[str, Any], annotation: Mapping[str, Any]) -> str:
    """What tells an annotation from others: its own id, or what it says where it has none."""
    named = annotation.get("unique_id") or annotation.get("id")
    return str(named) if named else content_id("ann", str(data.get("item_id")), repr(sorted(annotation.items(), key=str)))


def _moment(text: Any) -> datetime:
    try:
        found = datetime.fromisoformat(str(text))
    except ValueError:
        return datetime.now(UTC)
    return min(found if found.tzinfo else found.replace(tzinfo=UTC), datetime.now(UTC))


def _mapping(value: Any, where: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise BadInput("is no object", where, "give an export of Label Studio as JSON")
    return value
