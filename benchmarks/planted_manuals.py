"""Writes manuals whose headings, code, tables and lists are known, in the forms that documentation is published in: HTML as six tools
write it, Markdown in both forms, reStructuredText, and three kinds of plain text."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html import escape

from examples.features import FEATURES

SEED = 20
SENTENCES = [
    f"{sentence.rstrip('.')}." for text in FEATURES.values() for sentence in text.replace("\n", " ").split(". ") if len(sentence) > 40
]
VERBS = "Install Build Configure Upgrade Back up Restore Monitor Secure Debug Remove Mount Compile Publish Archive Index Import".split(" ")
THINGS = (
    "the server|a package|from source|the C# bindings|user accounts|`lockd` options|the API (v2)|error codes|network access|log files|"
    "large files|plug-ins|the cache|TLS certificates|command-line tools|Q&A|a new lock|50% faster"
).split("|")
SINGLE = "Overview|Synopsis|See also|Notes|Examples|Exit status|Requirements|FAQ|What is a lock?|License".split("|")
CODE = (
    ["# install the tools", "sudo apt install lock-tools", "", "# then build", "make -j4"],
    ["NAME", "====", "", "lock = 1", "", "----"],
    ["def fill(lock):", '    """Open the paddles."""', "", "    return lock.level  # metres", "", "## not a heading"],
    ["$ lockd --help", "USAGE", "", "  lockd [OPTIONS]", "", "1. Options", "", "  -v  say more"],
    ["<h2>Not a heading</h2>", "<p>markup</p>"],
    ["key: value", "---", "title: none", "---"],
)


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of level 1 to 4."""

    level: int
    text: str


@dataclass(frozen=True, slots=True)
class Part:
    """What stands below headings: kind `p`, `code`, `table` or `list`, and its lines, items or rows (cells parted by tabs)."""

    kind: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Manual:
    """A document: the headings and what stands below each, in order."""

    number: int
    parts: tuple[Heading | Part, ...]

    @property
    def headings(self) -> list[Heading]:
        """Its headings, in order."""
        return [part for part in self.parts if isinstance(part, Heading)]

    def of_kind(self, kind: str) -> list[Part]:
        """Its parts of a kind."""
        return [part for part in self.parts if isinstance(part, Part) and part.kind == kind]


def manuals(count: int, seed: int = SEED) -> Iterator[Manual]:
    """Documents, the same for the same seed."""
    for number in range(count):
        yield _manual(number, random.Random(f"{seed}/{number}"))


def _manual(number: int, rng: random.Random) -> Manual:
    used: set[str] = set()
    parts: list[Heading | Part] = []
    for level in [1, 2, *_levels(rng)]:
        parts.append(Heading(level, _title(rng, used)))
        if len(parts) == 1 and rng.random() < 0.5:
            continue  # a title directly before the first section
        parts += _below(rng)
    return Manual(number, tuple(parts))


def _levels(rng: random.Random) -> Iterator[int]:
    last = 2
    for _ in range(rng.randint(2, 9)):
        last = rng.choice([2, 2, *range(2, min(4, last + 1) + 1)])
        yield last


def _title(rng: random.Random, used: set[str]) -> str:
    while True:
        title = rng.choice(SINGLE) if rng.random() < 0.2 else f"{rng.choice(VERBS)} {rng.choice(THINGS)}"
        if title not in used:
            used.add(title)
            return title


def _below(rng: random.Random) -> list[Part]:
    parts = [Part("p", (" ".join(rng.sample(SENTENCES, rng.randint(1, 4))),))]
    for kind in rng.choices(("code", "table", "list", "p"), (4, 1, 2, 4), k=rng.randint(0, 3)):
        if kind == "code":
            parts.append(Part(kind, (*rng.choice(CODE), f"exit {rng.randint(0, 999)}")))
        elif kind == "table":
            rows = [f"{rng.choice(THINGS)}\t{rng.randint(1, 999)}\t{rng.choice(SINGLE)}" for _ in range(rng.randint(2, 5))]
            parts.append(Part(kind, ("Option\tValue\tMeaning", *rows)))
        elif kind == "list":
            parts.append(Part(kind, tuple(rng.sample([*SENTENCES, *SINGLE], rng.randint(2, 5)))))
        else:
            parts.append(Part("p", (" ".join(rng.sample(SENTENCES, rng.randint(1, 3))),)))
    return [*parts, Part("p", (rng.choice(SENTENCES),))]


