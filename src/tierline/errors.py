"""The one exception family, so that every failure a user can cause reads as one line: what, where, what to do."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

_COLOR = re.compile(r"\x1b\[[0-9;]*m")  # what Rust libraries put between the causes that they name
# How an object store says why: of the document that it answers with, code and message are for people.
_STORE_SAYS = re.compile(r"<\?xml[^>]*>\s*<Error>\s*<Code>(.*?)</Code>\s*<Message>(.*?)</Message>.*?</Error>", re.DOTALL)


class TierlineError(Exception):
    """Something a user or an operator can put right.

    `what` went wrong, `where` (a file, table/shard, setting), and what to `do` about it. `str()` is one line.
    """

    def __init__(self, what: str, where: str = "", do: str = "") -> None:
        super().__init__(what, where, do)
        self.what, self.where, self.do = what, where, do

    def __str__(self) -> str:
        line = f"{self.where}: {self.what}" if self.where else self.what
        said = _STORE_SAYS.sub(r"\1: \2", _COLOR.sub("", f"{line}; {self.do}" if self.do else line))
        return " ".join(said.split())


class BadInput(TierlineError):
    """A crawl file, recipe or argument that cannot be used as given."""


class SourceGone(TierlineError):
    """A crawl file is not at its address any more."""


class NotPromoted(TierlineError):
    """A shard was asked for whose gate has not passed for exactly the rows now in the lake."""


class NotWritten(TierlineError):
    """A shard of a table that no finished activity has written."""


class LawBroken(TierlineError):
    """A result that violates a law of the lake (conservation, schema, unique keys); it is refused before it is written."""


class LakeUnavailable(TierlineError):
    """The lake's root cannot be read or written."""


class Damaged(LakeUnavailable):
    """A file of the lake that is missing, cannot be read, or does not have the bytes it was written with."""


class BudgetReached(TierlineError):
    """What the recipe allows for model calls is spent; nothing that was answered is lost."""


class ModelLost(TierlineError):
    """The process that holds the language model has ended."""


class WorkersLost(TierlineError):
    """The workers of a cluster have ended, or none can be reached; batches that were finished are kept."""


class ModelUnavailable(TierlineError):
    """The model cannot be asked at present: an outage, which is no record of any call.

    `answered` holds the batch's answers in order, None for each call that has to be asked again.
    """

    answered: Sequence[Any] = ()


class MissingExtra(TierlineError):
    """A package that this needs is not installed; the extra that brings it is named."""
