"""What no drop of noise may take, whoever proposed it."""

import pytest

from tierline.operations import Document, Kind, Operation
from tierline.operations.noise_lines import holds_claim, layout_table, verify_noise

PROSE = "The lock was built by the town in two years, and boats have passed through it ever since."


def verdict(text: str, original: str, **more) -> str:
    start = text.index(original)
    return verify_noise(Document("doc_1", text, **more), Operation(Kind.DROP, start, start + len(original), "", "noise", "test-1", 0.99))


@pytest.mark.parametrize(
    ("text", "original", "refused"),
    [
        (f"Share\n{PROSE}", "Share\n", ""),
        (f"{PROSE}\nShare", "\nShare", ""),
        (f"{PROSE}\nShare", "Share", ""),
        (f"Share this\n{PROSE}", "Share", "drop:part"),
        (f"```\nopen()\n```\n{PROSE}", "open()\n", "drop:code"),
        (f"    open the gate\n{PROSE}", "    open the gate\n", "drop:code"),
        (f"| Lock | Year |\n| --- | --- |\n| North | 1910 |\n{PROSE}", "| North | 1910 |\n", "drop:table"),
        (f"| Locks |  |\n| --- | --- |\n|  | Rivers |\n{PROSE}", "| Locks |  |\n", "drop:table"),
        (f"| Locks |  |\n| --- | --- |\n|  | Rivers |\n{PROSE}", "| Locks |  |\n| --- | --- |\n|  | Rivers |\n", ""),
        (f"> We open in May\n{PROSE}", "> We open in May\n", "drop:quotation"),
    ],
)
def test_what_is_dropped_and_what_is_refused(text, original, refused):
    assert verdict(text, original) == refused


def test_a_heading_is_dropped_only_where_it_comes_again_with_its_text():
    text = f"Locks\nBoats\nLocks\n{PROSE}"
    assert verdict(text, "Locks\n", headings={0: 2, 1: 2, 2: 2}) == ""
    assert verdict(text, "Boats\n", headings={0: 2, 1: 2, 2: 2}) == "drop:heading"


def test_evidence_of_a_claim_is_kept():
    text = "The capital of Norway is Oslo.\nShare"
    document = Document("doc_1", text)
    assert holds_claim(document, 0, 30)
    assert not holds_claim(document, 31, 36)
    assert verdict(text, "The capital of Norway is Oslo.\n") == "drop:claim"


def test_a_table_for_layout_has_one_filled_cell_a_row_and_stands_at_an_end():
    table = f"| Locks |  |\n| --- | --- |\n|  | Rivers |\n\n{PROSE}"
    assert layout_table(Document("doc_1", table), 0) == 3
    assert layout_table(Document("doc_1", f"{PROSE}\n{table}"), 1) == 1
    assert layout_table(Document("doc_1", f"{PROSE}\n| Locks |  |\n| --- | --- |"), 1) == 3
    assert layout_table(Document("doc_1", "| Lock | Year |\n| --- | --- |"), 0) == 0