HEADER = '<div class="header"><h2>Lock Suite</h2><ul><li><a href="/">Home</a></li><li><a href="/docs">Docs</a></li></ul></div>'
FOOTER = '<div class="footer"><h3>About</h3><p><a href="/imprint">Imprint</a> <a href="/privacy">Privacy</a> &copy; 2026</p></div>'


def _page(manual: Manual, body: str, before: str = HEADER, after: str = FOOTER) -> str:
    title = escape(manual.headings[0].text)
    return f"<!doctype html><html><head><title>{title} — Lock 3.1 documentation</title></head><body>{before}{body}{after}</body></html>"


def _contents(manual: Manual) -> str:
    return "".join(f'<li><a href="#s{number}">{escape(one.text)}</a></li>' for number, one in enumerate(manual.headings))


def _html(manual: Manual, heading: Callable[[int, Heading], str], code: str, table: str = "<table>", wrap: str = "{}") -> str:
    out: list[str] = []
    number = 0
    for part in manual.parts:
        if isinstance(part, Heading):
            out.append(heading(number, part))
            number += 1
        elif part.kind == "code":
            out.append(code.format(escape("\n".join(part.lines))))
        elif part.kind == "table":
            head, *rows = [line.split("\t") for line in part.lines]
            cells = "".join(f"<th>{escape(cell)}</th>" for cell in head)
            body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
            out.append(f"{table}<thead><tr>{cells}</tr></thead><tbody>{body}</tbody></table>")
        elif part.kind == "list":
            out.append("<ul>" + "".join(f"<li>{wrap.format(escape(item))}</li>" for item in part.lines) + "</ul>")
        else:
            out.append(f"<p>{escape(part.lines[0])}</p>")
    return "\n".join(out)


def sphinx(manual: Manual) -> str:
    """As Sphinx writes it, with permalinks and a sidebar."""
    body = _html(
        manual,
        lambda number, one: f'<h{one.level}>{escape(one.text)}<a class="headerlink" href="#s{number}">¶</a></h{one.level}>',
        '<div class="highlight-sh notranslate"><div class="highlight"><pre><span></span>{}\n</pre></div></div>',
        '<table class="docutils align-default">', "<p>{}</p>",
    )  # fmt: skip
    side = (
        f'<div class="sphinxsidebar" role="navigation"><h3>Table of Contents</h3><ul>{_contents(manual)}</ul><h4>Previous topic</h4></div>'
    )
    return _page(manual, f'<div class="document"><div class="body" role="main"><section>{body}</section></div>{side}</div>')


def docbook(manual: Manual) -> str:
    """As the DocBook stylesheets write it: numbers before titles are left out, title pages and contents are not."""
    body = _html(
        manual,
        lambda number, one: f'<div class="titlepage"><div><div><h{one.level} class="title" style="clear: both"><a id="s{number}"></a>'
        f"{escape(one.text)}</h{one.level}></div></div></div>",
        '<pre class="screen">{}</pre>', '<table class="informaltable" border="1">', "<p>{}</p>",
    )  # fmt: skip
    links = '<div class="navheader"><table><tr><td><a href="a">Prev</a></td><th>3</th><td><a href="b">Next</a></td></tr></table></div>'
    first, rest = body.split("</div></div></div>", 1)
    toc = f'<div class="toc"><p><strong>Table of Contents</strong></p><dl>{_contents(manual).replace("li>", "dt>")}</dl></div>'
    return _page(manual, f'<div class="section">{first}</div></div></div>{toc}{rest}</div>', links, links)


def mkdocs(manual: Manual) -> str:
    """As MkDocs writes it with the Material theme."""
    body = _html(
        manual,
        lambda number, one: (
            f'<h{one.level} id="s{number}">{escape(one.text)}<a class="headerlink" href="#s{number}">&para;</a></h{one.level}>'
        ),
        '<div class="highlight"><pre><code>{}</code></pre></div>',
    )
    side = f'<nav class="md-nav"><label class="md-nav__title">Contents</label><ul>{_contents(manual)}</ul></nav>'
    return _page(manual, f'<main class="md-main">{side}<article class="md-content__inner">{body}</article></main>')


