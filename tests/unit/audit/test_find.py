"""Words, and the words of a model's output, are found in every tier and mix; the index follows the lake and heals itself."""

import itertools
import json
import os
import random
from functools import partial

import pytest

from tests.conftest import commit_rows
from tests.unit.lineage.conftest import build
from tierline.audit.find import Texts, find_words
from tierline.audit.found_text import findings_data, findings_lines, origin_data, origin_lines
from tierline.audit.index_rows import CARRIED, INDEXED, SEARCHED, TEXTS
from tierline.audit.spans import SEED, SHORTEST, STRIDE, find_output, maximal_spans
from tierline.audit.text_index import STATE, discard_index, index_folder
from tierline.audit.words import words_of
from tierline.errors import BadInput
from tierline.stages import STAGES
from tierline.tables import TABLES


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    """A lake with a row of every kind, whose index nobody changes."""
    house = build(tmp_path_factory.mktemp("town"))
    return house, Texts(house.lake)


def tables_of(found) -> dict[str, set[str]]:
    held: dict[str, set[str]] = {}
    for row in found.rows:
        for table, row_id in [(row.table, row.row_id), *((table, row_id) for table, row_id, _ in row.copies)]:
            held.setdefault(table, set()).add(row_id)
    return held


def test_every_table_with_texts_is_searched_or_found_through_the_one_whose_texts_it_repeats():
    assert (
        {*SEARCHED, *CARRIED}
        == set(TEXTS)
        == {stage.name for stage in STAGES if TABLES[stage.name].tier and "text" in TABLES[stage.name].fields}
    )
    assert CARRIED == {"l2_selected": "l1_filtered"}


def test_words_are_found_in_every_tier_and_mix_that_holds_them(town):
    house, texts = town
    assert (
        tables_of(find_words(texts, "BRIDGE founded", 20))
        == {
            **{table: {house.town} for table in ("l0_raw", "l1_filtered", *CARRIED)},
            "l3_refined": {"psg_town"},
            "l4_manuals": {"sec_town"},
            "mix_alignment": {"mix_l3_refined", "mix_l4_manuals"},
        }
        | {}
    )
    assert tables_of(find_words(texts, "river bridges", 20))["mix_pretrain"] == {"mix_quiz"}


def test_the_order_of_words_counts_only_if_it_is_asked_for(town):
    _, texts = town
    assert find_words(texts, "bridge the", 20).total == find_words(texts, "the bridge", 20).total > 0
    assert find_words(texts, "bridge the", 20, exact=True).total == 0
    assert find_words(texts, "no such words anywhere", 20).rows == ()


def test_the_place_of_the_words_is_that_of_the_text(town):
    house, texts = town
    for row in find_words(texts, "was founded in", 20).rows:
        text = next(one["text"] for one in house.lake.read(row.table, row.shard).to_pylist() if one[TABLES[row.table].key] == row.row_id)
        assert text[slice(*row.span)] == row.around[1] == "was founded in"


def test_what_is_not_promoted_is_found_and_told_apart(house):
    commit_rows(
        house.lake,
        "l4_manuals",
        [{"section_id": "sec_refused", "parents": [house.town], "text": "quarantined granite"}],
        "t",
        promote=False,
    )
    found = find_words(Texts(house.lake), "granite", 20)
    assert {row.row_id: row.promoted for row in found.rows} == {"sec_refused": False, house.town: True}
    assert "l4_manuals  sec_refused (not promoted)" in "\n".join(findings_lines(found))


def test_the_index_follows_commits_one_shard_at_a_time(house):
    indexed: list[str] = []

    def note(_steps: int, part: str) -> None:
        indexed.append(part)

    Texts(house.lake, note)
    assert sorted(indexed) == sorted(f"{one.table}/{one.shard}" for table in INDEXED for one in house.lake.manifests(table))
    indexed.clear()
    commit_rows(house.lake, "l4_manuals", [{"section_id": "sec_new", "parents": [house.town], "text": "a zeppelin"}], "t")
    commit_rows(house.lake, "l4_manuals", [{"section_id": "sec_town", "parents": [house.town], "text": "an airship"}])
    texts = Texts(house.lake, note)
    assert sorted(indexed) == ["l4_manuals/s", "l4_manuals/t"]
    assert [row.row_id for row in find_words(texts, "zeppelin", 9).rows] == ["sec_new"]
    assert "l4_manuals" not in tables_of(find_words(texts, "bridge founded", 9))  # its shard was written again with other words
    indexed.clear()
    assert find_words(Texts(house.lake, note), "airship", 9).total == 1 and not indexed


