"""Ways in which pages state facts: structured data, tables, lists and sentences, each as HTML around given statements."""

from __future__ import annotations

import html
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass

CHANGING = {"head of state": "Head of state"}  # beside the population, in scenarios about time alone
AROUND = {"state": "State", "containedInPlace": "Contained in place"}  # in scenarios about two things of one name
LABELS = {"capital": "Capital", "area": "Area", "population": "Population", "currency": "Currency", "continent": "Continent"}
CODES = {"km²": "KMK", "sq km": "KMK", "sq mi": "MIK"}  # UN/CEFACT codes, as schema.org asks for them


@dataclass(frozen=True)
class Stated:
    """One property as a page writes it; a number stands with its unit and without it."""

    key: str
    text: str
    number: str = ""
    unit: str = ""
    when: str = ""

    @property
    def label(self) -> str:
        """The property for people."""
        return f"{(LABELS | CHANGING | AROUND)[self.key]}{f' ({self.when})' if self.when else ''}"


Template = Callable[[str, Sequence[Stated]], str]


def _json(data: object) -> str:
    return f'<script type="application/ld+json">{json.dumps(data, ensure_ascii=False)}</script>'


def _node(name: str, stated: Sequence[Stated]) -> dict[str, object]:
    """A property that is stated twice is a list."""
    values: dict[str, list[str]] = {}
    for one in stated:
        values.setdefault(one.key, []).append(one.text)
    return {"@type": "Country", "name": name} | {key: own if len(own) > 1 else own[0] for key, own in values.items()}


def _jsonld(name: str, stated: Sequence[Stated]) -> str:
    return _json({"@context": "https://schema.org"} | _node(name, stated))


def _jsonld_array(name: str, stated: Sequence[Stated]) -> str:
    return _json([{"@context": "https://schema.org", "@type": "WebPage", "headline": name}, _node(name, stated)])


def _jsonld_graph(name: str, stated: Sequence[Stated]) -> str:
    return _json({"@context": "https://schema.org", "@graph": [{"@type": "WebPage", "headline": name}, _node(name, stated)]})


def _quantitative_value(name: str, stated: Sequence[Stated]) -> str:
    typed = {one.key: _quantity(one) for one in stated}
    return _json({"@context": "https://schema.org", "@type": "Country", "name": name} | typed)


def _quantity(one: Stated) -> object:
    if not one.number:
        return one.text
    unit = {"unitCode": CODES[one.unit]} if one.unit in CODES else {"unitText": one.unit} if one.unit else {}
    return {"@type": "QuantitativeValue", "value": one.number} | unit


def _property_value(name: str, stated: Sequence[Stated]) -> str:
    pairs = [{"@type": "PropertyValue", "name": one.label, "value": one.text} for one in stated]
    return _json({"@context": "https://schema.org", "@type": "Country", "name": name, "additionalProperty": pairs})


def _microdata(name: str, stated: Sequence[Stated]) -> str:
    items = "".join(f'<li>{one.label}: <span itemprop="{one.key}">{html.escape(one.text)}</span></li>' for one in stated)
    return f'<div itemscope itemtype="https://schema.org/Country"><h2 itemprop="name">{html.escape(name)}</h2><ul>{items}</ul></div>'


def _rdfa(name: str, stated: Sequence[Stated]) -> str:
    items = "".join(f'<li>{one.label}: <span property="{one.key}">{html.escape(one.text)}</span></li>' for one in stated)
    return f'<div vocab="https://schema.org/" typeof="Country"><h2 property="name">{html.escape(name)}</h2><ul>{items}</ul></div>'


def _rdfa_prefixed(name: str, stated: Sequence[Stated]) -> str:
    """With a prefix, the subject's id, and values in attributes, two elements deep."""
    items = "".join(
        f'<p><span about="#it" property="schema:{one.key}" content="{html.escape(one.text)}">{one.label}</span></p>' for one in stated
    )
    return (
        '<div prefix="schema: http://schema.org/"><div resource="#it" typeof="schema:Country">'
        f'<h2 property="schema:name">{html.escape(name)}</h2></div>{items}</div>'
    )


def _rows(stated: Sequence[Stated], tag: str = "th", inner: str = "{}") -> str:
    return "".join(f"<tr><{tag}>{inner.format(one.label)}</{tag}><td>{html.escape(one.text)}</td></tr>" for one in stated)


def _infobox(name: str, stated: Sequence[Stated]) -> str:
    return f"<table><caption>{html.escape(name)}</caption>{_rows(stated)}</table>"


def _infobox_title_row(name: str, stated: Sequence[Stated]) -> str:
    return f'<table class="infobox"><tr><th colspan="2">{html.escape(name)}</th></tr>{_rows(stated)}</table>'


def _infobox_bold(name: str, stated: Sequence[Stated]) -> str:
    return f'<table class="infobox"><tr><td colspan="2"><b>{html.escape(name)}</b></td></tr>{_rows(stated, "td", "<b>{}</b>")}</table>'


def _infobox_wiki(name: str, stated: Sequence[Stated]) -> str:
    """Parts with rows of their own, an image, and marks of footnotes, as the boxes of Wikipedia have them."""
    rows = ""
    for one in stated:
        value = f"<td>{html.escape(one.text)}<sup>[3]</sup></td>"
        if one.key in ("area", "population"):
            rows += f'<tr><th colspan="2">{one.label}</th></tr><tr><th>&nbsp;•&nbsp;Total</th>{value}</tr>'
        else:
            rows += f"<tr><th>{'Capital<br>and largest city' if one.key == 'capital' else one.label}</th>{value}</tr>"
    image = '<tr><td colspan="2">The flag</td></tr>'
    return f'<table class="infobox vcard"><tr><th colspan="2">{html.escape(name)}</th></tr>{image}{rows}</table>'


