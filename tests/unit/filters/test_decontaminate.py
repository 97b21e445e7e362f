"""Decontamination: a copied benchmark item is a leak, a passage or a quotation in common is not, and every span is true."""

import gzip
import json

import pytest

from examples.features import FEATURES
from tests.unit.compute.test_workers import Elsewhere
from tierline.errors import BadInput
from tierline.filters import decontaminate as module
from tierline.filters.benchmark_items import Item, find_benchmarks, read_benchmarks, split_prompt
from tierline.filters.decontaminate import DecontaminationRules, build_index, decontaminate
from tierline.gates import judge_stage
from tierline.lake import Activity
from tierline.lineage import trace, trace_text

RULES = DecontaminationRules()
QUESTION = "A ferryman carries nine barrels of salt across the lake and returns with four. How many barrels stay on the far shore tonight?"
PASSAGE = FEATURES["peat"]
ITEMS = [
    Item("sums", "1", QUESTION, "", ("five barrels",), ()),
    Item("reading", "1", "Which two tools did every peat cutter own?", PASSAGE, ("a long spade",), ()),
    Item("short", "1", "Who keeps the lighthouse of Aldmere?", "", ("Ines Corvin",), ()),
    Item("short", "2", "Who?", "", ("nobody",), ()),
    Item(
        "choice",
        "1",
        "Which of these birds builds its nest inside a chimney?",
        "",
        ("the jackdaw",),
        ("the jackdaw", "the heron", "the coot", "the grebe"),
    ),
    Item("chinese", "1", "渡船夫带着九桶盐穿过湖面回来时只剩下四桶请问对岸留下了几桶盐", "", ("五桶",), ()),
]
AROUND = FEATURES["owls"], FEATURES["bread"]


@pytest.fixture
def look_up(make_rows):
    def run(*texts, items=ITEMS, rules=RULES, domains=None):
        rows = [
            {"doc_id": f"doc_{n:02d}", "text": text, "tokens": 9, "domain": domains[n] if domains else "a.example"}
            for n, text in enumerate(texts)
        ]
        result = decontaminate(make_rows("l1_filtered", rows), build_index(items, rules), rules)
        result.check("l1_contamination")
        matches = result.tables["l1_contamination"].to_pylist()
        for match in matches:
            text = texts[int(match["doc_id"][-2:])]
            assert text[match["span_start"] : match["span_end"]] == match["quote"]
        return sorted(result.ledgers["l1_contamination"][1].to_pylist(), key=lambda row: row["row_id"]), matches

    return run


def within(text: str) -> str:
    return f"{AROUND[0]}\n\n{text}\n\n{AROUND[1]}"


@pytest.mark.parametrize(
    ("text", "benchmark"),
    [
        (QUESTION, "sums"),
        (QUESTION.upper().replace(",", "").replace("?", " --"), "sums"),
        (QUESTION.replace("nine", "9"), "sums"),
        ("Who keeps the lighthouse of Aldmere? Ines Corvin does.", "short"),
        (f"{PASSAGE}\nWhich two tools did every peat cutter own?", "reading"),
        ("Which of these birds builds its nest inside a chimney?\n- the heron\n- the coot\n- the grebe", "choice"),
        ("渡船夫带着九桶盐，穿过湖面，回来时只剩下四桶。请问对岸留下了几桶盐？", "chinese"),
    ],
)
def test_a_copied_question_is_a_leak(look_up, text, benchmark):
    (decision,), matches = look_up(within(text))
    assert (decision["outcome"], decision["rule"]) == ("dropped", "contamination:leak")
    leak = next(match for match in matches if match["verdict"] == "leak")
    assert leak["benchmark"] == benchmark and decision["detail"].startswith(f"leak of {benchmark} 1")
    assert leak["overlap"] >= RULES.overlap_min and leak["domains"] == 1


@pytest.mark.parametrize(
    "text",
    [
        "A ferryman carries nine barrels of salt across the lake, and nobody asks him anything.",
        "Who keeps the lighthouse of Aldmere? Nobody knows, and nobody has asked since the war.",
        "Which of these birds builds its nest inside a chimney is a thing we forgot to ask.",
        "Which two of these tools did every peat cutter own? A long spade, and which two tools did every miner own is another question.",
        "How many barrels stay on the far shore tonight depends on the wind.",
        "渡船夫带着九桶盐穿过湖面",
    ],
)
def test_a_part_of_a_question_is_no_leak(look_up, text):
    (decision,), _ = look_up(within(text))
    assert decision["outcome"] == "kept"


def test_the_passage_alone_is_common_text(look_up):
    (decision,), (match,) = look_up(within(PASSAGE))
    assert decision["outcome"] == "kept" and decision["rule"] is None and decision["detail"] == "common_text of reading 1"
    assert (match["verdict"], match["matched_part"], match["overlap"]) == ("common_text", "passage", 1.0)


QUOTED = "When the last boat has left the harbour nobody may light a lamp until the bell has rung three times over the water"


def test_a_quotation_on_many_sites_is_common_text_and_the_copied_item_still_a_leak(look_up):
    item = Item("law", "1", f"{QUOTED}. This rule was written down in which of the following towns?", "", ("Vessin",), ())
    asked = f"{QUOTED}. This rule was written down in which of the following towns? Vessin."
    texts = [*(within(f"{QUOTED}, says the old law.") for _ in range(12)), within(asked)]
    domains = [f"site{number}.example" for number in range(13)]
    decisions, matches = look_up(*texts, items=[item], domains=domains)
    assert [row["outcome"] for row in decisions] == ["kept"] * 12 + ["dropped"]
    assert {match["verdict"] for match in matches if match["doc_id"] != "doc_12"} == {"common_text"}
    assert max(match["domains"] for match in matches) > RULES.common_domains


