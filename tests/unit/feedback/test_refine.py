"""What becomes of interactions: a decision a line, and rows that keep no personal data and nothing without consent."""

import json

import pytest

from tierline.feedback import FeedbackRules, refine_feedback
from tierline.lake.reviews import DROP, EDIT, KEEP, Settled, Settlements

ASKED = "What is the capital of Norway?"
GIVEN = {"prompt": ASKED, "model": "small-1", "consent": True, "time": "2026-03-01"}


def verdicts(statements):
    """A world in which the capital of Norway is Oslo."""
    said = {True: "supported", False: "refuted"}
    about = ["is the capital of Norway" in text for text in statements]
    return [
        {"verdict": said["Oslo" in text] if told else "not_enough", "fact_id": "fact_1" if told else None}
        for text, told in zip(statements, about, strict=True)
    ]


def leaks(texts):
    return {row["doc_id"] for row in texts.to_pylist() if "seven bridges" in row["text"]}


@pytest.fixture
def refined(tmp_path):
    """(rows, rule by number of line, ledger) of lines."""

    def run(*lines: dict | str, reviews: Settlements | None = None, **rules):
        path = tmp_path / "a.jsonl"
        path.write_text("\n".join(line if isinstance(line, str) else json.dumps(GIVEN | line) for line in lines), "utf-8")
        result = refine_feedback([path], FeedbackRules(**rules), verdicts, leaks, reviews)
        result.check("l3_feedback")
        ledger = result.ledgers["l3_feedback"][1]
        return result.tables["l3_feedback"].to_pylist(), ledger.to_pylist()

    return run


def rules_of(ledger) -> list[str]:
    return sorted(row["rule"] or "kept" for row in ledger)


def test_a_correction_is_a_persons_and_an_answer_a_models(refined):
    rows, ledger = refined(
        {"answer": "Bergen.", "correction": "Oslo is the capital of Norway.", "rating": "down", "generation": 3},
        {"answer": "The capital of Norway lies at a fjord.", "rating": 0.9},
    )
    by_kind = {row["kind"]: row for row in rows}
    correction, answer = by_kind["correction"], by_kind["answer"]
    assert (correction["origin"], correction["generation"], correction["supported_by"]) == ("person", 0, ["fact_1"])
    assert (answer["origin"], answer["generation"], answer["rating"], answer["supported_by"]) == ("model", 1, 0.9, [])
    assert (correction["question"], correction["text"], correction["language"]) == (ASKED, "Oslo is the capital of Norway.", "en")
    assert rules_of(ledger) == ["kept", "kept"] and all(row["tokens"] > 3 for row in rows)


def test_a_correction_that_a_fact_refutes_is_stopped_and_names_the_fact(refined):
    rows, (decision,) = refined({"correction": "I looked it up. Bergen is the capital of Norway."})
    assert rows == [] and (decision["outcome"], decision["rule"], decision["related_id"]) == ("quarantined", "feedback:refuted", "fact_1")


def test_without_consent_nothing_is_kept_anywhere(refined):
    rows, ledger = refined({"correction": "My secret is Zanzibar, of course.", "consent": False})
    assert rows == [] and rules_of(ledger) == ["feedback:no_consent"]
    assert "Zanzibar" not in json.dumps(ledger) and "Norway" not in json.dumps(ledger)


def test_what_copies_a_benchmark_is_no_row(refined):
    rows, ledger = refined({"prompt": "Which river has seven bridges?", "correction": "It is the Aar, I think."})
    assert rows == [] and rules_of(ledger) == ["feedback:contaminated"]


def test_personal_data_is_replaced_in_question_and_text(refined):
    (row,), _ = refined({"prompt": "Who is at ada.quist@mail.example.org?", "correction": "Ask ada.quist@mail.example.org for it, please."})
    assert (row["question"], row["text"], row["redactions"]) == ("Who is at <EMAIL>?", "Ask <EMAIL> for it, please.", 2)


def test_what_is_not_rated_or_lowly_or_of_a_later_generation_is_no_row(refined):
    said = {"answer": "It lies at the end of a fjord."}
    rows, ledger = refined(said, said | {"rating": 0.2}, said | {"rating": 1, "generation": 2}, {"answer": "Oslo.", "rating": 1})
    assert rows == [] and rules_of(ledger) == ["feedback:generation", "feedback:low_rating", "feedback:not_rated", "feedback:short"]
    assert {row["rule"]: row["outcome"] for row in ledger}["feedback:low_rating"] == "quarantined", "a person may look at it"
    assert len(refined(said | {"rating": 1, "generation": 2}, generations_max=2)[0]) == 1


