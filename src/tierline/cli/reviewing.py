"""Commands of human review: what waits, answers to it, who may review, the page, and what reviews taught."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tierline.cli.context import load_recipe, open_lake, open_present_lake
from tierline.cli.output import JsonDocument, JsonLines, show_json, show_json_lines, show_lines, show_table, write_file
from tierline.cli.signing import PassphraseFile, open_key, signed_lake
from tierline.config.places import Places, ReviewPlaces
from tierline.display import TextTable, shortened
from tierline.errors import BadInput

if TYPE_CHECKING:
    from tierline.review.desk import Answer, Desk
    from tierline.review.item import Item

EXCERPT_CHARACTERS, PORT = 2_000, 3050
review_group = typer.Typer(invoke_without_command=True, no_args_is_help=False)
Who = Annotated[str, typer.Option("--who", metavar="NAME", help="Who decides.")]


@review_group.callback()
def review(
    context: typer.Context,
    limit: Annotated[int, typer.Option(metavar="N", min=0, help="Items listed.")] = 20,
    as_json: JsonLines = False,
) -> None:
    """What waits for a person, in the order in which it pays; with a command: answer, undo, log, results, export, import."""
    if context.invoked_subcommand:
        return
    desk = _desk(context)
    waiting = desk.waiting()
    shown = [(item, desk) for item in waiting[:limit]]
    if as_json:
        show_json_lines(_row(*one) for one in shown)
    elif waiting:
        show_lines(*(line for one in shown for line in _paragraph(*one)), f"{len(waiting):,} items wait for review: `tierline serve`")
    else:
        show_lines("Nothing waits for review.")


@review_group.command("answer")
def answer(
    context: typer.Context,
    item: Annotated[str, typer.Argument(metavar="ITEM", help="Id of the item, as `tierline review` lists it.")],
    verdict: Annotated[str, typer.Argument(metavar="VERDICT", help="keep, drop, edit, skip or comment.")],
    who: Who,
    why: Annotated[str, typer.Option(help="The reason, for those who read the record later.")] = "",
    comment: Annotated[str, typer.Option(help="A note to other reviewers.")] = "",
    text: Annotated[str, typer.Option(metavar="FILE", help="Your own text, for `edit`.")] = "",
    known: Annotated[bool, typer.Option("--known", help="The verdict is known: the item becomes a trap for reviewers.")] = False,
    key: Annotated[str, typer.Option(metavar="FILE", help="Private key that signs the approval of a manual (`keep`).")] = "",
    passphrase_file: PassphraseFile = "",
) -> None:
    """Answer one item."""
    from tierline.review.desk import Answer

    desk = _desk(context, present=True)
    given = Answer(verdict, why, comment, _own_text(text) if text else None, gold=known)
    asked = desk.item(item)
    if key:
        _sign(context, asked, given, key, passphrase_file)
    found = desk.answer(asked, who, given)
    show_lines(f"{found['review_id']}: {found['verdict']}, {found['effect']}")


@review_group.command("undo")
def undo(context: typer.Context, who: Who) -> None:
    """Take back your last answer."""
    last = _desk(context, present=True).undo(who)
    show_lines(f"{last['review_id']} is taken back: {last['verdict']} of {last['kind']} {last['row_id']}")


@review_group.command("log")
def log(context: typer.Context, as_json: JsonLines = False) -> None:
    """Everything that was ever answered, oldest first."""
    from tierline.lake.reviews import read_reviews

    rows = read_reviews(open_lake(context))
    if as_json:
        show_json_lines(rows)
    elif rows:
        heads = "review", "time", "reviewer", "kind", "verdict", "row", "effect", "reason"
        lines = [
            (row["review_id"], row["created_at"].strftime("%Y-%m-%d %H:%M:%S"), row["reviewer"], row["kind"], row["verdict"],
             row["row_id"], row["effect"], row["reason"])
            for row in rows
        ]  # fmt: skip
        show_table(TextTable(heads, lines, frozenset(range(len(heads)))))
    else:
        show_lines("Nothing was ever reviewed.")


@review_group.command("results")
def results(context: typer.Context, as_json: JsonDocument = False) -> None:
    """What reviews taught: errors of the judge, agreement, time for each kept token."""
    from tierline.review.taught import agreement_table, as_row, error_table, reviewer_table, summary, taught

    desk = _desk(context)
    found = taught(desk.lake, desk.rows())
    if as_json:
        show_json(as_row(found))
        return
    show_lines(*(f"{name}: {value}" for name, value in summary(found)))
    for table in (error_table(found), reviewer_table(found), agreement_table(found)):
        if table.rows:
            show_lines("")
            show_table(table)


@review_group.command("export")
def export(context: typer.Context, file: Annotated[str, typer.Argument(metavar="FILE", help="Tasks of Label Studio, as JSON.")]) -> None:
    """Write what waits, and what was answered, as tasks of Label Studio; beside it the labeling interface, as XML."""
    from tierline.review.label_studio import INTERFACE, tasks

    desk = _desk(context)
    found = tasks(desk)
    write_file(file, lambda path: path.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", "utf-8"))
    interface = str(Path(file).with_suffix(".xml"))
    write_file(interface, lambda path: path.write_text(INTERFACE, "utf-8"))
    show_lines(f"{len(found):,} tasks in {file}; the labeling interface is {interface}")


@review_group.command("import")
def import_answers(
    context: typer.Context, file: Annotated[str, typer.Argument(metavar="FILE", help="An export of Label Studio, as JSON.")]
) -> None:
    """Record the annotations of an export of Label Studio; those that are known already are left out."""
    from tierline.review.label_studio import record_annotations

    found = record_annotations(_desk(context, present=True), _read_json(file), file)
    show_lines(f"{found.recorded:,} answers recorded, {found.known:,} known already, {found.lapsed:,} about rows that have changed since")


def reviewer(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Give this reviewer a new token; without it, list reviewers.")] = "",
    remove: Annotated[bool, typer.Option("--remove", help="Take the reviewer's token away.")] = False,
) -> None:
    """Who may sign in to the page of reviewers."""
    from tierline.review.reviewers import Reviewers

    known = Reviewers(ReviewPlaces.of_environment().reviewers)
    if not name:
        show_lines(*(known.names() or [f"Nobody may review: {context.command_path} NAME gives a token."]))
    elif remove:
        known.remove(name)
        show_lines(f"{name} has no token any more.")
    else:
        token = known.add(name)
        show_lines(f"Token of {name}, shown this once: {token}")


def serve(
    context: typer.Context,
    host: Annotated[str, typer.Option(metavar="ADDRESS", help="Address to listen on; others than loopback need --name.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(metavar="PORT", min=0, max=65_535, help="Port to listen on; 0: any free one.")] = PORT,
    name: Annotated[str, typer.Option(metavar="HOST", help="Name under which browsers ask for the page, where it is public.")] = "",
) -> None:
    """The pages of reviewers and of auditors, on loopback unless told otherwise."""
    desk, places = _desk(context, present=True), Places.of_environment()
    from tierline.auditor.desk import AuditDesk
    from tierline.auditor.routes import audit_routes
    from tierline.review.serving import listen

    audit = audit_routes(AuditDesk.of(desk.lake, places.exports, places.training))
    listen(desk, ReviewPlaces.of_environment(), host, port, name, show_lines, audit)


def _sign(context: typer.Context, item: Item, given: Answer, key: str, passphrase_file: str) -> None:
    """Sign the approval of the text that the item is about. BadInput."""
    from tierline.lake.reviews import KEEP
    from tierline.lake.signed_approvals import SUBJECT
    from tierline.proof.attestations import attest
    from tierline.review.item import MANUAL

    if item.kind != MANUAL or given.verdict != KEEP:
        raise BadInput("a key signs the approval of a manual alone", f"{given.verdict} of a {item.kind}", "leave --key out")
    place = signed_lake(context).signed_lines
    says = given.reason or "approved"
    attest(place, "approval", f"{SUBJECT}/{item.row_id}", {"sha256": item.row_digest}, says, None, open_key(key, passphrase_file))


def _desk(context: typer.Context, present: bool = False) -> Desk:
    from tierline.review.desk import Desk
    from tierline.review.rules import ReviewingRules

    lake = open_present_lake(context, "records answers") if present else open_lake(context)
    return Desk(lake, load_recipe().rules(ReviewingRules))


def _row(item: Item, desk: Desk) -> dict[str, Any]:
    columns = ("item_id", "kind", "stage", "shard", "row_id", "title", "url", "judged", "reasons", "disagreement", "tokens", "fan_out")
    texts = {panel.heading: "".join(piece.text for piece in panel.pieces) for panel in desk.view(item).panels}
    figures = {"value": item.value(desk.rules), "seconds": item.seconds(desk.rules), "state": desk.state(item)}
    return {name: getattr(item, name) for name in columns} | figures | {"texts": texts}


def _paragraph(item: Item, desk: Desk) -> tuple[str, ...]:
    view = desk.view(item)
    texts = (f"  {panel.heading}: {shortened(''.join(piece.text for piece in panel.pieces), EXCERPT_CHARACTERS)}" for panel in view.panels)
    return (
        f"{item.item_id} {item.kind} {item.title or ''} {item.url}".rstrip(),
        f"  value {item.value(desk.rules):.2f}, {item.seconds(desk.rules):.0f} s; {desk.state(item)}; {', '.join(item.reasons)}",
        *(f"  {name}: {value}" for name, value in view.facts),
        *(f"  others state {value}" for value in view.rivals),
        *texts,
        "",
    )


def _own_text(file: str) -> str:
    try:
        return Path(file).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"cannot be read ({error})", file, "give a file of text in UTF-8") from None


def _read_json(file: str) -> Any:
    try:
        return json.loads(Path(file).read_text("utf-8-sig"))
    except OSError as error:
        raise BadInput(f"cannot be read ({error.strerror})", file, "give an export of Label Studio as JSON") from None
    except (ValueError, RecursionError) as error:
        raise BadInput(f"is no JSON ({error})", file, "export the project as JSON") from None
