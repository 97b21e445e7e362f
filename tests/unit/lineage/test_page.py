"""The trace as a page: evidence is marked where it stands, and no text of the crawl acts on the page."""

import re
from html.parser import HTMLParser

import pytest

from tierline.lineage import Node, trace_html, trace_text
from tierline.lineage.render import ASCII

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(1)>\u202e2424\x1b[2J\"'{{ 7*7 }}"
TEXT = f"Before. It was founded in 1612 by a duke. {HOSTILE}"
START = TEXT.index("founded in 1612")


def node(table: str, key: str, row_id: str, parents: tuple[Node, ...] = (), **row) -> Node:
    activity = {"stage": table, "code_version": "1", "parameters": "{}", "inputs": "{}"}
    return Node(table, row_id, {key: row_id, "shard": "s", "activity_id": "act_1", **row}, activity, parents)


@pytest.fixture
def fact() -> Node:
    """A fact of one claim on a hostile page."""
    address = {
        "source_uri": HOSTILE,
        "source_offset": 0,
        "source_length": 9,
        "source_format": "warc",
        "payload_sha256": "ab",
        "fetched_at": "now",
    }
    raw = node("l0_raw", "doc_id", "doc_1", title=HOSTILE, text=TEXT, url=HOSTILE, **address)
    filtered = node("l1_filtered", "doc_id", "doc_1", (raw,), title=HOSTILE, text=TEXT)
    quote = {"quote": "founded in 1612", "parent_field": "text", "span_start": START, "span_end": START + 15}
    claim = node("l4_claims", "claim_id", "clm_1", (filtered,), subject=HOSTILE, predicate="founded", object="1612", url=HOSTILE, **quote)
    return node(
        "l4_facts", "fact_id", "fact_1", (claim,), subject=HOSTILE, predicate="founded", object="1612", text="It was founded in 1612."
    )


class Tags(HTMLParser):
    """Every tag of a page with its attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict]] = []
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.seen.append((tag, dict(attributes)))


def test_hostile_text_is_shown_and_does_nothing(fact):
    page = trace_html(fact)
    tags = Tags(page).seen
    assert not {"script", "img", "a", "iframe", "link"} & {tag for tag, _ in tags}
    assert all(set(attributes) <= {"lang", "charset", "name", "content", "class", "dir"} for _, attributes in tags)
    assert "&lt;script&gt;" in page and r"\u202e2424\x1b[2J" in page and "{{ 7*7 }}" in page
    assert not set("\u202e\x1b") & set(page)


def test_evidence_is_marked_between_what_surrounds_it(fact):
    assert re.search(r"Before\. It was <mark><bdi>founded in 1612</bdi></mark> by a duke\.", trace_html(fact))


def test_each_step_has_a_section_and_a_text_is_shown_once(fact):
    page = trace_html(fact)
    assert re.findall(r"<h2>(.*)</h2>", page) == [f"Step {number} of 4" for number in range(1, 5)]
    assert page.count("The text is the same as in l1_filtered.") == 1


def test_the_text_form_is_one_line_a_fact_and_can_do_without_line_drawing(fact):
    shown = trace_text(fact, ASCII)
    lines = shown.splitlines()
    assert shown.isascii() and lines[2].startswith("`- l4_claims  clm_1  ") and not set("\x1b\u202e") & set(shown)
    assert sum("founded in 1612" in line for line in lines) == 1 and "└─ l4_claims" in trace_text(fact)
