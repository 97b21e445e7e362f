"""What commands that sign have in common: the file of a private key, its passphrase, and the lake whose keys are registered."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tierline.cli.context import open_present_lake
from tierline.cli.output import on_terminal
from tierline.config.regular_file import read_regular
from tierline.errors import BadInput

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from tierline.lake import Lake

PassphraseFile = Annotated[
    str, typer.Option(metavar="FILE", help="File with the passphrase of the key; asked for on a terminal without it.")
]


def open_key(file: str, passphrase_file: str) -> Ed25519PrivateKey:
    """The private key in a file. BadInput if it cannot be opened."""
    from tierline.proof.key_file import is_encrypted, load_key

    path = Path(file)
    passphrase = read_passphrase(passphrase_file)
    if not passphrase and is_encrypted(path) and on_terminal():
        passphrase = str(typer.prompt("passphrase", hide_input=True, err=True))
    return load_key(path, passphrase)


def read_passphrase(file: str) -> str:
    """The first line of a file; empty without a file. BadInput."""
    if not file:
        return ""
    try:
        found = read_regular(Path(file)).decode().split("\n")[0]
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"cannot be read ({error})", file, "give a file whose first line is the passphrase") from error
    if not found.strip():
        raise BadInput("holds no passphrase", file, "its first line is the passphrase; leave it out for none")
    return found


def signed_lake(context: typer.Context) -> Lake:
    """The present lake, whose keys are those of `signed_lines`. BadInput where --as-of is given."""
    return open_present_lake(context, "signs the present state alone")


def logged_lake(context: typer.Context) -> tuple[Lake, Path]:
    """The present lake and its folder. BadInput where it is on no local disk, so that its commits are not logged, or --as-of is given."""
    from tierline.lineage.prove import local_folder

    lake = signed_lake(context)
    return lake, local_folder(lake)


def parse_day(text: str) -> date | None:
    """The last day of something, in UTC; None without one. BadInput."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise BadInput("not a date", text, "give the last day as YYYY-MM-DD") from None
