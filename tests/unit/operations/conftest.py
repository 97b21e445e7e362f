"""Documents for the tests of operations."""

import pytest

from tierline.operations import Document, Kind, Operation
from tierline.operations.edited import Edited, edit
from tierline.operations.registry import VERIFIERS
from tierline.operations.rules import OperationRules


def a_document(text: str, **more) -> Document:
    return Document("doc_1", text, **more)


def done(text: str, **more) -> str:
    """The text after every operation of the rules."""
    return edited(text, **more).assembled.text


def edited(text: str, **more) -> Edited:
    return edit([a_document(text, **more)], OperationRules())[0]


def verdict(kind: Kind, text: str, original: str, replacement: str, score: float | None = None, **more) -> str:
    """What the kind's verifier says of a planted operation on the first place where the original stands."""
    start = text.index(original)
    operation = Operation(kind, start, start + len(original), replacement, "planted", "test-1", score)
    return VERIFIERS[kind](a_document(text, **more), operation)


@pytest.fixture
def make_document():
    return a_document
