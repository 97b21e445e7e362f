"""Templates escape what they are given, whoever wrote it."""

import jinja2
import pytest

from tierline.display import TextTable
from tierline.pages import render_page

HOSTILE = '"><script>alert(1)</script>\u202e\x1b'
REPORT = dict.fromkeys(("title", "finding", "claim", "picture", "digest", "command"), HOSTILE)


def test_no_value_of_the_report_becomes_markup():
    table = TextTable((HOSTILE, "verdict"), [(HOSTILE, "better")], frozenset({1}))
    page = render_page(
        "tierline.training",
        "report.html.jinja",
        **REPORT,
        sections=[(HOSTILE, table)],
        explained=[HOSTILE],
        tests=[HOSTILE],
        method=[HOSTILE],
        scaling={"finding": HOSTILE, "picture": HOSTILE, "method": HOSTILE, "tables": [(HOSTILE, table)]},
    )
    assert "<script" not in page and not set("\u202e\x1b") & set(page) and page.count("&lt;script&gt;") == 21
    assert '<td class="words better" data-head="verdict">better</td>' in page


def test_a_forgotten_value_is_an_error():
    with pytest.raises(jinja2.UndefinedError):
        render_page("tierline.training", "report.html.jinja", **REPORT)
