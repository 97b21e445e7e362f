"""Compiles a function with numba once per machine: the machine code is cached beside the source, or else in the user's cache."""

from __future__ import annotations

import ast
import getpass
import hashlib
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, ParamSpec, TypeVar, cast

import numba
import numpy as np
from numba.core import config
from numba.core.caching import InTreeCacheLocator, UserProvidedCacheLocator, UserWideCacheLocator

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")
ROOT = Path(__file__).parents[2]  # the package
# numba compiles a function once more for each literal that compiled code calls it with, but once for a constant of a type.
NO, YES = cast(bool, np.bool_(False)), cast(bool, np.bool_(True))
ZERO, NEWLINE = cast(int, np.int64(0)), cast(int, np.int64(10))


def compiled(function: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
    """The function as machine code, compiled at its first call for the types it is given; other threads run meanwhile."""
    return _compiled(function)


def helper(function: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
    """The same for a function that only compiled functions call: it compiles faster, but cannot be called from Python."""
    return _compiled(function, no_cpython_wrapper=True, no_cfunc_wrapper=True)


def inlined(function: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
    """A helper that is copied into each compiled function that calls it: for short ones that are called for every node or character."""
    return _compiled(function, no_cpython_wrapper=True, no_cfunc_wrapper=True, forceinline=True)


def _compiled(function: Callable[Parameters, Result], **further: bool) -> Callable[Parameters, Result]:
    options: dict[str, Any] = {"nogil": True, "error_model": "numpy"} | further
    try:
        return numba.njit(cache=True, **options)(function)
    except RuntimeError:  # if neither the source tree nor a home folder can be written: a folder that every machine has
        config.CACHE_DIR = str(Path(tempfile.gettempdir()) / f"tierline-kernels-{getpass.getuser()}")
        return numba.njit(cache=True, **options)(function)


@cache
def sources(path: Path) -> frozenset[Path]:
    """A file, and the modules of this package that it imports, directly or through others: what its machine code may hold."""
    found, waiting = {path}, [path]
    while waiting:
        for node in ast.walk(ast.parse(waiting.pop().read_bytes())):
            if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == ROOT.name:
                within = ROOT.joinpath(*node.module.split(".")[1:])
                files = [within.with_suffix(".py"), *(within / f"{alias.name}.py" for alias in node.names)]
                new = {file for file in files if file.is_file()} - found
                found |= new
                waiting += new
    return frozenset(found)


class _ByImports:
    """Machine code is as old as its source and everything that the source imports; numba alone would keep machine code that called an older
    version of a function, or held an older value of a constant, of another module."""

    _py_file: str

    def get_source_stamp(self) -> str:
        """Digest of the sources."""
        return hashlib.sha256(b"\0".join(file.read_bytes() for file in sorted(sources(Path(self._py_file))))).hexdigest()


class GivenFolder(_ByImports, UserProvidedCacheLocator):  # pyright: ignore[reportIncompatibleMethodOverride, reportUntypedBaseClass]
    """The cache in NUMBA_CACHE_DIR."""


class SourceFolder(_ByImports, InTreeCacheLocator):  # pyright: ignore[reportIncompatibleMethodOverride, reportUntypedBaseClass]
    """The cache beside the source."""


class UserFolder(_ByImports, UserWideCacheLocator):  # pyright: ignore[reportIncompatibleMethodOverride, reportUntypedBaseClass]
    """The user's cache."""


_LOCATORS = ",".join(f"{__name__}.{kind.__name__}" for kind in (GivenFolder, SourceFolder, UserFolder))
config.CACHE_LOCATOR_CLASSES = config.CACHE_LOCATOR_CLASSES or _LOCATORS
