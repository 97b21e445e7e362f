"""RDFa in the terms of schema.org: what it states of which item, and what is of another vocabulary."""

import json

import pytest
from selectolax.lexbor import LexborHTMLParser

from tierline.crawl.blocks import cut_blocks
from tierline.crawl.rdfa import read_rdfa
from tierline.crawl.rules import PageRules
from tierline.crawl.sight import Sight
from tierline.crawl.structured import structured_data

V = 'vocab="https://schema.org/"'


def items(markup: str) -> list[dict]:
    tree = LexborHTMLParser(f"<body>{markup}</body>")
    return list(read_rdfa(tree, Sight(cut_blocks(tree.root, PageRules()), tree, frozenset())))


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        (
            f'<div {V} typeof="City"><h2 property="name">Oslo</h2><p>of <b property="population">9,841</b></p></div>',
            [{"@type": "City", "name": "Oslo", "population": "9,841"}],
        ),
        (
            '<div prefix="s: http://schema.org/" typeof="s:City"><b property="s:name">Oslo</b><i property="dc:title">No</i></div>',
            [{"@type": "City", "name": "Oslo"}],
        ),
        ('<div typeof="schema:City"><b property="schema:name">Oslo</b></div>', [{"@type": "City", "name": "Oslo"}]),
        (
            '<div typeof="http://schema.org/City"><b property="http://schema.org/name">Oslo</b></div>',
            [{"@type": "City", "name": "Oslo"}],
        ),
        ('<div vocab="http://schema.org" typeof="City"><b property="name">Oslo</b></div>', [{"@type": "City", "name": "Oslo"}]),
        (
            f'<div {V} typeof="City"><b property="name" content="Oslo">here</b><time property="foundingDate" datetime="1048">long ago</time>'
            '<a property="url" href="/oslo">page</a><a property="motto" datatype="xsd:string" href="/m">Onward</a></div>',
            [{"@type": "City", "name": "Oslo", "foundingDate": "1048", "url": {"@id": "/oslo"}, "motto": "Onward"}],
        ),
        (
            f'<div {V} typeof="City"><b property="name">Oslo</b><p property="mayor" typeof="Person"><i property="name">Anne</i></p>'
            '<b property="area">454 km<sup>2</sup></b></div>',
            [{"@type": "City", "name": "Oslo", "mayor": {"@type": "Person", "name": "Anne"}, "area": "454 km²"}],
        ),
        (
            f'<div {V}><p resource="#oslo" typeof="City"><b property="name">Oslo</b></p><p about="#oslo"><b property="area">454</b></p>'
            '<b about="#oslo" property="population">9,841</b></div>',
            [{"@id": "#oslo", "@type": "City", "name": "Oslo", "area": "454", "population": "9,841"}],
        ),
        (
            f'<div {V} typeof="City"><b property="name">Oslo</b><b property="name">Kristiania</b></div>',
            [{"@type": "City", "name": ["Oslo", "Kristiania"]}],
        ),
        (
            f'<div {V} typeof="City"><b property="name">Oslo</b><p vocab="http://other.example/" typeof="Thing"><i property="name">No</i></p></div>',
            [{"@type": "City", "name": "Oslo"}],
        ),
        (
            f'<div {V} typeof="City"><b property="name">Oslo</b><p typeof="other:Thing"><i property="area">1</i></p></div>',
            [{"@type": "City", "name": "Oslo"}],
        ),
        (f'<div {V} typeof="City"><b property="name">Oslo</b><b property="area" hidden>454</b></div>', [{"@type": "City", "name": "Oslo"}]),
        ('<p property="name">Oslo</p><meta property="og:title" content="Oslo">', []),
        (f'<div {V}><p property="name">Oslo</p></div>', []),
        ('<div typeof="foaf:Person"><b property="foaf:name">Anne</b></div>', []),
        (f"<div {V} typeof property vocab prefix about resource></div>", []),
    ],
)
def test_items_are_those_of_json_ld(markup, expected):
    assert items(markup) == expected


def test_items_in_items_end_somewhere():
    found = items(f"<div {V}>" + '<p property="x" resource="#a" typeof="T"><b property="name">a</b>' * 300)
    assert json.dumps(found).count('"name"') <= 300
    about = items(f"<div {V}>" + '<div property="x" typeof="T" resource="#n"><div about="#n">' * 300)
    assert len(json.dumps(about)) < 20_000


def test_a_pages_rdfa_stands_beside_its_microdata():
    tree = LexborHTMLParser(f'<div {V} typeof="City"><b property="name">Oslo</b></div>')
    line = structured_data(tree, [], cut_blocks(tree.root, PageRules()))
    assert json.loads(line) == {"kind": "rdfa", "data": {"@type": "City", "name": "Oslo"}}
