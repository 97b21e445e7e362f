"""Starts `tierline serve` for tests that look at its pages."""

import os
import re
import subprocess
import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]


@contextmanager
def served(lake: str, places: Mapping[str, str]) -> Generator[str]:
    """The address of a lake's pages; `places` are variables of the process."""
    command = [sys.executable, "-m", "tierline.cli", "--lake", lake, "serve", "--port", "0"]
    environment = os.environ | {"PYTHONUNBUFFERED": "1", "PYTHONPATH": os.pathsep.join(sys.path)} | places
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield re.search(r"http://\S+?(?=/ )", process.stdout.readline())[0]
    finally:
        process.terminate()
        process.wait(60)
