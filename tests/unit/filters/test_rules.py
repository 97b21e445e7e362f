"""L1: each rule drops what it names, personal data goes, and ordinary text stays."""

import json

import pytest

from examples.features import FEATURES
from examples.languages import LANGUAGES
from tierline.dedup import DedupRules
from tierline.dedup.resolve import NoDocuments
from tierline.filters import FilterRules
from tierline.filters.batch import clean
from tierline.filters.filter import filter_shard
from tierline.filters.language import identify
from tierline.filters.pii import redact
from tierline.filters.rules import first_failed_rule

DEFAULTS = FilterRules()
PROSE = "\n\n".join([FEATURES["bridge"], FEATURES["owls"], FEATURES["library"]])

HEADINGS = "".join("\n" + " ".join(text.split()[:7]) for text in list(FEATURES.values())[:14])


@pytest.fixture
def decide(make_rows):
    def run(*texts: str, rules: FilterRules = DEFAULTS) -> list[dict]:
        raw = make_rows("l0_raw", [{"doc_id": f"doc_{number}", "status": "ok", "text": text} for number, text in enumerate(texts)])
        result = filter_shard(raw, rules, DedupRules(), NoDocuments())
        result.check("l1_filtered")
        return sorted(result.ledgers["l1_filtered"][1].to_pylist(), key=lambda row: row["row_id"])

    return run


def sentence(words: str, times: int) -> str:
    return " ".join([words] * times)


def data_page(rows: int) -> dict:
    table = {
        "kind": "table",
        "caption": "",
        "header": ["Town", "Region", "People"],
        "rows": [[f"Alba {n}", "north", str(n)] for n in range(rows)],
    }
    lines = ["| " + " | ".join(row) + " |" for row in [table["header"], ["---"] * 3, *table["rows"]]]
    text = "\n".join(["The towns of the valley and the people who live in them", *lines])
    return {"doc_id": "doc_a", "status": "ok", "text": text, "structured_data": json.dumps(table)}


@pytest.mark.parametrize(
    ("page", "lane", "rule"),
    [
        (data_page(12), "data", None),
        (data_page(2), None, "gopher:too_short"),
        (data_page(12) | {"structured_data": None}, None, "gopher:too_short"),
        (data_page(12) | {"text": data_page(12)["text"] + "\nlorem ipsum"}, None, "gopher:too_short"),
        (data_page(12) | {"text": PROSE + "\n" + data_page(12)["text"]}, "prose", None),
        (data_page(99) | {"text": PROSE + "\n" + data_page(99)["text"]}, "prose", None),
    ],
    ids=["data alone", "hardly any data", "no well-formed data", "placeholder text", "prose and data", "prose and much data"],
)
def test_a_page_of_data_has_a_lane_of_its_own_and_prose_is_judged_without_its_tables(make_rows, page, lane, rule):
    result = filter_shard(make_rows("l0_raw", [page]), DEFAULTS, DedupRules(), NoDocuments())
    result.check("l1_filtered")
    assert [row["rule"] for row in result.ledgers["l1_filtered"][1].to_pylist()] == [rule]
    kept = [row["lane"] for batch in result.tables["l1_filtered"].to_batches() for row in batch.to_pylist()]
    assert kept == ([lane] if lane else [])


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("A short note about the bridge. It is old.", "gopher:too_short"),
        (PROSE + "\nfunction f() { return 1; }", "c4:curly_brace"),
        (PROSE + "\nLorem ipsum dolor sit amet.", "c4:lorem_ipsum"),
        ("\n".join(f"- {line}" for line in PROSE.replace(". ", ".\n").split("\n") if line), "gopher:bullets"),
        ("\n".join(f"{line}..." for line in PROSE.split(". ")), "gopher:ellipses"),
        (PROSE + " " + "# " * 60, "gopher:symbols"),
        (PROSE + "\n" + "\n".join(["The bridge is closed on Monday because of repairs to the road."] * 12), "gopher:duplicate_lines"),
        (" ".join(PROSE.replace(".", "").replace("\n", " ").split()), "c4:sentences"),
        (PROSE.replace("\n", " ") + HEADINGS, "fineweb:punctuated_lines"),
        (
            "\n".join(
                [
                    PROSE,
                    *["The bridge is closed to all carts, waggons and riders from the first frost until the last of the ice has gone."] * 2,
                ]
            ),
            "fineweb:duplicate_line_chars",
        ),
    ],
)
def test_each_rule_names_itself_with_value_and_threshold(decide, text, rule):
    (row,) = decide(text)
    assert (row["outcome"], row["rule"]) == ("dropped", rule)
    assert row["value"] is not None and row["threshold"] is not None


def test_signals_of_dropped_documents_are_stored_too(make_rows):
    raw = [
        {"doc_id": "a", "status": "ok", "text": PROSE},
        {"doc_id": "b", "status": "ok", "text": "Too short."},
        {"doc_id": "c", "status": "empty"},
    ]
    tables = filter_shard(make_rows("l0_raw", raw), DEFAULTS, DedupRules(), NoDocuments()).tables
    assert tables["l1_filtered"]["doc_id"].to_pylist() == ["a"]
    assert tables["l1_signals"].select(["doc_id", "word_count"]).to_pylist() == [
        {"doc_id": "a", "word_count": len(PROSE.split())},
        {"doc_id": "b", "word_count": 2},
    ]


