"""What a site repeats on its pages is cut; what merely repeats (copies, code, tables, verse) stays."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from examples.features import FEATURES
from tierline.dedup import DedupRules
from tierline.dedup.resolve import NoDocuments
from tierline.filters import BoilerplateRules, FilterRules
from tierline.filters.boilerplate import DomainLines
from tierline.filters.filter import filter_shard
from tierline.filters.pair_counter import PairCounter

NOTE = "Subscribe to our letter and never miss a story again."
TEXTS = list(FEATURES.values())
RULES = BoilerplateRules()


def cut(texts, domains=None, rules=RULES):
    domains = domains or ["news.site.example"] * len(texts)
    lines = DomainLines(rules)
    for start in range(0, len(texts), 3):  # in batches, as a shard is read
        lines.add(texts[start : start + 3], domains[start : start + 3])
    return lines.repeated().cut(texts, domains)


def test_a_line_that_a_site_repeats_is_cut_from_all_its_pages():
    texts = [f"{TEXTS[number]}\n\n{NOTE}\n\n{TEXTS[number + 1]}" for number in range(6)]
    found = cut(texts)
    assert [page.text for page in found] == [f"{TEXTS[number]}\n\n{TEXTS[number + 1]}" for number in range(6)]
    assert {(page.lines, page.characters) for page in found} == {(1, len(NOTE))}


def test_subdomains_are_one_site_and_spacing_and_case_do_not_matter():
    texts = [f"{TEXTS[number]}\n{NOTE.upper() if number % 2 else NOTE.replace(' ', '  ')}" for number in range(6)]
    assert all(page.lines == 1 for page in cut(texts, [f"www{number}.pages.co.uk" for number in range(6)]))


@pytest.mark.parametrize("pages", [4, 40])
def test_a_line_on_few_pages_or_a_small_share_of_them_stays(pages):
    texts = [f"{TEXTS[number % 20]} Page {number}.\n" + (NOTE if number < 5 else "") for number in range(pages)]
    assert sum(page.lines for page in cut(texts)) == 0


def test_the_same_line_on_many_sites_stays():
    texts = [f"{TEXTS[number]}\n{NOTE}" for number in range(8)]
    assert sum(page.lines for page in cut(texts, [f"site{number}.example" for number in range(8)])) == 0


def test_copies_of_a_page_do_not_make_its_lines_boilerplate():
    page = "\n".join(TEXTS[:3])
    others = [TEXTS[number] for number in range(5, 10)]
    assert [found.text for found in cut([page] * 8 + others)] == [page] * 8 + others
    nearly = [f"{page}\nPrinted copy number {number} of this page." for number in range(8)]
    assert [found.text for found in cut(nearly)] == nearly


@pytest.mark.parametrize(
    "block",
    [
        "    return self.open(path, mode, encoding)",
        "```\nimport the_whole_library as library\n```",
        "| Name of the town | Number of people |",
        "Tyger Tyger,\nburning bright",
    ],
    ids=["indented code", "fenced code", "table", "verse"],
)
def test_code_tables_and_verse_are_never_cut(block):
    texts = [f"{TEXTS[number]}\n\n{block}\n\n{TEXTS[number + 1]}" for number in range(8)]
    assert [page.text for page in cut(texts)] == texts


@settings(deadline=None)
@given(st.lists(st.lists(st.sampled_from([NOTE, *TEXTS[:3], "short", "```", ""]), max_size=5).map("\n".join), max_size=12))
def test_nothing_but_whole_lines_goes_and_never_most_of_a_text(texts):
    for before, page in zip(texts, cut(texts), strict=True):
        assert page.characters <= RULES.cut_share_max * max(1, len(before))
        kept = iter(before.split("\n"))
        assert all(any(line.strip() == other.strip() for other in kept) for line in page.text.split("\n") if line)
        if not page.lines:
            assert page.text == before


def test_rules_judge_what_is_left_and_the_row_says_what_went(make_rows):
    rows = [
        {"doc_id": f"doc_{number}", "status": "ok", "domain": "a.example", "text": f"{TEXTS[number]}\n\n{NOTE}\n\n{TEXTS[number + 9]}"}
        for number in range(7)
    ]
    result = filter_shard(make_rows("l0_raw", rows), FilterRules(), DedupRules(), NoDocuments())
    result.check("l1_filtered")
    kept = result.tables["l1_filtered"].to_pylist()
    assert len(kept) == 7 and all(NOTE not in row["text"] for row in kept)
    assert {(row["boilerplate_lines"], row["boilerplate_characters"]) for row in kept} == {(1, len(NOTE))}


@settings(max_examples=40, deadline=None)  # each opens 64 files
@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 9)), max_size=80), st.integers(1, 20), st.integers(1, 4))
def test_pairs_on_disk_are_counted_like_pairs_in_memory(pairs, held, documents_min):
    """Values from all over the 64 bits, so that they lie in different files; a pair that comes again counts once."""
    values = [(value * 0x9E3779B97F4A7C15) % (1 << 64) for value, _ in pairs]
    counter = PairCounter(held)
    for value, (_, document) in zip(values, pairs, strict=True):
        counter.add(np.array([value], np.uint64), np.uint64(document))
    expected = Counter(value for value, _ in {(value, document) for value, (_, document) in zip(values, pairs, strict=True)})
    found, counts = counter.frequent(documents_min)
    assert found.tolist() == sorted(value for value, count in expected.items() if count >= documents_min)
    assert counts.tolist() == [expected[value] for value in found.tolist()]
