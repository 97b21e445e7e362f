"""`tierline release`: pins what is promoted under a name, with documents about it; or checks a release."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tierline.cli.context import load_models
from tierline.cli.output import JsonDocument, show_json, show_lines
from tierline.cli.signing import PassphraseFile, logged_lake, open_key
from tierline.errors import BadInput


def release(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of the release; with --check the folder of one.")],
    to: Annotated[str, typer.Option(metavar="FOLDER", help="New folder for it.")] = "",
    key: Annotated[str, typer.Option(metavar="FILE", help="Sign it: the person's private key, with the role release.")] = "",
    passphrase_file: PassphraseFile = "",
    check: Annotated[bool, typer.Option("--check", help="Check one that was made: its files and its signature.")] = False,
    root_key: Annotated[str, typer.Option(metavar="KEY", help="With --check: the first key of the lake, as you know it.")] = "",
    as_json: JsonDocument = False,
) -> int:
    """Pin every promoted table by its digest, list the rows, and write a dataset card, a draft of the EU's summary, Croissant and a bill
    of materials."""
    from tierline.release.write import write_release

    if check:
        return _check(Path(name), root_key)
    if not to:
        raise BadInput("needs a folder", "release", "give --to FOLDER")
    lake, folder = logged_lake(context)
    done = write_release(lake, folder, load_models(), name, Path(to), open_key(key, passphrase_file) if key else None)
    if as_json:
        show_json(done)
        return 0
    signed = f"signed by {done.signer}" if done.signer else "not signed: --key signs it"
    show_lines(f"{done.name}: {done.tables:,} tables pinned, {done.tokens:,} tokens in mixes, {done.files:,} files in {to}; {signed}")
    show_lines(f"its release.json has the SHA-256 {done.sha256}; read card.md, and eu-summary.md, which is a draft")
    return 0


def _check(folder: Path, root_key: str) -> int:
    """Exit status 1 if anything is wrong, each in a line."""
    from tierline.release.check import release_mismatches, signer_of

    found = release_mismatches(folder, root_key)
    if not found:
        found_by = signer_of(folder, root_key)
        show_lines(f"all holds: its files are those that {found_by} signed")
    show_lines(*found)
    return 1 if found else 0