def _infobox_untitled(name: str, stated: Sequence[Stated]) -> str:
    return f"<table>{_rows(stated)}</table>"


def _table(name: str, stated: Sequence[Stated]) -> str:
    """A table with a header, in which other countries stand, too."""
    heads = "".join(f"<th>{one.label}</th>" for one in stated)
    cells = "".join(f"<td>{html.escape(one.text)}</td>" for one in stated)
    other = "".join(f"<td>{'n/a' if number else 'unknown'}</td>" for number in range(len(stated)))
    return f"<table><tr><th>Country</th>{heads}</tr><tr><td>{html.escape(name)}</td>{cells}</tr><tr><td>Elsewhere</td>{other}</tr></table>"


def _definition_list(name: str, stated: Sequence[Stated]) -> str:
    items = "".join(f"<dt>{one.label}</dt><dd>{html.escape(one.text)}</dd>" for one in stated)
    return f"<h2>{html.escape(name)}</h2><dl>{items}</dl>"


def _bullets(name: str, stated: Sequence[Stated]) -> str:
    return f"<h2>{html.escape(name)}</h2><ul>{''.join(f'<li>{one.label}: {html.escape(one.text)}</li>' for one in stated)}</ul>"


def _bullets_dashes(name: str, stated: Sequence[Stated]) -> str:
    return f"<ul>{''.join(f'<li>{one.label} – {html.escape(one.text)}</li>' for one in stated)}</ul>"


def _labels(name: str, stated: Sequence[Stated]) -> str:
    """Lines with labels in bold, under a heading that names nothing."""
    lines = "".join(f"<p><b>{one.label}:</b> {html.escape(one.text)}</p>" for one in stated)
    return f"<h2>Key facts</h2>{lines}"


def _sentences(name: str, stated: Sequence[Stated]) -> str:
    said = {"capital": "The capital of {0} is {1}."}
    return "".join(
        f"<p>{said.get(one.key, f'The {one.key} of {{0}} is {{1}}.').format(html.escape(name), html.escape(one.text))}</p>"
        for one in stated
    )


def _sentences_of_subject(name: str, stated: Sequence[Stated]) -> str:
    """Sentences that begin with what they are about."""
    said = {
        "capital": "{1} is the capital of {0}, and its largest city.",
        "area": "{0} covers an area of {1}.",
        "population": "{0} has a population of {1} people.",
    }
    return " ".join(
        said.get(one.key, f"The {one.key} of {{0}} is {{1}}.").format(html.escape(name), html.escape(one.text)) for one in stated
    )


_DOUBTS = (
    "The {key} of {name} is not {value}.",
    "The {key} of {name} is said to be {value}.",
    "In the novel, the {key} of {name} is {value}.",
    "Until 1990 the {key} of {name} was {value}.",
    "If the {key} of {name} is {value}, maps have to be changed.",
    "Perhaps the {key} of {name} is {value}.",
    "A visitor wrote: “The {key} of {name} is {value}.”",
    "Some believe that the {key} of {name} is {value}.",
    "Is it true? The {key} of {name} is {value}, according to a rumor.",
    "{name} would have had a {key} of {value}.",
)


def doubted(name: str, stated: Sequence[Stated]) -> str:
    """Sentences that do not state what they say: denied, doubted, invented, past, conditional or quoted."""
    return "".join(
        f"<p>{doubt.format(key=one.key, name=html.escape(name), value=html.escape(one.text))}</p>" for one in stated for doubt in _DOUBTS
    )


TEMPLATES: dict[str, Template] = {
    "jsonld": _jsonld,
    "jsonld_array": _jsonld_array,
    "jsonld_graph": _jsonld_graph,
    "quantitative_value": _quantitative_value,
    "property_value": _property_value,
    "microdata": _microdata,
    "rdfa": _rdfa,
    "rdfa_prefixed": _rdfa_prefixed,
    "infobox": _infobox,
    "infobox_title_row": _infobox_title_row,
    "infobox_bold": _infobox_bold,
    "infobox_wiki": _infobox_wiki,
    "infobox_untitled": _infobox_untitled,
    "infobox_site_title": _infobox_untitled,  # the page's title names its site, too: "X | Site"
    "infobox_site_dash": _infobox_untitled,  # "X - Site"
    "infobox_site_first": _infobox_untitled,  # "Site: X"
    "table": _table,
    "definition_list": _definition_list,
    "bullets": _bullets,
    "bullets_dashes": _bullets_dashes,
    "labels": _labels,
    "sentences": _sentences,
    "sentences_of_subject": _sentences_of_subject,
}


def page(title: str, name: str, prose: str, block: str, language: str = "en", head: str = "") -> str:
    """A whole page around a block that states facts."""
    paragraphs = "".join(f"<p>{html.escape(part)}</p>" for part in prose.split("\n") if part)
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>{html.escape(title)}</title>{head}</head>'
        f"<body><main><h1>{html.escape(name)}</h1>{paragraphs}{block}</main></body></html>"
    )