def mediawiki(manual: Manual) -> str:
    """As MediaWiki writes it, with links to edit each section."""
    edit = '<span class="mw-editsection"><span>[</span><a href="/edit">edit</a><span>]</span></span>'

    def heading(number: int, one: Heading) -> str:
        if one.level == 1:
            return f'<h1 id="firstHeading" class="firstHeading">{escape(one.text)}</h1>'
        return f'<h{one.level}><span class="mw-headline" id="s{number}">{escape(one.text)}</span>{edit}</h{one.level}>'

    body = _html(manual, heading, "<pre>{}\n</pre>", '<table class="wikitable">')
    title, rest = body.split("</h1>", 1)
    toc = f'<div id="toc" class="toc"><h2>Contents</h2><ul>{_contents(manual)}</ul></div>'
    side = '<div id="mw-navigation"><h2>Navigation menu</h2><h3>Tools</h3><ul><li><a href="/x">What links here</a></li></ul></div>'
    return _page(manual, f'<div id="content" class="mw-body">{title}</h1><div id="bodyContent">{rest}</div></div>{toc}{side}', "")


def man_page(manual: Manual) -> str:
    """As mandoc writes a man page: every heading an h1 or h2 with a link on itself."""
    body = _html(
        manual,
        lambda number, one: (
            f'<section class="Sh"><h{one.level} class="Sh" id="s{number}"><a class="permalink" href="#s{number}">'
            f"{escape(one.text)}</a></h{one.level}></section>"
        ),
        '<div class="Bd Bd-indent"><pre class="Li">{}</pre></div>',
    )
    head = '<table class="head"><tr><td>LOCKD(8)</td><td>System Manual</td><td>LOCKD(8)</td></tr></table>'
    return _page(
        manual, f'<div class="manual-text">{body}</div>', head, '<table class="foot"><tr><td>2026</td><td>Debian</td></tr></table>'
    )


def javadoc(manual: Manual) -> str:
    """As javadoc and many layouts write it: sections are the items of a list."""
    body = _html(
        manual,
        lambda number, one: f'\0<h{one.level}><a id="s{number}"></a>{escape(one.text)}</h{one.level}>',
        "<pre><code>{}</code></pre>",
    )
    first, *rest = body.lstrip("\0").split("\0")
    items = "".join(f'<li class="blockList"><section>{one}</section></li>' for one in rest)
    return _page(manual, f'<main role="main">{first}<div class="contentContainer"><ul class="blockList">{items}</ul></div></main>')


def atx(manual: Manual) -> str:
    """Markdown with number signs."""
    return _markdown(manual, lambda one: f"{'#' * one.level} {_in_markdown(one.text)}")


def setext(manual: Manual) -> str:
    """Markdown with lines below the first two levels, behind metadata."""
    marks = {1: "=", 2: "-"}

    def heading(one: Heading) -> str:
        text = _in_markdown(one.text)
        return f"{text}\n{marks[one.level] * 8}" if one.level in marks else f"{'#' * one.level} {text} ##"

    text = _markdown(manual, heading)
    return f"---\ntitle: {manual.headings[0].text}\nlayout: page\n---\n\n{text}"


def _in_markdown(text: str) -> str:
    return text.replace("from source", "from *source*").replace("the API", "the [API](https://docs.example/api)")


def _markdown(manual: Manual, heading: Callable[[Heading], str]) -> str:
    out: list[str] = []
    for part in manual.parts:
        if isinstance(part, Heading):
            out.append(heading(part))
        elif part.kind == "code":
            out.append("```sh\n" + "\n".join(part.lines) + "\n```")
        elif part.kind == "table":
            head, *rows = [line.replace("\t", " | ") for line in part.lines]
            out.append("\n".join([f"| {head} |", "| --- | --- | --- |", *(f"| {row} |" for row in rows)]))
        elif part.kind == "list":
            out.append("\n".join(f"- {item}" for item in part.lines))
        else:
            out.append(part.lines[0])
    return "\n\n".join(out) + "\n"


