"""The compiled walk cuts pages of any size into the same blocks, and refuses a parser that keeps its nodes otherwise."""

import pytest
from selectolax.lexbor import LexborHTMLParser

from tierline.crawl import lexbor_memory
from tierline.crawl.blocks import KINDS, cut_blocks
from tierline.crawl.markup import BITS
from tierline.crawl.rules import PageRules
from tierline.errors import TierlineError


def cut(html):
    tree = LexborHTMLParser(html)
    return cut_blocks(tree.root, PageRules())


def test_a_page_beyond_the_kept_memory_is_whole():
    many = cut("".join(f"<p class='c{number}'>line {number}" for number in range(20_000)))
    assert many.texts == [f"line {number}" for number in range(20_000)] and len(many.elements) == 20_002
    long = "word " * 500_000
    assert cut(f"<p>{long}").texts == [long.strip()]
    assert cut(f"<p class='{long}'>x").texts == ["x"]


def test_white_space_of_any_script_is_one_space():
    assert cut("<p>\xa0a\u2003\u3000 b\u2028c\n\t<b> d</b>e\u202f<i>\x85f</i></p><p>\xa0</p>").texts == ["a b c de f"]


def test_rows_say_kind_owner_links_and_hints():
    blocks = cut(
        "<article class='story'><h2>Lock</h2><ul><li class=hidden><a href=''>Up</a> and <a>down</a><li role=navigation>é<a href=x>ö€😀</a></ul>"
    )
    assert [KINDS[kind] for kind in blocks.rows[:, 0]] == ["h2", "li", "li"]
    assert blocks.rows[:, 2:].tolist() == [[0, 0], [2, 1], [3, 1]]
    own = [{name for name, bit in BITS.items() if mask >> bit & 1} for mask in blocks.elements[blocks.rows[:, 1], 3].tolist()]
    assert own == [{"<heading>"}, {"<item>", "hidden"}, {"<item>", "<nav>"}]
    path = int(blocks.elements[blocks.rows[1, 1], 4])
    assert all(path >> BITS[name] & 1 for name in ("article", "<article>", "<list>", "<item>", "hidden"))


@pytest.mark.parametrize("offset", ["TAG", "NEXT", "BEFORE", "PARENT", "FIRST", "LAST", "TEXT_LENGTH", "FIRST_ATTRIBUTE", "NEXT_ATTRIBUTE"])
def test_another_layout_of_nodes_is_an_error(offset, monkeypatch):
    monkeypatch.setattr(lexbor_memory, offset, 32 if offset not in ("NEXT_ATTRIBUTE",) else 136)
    with pytest.raises(TierlineError, match="selectolax"):
        lexbor_memory.attribute_numbers.__wrapped__()
