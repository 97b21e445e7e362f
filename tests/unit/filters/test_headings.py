"""Headings keep their lines while a page's text is cleaned and redacted, and go when their lines go."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from examples.features import FEATURES
from tests.conftest import rows_of
from tierline.filters.batch import clean, filter_batch
from tierline.filters.boilerplate import NO_LINES, BoilerplateRules, DomainLines
from tierline.filters.headings import in_cleaned, in_redacted
from tierline.filters.pii import find, tagged
from tierline.filters.rules import FilterRules


def marked(text: str, headings: list[dict]) -> list[tuple[str, int]]:
    lines = text.split("\n")
    return [(lines[heading["line"]], heading["level"]) for heading in headings]


def headings_of(text: str, mark: str = "H") -> list[dict]:
    return [{"line": number, "level": number % 6 + 1} for number, line in enumerate(text.split("\n")) if line.startswith(mark)]


@pytest.mark.parametrize(
    ("raw", "cleaned", "lines"),
    [
        ("H a\nb", "H a\nb", [0]),
        ("x\nH a  \n\n\n\nb\nH c", "x\nH a\n\nb\nH c", [1, 4]),
        ("cut\n\nH a\nb\ncut\nH c", "H a\nb\nH c", [0, 2]),
        ("H e\u0301\nb", "H é\nb", [0]),
        ("a\u2028b\nH c\x85d\nH e", "a\nb\nH c\nd\nH e", [2, 4]),
        ("  a\nH a\nH a", "a\nH a\nH a", [1, 2]),
        ("H a", "", []),
    ],
)
def test_headings_stay_with_their_lines_through_cleaning(raw, cleaned, lines):
    assert [heading["line"] for heading in in_cleaned(headings_of(raw), raw, cleaned)] == lines


LINES = st.lists(st.sampled_from(["Ha", "Hb", "a", "b", "", " c "]), min_size=1, max_size=12)


@given(LINES, st.data())
def test_headings_are_those_of_the_lines_that_are_left(lines, data):
    raw = "\n".join(lines)
    gone = data.draw(st.sets(st.sampled_from(["Ha", "a", "b", ""])))
    cleaned = "\n".join(line.rstrip() for line in lines if line.strip() not in gone).strip()
    found = in_cleaned(headings_of(raw), raw, cleaned)
    kept = [line for line in lines if line.strip() not in gone]
    assert [line for line, _ in marked(cleaned, found)] == [line for line in kept if line.startswith("H")]
    levels = [heading["level"] for heading in headings_of(raw) if lines[heading["line"]] not in gone]
    assert [heading["level"] for heading in found] == levels


def test_a_heading_that_was_cut_is_left_out():
    assert in_cleaned(headings_of("Ha\nb\nHc"), "Ha\nb\nHc", "b\nHc") == [{"line": 1, "level": 3}]


def test_tags_of_several_lines_move_what_is_behind_them():
    text = "Ha\nx\ny\nHb\nHc"
    spans = [(3, 6, "PHONE")]
    assert marked(tagged(text, spans), in_redacted(headings_of(text), text, spans)) == [("Ha", 1), ("Hb", 4), ("Hc", 5)]
    assert marked(tagged(text, [(5, 8, "PHONE")]), in_redacted(headings_of(text), text, [(5, 8, "PHONE")])) == [("Ha", 1), ("Hc", 5)]


FILLING, WAITING, CLOSING = FEATURES["bridge"], FEATURES["owls"], FEATURES["library"]
PROSE = f"{FILLING}\n{WAITING}\n{CLOSING}"


def test_headings_reach_l1_at_their_lines_with_personal_data_redacted():
    text = f"Opening   \n{FILLING}\n\n\n\nWrite to anna@mills.org\n{WAITING}\nThis site requires JavaScript, enable it.\nClosing\n{CLOSING}"
    row = {
        "doc_id": "doc_1",
        "status": "ok",
        "text": text,
        "domain": "a.org",
        "headings": headings_of(text, ("Opening", "Write", "Closing")),
    }
    (batch,) = rows_of("l0_raw", [row]).to_batches()
    lines = DomainLines(BoilerplateRules())
    lines.add([clean(text)], ["a.org"])
    rules = FilterRules()
    found = filter_batch(batch, rules, lines.repeated())
    assert found.decisions == []
    (document,) = found.documents.to_pylist()
    assert [line for line, _ in marked(document["text"], document["headings"])] == ["Opening", "Write to <EMAIL>", "Closing"]
    assert find(document["text"]) == []


def test_what_has_no_marked_headings_stays_without():
    (batch,) = rows_of("l0_raw", [{"doc_id": "doc_1", "status": "ok", "text": PROSE, "domain": None}]).to_batches()
    assert [row["headings"] for row in filter_batch(batch, FilterRules(), NO_LINES).documents.to_pylist()] == [None]
