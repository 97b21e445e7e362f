"""The TIERLINE_* variables of this process: the one place that reads them, and that says that an empty one is not set."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from tierline.errors import BadInput

NONE = "none"  # where an unset variable leaves things as they are, this says that there shall be nothing
LOCAL = ("file", "local")  # schemes of files of this machine
CLUSTERS = ("auto", "local")  # names of clusters that need no address
POSTGRES = "postgresql+psycopg2"  # a bare postgresql:// is another driver to SQLAlchemy 2.1 than the one that Dagster uses


class Environment:
    """The variables of this process as they are now, or given ones. One that is empty, or white space, counts as not set."""

    def __init__(self, values: Mapping[str, str] | None = None) -> None:
        self._values = os.environ if values is None else values

    def get(self, name: str, default: str = "") -> str:
        """Any text."""
        value = self._values.get(name, "")
        return value if value.strip() else default

    def file(self, name: str, default: str = "", what: str = "file") -> str:
        """The path of a file. BadInput if there is none at it; the default is not looked for."""
        return self._place(name, default, Path.is_file, what)

    def folder(self, name: str, default: str = "") -> str:
        """The path of a folder. BadInput if there is none at it; the default is not looked for."""
        return self._place(name, default, Path.is_dir, "folder")

    def new_folder(self, name: str, default: str, remote: bool = False) -> str:
        """The path of a folder that is there or can be made; of a prefix on another file system too, if `remote`. BadInput where
        something else than a folder is in the way."""
        value = self.get(name)
        scheme, _, path = value.partition("://") if "://" in value else ("", "", value)
        if scheme and not (remote and scheme in LOCAL):
            _check_scheme(name, scheme, remote)
        elif value and (blocked := _in_the_way(Path(path))):
            do = f"give the path of a folder, which is made where there is none, or leave {name} unset"
            raise BadInput(f"{blocked} is no folder", f"{name}={value}", do)
        return value or default

    def web_address(self, name: str) -> str:
        """The address of a web server, which may hold a key. BadInput, without showing it."""
        value = self.get(name).strip()
        try:
            parts = urlsplit(value)
            meant = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        except ValueError:  # also of a port that is no number
            meant = False
        if value and (not meant or any(character.isspace() for character in value)):
            raise BadInput("not an address of a web server", name, f"give one that begins with https://, or leave {name} unset")
        return value

    def cluster(self, name: str) -> str:
        """The address of a cluster, host:port or one of CLUSTERS. BadInput."""
        value = self.get(name).strip()
        host, _, port = value.rpartition(":")
        meant = value in ("", *CLUSTERS) or (bool(host) and not set(host) & set("/@ ") and port.isascii() and port.isdecimal())
        if not meant:
            do = f"give host:port, {' or '.join(CLUSTERS)}, or leave {name} unset"
            raise BadInput("not an address of a cluster", f"{name}={value}", do)
        return value

    def database_address(self, name: str) -> str:
        """The address of a Postgres database as SQLAlchemy takes it, which may hold a password. BadInput, without showing it."""
        value = self.get(name).strip()
        try:
            parts = urlsplit(value)
            meant = parts.scheme == POSTGRES and parts.port != 0 and len(parts.path) > 1
        except ValueError:  # also of a port that is no number
            meant = False
        if value and (not meant or any(character.isspace() for character in value)):
            raise BadInput("not an address of a Postgres database", name, f"give {POSTGRES}://USER:PASSWORD@HOST:PORT/DATABASE")
        return value

    def file_or_web_address(self, name: str) -> str:
        """The path of a file that is there or can be made, or the address of a web server. BadInput."""
        value = self.get(name).strip()
        if "://" in value:
            return self.web_address(name)
        if value and (Path(value).is_dir() or not Path(value).absolute().parent.is_dir()):
            raise BadInput("no file can be written there", f"{name}={value}", f"give a file or https://..., or leave {name} unset")
        return value

    def pattern(self, name: str, word: str = "") -> str:
        """A file, a folder, a glob or this word. BadInput where there is none of the first two; what a glob finds is for its reader
        to say."""
        value = self.get(name)
        return value if value.strip() == word or any(mark in value for mark in "*?[") else self._place(name, "", _exists, "file or folder")

    def choice(self, name: str, choices: Mapping[str, str], default: str) -> str:
        """What one of several words stands for. BadInput lists them."""
        value = self.get(name, default).strip()
        if value not in choices:
            raise BadInput(f"expected {' or '.join(choices)}, found {value!r}", name)
        return choices[value]

    def number(self, name: str, default: int, most: int) -> int:
        """A whole number from 1 to `most`. BadInput."""
        value = self.get(name, str(default)).strip()
        if not (value.isascii() and value.isdecimal() and len(value) <= len(str(most)) and 1 <= int(value) <= most):
            raise BadInput(f"expected a number from 1 to {most:,}, found {value!r}", name)
        return int(value)

    def _place(self, name: str, default: str, there: Callable[[Path], bool], what: str) -> str:
        value = self.get(name)
        try:
            found = not value or there(Path(value))
        except (OSError, ValueError):  # a name that nothing can have
            found = False
        if not found:
            raise BadInput(f"no such {what}", f"{name}={value}", f"give the path of a {what}, or leave {name} unset")
        return value or default


def _check_scheme(name: str, scheme: str, remote: bool) -> None:
    """The rest of the address is not shown: it may hold a password."""
    if not remote:
        raise BadInput(f"{scheme}:// is no folder of this machine", name, f"give the path of a folder, or leave {name} unset")
    import fsspec  # here, because few processes need it

    try:
        fsspec.get_filesystem_class(scheme)
    except ValueError:
        raise BadInput(f"no file system is called {scheme}://", name, "give a folder or a prefix such as s3://bucket/inbox") from None
    except ImportError as error:
        raise BadInput(f"{scheme}:// cannot be opened ({error})", name, "install what it needs") from None


def _in_the_way(path: Path) -> Path | None:
    """The path itself or the folder nearest to it, if that is there and no folder."""
    try:
        there = next((one for one in (path, *path.parents) if one.exists()), None)
    except (OSError, ValueError):  # a name that nothing can have
        return path
    return None if there is None or there.is_dir() else there


def _exists(path: Path) -> bool:
    return path.expanduser().exists()
