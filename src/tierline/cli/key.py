"""`tierline key`: the keys of named people, by which they sign what they decide."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tierline.cli.output import JsonLines, show_json_lines, show_lines, show_table, write_file
from tierline.cli.signing import PassphraseFile, open_key, parse_day, read_passphrase, signed_lake
from tierline.display import TextTable
from tierline.errors import BadInput

if TYPE_CHECKING:
    from tierline.proof.registry import Key, Registry

By = Annotated[str, typer.Option("--by", metavar="FILE", help="Private key that admits or revokes it: one with the role admin.")]
KeyName = Annotated[str, typer.Argument(metavar="KEY", help="Its id (key_...), or the name of a person with one key.")]


def new(
    context: typer.Context,
    name: Annotated[str, typer.Option(help="The person whose key it is.")],
    to: Annotated[str, typer.Option(metavar="FILE", help="New file of the private key, outside of the lake.")],
    role: Annotated[
        list[str], typer.Option(help="What it may sign, once for each: admin (keys), log, waive, approve, review, takedown, release.")
    ],
    until: Annotated[str, typer.Option(metavar="YYYY-MM-DD", help="Its last day, in UTC.")] = "",
    by: By = "",
    by_passphrase_file: PassphraseFile = "",
    passphrase_file: Annotated[str, typer.Option(metavar="FILE", help="File with a passphrase for the new key.")] = "",
) -> None:
    """Make a person's key and register its public half; the first one admits itself, and needs the role admin."""
    from tierline.proof.dsse import key_id
    from tierline.proof.key_file import new_key
    from tierline.proof.registry import Registry, register

    lake = signed_lake(context)
    first = not Registry.of(lake.signed_lines).lines
    if first == bool(by):
        does = "the first key admits itself: leave it out" if first else "a key with the role admin admits others"
        raise BadInput(does, "--by", "`tierline key list` lists the keys of the lake")
    last = parse_day(until)
    admin = open_key(by, by_passphrase_file) if by else None
    private = new_key(Path(to), read_passphrase(passphrase_file), lake.delta.folder)
    try:
        found = register(lake.signed_lines, key_id(private.public_key()), name, role, last, admin or private)
    except BaseException:
        Path(to).unlink()  # of a key that nobody admitted
        raise
    show_lines(f"{found.key_id} of {found.name} may sign: {', '.join(found.roles)}")
    show_lines(f"{to} is its private key: keep it secret, and outside of the lake and its backups")
    if first:
        show_lines(f"TIERLINE_ROOT_KEY={found.key_id} in the environment refuses unsigned waivers, and all keys that it did not admit")


def list_keys(context: typer.Context, as_json: JsonLines = False) -> None:
    """Whose keys are registered, what they may sign, until when, and which are revoked."""
    registry = _registry(context)
    if as_json:
        show_json_lines(registry.keys.values())
    elif registry.keys:
        heads = "key", "name", "may sign", "since", "until", "revoked"
        rows = [
            (key.key_id, key.name, ", ".join(key.roles), f"{key.since:%Y-%m-%d}", str(key.until or ""),
             f"{key.revoked:%Y-%m-%d}: {key.why}" if key.revoked else "")
            for key in registry.keys.values()
        ]  # fmt: skip
        show_table(TextTable(heads, rows, frozenset(range(len(heads)))))
    else:
        show_lines("No key is registered: `tierline key new` makes the first.")


def export(context: typer.Context, key: KeyName, to: Annotated[str, typer.Option(metavar="FILE", help="Write it there.")] = "") -> None:
    """Print a public key (PEM), for those who check signatures elsewhere."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    found = _find(_registry(context), key)
    public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(found.key_id.removeprefix("key_")))
    text = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    if to:
        write_file(to, lambda path: path.write_text(text, "ascii"))
    else:
        show_lines(*text.splitlines())


def revoke(
    context: typer.Context,
    key: KeyName,
    why: Annotated[str, typer.Option(help="The reason, such as that others had it.")],
    by: By,
    by_passphrase_file: PassphraseFile = "",
) -> None:
    """End a key: its waivers count no more; heads of the log that it signed count once another key has signed a later one."""
    from tierline.proof import registry

    place = signed_lake(context).signed_lines
    found = registry.revoke(place, _find(registry.Registry.of(place), key).key_id, why, open_key(by, by_passphrase_file))
    show_lines(f"{found.key_id} of {found.name} is revoked: {found.why}; `tierline log sign` makes it impossible to hide that")


def _registry(context: typer.Context) -> Registry:
    from tierline.proof.dsse import Unproven
    from tierline.proof.registry import Registry

    lake = signed_lake(context)
    registry = Registry.of(lake.signed_lines)
    try:
        registry.refuse()
    except Unproven as error:
        raise BadInput(str(error), lake.root, "`tierline verify` says all that is wrong; restore the file from a backup") from None
    return registry


def _find(registry: Registry, key: str) -> Key:
    found = [one for one in registry.keys.values() if key in (one.key_id, one.name)]
    if len(found) != 1:
        raise BadInput("several keys have this name" if found else "no such key", key, "`tierline key list` lists their ids")
    return found[0]
