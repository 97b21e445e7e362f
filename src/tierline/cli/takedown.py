"""`tierline takedown`: what people ask to be removed, what that would reach, how far it has come, and its certificate."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tierline.advice import CHECKOUT
from tierline.cli.context import open_lake
from tierline.cli.output import JsonDocument, JsonLines, show_json, show_json_lines, show_lines, show_table
from tierline.cli.signing import PassphraseFile, open_key, signed_lake
from tierline.config.places import Places
from tierline.config.regular_file import read_regular
from tierline.display import TextTable, one_line
from tierline.errors import BadInput

if TYPE_CHECKING:
    from tierline.descent.scope import Scope

Id = Annotated[str, typer.Argument(metavar="TAKEDOWN", help="Its id (tkd_...).")]
Key = Annotated[str, typer.Option(metavar="FILE", help="Private key of the person who signs, with the role takedown.")]


def request(
    context: typer.Context,
    who: Annotated[str, typer.Option(help="Who asks.")],
    grounds: Annotated[str, typer.Option(help="On which grounds, such as a law or a license.")],
    proof: Annotated[
        str, typer.Option(help="What shows that they may ask, such as where a token stood on the page, and when it was seen.")
    ],
    key: Key,
    url: Annotated[list[str] | None, typer.Option(help="A page; may be given several times, as the others may.")] = None,
    prefix: Annotated[list[str] | None, typer.Option(help="All pages below an address.")] = None,
    domain: Annotated[list[str] | None, typer.Option(help="All pages of a domain and its subdomains.")] = None,
    author: Annotated[list[str] | None, typer.Option(help="All pages that name this author in their structured data.")] = None,
    license: Annotated[list[str] | None, typer.Option(help="All pages under a license, as they declare it.")] = None,
    passphrase_file: PassphraseFile = "",
) -> None:
    """Record what somebody asks for, signed; nothing is removed yet."""
    from tierline.takedown.ledger import request_takedown

    lake = signed_lake(context)
    scopes = _scopes({"url": url, "prefix": prefix, "domain": domain, "author": author, "license": license})
    takedown_id = request_takedown(lake, who, grounds, proof, scopes, open_key(key, passphrase_file))
    show_lines(takedown_id, f"`tierline takedown plan {takedown_id}` says what it reaches, `{_run(takedown_id)}` carries it out")


def plan(context: typer.Context, takedown: Id, as_json: JsonDocument = False) -> None:
    """Count what it would reach: records, copies of them, rows of every tier and mix that rest on them; nothing is changed."""
    from tierline.takedown.ledger import START, takedown_of
    from tierline.takedown.reach import reach_of, staying, trained_on

    lake = signed_lake(context)
    found = takedown_of(lake, takedown)
    if found.last(START) is not None:
        raise BadInput(f"is {found.state}", takedown, "only what has not begun can be planned")
    reach, _ = reach_of(lake, found)
    said = {**reach.counts(), "models": trained_on(lake, reach, Path(Places.of_environment().training))}
    if as_json:
        show_json(said)
        return
    show_lines(f"{said['records']:,} records of {said['shards']:,} shards; {said['records_past']:,} more that are of the past")
    show_lines(*(f"  {count:,} by {name}" for name, count in said["records_by"].items()))
    heads = "table", "rows that rest on these alone", "rows that rest on others too"
    tables = [name for name in reach.whole if said["rows"].get(name) or said["rows_in_part"].get(name)]
    counts = [(name, f"{said['rows'].get(name, 0):,}", f"{said['rows_in_part'].get(name, 0):,}") for name in tables]
    if counts:
        show_table(TextTable(heads, counts, frozenset({0})))
    show_lines(f"{said['calls']:,} calls of models", *staying(said), *(f"learned from it: {model}" for model in said["models"]))


def refuse(
    context: typer.Context,
    takedown: Id,
    why: Annotated[str, typer.Option(help="The reason, as who asked is told.")],
    key: Key,
    passphrase_file: PassphraseFile = "",
) -> None:
    """Answer that nothing is taken down, and why, signed."""
    from tierline.takedown.ledger import refuse_takedown

    lake = signed_lake(context)
    refuse_takedown(lake, takedown, why, open_key(key, passphrase_file))
    show_lines(f"{takedown} is refused: {why}")


def status(context: typer.Context, as_json: JsonLines = False) -> None:
    """Every takedown that was asked for, and how far it has come."""
    from tierline.takedown.ledger import REFUSAL, takedowns

    found = takedowns(open_lake(context))
    if as_json:
        show_json_lines(
            {"takedown": one.takedown_id, "state": one.state, "fault": one.fault, **one.request, **(one.last(REFUSAL) or {})}
            for one in found
        )
        return
    if not found:
        show_lines("Nothing was ever asked for.")
        return
    rows = [
        (one.takedown_id, f"not proven: {one.fault}" if one.fault else one.state, one.request["at"][:10], one.request["who"],
         one_line("; ".join(map(str, one.scopes)), 80), one_line((one.last(REFUSAL) or one.request).get("why", one.request["grounds"]), 80))
        for one in found
    ]  # fmt: skip
    show_table(TextTable(("takedown", "state", "asked", "who", "of", "why"), rows, frozenset(range(6))))


def certificate(
    context: typer.Context, takedown: Id, to: Annotated[str, typer.Option(metavar="FOLDER", help="New folder for it.")]
) -> None:
    """Write the certificate of a takedown that is done, with what is needed to check it elsewhere."""
    from tierline.takedown.certificate import export_certificate, shown
    from tierline.takedown.ledger import CERTIFICATE, takedown_of

    lake = signed_lake(context)
    found = takedown_of(lake, takedown)
    salt = export_certificate(lake, found, Path(to))
    show_lines(*shown(found.last(CERTIFICATE) or {}))
    show_lines(f"tierline takedown verify {to} --root-key KEY checks it; who asked can look for a page of theirs with --salt {salt}")


def verify(
    folder: Annotated[str, typer.Argument(metavar="FOLDER", help="A certificate, as `tierline takedown certificate` wrote it.")],
    root_key: Annotated[str, typer.Option(metavar="KEY", help="The lake's first key (key_...), as you were told of it by another way.")],
    page: Annotated[str, typer.Option(metavar="FILE", help="The bytes of a page: is it among what was removed?")] = "",
    salt: Annotated[str, typer.Option(help="What the hashes were made with, as who asked was told it.")] = "",
) -> None:
    """Check a certificate without its lake: signature, keys, hashes; nothing of the removed text is needed."""
    from tierline.takedown.certificate import check_certificate, shown

    if bool(page) != bool(salt):
        raise BadInput("need each other", "--page and --salt", "give both, or neither")
    try:
        content = read_regular(Path(page)) if page else None
    except OSError as error:
        raise BadInput(f"cannot be read ({error.strerror})", page, "give a file with the bytes of the page") from None
    found = check_certificate(Path(folder), root_key, content, salt)
    show_lines(f"holds: {found.body['takedown']} of {found.body['lake']}, signed by {found.signer}; first key {found.root_key}")
    show_lines(*shown(found.body))
    if found.page is not None:
        show_lines(f"{page} is {'among what was removed' if found.page else 'not among what was removed'}")
        if not found.page:
            raise typer.Exit(1)


def _scopes(given: dict[str, list[str] | None]) -> list[Scope]:
    from tierline.takedown.ledger import parse_scope

    return [parse_scope(kind, value) for kind, values in given.items() for value in values or ()]


def _run(takedown_id: str) -> str:
    return f"make takedown TAKEDOWN={takedown_id} KEY=FILE" if CHECKOUT else f"python -m takedown {takedown_id} --key FILE"
