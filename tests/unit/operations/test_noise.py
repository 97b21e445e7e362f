"""What is proposed to be dropped as noise, by planted odds and by the shipped classifier."""

import numpy as np
import pytest

from tierline.operations import Document, Kind, assemble
from tierline.operations.noise import NOISE, WEIGHTS, bundled_model, load_model, noise_spans, save_model
from tierline.operations.registry import VERIFIERS

PROSE = "The lock was built by the town in two years, and boats have passed through it ever since."
MENU = "- Driver Model\n- Power Management\n- Networking\n- Device drivers infrastructure"


def spans(text: str, noise: dict[int, float], **more) -> set[int]:
    """The lines that are dropped where the odds of all others are far below the threshold."""
    document = Document("doc_1", text, **more)
    odds = {number: noise.get(number, -9.0) for number, line in enumerate(text.split("\n")) if line.strip()}
    return {row for first, last in noise_spans(document, odds) for row in range(first, last + 1)}


def test_a_button_before_the_text_is_dropped():
    assert spans(f"Skip\n{PROSE}", {0: 0.5}) == {0}


def test_between_sentences_a_line_needs_more():
    text = f"{PROSE}\nAdvertisement\n{PROSE}"
    assert spans(text, {1: 2.0}) == set()
    assert spans(text, {1: 4.0}) == {1}


def test_a_sentence_needs_more_than_a_button():
    text = f"{PROSE}\n{PROSE.replace('two', 'six')}"
    assert spans(text, {0: 3.0}) == set()
    assert spans(text, {0: 5.0}) == {0}


def test_a_list_goes_as_a_whole_or_not_at_all():
    text = f"{MENU}\n{PROSE}"
    assert spans(text, {0: 1.0, 1: 1.0, 2: 1.0}) == {0, 1, 2, 3}
    assert spans(text, {0: 1.0, 1: 1.0}) == set()


def test_a_list_that_text_introduces_stays():
    assert spans(f"It has four parts:\n{MENU}\n{PROSE}", dict.fromkeys(range(1, 5), 3.0)) == set()


def test_a_page_without_prose_keeps_its_lines():
    assert spans(f"Index\n{MENU}", dict.fromkeys(range(5), 9.0)) == set()


def test_a_heading_stays_unless_it_comes_again():
    headings = {0: 2, 1: 2, 3: 2, 4: 2}
    text = f"1. Locks\n2. Boats\n{PROSE}\n1. Locks\n2. Boats\n{PROSE}"
    assert spans(text, {0: 3.0, 3: 3.0}, headings=headings) == {0}


def test_a_section_keeps_its_only_text():
    text = f"{PROSE}\nContact\nwww.example.org"
    assert spans(text, {2: 3.0}, headings={1: 2}) == set()
    assert spans(f"{text}\n{PROSE}", {2: 5.0}, headings={1: 2}) == {2}


def test_code_stays():
    assert spans(f"```\nSkip\n```\n{PROSE}", {1: 9.0}) == set()


@pytest.mark.parametrize(
    ("line", "kind"),
    [("“We open in May”", "quotation"), ("lock [--open] {north | south} <boat>", "synopsis"), (": the gate of a lock", "definition")],
)
def test_what_a_line_holds_protects_it(line, kind):
    assert spans(f"{line}\n{PROSE}", {0: 9.0}) == set(), kind


def test_a_running_head_goes_and_a_table_of_data_stays():
    head = "| 2. Locks |  |  |\n| --- | --- | --- |\n|  | Chapter 1. Rivers |  |"
    data = "| Lock | Year |\n| --- | --- |\n| North | 1910 |"
    assert spans(f"{head}\n{PROSE}", {0: 1.0, 2: 1.0}) == {0, 1, 2}
    assert spans(f"{head}\n{PROSE}", {0: 1.0}) == set()
    assert spans(f"{data}\n{PROSE}", dict.fromkeys(range(3), 9.0)) == set()


def test_the_shipped_classifier_drops_a_running_head_and_no_text():
    head = "| 8.3. Further Reading |  |  |\n| --- | --- | --- |\n|  | Chapter 8. Next Steps |  |\n"
    text = f"{head}8.3. Further Reading\n{PROSE}\nIf you need information about a program, you should first try its manual page."
    document = Document("doc_1", text, headings={3: 2})
    (operations,) = NOISE.propose([document])
    assert assemble(text, operations).text == text.removeprefix(head)
    assert [operation.kind for operation in operations] == [Kind.DROP]
    assert [VERIFIERS[Kind.DROP](document, operation) for operation in operations] == [""]


def test_documents_of_a_batch_do_not_change_each_other():
    documents = [Document(f"doc_{number}", f"{MENU}\n{PROSE}\n{'Share this' * number}") for number in range(70)]
    assert NOISE.propose(documents)[3] == NOISE.propose(documents[3:4])[0]


def test_the_last_two_lines_can_both_be_dropped():
    text = f"{PROSE}\nShare\nPrint"
    operations = NOISE.operations(Document("doc_1", text), {0: -9.0, 1: 1.0, 2: 1.0})
    assert assemble(text, operations).text.rstrip("\n") == PROSE


def test_nothing_and_empty_text_propose_nothing():
    assert NOISE.propose([]) == []
    assert NOISE.propose([Document("doc_1", ""), Document("doc_2", "\n \n")]) == [[], []]


def test_a_model_is_written_and_read(tmp_path):
    save_model(tmp_path / "noise.npz", bundled_model())
    with np.load(tmp_path / "noise.npz") as stored:
        read = load_model(stored)
    assert read.threshold == bundled_model().threshold
    np.testing.assert_allclose(read.hidden, bundled_model().hidden, rtol=1e-3)


def test_the_weights_are_small():
    assert WEIGHTS.stat().st_size < 1_000_000