def test_the_wording_that_many_questions_share_identifies_none(look_up):
    items = [
        Item("exam", str(n), f"Which of the following statements about the old {name} is not true today?", "", ("none",), ())
        for n, name in enumerate(FEATURES)
    ]
    assert len(items) > RULES.template_questions
    (decision,), matches = look_up(
        within("Which of the following statements about the old velodrome is not true today? None."), items=items
    )
    assert decision["outcome"] == "kept" and matches == []


def test_workers_find_what_one_process_finds(make_rows, monkeypatch):
    densest = module._densest

    def failing(doc_id, *others):
        return 1 // (doc_id != "doc_05") and densest(doc_id, *others)

    monkeypatch.setattr(module, "_densest", failing)
    texts = [QUESTION, AROUND[0], PASSAGE, ITEMS[4].question, f"{ITEMS[4].question} the jackdaw", QUESTION, ITEMS[5].question, QUESTION]
    rows = [{"doc_id": f"doc_{n:02d}", "text": within(text), "tokens": 9, "domain": f"s{n}.example"} for n, text in enumerate(texts)]
    documents, index = make_rows("l1_filtered", rows), build_index(ITEMS, RULES)
    one, other = decontaminate(documents, index, RULES), decontaminate(documents, index, RULES, Elsewhere())
    assert one.tables["l1_contamination"].equals(other.tables["l1_contamination"])
    assert one.ledgers["l1_contamination"][1].equals(other.ledgers["l1_contamination"][1])
    outcomes = one.ledgers["l1_contamination"][1]["outcome"].to_pylist()
    assert [outcomes.count(name) for name in ("dropped", "error")] == [4, 1]


def test_without_benchmarks_every_document_is_kept(look_up):
    decisions, matches = look_up(within(QUESTION), within(PASSAGE), items=[])
    assert [row["outcome"] for row in decisions] == ["kept", "kept"] and matches == []


def test_the_gate_passes_true_spans_and_a_trace_shows_the_leak(lake, commit, make_rows):
    text = within(QUESTION)
    commit(lake, "l0_raw", [{"doc_id": "doc_1", "parents": [], "source_uri": "x", "source_offset": 0, "source_length": 1}])
    commit(
        lake,
        "l1_filtered",
        [
            {"doc_id": "doc_1", "parents": ["doc_1"], "text": text, "tokens": 9},
            {"doc_id": "doc_2", "parents": ["doc_2"], "text": PASSAGE, "tokens": 9},
        ],
    )
    commit(lake, "l2_selected", [{"doc_id": "doc_1", "parents": ["doc_1"], "text": text}])
    commit(lake, "l3_refined", [{"passage_id": "psg_1", "parents": ["doc_1"], "text": "x"}])
    documents, source = lake.read_promoted("l1_filtered", "s")
    lake.commit(
        Activity.begin("l1_contamination", "s", "1", RULES, {"l1_filtered/s": source.digest}),
        decontaminate(documents, build_index(ITEMS, RULES), RULES),
    )
    verdict = judge_stage(lake, "l1_contamination", "s")
    assert verdict.passed, verdict.failures
    node = trace(lake, "psg_1")
    assert [leak["benchmark"] for leak in node.leaks] == ["sums"]
    shown = trace_text(node)
    assert "contamination: leak, 100% of question 1 of sums" in shown and "contaminated through: doc_1" in shown


def test_files_of_many_shapes_are_read(tmp_path):
    lines = [
        {"question": "Why is it so?", "choices": ["one", "two"], "answer": 1},
        {"query": "Passage: A long text.\nQuestion: is it long?", "choices": ["no", "yes"], "gold": 1},
        {"context": "Two men walk.", "qas": [{"q": "Who walks?", "a": ["two men"]}, {"q": "What do they do?", "a": ["walk"]}]},
        {"context": "The rest of the sentence is", "continuation": "missing"},
        {"query": "Question: Pick one.\nA. red\nB. blue\nAnswer:", "choices": ["A", "B"], "gold": 0},
    ]
    (tmp_path / "quiz.jsonl.gz").write_bytes(gzip.compress("\n".join(map(json.dumps, lines)).encode()))
    found = read_benchmarks(find_benchmarks(str(tmp_path))).items
    assert [(item.item_id, item.question, item.passage) for item in found] == [
        ("1", "Why is it so?", ""),
        ("2", "is it long?", "A long text."),
        ("3.1", "Who walks?", "Two men walk."),
        ("3.2", "What do they do?", "Two men walk."),
        ("4", "The rest of the sentence is", ""),
        ("5", "Pick one.", ""),
    ]
    assert [item.answers for item in found] == [("two",), ("yes",), ("two men",), ("walk",), ("missing",), ("red",)]
    assert found[-1].choices == ("red", "blue")


@pytest.mark.parametrize(
    ("name", "content", "what"),
    [("a.jsonl", b'{"question": ', "not valid JSON"), ("a.jsonl", b"[1]", "not a JSON object"), ("a.jsonl.gz", b"plain", "not valid JSON")],
)
def test_a_broken_benchmark_file_is_named(tmp_path, name, content, what):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(BadInput, match=what):
        read_benchmarks(find_benchmarks(str(tmp_path / name)))
    with pytest.raises(BadInput, match="no benchmark file"):
        find_benchmarks(str(tmp_path / "none*"))


def test_a_prompt_without_labels_is_all_question():
    assert split_prompt("What is it: a bird?") == ("", "What is it: a bird?", [])
