"""The memory benchmark makes the files it says it makes and measures each step in a process of its own."""

from benchmarks.memory import documents, measure
from benchmarks.neardup.corpus import SENTENCE_END
from examples.features import FEATURES

SENTENCES = [sentence for text in FEATURES.values() for sentence in SENTENCE_END.split(text)]


def test_documents_are_distinct_or_copies_and_reproducible():
    distinct = list(documents("distinct", 200, SENTENCES))
    assert len(set(distinct)) > 190 and distinct == list(documents("distinct", 200, SENTENCES))
    assert len(set(documents("copies", 200, SENTENCES))) == 1
    assert all(text.count("\n") == 2 for text in distinct)


def test_every_step_is_measured_with_its_imports(tmp_path):
    peaks = measure(tmp_path / "made", list(documents("distinct", 200, SENTENCES)), SENTENCES)
    assert peaks.keys() == {"l0", "l1", "l1_of_the_next"}
    assert all(100 < peak < 2000 for peak in peaks.values())
