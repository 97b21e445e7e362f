"""The command line: one file for each group of commands, every parser beside its handler."""

from tierline.cli.main import main

__all__ = ["main"]
