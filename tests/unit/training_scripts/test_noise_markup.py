"""Labels of lines by the markup of their page."""

from tierline.operations import Document
from training_scripts.noise_markup import CONTENT, NOISE, UNKNOWN, markup_labels

PROSE = "The lock was built by the town in two years, and boats pass through it."


def labels(text: str, html: str, **more) -> list[int]:
    return markup_labels(Document("doc_1", text, **more), f"<html><body>{html}</body></html>")


def test_what_stands_only_in_navigation_is_noise():
    html = f"<nav><ul><li>Home</li><li>Fees</li></ul></nav><p>{PROSE}</p><div class='footer'>Printed in May</div>"
    assert labels(f"- Home\n- Fees\n\n{PROSE}\nPrinted in May", html) == [NOISE, NOISE, CONTENT, NOISE]


def test_what_no_element_has_is_unknown():
    assert labels("Gate", f"<p>{PROSE}</p>") == [UNKNOWN]


def test_a_table_of_contents_repeats_headings_that_follow():
    html = f"<div class='toc'><a>Locks</a></div><h2>Locks</h2><p>{PROSE}</p>"
    assert labels(f"Locks\nLocks\n{PROSE}", html, headings={1: 2}) == [NOISE, CONTENT, CONTENT]
    assert labels(f"Locks\n{PROSE}", html, headings={0: 2}) == [UNKNOWN, CONTENT]


def test_a_running_head_is_noise_as_a_whole():
    html = f"<div class='navheader'><table><tr><th>Locks</th></tr><tr><th>Rivers</th></tr></table></div><h2>Locks</h2><p>{PROSE}</p>"
    assert labels(f"| Locks |  |\n| --- | --- |\n|  | Rivers |\nLocks\n{PROSE}", html, headings={3: 2}) == [
        NOISE,
        NOISE,
        NOISE,
        CONTENT,
        CONTENT,
    ]


def test_an_element_with_most_of_the_text_is_no_navigation():
    assert labels(PROSE, f"<div class='menu'><p>{PROSE}</p></div>") == [CONTENT]


def test_the_sidebar_of_a_book_is_text():
    box = f"<div class='sidebar'><p>Going further</p></div><p>{PROSE}</p>"
    assert labels("Going further", box) == [NOISE]
    assert labels("Going further", f"<!-- DocBook -->{box}") == [CONTENT]
