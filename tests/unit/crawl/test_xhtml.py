"""A page of XML is read as its author meant it: empty elements end where they begin."""

import pytest

from tierline.crawl.extract import extract_page
from tierline.crawl.xhtml import as_html, is_xhtml

XML = '<html xmlns="http://www.w3.org/1999/xhtml">'


@pytest.mark.parametrize(
    ("xml", "html"),
    [
        ('<script src="a.js"/>', '<script src="a.js"></script>'),
        ("<title/>", "<title></title>"),
        ("<br/><img src='a' />", "<br/><img src='a' />"),
        ('<a name="x" />b', '<a name="x" ></a>b'),
        ('<a title="a > b"/>', '<a title="a > b"></a>'),
        ("<p>a</p>", "<p>a</p>"),
        ("<!-- <div/> -->", "<!-- <div/> -->"),
        ('<script>x = "<div/>";</script><i/>', '<script>x = "<div/>";</script><i></i>'),
        ("<![CDATA[a < b]]>", "a &lt; b"),
        ("<script>//<![CDATA[\nx\n//]]></script>", "<script>//<![CDATA[\nx\n//]]></script>"),
        ("<a href=/b/c/>", "<a href=/b/c></a>"),
        ("<script>//<![CDATA[\nx//]]></script><b><![CDATA[a&b]]></b>", "<script>//<![CDATA[\nx//]]></script><b>a&amp;b</b>"),
        ("<b><![CDATA[a&b]]> <![CDATA[<i/>]]></b>", "<b>a&amp;b &lt;i/&gt;</b>"),
        ("<!-- - -- <![CDATA[ --><br/>a/><p>/></p>", "<!-- - -- <![CDATA[ --><br/>a/><p>/></p>"),
        ("<style>a</styles></style ><i/>", "<style>a</styles></style ><i></i>"),
    ],
)
def test_empty_elements_get_an_end(xml, html):
    assert as_html(xml) == html


@pytest.mark.parametrize("tag", "script title textarea style iframe a div b noscript".split())
def test_no_empty_element_swallows_the_page(tag):
    page = f"<?xml version='1.0'?>{XML}<head><{tag}/></head><body><{tag}/><p>The old bridge over the river.</p></body></html>"
    assert extract_page(page).text == "The old bridge over the river."
    assert extract_page(f"<html><body><{tag}/><p>The bridge.</p></body></html>", xml=True).text == "The bridge."


def test_only_a_page_that_says_so_is_xml():
    assert is_xhtml(XML) and is_xhtml("<?xml version='1.0'?><html>") and not is_xhtml("<!doctype html><html><p>x<br/>")


def test_markup_without_end_takes_linear_time():
    for piece in ('<a "', "<a b='", "<![CDATA[", "<!--", "<a /", "<script>"):
        as_html(XML + piece * 20_000)
