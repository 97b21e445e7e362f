"""`tierline attest` and `tierline statements`: approvals, review decisions, takedowns and releases, signed by named people."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tierline.cli.output import JsonLines, show_json_lines, show_lines, show_table
from tierline.cli.signing import PassphraseFile, open_key, parse_day, signed_lake
from tierline.display import TextTable
from tierline.errors import BadInput

if TYPE_CHECKING:
    from tierline.lake import Lake


def attest(
    context: typer.Context,
    purpose: Annotated[str, typer.Argument(metavar="PURPOSE", help="approval, review, takedown or release.")],
    subject: Annotated[
        str,
        typer.Argument(metavar="SUBJECT", help="STAGE/SHARD: its rows; l4_manuals/DOCUMENT: its text; or a file."),
    ],
    says: Annotated[str, typer.Option(help="What is stated of it, for those who read it later.")],
    key: Annotated[str, typer.Option(metavar="FILE", help="Private key of the person, with the role for this purpose.")],
    until: Annotated[str, typer.Option(metavar="YYYY-MM-DD", help="Its last day, in UTC; without it it has no end.")] = "",
    passphrase_file: PassphraseFile = "",
) -> None:
    """Sign a statement about exactly these rows, or this file, of this lake."""
    from tierline.proof import attestations

    lake = signed_lake(context)
    digest = _digest(lake, subject)
    one = attestations.attest(lake.signed_lines, purpose, subject, digest, says, parse_day(until), open_key(key, passphrase_file))
    show_lines(f"{one.purpose} of {one.subject} by {one.name}: {one.says}; `tierline log sign` makes it impossible to hide")


def statements(context: typer.Context, as_json: JsonLines = False) -> None:
    """What people stated of what, until when, and whether it is proven and in force."""
    from tierline.proof.attestations import Attestation, attestation_lines, read_attestations
    from tierline.proof.registry import Registry

    lake = signed_lake(context)

    def state(one: Attestation) -> str:
        return f"proves nothing: {one.fault}" if one.fault else "in force" if one.counts(lake.today()) else "over"

    found = list(read_attestations(attestation_lines(lake.signed_lines), Registry.of(lake.signed_lines)))
    if as_json:
        show_json_lines(found)
    elif found:
        heads = "purpose", "subject", "state", "until", "who", "says", "digest", "signed"
        rows = [
            (one.purpose, one.subject, state(one), str(one.until or ""), one.name, one.says, " ".join(one.digest.values()),
             f"{one.at:%Y-%m-%d %H:%M}" if one.at else "")
            for one in found
        ]  # fmt: skip
        show_table(TextTable(heads, rows, frozenset(range(len(heads)))))
    else:
        show_lines("Nothing was ever stated; `tierline waivers` lists waivers.")


def _digest(lake: Lake, subject: str) -> dict[str, str]:
    """Of rows, of a document's text or of a file. BadInput if it is neither; NotWritten."""
    from tierline.config.checksum import file_sha256
    from tierline.lake.signed_approvals import SUBJECT
    from tierline.tables import TABLES

    stage, _, shard = subject.partition("/")
    if stage == SUBJECT and shard.startswith("doc_"):
        return {"sha256": _text_digest(lake, shard)}
    if stage in TABLES and TABLES[stage].stage == stage:
        return {"tierline": lake.manifest(stage, shard).stage_digest}
    try:
        return {"sha256": file_sha256(Path(subject))}
    except OSError as error:
        raise BadInput(f"is neither STAGE/SHARD nor a file ({error.strerror})", subject, "`tierline shards` lists shards") from None


def _text_digest(lake: Lake, doc_id: str) -> str:
    """Of the present text of a document of L2, the one that a manual is made from. BadInput."""
    from tierline.review.stored import row_of

    shards = [manifest.shard for manifest in lake.promoted("l2_selected")]
    found = (row for shard in shards if (row := row_of(lake, "l2_selected", shard, doc_id, ("text_sha256",))))
    row = next(found, None)
    if row is None:
        raise BadInput("no such document in L2", doc_id, "`tierline review` lists manuals that wait for an approval")
    return str(row["text_sha256"])