@pytest.mark.parametrize("damage", ["bytes", "missing", "state", "version", "discarded"])
def test_a_damaged_or_foreign_index_is_made_anew(house, damage):
    Texts(house.lake)
    folder = index_folder(house.lake)
    largest = max((path for path in folder.iterdir() if path.suffix == ".idx"), key=lambda path: path.stat().st_size)
    if damage == "bytes":
        content, times = bytearray(largest.read_bytes()), largest.stat()
        content[len(content) // 2] ^= 255
        largest.write_bytes(bytes(content))
        os.utime(largest, ns=(times.st_atime_ns, times.st_mtime_ns))
    elif damage == "missing":
        largest.unlink()
    elif damage == "discarded":
        discard_index(house.lake)
        assert not folder.exists()
    else:
        state = json.loads((folder / STATE).read_text())
        (folder / STATE).write_text("{" if damage == "state" else json.dumps(state | {"version": "0"}))
    assert len(find_words(Texts(house.lake), "bridge", 20).rows) > 3


def test_an_output_is_traced_to_the_rows_of_its_longest_spans_and_to_what_else_was_made_from_their_pages(town):
    house, texts = town
    output = "I think that: the bridge was founded in 1612! it was BUILT of granite, they say. Which river, nobody knows."
    origin = find_output(texts, output)
    (span,) = origin.spans
    assert span.text == "the bridge was founded in 1612! it was BUILT of granite"
    assert (span.words, origin.covered, origin.words) == (11, 11, 20)
    assert {(row.table, row.row_id) for row in span.rows} == {("l0_raw", house.town), ("l1_filtered", house.town)}
    assert [(page.doc_id, page.url, page.source_uri) for page in origin.sources] == [
        (house.town, "https://town.example/", str(house.crawl))
    ]
    beyond = {count.table: count.rows for count in origin.beyond}  # the fact and its form say it in other words
    assert beyond["l4_facts"] == beyond["l4_forms"] == 1 and beyond["l4_claims"] == 2 and "mix_pretrain" not in beyond


def test_a_rewritten_row_leads_to_its_page_and_the_other_way_round(house):
    said = "Nobody had crossed the water here before the seventeenth century began"
    commit_rows(house.lake, "l3_refined", [{"passage_id": "psg_new", "parents": [house.town], "text": said, "kind": "edit"}])
    origin = find_output(Texts(house.lake), said)
    assert [row.row_id for row in origin.spans[0].rows] == ["psg_new"] and origin.sources[0].doc_id == house.town
    assert {"l1_filtered", "l2_selected", "l3_refined"} <= {count.table for count in origin.beyond}


def test_longest_spans_are_those_of_a_search_through_all_texts():
    """Against every pair of ends, on random texts with few words, where spans overlap and repeat."""
    chance = random.Random(7)
    for _ in range(200):
        texts = ["".join(chance.choices("ab", k=40)) for _ in range(3)]
        output = "".join(chance.choice(texts)[(at := chance.randrange(30)) : at + chance.randrange(20)] for _ in range(4))
        ends = itertools.combinations(range(len(output) + 1), 2)
        held = {(first, last) for first, last in ends if any(output[first:last] in text for text in texts)}
        maximal = {(first, last) for first, last in held if (first - 1, last) not in held and (first, last + 1) not in held}
        shortest = chance.choice((SHORTEST, SHORTEST + 3))
        found = maximal_spans(output, partial(is_part, texts), shortest)
        assert found == sorted((first, last) for first, last in maximal if last - first >= shortest)


def is_part(texts, words) -> bool:
    return any(words in text for text in texts)


def test_a_span_of_the_promised_length_holds_a_seed_wherever_it_begins():
    for start in range(2 * STRIDE):
        assert any(start <= seed and seed + SEED <= start + SHORTEST for seed in range(0, 4 * SEED, STRIDE))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Don't STOP", ["don", "t", "stop"]),
        ("東京 is a都市", ["東", "京", "is", "a", "都", "市"]),
        ("हिन्दी में", ["हिन्दी", "में"]),
        ("x_1, 3.5", ["x_1", "3", "5"]),
    ],
)
def test_words_of_every_script_have_their_places(text, words):
    found = words_of(text)
    assert [one.word for one in found] == words and [text[one.start : one.end].lower() for one in found] == words


@pytest.mark.parametrize("asked", ["", " ... ", "word " * 200])
def test_what_holds_no_words_or_too_many_is_refused(town, asked):
    with pytest.raises(BadInput):
        find_words(town[1], asked, 20)


def test_an_output_without_a_span_is_refused_or_found_nowhere(town):
    with pytest.raises(BadInput):
        find_output(town[1], "three words only")
    origin = find_output(town[1], "entirely other words that nobody in this small lake ever wrote down")
    assert (origin.covered, origin.spans, origin.sources, origin.beyond) == (0, (), (), ())
    assert "\n".join(origin_lines(origin)).startswith("0 of 12 words (0%)")


def test_texts_of_pages_do_not_steer_a_terminal(lake):
    hostile = "Zebra \x1b[2Jcrossing\u202e of the eight words that make a span here"
    commit_rows(
        lake,
        "l0_raw",
        [
            {
                "doc_id": "doc_x",
                "url": "https://a.example/\x1b[2J",
                "source_uri": "f",
                "source_offset": 0,
                "source_length": 1,
                "text": hostile,
            }
        ],
        "s\u202e",
    )

    texts = Texts(lake)
    found, origin = find_words(texts, "zebra", 5), find_output(texts, hostile)
    shown = "\n".join([*findings_lines(found), *origin_lines(origin)])
    assert "\x1b" not in shown and "\u202e" not in shown and "\\x1b" in shown
    assert findings_data(found)["rows"][0]["id"] == origin_data(origin)["spans"][0]["rows"][0]["id"] == "doc_x"
