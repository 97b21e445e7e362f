"""No text takes more than linear time: every pattern of the library and every search over crawled text, on texts made to be slow."""

import contextlib
import importlib
import json
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import tierline
from tierline.crawl.page_bounds import PageTooLarge, bounded_markup
from tierline.crawl.rules import PageRules
from tierline.derived.build import build
from tierline.derived.rules import DerivedRules
from tierline.editing.faithfulness import FaithfulnessRules, judge_faithfulness, names
from tierline.editing.passages import SENTENCE_END
from tierline.editing.quantities import quantities
from tierline.filters.pii import redact
from tierline.judges.injection import escape, sentences, undisguised
from tierline.knowledge.claim_times import timed
from tierline.knowledge.labels import label_statements
from tierline.knowledge.page_subjects import PageNames, site_parts, subject_of
from tierline.knowledge.page_times import page_time
from tierline.knowledge.structured import Statement, structured_statements
from tierline.knowledge.text import text_statements
from tierline.knowledge.text_headings import markdown_marks, marks, underlined_marks
from tierline.knowledge.times import of_value
from tierline.knowledge.values import read_value
from tierline.operations import Document
from tierline.operations.edited import edit
from tierline.operations.rules import OperationRules

SMALL, TIMES = 2_000, 4
QUICK = 0.05  # seconds; below this a ratio says nothing
GENEROUS = 9.0  # times as long for a text TIMES as long; linear is 4, quadratic 16
UNITS = (
    "a", "A", "1", " ", "\n", "\t", ".", "-", "(", ")", '"', "'", "<", "=", "@", ":", "/", "\\", "a ", "A ", "A-", "1 ", "1.", "1,", "1-", "+1 ", "(1", "a.", "a@",
    "a@a.", ".a", "! ", '."', ". ", "a\n", "# ", "> ", "``", "| ", "<!--", "<a ", "<script ", "</", "<|", "[INST", "charset ", "charset=", "meta charset= ",
    "<meta ", "<?xml ", "A of ", "The A ", "A. ", "de la ", "nn't", "n't ", "[at] ", " at ", "2001:", "DE12 ", "AB12", "00 ", "ISBN ", "tel ", "system ", "é", "中 ", "А ",
)  # fmt: skip
HEADS = ("", "charset=")
END = "!x"


def seconds(work: Callable[[str], object], text: str) -> float:
    """Process time of the quickest of three runs; other processes do not count."""
    best = float("inf")
    for _ in range(3):
        began = time.process_time()
        work(text)
        best = min(best, time.process_time() - began)
        if best < QUICK:
            break
    return best


def is_linear(work: Callable[[str], object], make: Callable[[int], str], size: int = SMALL) -> bool:
    """Whether a text four times as long takes less than nine times as long, or no time worth measuring."""
    long = seconds(work, make(TIMES * size))
    return long < QUICK or long < GENEROUS * seconds(work, make(size))


SOURCE = Path(tierline.__file__).parent
MODULES = [
    path.relative_to(SOURCE.parent).with_suffix("") for path in sorted(SOURCE.rglob("*.py")) if "re.compile(" in path.read_text("utf-8")
]


# Never sought along a text: at the start of an address that a person gave; forms that whole sentences of bounded length are compared with.
# That of words is made when it is needed, and is one class of characters.
NOT_SOUGHT = {
    "tierline.crawl.address": ("_SCHEME",),
    "tierline.knowledge.sentence_forms": ("FORMS",),
    "tierline.knowledge.text": ("FORMS",),
    "tierline.text.words": (),
}


def patterns(module: str) -> Iterator[re.Pattern]:
    """Every compiled pattern of a module, those in tuples and dictionaries too."""
    loaded = importlib.import_module(module)
    bounded = [getattr(loaded, name) for name in NOT_SOUGHT.get(module, ())]
    waiting = list(vars(loaded).values())
    while waiting:
        value = waiting.pop()
        if isinstance(value, re.Pattern) and value not in bounded:
            yield value
        elif isinstance(value, tuple) and value not in bounded:
            waiting += value
        elif isinstance(value, dict) and value is not vars(loaded).get("__builtins__"):
            waiting += value.values()


