"""The one form in which a crawl file is named: relative to the crawl root if it is below it, else absolute; remote files by their URL."""

from __future__ import annotations

import os
import re
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import fsspec

from tierline.config.environment import LOCAL, Environment
from tierline.config.places import CRAWL_ROOT
from tierline.errors import BadInput, TierlineError

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.:-]*)://")  # `:` because a person may chain file systems: simplecache::https://...


def crawl_root() -> Path:
    """The folder that addresses are relative to, so that a lake and its crawl can move together: the working directory by default.

    BadInput if the variable names no folder: every file would have another address, and seem to be gone.
    """
    return Path(os.path.abspath(Environment().folder(CRAWL_ROOT, ".")))  # noqa: PTH100 - without `..`, but through links


def is_remote(address: str) -> bool:
    """Whether it is a URL of something other than a local file."""
    scheme = _SCHEME.match(address)
    return scheme is not None and scheme[1] not in LOCAL


def address_of(name: str) -> str:
    """The address of a file that is named by a path (from the working directory) or URL.

    A path through a link keeps its names: a crawl is called what its user calls it. BadInput as crawl_root.
    """
    if is_remote(name):
        return name
    absolute = Path(os.path.abspath(_path(name)))  # noqa: PTH100 - as above
    root = crawl_root()
    real = absolute.parent.resolve() / absolute.name
    for path, folder in ((absolute, root), (absolute, root.resolve()), (real, root.resolve())):
        if path.is_relative_to(folder):
            return str(path.relative_to(folder))
    return str(absolute)


def canonical(address: str) -> str:
    """The present form of an address that may have been recorded absolutely, or as a file:// URL, for a file below the root."""
    if is_remote(address):
        return address
    path, root = _path(address), f"{crawl_root()}/"
    return path.removeprefix(root) if path.startswith("/") else path


def local_path(address: str) -> Path | None:
    """Where a file of this address is on this machine; None for a remote one."""
    return None if is_remote(address) else crawl_root() / _path(address)


def remote_file(address: str) -> tuple[Any, str]:
    """(file system, path in it) of a remote address, whose path is a name: no pattern, and no chain of file systems. BadInput."""
    scheme = _SCHEME.match(address)
    assert scheme is not None, "local files are opened by their path"
    try:
        if "::" in scheme[1]:  # the person who named it meant a chain
            return fsspec.core.url_to_fs(address)
        kind: Any = fsspec.get_filesystem_class(scheme[1])
        return kind(**kind._get_kwargs_from_urls(address)), kind._strip_protocol(address)
    except (ValueError, TypeError, OSError, ImportError) as error:
        do = "pip install 'tierline[s3]'" if isinstance(error, ImportError) and scheme[1] in ("s3", "s3a") else ""
        raise BadInput(f"cannot be opened ({error})", address, do) from None


@contextmanager
def remote_errors() -> Generator[None]:
    """Give what a library of remote files raises of its own kind (no credentials, no connection) as OSError."""
    try:
        yield
    except (OSError, TierlineError):
        raise
    except Exception as error:
        raise OSError(str(error)) from error


@contextmanager
def listing_errors(address: str) -> Generator[None]:
    """Say in one line that a remote address cannot be looked at, whatever its library raises."""
    try:
        with remote_errors():
            yield
    except OSError as error:
        raise BadInput(f"cannot be listed ({error})", address, "check the address, its credentials and the connection") from error


def _path(name: str) -> str:
    scheme = _SCHEME.match(name)
    return name[scheme.end() :] if scheme else name
