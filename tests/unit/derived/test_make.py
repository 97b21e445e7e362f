"""`l3_derived` of a shard: each document and form has a decision, nothing of L3 comes twice, and only models that can write are asked."""

import json
from collections.abc import Sequence

import pytest

from tests.conftest import commit_rows, rows_of
from tests.unit.derived.test_build import TEXT, TITLE
from tierline.derived.make import derive
from tierline.derived.rules import DerivedRules
from tierline.derived.said import QUESTIONS, KnownRows
from tierline.derived.written import State
from tierline.editing import FaithfulnessRules
from tierline.lake import Cost, Lake, ModelCard
from tierline.llm import Answered, Completion, Prompt, Sampling
from tierline.text.embedding import Embedder

PROSE = (
    "The Mora lock was built in 1894 by the council of the county. The keeper opens the gate for each boat from the lake. "
    "Boats pay ten crowns for the passage in summer. The old winch lifts 400 kilograms of oak with one turn. "
    "Visitors climb the tower on Sundays."
)


class Scripted:
    """A model of this name that answers each prompt with the same words."""

    def __init__(self, name: str, answer: str = "", finish: str = "stop", error: str = "") -> None:
        self.cost, self.asked = Cost(), list[Prompt]()
        self._name, self._answer = name, Completion(answer, 9, 9, finish, error)

    def card(self, prompt_sha256: str) -> ModelCard:
        return ModelCard(self._name, "w", prompt_sha256, "scripted")

    def generate(self, prompts: Sequence[Prompt], sampling: Sampling) -> list[Answered[Completion]]:
        assert json.loads(sampling.json_schema)["properties"]["parts"]
        self.asked += prompts
        return [Answered(f"call_{number}", self._answer) for number, _ in enumerate(prompts)]


def documents(*texts: str, **more):
    rows = [
        {"doc_id": f"doc_{n}", "parents": [f"doc_{n}"], "text": text, "language": "en", "lane": "prose", "usefulness": 0.9, "tokens": 50,
         "title": f"{TITLE} {n}" if n else TITLE, "url": f"https://mora.example/{n}"} | more
        for n, text in enumerate(texts)
    ]  # fmt: skip
    return rows_of("l2_selected", rows)


def derived(table, client: Scripted | None = None, rules: DerivedRules | None = None, known=(), operations=()):
    made = rows_of("l3_operations", list(operations))
    result = derive(table, made, client or Scripted("small"), Embedder(), rules or DerivedRules(), FaithfulnessRules(), known)
    result.check("l3_derived")
    return result.tables["l3_derived"].to_pylist(), {name: ledger.to_pylist() for name, (_, ledger) in result.ledgers.items()}


def test_rows_have_their_evidence_and_every_document_and_form_a_decision():
    rows, ledgers = derived(documents(TEXT, "Nothing here.", TEXT))
    assert rows and all(TEXT[row["evidence_start"] : row["evidence_end"]] == row["evidence"] for row in rows)
    assert {row["parents"][0] for row in rows} == {"doc_0", "doc_2"}, "only cells belong to the document that they name"
    assert [(one["outcome"], one["rule"]) for one in ledgers["l3_derived"]][1] == ("dropped", "derived:none_accepted")
    merged = [one for one in ledgers["l3_derived_forms"] if one["rule"] == "duplicate:question"]
    kept = {row["derived_id"] for row in rows}
    assert merged and {one["related_id"] for one in merged} <= kept
    assert {one["row_id"] for one in ledgers["l3_derived_forms"] if one["outcome"] == "kept"} == kept
    assert len({row["question"] for row in rows}) == len(rows) == len({row["said"] for row in rows})


@pytest.mark.parametrize(
    ("more", "rule"),
    [({"language": "de"}, "derived:language"), ({"lane": "data"}, "derived:data"), ({"title": None}, "derived:no_name")],
)
def test_documents_of_which_nothing_is_made_say_why(more, rule):
    rows, ledgers = derived(documents("The museum has eleven rooms and a garden.", **more))
    assert rows == [] and [one["rule"] for one in ledgers["l3_derived"]] == [rule]


def test_words_that_an_operation_changed_are_no_evidence():
    at = TEXT.index("The museum has eleven")
    edit = {"operation_id": "opn_1", "doc_id": "doc_0", "kind": "spelling", "start": at + 4, "end": at + 10, "accepted": True}
    rows, ledgers = derived(documents(TEXT), operations=[edit])
    assert not [row for row in rows if row["kind"] == "number" and "rooms" in row["question"]]
    assert "evidence:edited" in {one["rule"] for one in ledgers["l3_derived_forms"]}
    for harmless in ({"kind": "cite"}, {"accepted": False}):
        assert [row for row in derived(documents(TEXT), operations=[edit | harmless])[0] if "rooms" in row["question"]]


