"""Commands for people who decide: what a re-tiering moved, letting a refused shard through."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tierline.cli.context import open_lake
from tierline.cli.output import JsonLines, show_json_lines, show_lines, show_table
from tierline.cli.signing import PassphraseFile, open_key
from tierline.display import TextTable
from tierline.errors import BadInput

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from tierline.lake import Lake


def diff(
    context: typer.Context,
    shard: Annotated[
        str, typer.Argument(metavar="[SHARD | RELEASE", help="One shard, without it all shards; or the folder of a release.")
    ] = "",
    later: Annotated[str, typer.Argument(metavar="RELEASE]", help="The folder of a later release: what differs between the two.")] = "",
    examples: Annotated[int, typer.Option(metavar="N", min=0, help="Documents listed for each shard.")] = 3,
    as_json: JsonLines = False,
) -> None:
    """What a re-tiering moved into L2 or out of it, and why; or what differs between two releases."""
    if later:
        _between_releases(Path(shard), Path(later), as_json)
        return
    from tierline.release.write import RECORD

    if shard and (Path(shard) / RECORD).is_file():
        raise BadInput("needs another release to be compared with", shard, "name the folder of a later one after it")
    from tierline.retiering.selection_diff import moves_table, read_selection_diff, summary_table

    summaries, moved = read_selection_diff(open_lake(context), shard or None)
    if as_json:
        show_json_lines(moved)
        return
    if not summaries:
        show_lines("No shard has been selected twice: nothing has moved.")
        return
    show_table(summary_table(summaries))
    if moved and examples:
        show_lines("")
        show_table(moves_table(moved, examples))
    lines = [f"  tierline --as-of {row['before_written_at'].isoformat()} sql l2_selection    # {row['shard']}" for row in summaries]
    show_lines("", "The selections before:", *lines)


def _between_releases(before: Path, after: Path, as_json: bool) -> None:
    from tierline.release.compare import changes_table, compare
    from tierline.release.write import read_release

    found = compare(before, after, read_release(before), read_release(after))
    if as_json:
        show_json_lines(found)
    elif found:
        show_table(changes_table(found))
    else:
        show_lines("The two hold the same rows.")


def _stages(incomplete: str) -> list[str]:
    from tierline.stages import STAGES

    return [stage.name for stage in STAGES if stage.name.startswith(incomplete)]


def waive(
    context: typer.Context,
    stage: Annotated[str, typer.Argument(help="The stage whose gate refused the shard.", autocompletion=_stages)],
    shard: Annotated[str, typer.Argument(help="The refused shard.")],
    why: Annotated[str, typer.Option(help="The reason, for those who read the record later.")],
    until: Annotated[
        str, typer.Option(metavar="YYYY-MM-DD", help="The last day on which it may be read: it ends at midnight UTC. now: end its waiver.")
    ],
    who: Annotated[str, typer.Option(help="Who takes the responsibility; with --key the person whose key it is.")] = "",
    key: Annotated[str, typer.Option(metavar="FILE", help="Sign it: the person's private key, with the role waive.")] = "",
    passphrase_file: PassphraseFile = "",
) -> None:
    """Let a refused shard through: its present rows only, until a day. Then they and what was made from them are refused again."""
    from tierline.lake.waivers import told, waive_refused

    lake, private = open_lake(context), open_key(key, passphrase_file) if key else None
    signer = _name_of(lake, private) if private else ""
    show_lines(told(waive_refused(lake, stage, shard, who or signer, why, until, private)))


def _name_of(lake: Lake, private: Ed25519PrivateKey) -> str:
    """Whose key it is. BadInput if it is not registered."""
    from tierline.proof.dsse import key_id
    from tierline.proof.registry import Registry

    identifier = key_id(private.public_key())
    found = Registry.of(lake.signed_lines).keys.get(identifier)
    if found is None:
        raise BadInput("is not registered in this lake", identifier, "`tierline key list` lists the keys that are")
    return found.name


def waivers(context: typer.Context, as_json: JsonLines = False) -> None:
    """Who let which refused shards through, why, until when, and which of it is in force."""
    from tierline.lake.waivers import ENDED, list_waivers

    found = list_waivers(open_lake(context))
    if as_json:
        show_json_lines(found)
    elif found:
        heads = "stage", "shard", "state", "until", "who", "why", "given"
        rows = [
            (one.stage, one.shard, one.state, "" if one.state == ENDED else str(one.until), one.who, one.why,
             one.created_at.strftime("%Y-%m-%d %H:%M"))
            for one in found
        ]  # fmt: skip
        show_table(TextTable(heads, rows, frozenset(range(len(heads)))))
    else:
        show_lines("No waiver was ever given.")
