"""`tierline log`: the log of commits, its signed heads, and proofs that a commit is in it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tierline.cli.context import open_present_lake
from tierline.cli.output import JsonDocument, progress, show_json, show_lines, write_file
from tierline.cli.signing import PassphraseFile, logged_lake, open_key
from tierline.config.regular_file import read_regular
from tierline.errors import BadInput


def sign(
    context: typer.Context,
    key: Annotated[str, typer.Option(metavar="FILE", help="Private key of a person with the role log.")],
    passphrase_file: PassphraseFile = "",
    release: Annotated[str, typer.Option(metavar="NAME", help="What is released with it.")] = "",
    to: Annotated[
        str, typer.Option(metavar="FILE", help="Write the head there too, to be kept where the lake's writers cannot write.")
    ] = "",
) -> None:
    """Sign the log of commits as it is: whoever has this head notices when what it covers is changed or rolled back."""
    from tierline.lake.commit_log import leaves_of, read_commits, sync_commits
    from tierline.lineage.verify_commits import log_mismatches
    from tierline.proof.heads import read_heads, sign_head

    _, folder = logged_lake(context)
    private = open_key(key, passphrase_file)
    sync_commits(folder)
    commits = read_commits(folder)
    if wrong := next(log_mismatches(folder, commits, True), None):
        raise BadInput(f"cannot be signed: {wrong.what}", wrong.where, "`tierline verify` says all that is wrong")
    head = sign_head(folder, leaves_of(commits), release, private)
    if to:
        envelope = read_heads(folder)[head.number]
        write_file(to, lambda path: path.write_text(f"{envelope}\n", "ascii"))
    what = f" for {head.release}" if head.release else ""
    show_lines(f"head {head.number}: {head.size:,} commits, root {head.root}, signed{what} by {head.name}")


def prove(
    context: typer.Context,
    what: Annotated[str, typer.Argument(metavar="ID", help="A row of any tier, or a current activity (act_...).")],
    as_json: JsonDocument = False,
) -> None:
    """The path from the commit that wrote a row to the last signed root (RFC 9162)."""
    from tierline.lineage.prove import SignedLog
    from tierline.lineage.prove import prove as prove_commit

    lake, _ = logged_lake(context)
    log = SignedLog(lake)
    found, head = prove_commit(log, lake, what), log.head
    if as_json:
        show_json(found.as_json() | {"size": head.size, "root": head.root, "head": log.envelope, "keys": log.registry.lines})
        return
    show_lines(f"the commit of {found.stage}/{found.shard} is number {found.index} of {head.size:,} under the root {head.root}")
    show_lines(f"signed by {head.name} ({head.key_id}) at {head.at.isoformat()}; path from its leaf:")
    show_lines(*found.path)


def rows(context: typer.Context) -> None:
    """Give commits from before there was a tree over their rows one, so that `tierline bundle` can show single rows of them."""
    from tierline.lake.row_roots import add_row_roots, without_roots

    lake = open_present_lake(context, "adds to the present state alone")
    found = without_roots(lake)
    with progress("hashing rows of", len(found)) as advance:
        for stage, shard in found:
            advance(1, f"{stage}/{shard}")
            add_row_roots(lake, stage, shard)
    show_lines(f"{len(found):,} commits have a tree over their rows now; `tierline log sign` signs them" if found else "all have one")


def check(
    context: typer.Context,
    head: Annotated[str, typer.Option(metavar="FILE", help="A head that was kept elsewhere: the log must be a continuation of it.")] = "",
    root_key: Annotated[str, typer.Option(metavar="KEY", help="The lake's first key, as you were told of it.")] = "",
    as_json: JsonDocument = False,
) -> int:
    """Compare the log with the activities, and its signed heads with the log and the keys; exit status 1 on any mismatch."""
    from tierline.lake.format import has_commits
    from tierline.lineage.mismatch import Mismatch
    from tierline.lineage.verify_commits import log_mismatches, read_record, signature_mismatches
    from tierline.proof.heads import witness_faults

    lake, folder = logged_lake(context)
    record = read_record(folder)
    root, commits, heads = record.registry.root, record.commits, record.heads
    found = [*log_mismatches(folder, commits, bool(heads) or has_commits(lake.delta)), *signature_mismatches(record)]
    if root_key and root != root_key:
        found.append(Mismatch("_proof/keys", f"the lake's first key is {root or 'none'}, trusted is {root_key}"))
    if head:
        found += [Mismatch(head, fault) for fault in witness_faults(_envelope(head), heads, record.leaves, record.registry, record.stated)]
    if as_json:
        show_json({"mismatches": found, "commits": len(commits), "heads": len(heads), "root_key": root})
    else:
        show_lines(*map(str, found))
        show_lines(
            f"{len(found):,} mismatch{'' if len(found) == 1 else 'es'}; checked {len(commits):,} commits, {len(heads):,} signed heads"
        )
    return 1 if found else 0


def _envelope(file: str) -> str:
    try:
        return read_regular(Path(file)).decode().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"cannot be read ({error})", file, "give what `tierline log sign --to FILE` wrote") from error