def test_rows_are_compared_with_all_of_l3(tmp_path):
    lake = Lake(str(tmp_path / "lake"))
    rows, _ = derived(documents(TEXT))
    commit_rows(lake, "l3_derived", rows, "a")
    commit_rows(lake, "l3_refined", [{"passage_id": "psg_1", "kind": "qa", "question": "What is a lock gate?", "text": "A door."}], "b")
    known = KnownRows(lake, ["a"]), KnownRows(lake, ["a", "b"], QUESTIONS)
    assert known[0].inputs.keys() == {"l3_derived/earlier"} and known[1].inputs.keys() == {"l3_refined/earlier"}
    assert KnownRows(lake, []).repeated([("0" * 32, "Why?")]) == [""]
    again, ledgers = derived(documents(TEXT), known=known)
    assert again == [], "the same document again"
    assert {one["outcome"] for one in ledgers["l3_derived_forms"] if one["rule"] == "duplicate:question"} == {"merged"}
    other, ledgers = derived(documents("Other words.", TEXT), known=known)
    assert {row["kind"] for row in other} <= {"cell", "comparison"}, "all else was asked of the text before"
    assert known[1].repeated([("0" * 32, "what is a lock gate")]) == ["psg_1"]


def test_a_model_is_asked_only_where_the_rules_name_it_as_able_to_write():
    small = Scripted("small")
    derived(documents(PROSE), small, DerivedRules(writers=("large",)))
    assert small.asked == []


def parts(*items: tuple[str, str, list[int]]) -> str:
    return json.dumps({"parts": [{"role": role, "text": text, "from": numbers} for role, text, numbers in items]})


FAITHFUL = [("sentence", "The Mora lock was built in 1894 by the council of the county.", [1]),
            ("sentence", "In summer boats pay 10 crowns for the passage.", [3])]  # fmt: skip
WRONG = ("sentence", "The lock was destroyed in 1999.", [1])


def written(answer: str, kind: str, **more):
    rules = DerivedRules(kinds=(kind,), writers=("large",))
    return derived(documents(PROSE), Scripted("large", answer, **more), rules)


def test_of_what_a_model_writes_the_sentences_stay_that_say_what_theirs_say():
    rows, _ = written(parts(("heading", "The Mora lock", []), *FAITHFUL, WRONG), "textbook")
    (row,) = rows
    assert (
        row["text"]
        == "## The Mora lock\n\nThe Mora lock was built in 1894 by the council of the county. In summer boats pay 10 crowns for the passage."
    )
    assert row["call_ids"] == ["call_0"] and row["proposer"] == "textbook-1" and len(row["answers"]) == 2
    assert row["question"] == f"Write a section of a textbook from “{TITLE}”."


@pytest.mark.parametrize(
    ("answer", "more", "state"),
    [
        (parts(FAITHFUL[0], WRONG, WRONG), {}, State.UNFAITHFUL),
        ('{"parts": []}', {}, State.REFUSED),
        ("Here is a text.", {}, State.MALFORMED),
        (parts(("sentence", "A text.", [99])), {}, State.MALFORMED),
        (parts(("poem", "A text.", [1])), {}, State.MALFORMED),
        (parts(*FAITHFUL), {"finish": "length"}, State.UNFINISHED),
        ("", {"error": "refused"}, State.MODEL_ERROR),
    ],
)
def test_an_answer_that_is_no_text_has_a_state(answer, more, state):
    rows, ledgers = written(answer, "encyclopedia", **more)
    assert rows == [] and [one["rule"] for one in ledgers["l3_derived_forms"]] == [f"written:{state}"]


def test_questions_of_a_model_have_an_answer_that_their_sentence_alone_has():
    asked = ("question", "What does the old winch lift with one turn?", [4]), ("answer", "400 kilograms of oak", [4])
    loose = ("question", "What do they pay?", [3]), ("answer", "ten crowns", [3])
    invented = ("question", "When was the Mora lock built by the council?", [1]), ("answer", "1895", [1])
    rows, _ = written(parts(*asked, *loose, *invented), "free_question")
    assert [row["text"] for row in rows] == ["400 kilograms of oak"] and PROSE[slice(*rows[0]["answers"][0].values())] == rows[0]["text"]


def test_a_dialogue_of_a_model_keeps_the_turns_that_hold():
    turns = [
        ("question", "When was the Mora lock built?", [1]),
        FAITHFUL[0],
        ("question", "What do boats pay for the passage in summer?", [3]),
        FAITHFUL[1],
    ]
    rows, _ = written(parts(*turns, ("question", "Was it destroyed in 1999?", [1]), WRONG), "free_tutoring")
    assert rows[0]["text"].count("Student: ") == rows[0]["text"].count("Tutor: ") == rows[0]["turns"] == 2