def test_a_threshold_can_change_without_the_text(make_rows):
    raw = make_rows("l0_raw", [{"doc_id": "a", "status": "ok", "text": FEATURES["owls"]}])
    stored = filter_shard(raw, FilterRules(words_min=1000), DedupRules(), NoDocuments()).tables["l1_signals"]
    assert first_failed_rule(stored, FilterRules(words_min=1000))["a"]["rule"] == "gopher:too_short"
    assert first_failed_rule(stored, FilterRules(words_min=10, sentences_min=1)) == {}


def test_ordinary_prose_is_kept_in_every_language(decide):
    texts = [PROSE, *(" ".join(paragraphs[:3]) for paragraphs in LANGUAGES.values())]
    assert [row["outcome"] for row in decide(*texts)] == ["kept"] * len(texts)


KOREAN = (
    "강가에 선 집은 작고 그 옆에 큰 나무가 한 그루 있다. 봄이 되면 새가 와서 집을 짓고 아이는 늘 그 새를 본다. 비가 온 날은 물이 차고 배가 못 뜬다. "
    "그래도 장은 사흘에 한 번 서고 먼 곳에서 온 이들이 짐을 푼다. 밤이 오면 등을 켜고 둘러앉아 옛날에 있던 일을 서로 말한다. "
    "겨울에는 눈이 많이 와서 길이 다 막히고 집에서 불을 쬔다. 그 집에 사는 이는 나이가 많고 귀가 좀 어둡다. 하지만 손이 빨라서 무엇이든 잘 만든다."
)


def test_korean_is_judged_by_the_length_of_its_own_words(decide, make_rows):
    raw = make_rows("l0_raw", [{"doc_id": "a", "status": "ok", "text": KOREAN}])
    signals = filter_shard(raw, DEFAULTS, DedupRules(), NoDocuments()).tables["l1_signals"].to_pylist()[0]
    assert signals["language"] == "ko" and signals["mean_word_length"] < DEFAULTS.mean_word_length_min
    assert decide(KOREAN)[0]["outcome"] == "kept"


@pytest.mark.parametrize("reference", ["［1］", "【1】", "〔12〕", "（1）", "①", "※1"])
def test_a_wide_reference_behind_a_sentence_is_none_of_it(decide, reference):
    assert decide(PROSE.replace(".", f".{reference}"))[0]["outcome"] == "kept"


@pytest.mark.parametrize("language", LANGUAGES)
def test_languages_are_told_apart(language):
    for paragraph in LANGUAGES[language]:
        found, confidence = identify(paragraph)
        assert found == language and confidence > 0.65


def test_one_vulgar_word_in_prose_removes_nothing_and_a_rant_is_removed(decide):
    rant = sentence("That fucking idiot and his stupid bitch of a dog are full of shit. I hate the bastard.", 1)
    mixed, bad = decide(
        PROSE + " He said that it was a shit day.", " ".join([rant, rant.replace("dog", "cat"), rant.replace("idiot", "moron")])
    )
    assert mixed["outcome"] == "kept"
    assert bad["outcome"] == "dropped"


def test_unwanted_languages_are_dropped_by_name(decide):
    english, german = decide(PROSE, " ".join(LANGUAGES["de"][:3]), rules=FilterRules(languages=("en",)))
    assert english["outcome"] == "kept"
    assert (german["rule"], german["detail"]) == ("language:unwanted", "de")


def test_a_shard_without_any_good_page_has_no_rows_and_keeps_the_law(decide):
    assert {row["outcome"] for row in decide("Too short.", "Also short.")} == {"dropped"}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Write to anna.berg@mail.example today.", "anna.berg@mail.example"),
        ("问题报告给anna@mail.example，谢谢", "anna@mail.example"),
        ("电话+1 415 555 0134谢谢", "+1 415 555 0134"),
        ("Call +1 415 555 0134 at noon.", "+1 415 555 0134"),
        ("The server at 93.184.216.34 is down.", "93.184.216.34"),
        ("Card 4111 1111 1111 1111 was used.", "4111 1111 1111 1111"),
    ],
)
def test_personal_data_is_replaced(text, found):
    redacted, count = redact(text)
    assert count == 1 and found not in redacted


@pytest.mark.parametrize(
    "text",
    [
        "Card 4111 1111 1111 1112 fails its checksum.",
        "The bridge was built from 1894 to 1899 and is 1,250 m long.",
        "Version 1.2.3.4000 was released on 2024-05-06.",
        "ISBN 978-3-16-148410-0 is a book.",
    ],
)
def test_ordinary_numbers_stay(text):
    assert redact(text) == (text, 0)


def test_cookie_and_javascript_lines_go_and_the_rest_stays():
    text = "The bridge is old.\nPlease enable JavaScript in your browser.\nWe use cookies to improve your experience.\nIt is closed."
    assert clean(text) == "The bridge is old.\nIt is closed."
