"""Compiles a function with numba once a machine: the machine code is cached beside the source, or else in the user's cache."""

from __future__ import annotations

import getpass
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import numba
from numba.core import config

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")


def compiled(function: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
    """The function as machine code, compiled at its first call for the types it is given; other threads run meanwhile."""
    return _compiled(function, False)


def inlined(function: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
    """The same, and copied into each compiled function that calls it: for short ones that are called for every node or character."""
    return _compiled(function, True)


def _compiled(function: Callable[Parameters, Result], inline: bool) -> Callable[Parameters, Result]:
    options: dict[str, Any] = {"nogil": True, "error_model": "numpy", "forceinline": inline}
    try:
        return numba.njit(cache=True, **options)(function)
    except RuntimeError:  # neither the source tree nor a home folder can be written: a folder that every machine has
        config.CACHE_DIR = str(Path(tempfile.gettempdir()) / f"tierline-kernels-{getpass.getuser()}")
        return numba.njit(cache=True, **options)(function)
