"""What is seen of a line beside its words."""

import numpy as np

from tierline.operations import Document
from tierline.operations.line_features import NAMES, read_lines

PROSE = "The lock was built by the town in two years, and boats pass through it."


def seen(text: str, name: str, **more) -> list[float]:
    return read_lines([Document("doc_1", text, **more)]).numbers[:, NAMES.index(name)].tolist()


def test_empty_lines_are_left_out_and_lines_keep_their_numbers():
    lines = read_lines([Document("doc_1", "a\n\n b"), Document("doc_2", "\n"), Document("doc_3", "c")])
    assert lines.texts == ["a", "b", "c"]
    assert lines.line.tolist() == [0, 2, 0]
    assert lines.document.tolist() == [0, 0, 2]


def test_neighbors_are_of_the_same_document():
    lines = read_lines([Document("doc_1", "a\nb"), Document("doc_2", "c")])
    assert lines.around(np.array([1.0, 2.0, 3.0]), 1).tolist() == [2.0, 0.0, 0.0]
    assert lines.around(np.array([1.0, 2.0, 3.0]), -1).tolist() == [0.0, 1.0, 0.0]
    assert lines.around(np.array([1.0, 2.0, 3.0]), 9).tolist() == [0.0, 0.0, 0.0]


def test_lists_headings_code_and_sentences_are_told_apart():
    text = f"- a\nLocks\n```\nx.\n```\n{PROSE}"
    assert seen(text, "listed") == [1, 0, 0, 0, 0, 0]
    assert seen(text, "headed", headings={1: 2}) == [0, 1, 0, 0, 0, 0]
    assert seen(text, "code") == [0, 0, 1, 1, 1, 0]
    assert seen(text, "prose") == [0, 0, 0, 0, 0, 1]


def test_sentences_end_in_every_script():
    assert seen("門。\nدرس؟\ngate", "closed") == [1, 1, 0]


def test_prose_before_and_behind():
    assert seen(f"a\n{PROSE}\nb", "no_prose_before") == [1, 0, 0]
    assert seen(f"a\n{PROSE}\nb", "no_prose_behind") == [0, 0, 1]


def test_a_heading_that_comes_again():
    assert seen("Locks\nBoats\nLocks", "heading_later", headings={2: 2}) == [1, 0, 0]


def test_no_documents_have_no_lines():
    assert read_lines([]).numbers.shape == (0, len(NAMES))