def is_linear_on(pattern: re.Pattern, unit: str, head: str) -> bool:
    binary = isinstance(pattern.pattern, bytes)

    def work(text: str) -> None:
        for _ in pattern.finditer(text.encode() if binary else text):
            pass

    return is_linear(work, lambda size: head + unit * (size // len(unit)) + END)


@pytest.mark.parametrize("module", [".".join(path.parts) for path in MODULES])
def test_every_pattern_is_linear(module):
    found = list(patterns(module))
    assert found or module in NOT_SOUGHT, "a pattern that is compiled where this test does not see it"
    slow = {(pattern.pattern, head, unit) for pattern in found for head in HEADS for unit in UNITS if not is_linear_on(pattern, unit, head)}
    assert not slow


def attributes(size: int) -> str:
    return ("<a" + "b" * 9_000) * (size // 9_000) + ">"


FUNCTIONS: dict[str, tuple[Callable[[str], object], Callable[[int], str], int]] = {
    "statements, one name": (lambda text: list(text_statements(text)), lambda size: "A " * (size // 2), 20_000),
    "statements, title case": (lambda text: list(text_statements(text)), lambda size: "Words In Title Case Of The " * (size // 27), 20_000),
    "statements, verbs": (lambda text: list(text_statements(text)), lambda size: "was founded in 1431 " * (size // 20), 20_000),
    "statements, names and verbs": (
        lambda text: list(text_statements(text)),
        lambda size: ("A " * 150 + "was founded in 143x ") * (size // 320),
        20_000,
    ),
    "statements, founders": (lambda text: list(text_statements(text)), lambda size: "A was founded by " + "Bb " * (size // 3), 20_000),
    "times, in brackets": (lambda text: of_value(text, "en"), lambda size: "5 (in 2011 x) " * (size // 14), 20_000),
    "times, of a sentence": (
        lambda text: timed(Statement("A", "population", "5 a", 0, len(text), "text"), text, "en"),
        lambda size: "5 a in 2011 as of x " * (size // 20),
        20_000,
    ),
    "times, of a page": (lambda text: page_time(text, text, None), lambda size: '{"kind": "meta"\n/2011/13/' * (size // 26), 20_000),
    **{
        f"statements, {unit!r}": (lambda text: list(text_statements(text)), lambda size, unit=unit: unit * (size // len(unit)), 20_000)
        for unit in (
            "Velm was founded in 1431. ",
            "Velm was founded in 1431.\n",
            "The area of A A A is 1 km². ",
            "Anne Berg (A; a; 1 May 1960 – 1999) was a ",
            "St. A. was born in B, B. ",
            "“A is the capital of B. ” ",
            "A (b) has a population of 1,000 (a) ",
            "according to the a b ",
        )
    },
    **{
        f"labels, {unit!r}": (
            lambda text: list(label_statements(text, [], "Oslo", PageNames("Oslo"), "en")),
            lambda size, unit=unit: unit * (size // len(unit)),
            20_000,
        )
        for unit in ("- Area: 5 km²\n", "- Population (2011): 5\n", "**a", "a - ", "- area 1 ", "Area{}: 1\nCapital: Velm\n", "\t")
    },
    "subjects of titles": (
        lambda text: subject_of(PageNames(text, text, text), text, text, site_parts([("a", text)] * 3)),
        lambda size: "Aa | a: " * (size // 8),
        20_000,
    ),
    "structured, values that are not there": (
        lambda text: list(structured_statements(text, "")),
        lambda size: '{"kind": "jsonld", "data": {"name": "x", "a": [' + ", ".join(['"\\/"', '"\\u0041"'] * (size // 14)) + "]}}",
        20_000,
    ),
    "structured, tables": (
        lambda text: list(structured_statements(text, "")),
        lambda size: json.dumps({"kind": "table", "header": ["a", "b"], "rows": [["\\/", "b"]] * (size // 14)}).replace("\\\\", "\\"),
        20_000,
    ),
    "structured, relations": (
        lambda text: list(structured_statements(text, "")),
        lambda size: json.dumps({"kind": "jsonld", "data": {"name": "x"} | {f"k{n}": {"name": "é"} for n in range(size // 20)}}),
        20_000,
    ),
    **{
        f"operations, {unit!r}": (
            lambda text: edit([Document("doc_1", text)], OperationRules()),
            lambda size, unit=unit: unit * (size // len(unit)),
            40_000,
        )
        for unit in (
            "He is. Anna Berg is.\n",
            "The company is. Lock Works Ltd is.\n",
            "goverment of the ",
            "It is.The end,and so. ",
            "A B (AB) is AB. ",
            "5 miles. 3/14/2010. ",
            "cafÃ© ",
            "- the lock of the town is open\n",
            "govern-\nment ",
            "the end. the mill ",
        )
    },
    **{
        f"derived forms, {unit!r}": (
            lambda text: build(Document("doc_1", text, "en", "https://a.example/", "The locks of Mora"), DerivedRules()),
            lambda size, unit=unit: unit * (size // len(unit)),
            40_000,
        )
        for unit in (
            "The lock was built in 1894 by Anna Lind. ",
            "A lock is a basin between two gates.\n",
            "If the basin is empty, the gate opens. ",
            "The lock has eleven gates because it is old.\n",
            "The following gates are used:\n- one gate\n- two gates\n",
            "| a | b |\n| --- | --- |\n| c | 1 |\n| d | 2 |\n\n",
            "| Ab | 1 |\n| --- | --- |\n",
            "A a: The name of a gate of old\n",
        )
    },
    "PII, phones": (redact, lambda size: "Call +49 30 1234567 or " * (size // 23), 20_000),
    "PII, digits": (redact, lambda size: "12 34 56 " * (size // 9), 20_000),
    "PII, national phones": (redact, lambda size: "x 030 1234567, " * (size // 15), 20_000),
    "PII, international phones": (redact, lambda size: "+1 555 123 4567 " * (size // 16), 20_000),
    "PII, figures": (redact, lambda size: "(12) 34-56 / " * (size // 13), 20_000),
    "PII, other digits": (redact, lambda size: "٣ " * (size // 2), 20_000),
    "PII, unseen marks": (redact, lambda size: "1\u200f" * (size // 2), 20_000),
    "PII, internationalized hosts": (redact, lambda size: "é@" + "é.中。" * (size // 4), 20_000),
    "PII, accounts": (redact, lambda size: "DE89 3704 " * (size // 10), 20_000),
    **{
        f"values, {unit!r}, {predicate}": (
            lambda text, predicate=predicate: read_value.__wrapped__(text, predicate, "en"),
            lambda size, unit=unit: unit * (size // len(unit)),
            20_000,
        )
        for unit in (
            "1 ",
            "1,",
            "1.234 ",
            "(1 km ",
            "1 km (",
            "a, ",
            "A. ",
            "sq km ",
            "-",
            "é",
            "St. ",
            "1945-",
            "10/",
            "May 1 ",
            "inc ",
            "$",
        )
        for predicate in ("founding date", "publisher")
    },
    "quantities": (quantities, lambda size: "-$5 mg twenty-" * (size // 14), 20_000),
    "PII, at": (redact, lambda size: "a@" * (size // 2), 20_000),
    "PII, spelt at": (redact, lambda size: "a[at]" * (size // 5), 20_000),
    "PII, one long local part": (redact, lambda size: "a%" * (size // 2) + "@a", 20_000),
    "markup, comments": (lambda text: check(text), lambda size: "<!--" * (size // 4), 100_000),
    "markup, scripts": (lambda text: check(text), lambda size: "<script " * (size // 8), 150_000),
    "markup, attributes": (lambda text: check(text), attributes, 500_000),
    "injection": (lambda text: undisguised(escape(text)), lambda size: "a a " * (size // 4) + "ab", 20_000),
    "sentences of injection": (lambda text: list(sentences(text)), lambda size: "1.1" * (size // 3), 20_000),
    "sentences": (SENTENCE_END.split, lambda size: "." + '"' * size, 20_000),
    "headings, Markdown": (markdown_marks, lambda size: "# a `*[\n" * (size // 9), 20_000),
    "headings, nested lists of Markdown": (markdown_marks, lambda size: "- " * (size // 2), 20_000),
    "headings, quotations of Markdown": (markdown_marks, lambda size: "> " * (size // 2), 20_000),
    "headings, lines below": (lambda text: underlined_marks(text.split("\n")), lambda size: "aaa\n---\n" * (size // 8), 20_000),
    "headings, one long line": (lambda text: marks(text, None, None), lambda size: "-" * size + "\n" + "-" * size, 20_000),
    "headings, numbers": (lambda text: marks(text, None, None), lambda size: "1.1 a\n\n" * (size // 7), 20_000),
    **{
        f"faithfulness, {unit!r}": (
            lambda text: judge_faithfulness(text, text[: len(text) // 2] + "x " + text[len(text) // 2 :], 1.0, FaithfulnessRules()),
            lambda size, unit=unit: unit * (size // len(unit)),
            6_000,
        )
        for unit in (
            "a b ",
            "A. ",
            "1 ",
            "twenty-",
            "one hundred ",
            "five thousand ",
            '" ',
            "''a ",
            "WHO (Who Has Offered) ",
            "- a\n",
            "May 3 ",
            "a.m. ",
            "not ",
        )
    },
    "faithfulness, all words": (
        lambda text: judge_faithfulness(text, text.replace("a", "e"), 1.0, FaithfulnessRules()),
        lambda size: "abandon rarely a mill. " * (size // 23),
        6_000,
    ),
    "names": (lambda text: (names(text), quantities(text)), lambda size: "A.\n" * (size // 3), 20_000),
}


def check(text: str) -> None:
    with contextlib.suppress(PageTooLarge):
        bounded_markup(text.encode(), PageRules())


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_search_over_crawled_text_is_linear(name):
    work, make, size = FUNCTIONS[name]
    work(make(100))  # kernels and caches
    assert is_linear(work, make, size), name
    assert seconds(work, make(TIMES * size)) < 5