def restructured(manual: Manual) -> str:
    """reStructuredText with a line above the title."""
    marks = {1: "=", 2: "=", 3: "-", 4: "~"}

    def heading(one: Heading) -> str:
        line = marks[one.level] * len(one.text)
        return f"{line}\n{one.text}\n{line}" if one.level == 1 else f"{one.text}\n{line}"

    return _plain(manual, heading, ".. code-block:: sh\n\n", "* ")


def underlined(manual: Manual) -> str:
    """Plain text with lines below its headings."""
    return _plain(manual, lambda one: f"{one.text}\n{'=-~.'[one.level - 1] * len(one.text)}", "", "* ")


def numbered(manual: Manual) -> str:
    """Plain text with numbered sections, behind a table of contents; a title is the first section."""
    numbers: list[int] = []
    names: list[str] = []
    for one in manual.headings:
        depth = max(1, one.level - 1)
        numbers = [*numbers[:depth], *[0] * (depth - len(numbers))]
        numbers[-1] += 1
        numbers = [number or 1 for number in numbers]
        names.append(".".join(map(str, numbers)))
    own = dict(zip((one.text for one in manual.headings), names, strict=True))
    contents = "\n".join(
        f"   {name}. {one.text} ..... {page}" for page, (one, name) in enumerate(zip(manual.headings, names, strict=True), 1)
    )
    return f"Table of Contents\n\n{contents}\n\n" + _plain(manual, lambda one: f"{own[one.text]}. {one.text}", "", "*  ")


def formatted_man(manual: Manual) -> str:
    """A man page as a terminal shows it: capitals, and subsections set in by three spaces."""
    head = "LOCKD(8)                    System Manual                    LOCKD(8)"
    text = _plain(manual, lambda one: one.text.upper() if one.level < 3 else f"   {one.text}", "", "*   ", " " * 7)
    lines = text.split("\n")
    for number, line in enumerate(lines[:-1]):
        if line and (not line[0].isspace() or line[3:4].strip()) and not lines[number + 1]:
            lines[number + 1] = "\0"
    return f"{head}\n\n" + "\n".join(line for line in lines if line != "\0") + f"\n{head}\n"


def _plain(manual: Manual, heading: Callable[[Heading], str], code: str, item: str, margin: str = "") -> str:
    out: list[str] = []
    for part in manual.parts:
        if isinstance(part, Heading):
            out.append(heading(part))
            continue
        lines = list(part.lines)
        if part.kind == "code":
            lines = [f"   {line}" if line else "" for line in lines]
            lines[0] = code + lines[0]
        elif part.kind == "table":
            ruler = "  ".join(["=" * 20, "=" * 8, "=" * 20])
            rows = [
                " ".join(f"{cell:{width}}" for cell, width in zip(line.split("\t"), (21, 9, 20), strict=True)).rstrip() for line in lines
            ]
            lines = [ruler, rows[0], ruler, *rows[1:], ruler]
        elif part.kind == "list":
            lines = [item + line for line in lines]
        out.append("\n".join(f"{margin}{line}" if line else "" for line in "\n".join(lines).split("\n")))
    return "\n\n".join(out) + "\n"


# Format, and how it is written.
FORMS: dict[str, tuple[str, Callable[[Manual], str]]] = {
    "sphinx": ("html", sphinx), "docbook": ("html", docbook), "mkdocs": ("html", mkdocs), "mediawiki": ("html", mediawiki),
    "man_page": ("html", man_page), "javadoc": ("html", javadoc), "atx": ("markdown", atx), "setext": ("markdown", setext),
    "restructured": ("rst", restructured), "underlined": ("text", underlined), "numbered": ("text", numbered),
    "formatted_man": ("text", formatted_man),
}  # fmt: skip
# The level that a form gives a heading of level 1 to 4; others keep it.
SHOWN_LEVELS = {"numbered": (1, 1, 2, 3), "formatted_man": (1, 1, 2, 2)}
SUFFIXES = {"html": ".html", "markdown": ".md", "rst": ".rst", "text": ".txt", "pdf": ".pdf"}
