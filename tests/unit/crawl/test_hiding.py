"""Text that nobody sees is no text, however its style is spelled; what a reader sees or can call up is."""

import pytest
from selectolax.lexbor import LexborHTMLParser

from tierline.crawl.blocks import cut_blocks
from tierline.crawl.extract import extract_page
from tierline.crawl.rules import PageRules


def texts(html: str) -> list[str]:
    return cut_blocks(LexborHTMLParser(html).root, PageRules()).texts


HIDING = [
    "display:none",
    "DISPLAY : None !important",
    "color:red;display:/* so */none;",
    "visibility:hidden",
    "visibility: collapse",
    "content-visibility:hidden",
    "opacity:0",
    "opacity: 0.0",
    "font-size:0",
    "font-size:0px",
    "position:absolute;left:-9999px",
    "top:-1000em;position:fixed",
    "text-indent:-9999px",
    "margin-left:-99999px",
    "position:absolute;clip:rect(0,0,0,0)",
    "clip:rect(1px 1px 1px 1px);position:absolute",
    "height:1px;width:1px;overflow:hidden",
    "clip-path: inset(50%)",
    "clip-path:inset(100% 0 0)",
    "transform:scale( 0 )",
    "position:absolute;left:-1000px",
    "position:absolute; top:-1500px",
    "position:fixed;right:-9999px",
    "bottom:-9999px;position:absolute",
    "position:absolute;left:-200vw",
    "margin:-9999px",
    "margin-top:-9999px",
    "font-size:1px",
    "font-size:0.1px",
    "font-size:1%",
    "font:0/0 a",
    "width:0;overflow:hidden",
    "height:0;overflow:auto",
    "height:0;overflow:scroll",
    "height:0px;overflow:clip",
    "max-height:0;overflow-y:hidden",
    "text-indent:100%;white-space:nowrap;overflow:hidden",
    "transform:translate(-9999px)",
    "transform:translateX( -9999px )",
    "transform: translate3d( -9999px , 0 , 0 )",
    "transform:translate3d(0,-9999px,0)",
    "transform:translate(0,-9999px)",
    "transform:translateY(-9999px)",
    "transform:rotate(0) translate(-9999px)",
    "transform:scale3d(0,0,0)",
    "transform:scaleX(0)",
    "transform:scale(1,0)",
    "translate:-9999px",
    "scale:0",
    "position:absolute;inset:-9999px auto auto -9999px",
    "clip-path:circle(0)",
    "opacity:.01",
]
SHOWING = [
    "",
    "color:red",
    "display:none;display:block",
    "opacity:.5",
    "font-size:0.5em",
    "left:-9999px",
    "position:absolute;left:-300px",
    "position:absolute;clip:rect(0,100px,100px,0)",
    "height:0;overflow:hidden;padding-bottom:56%",
    "background:url(data:x;base64,display:none)",
    "display",
    "clip-path:inset(5%)",
    "clip-path:url(#wave)",
    "transform:scale(0.5)",
    "transform:rotate(0)",
    "position:absolute;left:-100%",
    "position:absolute;left:-999px",
    "left:-100vw;position:fixed",
    "margin-left:-1140px",
    "margin:0 auto",
    "font-size:50%",
    "font-size:.5em",
    "font:12px/1 Arial",
    "font:bold 12px Arial",
    "width:0",
    "width:100px;overflow:auto",
    "text-indent:100%",
    "text-indent:1em;overflow:hidden",
    "transform:translate(-50%,-50%)",
    "transform:translateX(-1140px)",
    "transform:translate3d(-1140px,0,0)",
    "transform:translate3d(0,0,-9999px)",
    "transform:translateZ(0)",
    "transform:scale3d(1,1,0)",
    "transform:translate3d",
    "transform:matrix(1,0,0,1,0,0)",
    "translate:-50% -50%",
    "scale:1.5",
    "clip-path:circle(50%)",
    "position:absolute;inset:0",
    "opacity:.1",
]


@pytest.mark.parametrize("style", HIDING)
def test_a_style_that_hides_takes_the_text_out(style):
    assert texts(f'<p>a</p><div style="{style}">x<p>y</p></div><p>b</p>') == ["a", "b"]
    assert texts(f'<p>a <span style="{style}">x<i>y</i></span>b') == ["a b"]
    assert texts(f'<p>a</p><pre>b<b style="{style}">x</b>c</pre>') == ["a", "bc"]