def test_what_is_said_twice_is_kept_once_and_a_broken_line_is_its_own_error(refined):
    same = {"correction": "Oslo is the capital of Norway."}
    rows, ledger = refined(same, "{broken", same, "x" * 30)
    assert len(rows) == 1 and rules_of(ledger) == ["feedback:said_before", "feedback:unreadable", "feedback:unreadable", "kept"]
    assert rows[0]["source_line"] == 1 and sorted(row["outcome"] for row in ledger) == ["error", "error", "kept", "merged"]
    assert any("line 2 of a.jsonl: no JSON" in (row["detail"] or "") for row in ledger)


def test_the_same_files_give_the_same_rows_whatever_their_folder(tmp_path):
    made = []
    for folder in ("one", "other"):
        (tmp_path / folder).mkdir()
        path = tmp_path / folder / "a.jsonl"
        path.write_text(json.dumps(GIVEN | {"correction": "Oslo is the capital of Norway."}))
        result = refine_feedback([path], FeedbackRules(), verdicts, leaks)
        rows = [{**row, "source_uri": ""} for row in result.tables["l3_feedback"].to_pylist()]
        made.append((rows, result.ledgers["l3_feedback"][1].to_pylist()))
    assert made[0] == made[1] and made[0][0]


LOW = {"answer": "The capital lies at a fjord, says ada@example.org.", "rating": 0.2}
WRONG = {"correction": "Bergen is the capital of Norway."}


def settled(ledger, verdict, text=None) -> Settlements:
    """What reviews say of the one line that waits."""
    (line,) = (row["row_id"] for row in ledger if row["outcome"] == "quarantined")
    return Settlements([Settled(line, line, verdict, text, "rev_1", ("ada",), "", "2026-05-01")])


@pytest.mark.parametrize("line", [LOW, WRONG], ids=["rated low", "refuted"])
def test_what_waits_for_a_person_is_shown_without_personal_data_and_kept_or_dropped_as_they_say(refined, line):
    rows, ledger = refined(line)
    (waiting,) = ledger
    shown = json.loads(waiting["detail"])
    assert rows == [] and shown["question"] == ASKED and shown["text"] and "@" not in shown["text"]
    rows, (decision,) = refined(line, reviews=settled(ledger, KEEP))
    assert [row["text"] for row in rows] == [shown["text"]] and rows[0]["kind"] == shown["kind"]
    assert (decision["rule"], decision["detail"]) == ("review:keep", "review rev_1 by ada")
    rows, (decision,) = refined(line, reviews=settled(ledger, DROP))
    assert rows == [] and (decision["outcome"], decision["rule"], decision["detail"]) == ("dropped", "review:drop", "review rev_1 by ada")


def test_a_reviewers_own_words_are_a_persons_correction(refined):
    _, ledger = refined(LOW | {"generation": 5})
    ((row,), (decision,)) = refined(LOW | {"generation": 5}, reviews=settled(ledger, EDIT, "Oslo is the capital of Norway."))
    assert (row["kind"], row["origin"], row["generation"], row["supported_by"]) == ("correction", "person", 0, ["fact_1"])
    assert decision["rule"] == "review:edit"


@pytest.mark.parametrize(
    ("line", "said", "rule"),
    [
        (LOW | {"generation": 5}, (KEEP, None), "feedback:generation"),
        (LOW, (EDIT, "Oslo"), "feedback:short"),
        (LOW, (EDIT, "Which of the seven bridges of Oslo?"), "feedback:contaminated"),
    ],
    ids=["generation", "length", "benchmark"],
)
def test_reviewers_do_not_decide_what_is_no_matter_of_opinion(refined, line, said, rule):
    _, ledger = refined(line)
    rows, (decision,) = refined(line, reviews=settled(ledger, *said))
    assert rows == [] and (decision["outcome"], decision["rule"]) == ("dropped", rule)


def test_a_review_is_about_the_bytes_that_were_seen(refined):
    _, ledger = refined(LOW)
    rows, (decision,) = refined(LOW | {"answer": "The capital lies at another fjord."}, reviews=settled(ledger, KEEP))
    assert rows == [] and decision["rule"] == "feedback:low_rating"