@pytest.mark.parametrize(
    "attributes",
    [
        "class=sr-only",
        "class=sortkey",
        "class='badge Visually-Hidden'",
        "class='screen-reader-text '",
        "class=element-invisible",
        "popover",
        "popover=manual",
    ],
)
def test_text_for_screen_readers_and_popovers_are_not_seen(attributes):
    assert texts(f"<p>a</p><div {attributes}>x<p>y</p></div><p>b</p>") == ["a", "b"]
    assert texts(f"<p>a <span {attributes}>x</span>b") == ["a b"]


@pytest.mark.parametrize("attributes", ["class=sr", "class='sr-only2 my-sr-only'", "class='visually hidden'", "class=s", "class", "inert"])
def test_other_classes_and_attributes_leave_it(attributes):
    assert texts(f"<p>a</p><div {attributes}>x</div><p>b</p>") == ["a", "x", "b"]


def test_a_dialog_is_seen_where_it_is_open():
    assert texts("<p>a</p><dialog>x<p>y</p></dialog><dialog open>c</dialog><details open>d</details>") == ["a", "c", "d"]
    assert texts("<p>a</p><dialog style='display:block'>b</dialog>") == ["a", "b"]


@pytest.mark.parametrize("style", SHOWING)
def test_another_style_leaves_it(style):
    assert texts(f'<p>a</p><div style="{style}">x</div><p>b</p>') == ["a", "x", "b"]


def test_the_attribute_hides_unless_a_style_or_a_search_shows_it():
    assert texts("<p>a<p hidden>x<p HIDDEN=hidden>y<p>b") == ["a", "b"]
    assert texts("<p>a<p hidden=until-found>x<p hidden style='display:block'>y<p>b") == ["a", "x", "y", "b"]


def test_what_is_within_may_show_itself_again_where_css_lets_it():
    assert texts("<div style='visibility:hidden'>x<p style='visibility:visible'>a</p>y</div>") == ["a"]
    assert texts("<div style='font-size:0'>x<p style='font-size:12px'>a</p>y</div>") == ["a"]
    assert texts("<p>a</p><div style='display:none'>x<p style='display:block'>y</p></div>") == ["a"]


def test_closed_details_and_what_only_screen_readers_skip_are_seen():
    assert texts("<details><summary>s</summary>inner</details><p aria-hidden=true>b") == ["s", "inner", "b"]


def test_what_hides_the_whole_page_waits_for_a_script():
    assert texts("<body style='opacity:0'><p>a") == ["a"]


@pytest.mark.parametrize("style", ["opacity:0", "opacity:0.001;transform:translateY(20px)"])
def test_what_opacity_hides_is_seen_where_it_is_most_of_the_page(style):
    assert texts(f"<main style='{style}'><p>{'a ' * 20}</p><p>b</p></main><footer>c</footer>") == [("a " * 20).strip(), "b", "c"]
    assert texts(f"<main><p>{'a ' * 20}</p></main><p style='{style}'>x</p>") == [("a " * 20).strip()]
    assert texts(f"<main style='{style};display:none'><p>{'a ' * 20}</p></main><footer>c</footer>") == ["c"]


def test_nodes_without_attributes_are_passed_over():
    assert texts("<div><?php if (x) { y(); } ?>a<!-- c --></div><pre><!-- c -->b<?p q?></pre>") == ["a", "b"]


def test_hidden_scripts_still_say_what_machines_read():
    page = extract_page('<p>a</p><div hidden><script type=\'Application/LD+json; x=y\'>{"name": "A"}</script></div>')
    assert page.structured_data == '{"kind": "jsonld", "data": {"name": "A"}}'


def test_of_several_displays_the_one_counts_that_css_takes():
    """The last valid one, but an important one before others."""
    assert texts("<p>a</p><div style='display:none;display:hiden'>x</div>") == ["a"]
    assert texts("<p>a</p><div style='display:block !important;display:none'>b</div>") == ["a", "b"]
    assert texts("<p>a</p><div style='display:none!important;display:block'>x</div>") == ["a"]
    assert texts("<p>a</p><div style='display:none;display:flex'>b</div>") == ["a", "b"]


def test_a_marquee_is_seen():
    assert texts("<p>a</p><marquee>b <b>c</b></marquee><p>d <marquee>e</marquee></p>") == ["a", "b c", "d e"]
