"""Claim checking: what is supported, refuted and left open, by which words, and that the same evidence gives the same verdicts."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.checking.conftest import MANUAL, PASSAGE, source_rows
from tierline.checking import VERDICTS, CheckRules, Evidence, check
from tierline.checking.check import SCHEMA

SUPPORTED = (
    "Oslo is the capital of Norway.",
    "Norway's capital is Oslo.",
    "Norway has Oslo as its capital.",
    "With Oslo as its capital, Norway is a kingdom.",
    "Norway has its capital in Oslo.",
    "Norway covers about 149,000 square miles.",
    "Norway lies in Europe.",
    "In Norway, people pay with the Norwegian krone.",
    "The city of Luxembourg is the capital of Luxembourg.",
    "Oslo was founded in 1048.",
    "Ada Quist was born in Gullhaven on May 3, 1871.",
    "Mount Keld rises 2468 meters above sea level.",
    "Norway has 5,488,984 inhabitants, and its capital is Oslo.",
    "The capital of Sweden is Stockholm and the capital of Norway is Oslo.",
    "Bergen is not the capital of Norway.",
    "It is false that Norway lies in Asia.",
)
REFUTED = (
    "Bergen is the capital of Norway.",
    "Norway is the capital of Oslo.",
    "Europe lies in Norway.",
    "Oslo has its capital in Norway.",
    "Oslo is not the capital of Norway.",
    "Norway covers 120,000 km².",
    "Oslo was founded in 1150.",
    "Ada Quist was born on 4 May 1871.",
    "It is not true that Oslo is the capital of Norway.",
    "Oslo is the capital of Norway, and Norway lies in Asia.",
)
OPEN = (
    "Santiago is the capital of Chile.",  # an absent thing
    "The capital of Equatorial Guinea is Malabo.",  # a longer name than the known one
    "The forests of Norway cover 120,000 km².",  # a part
    "Norway's forests cover 120,000 km².",
    "Ada Quist was born in Gullhaven, Norway.",  # more than is known
    "Norway is in Northern Europe.",
    "Oslo, not Stockholm, is the capital of Norway.",  # a contrast
    "The capital of Norway isn't Bergen but Oslo.",
    "Ada Quist's mother was born in Oslo.",
    "Oslo may be the capital of Norway.",  # no plain statement
    "Stockholm was formerly the capital of Norway.",
    "Norway uses the euro.",  # a property with several values
    "5,100 people visit Norway every year.",
    "Oslo is the capital of Norway, and Chile is the capital of Peru.",
    "",
    "?",
)


@pytest.mark.parametrize(
    ("outcome", "statement"), [(o, s) for o, all_ in (("supported", SUPPORTED), ("refuted", REFUTED), ("not_enough", OPEN)) for s in all_]
)
def test_statements_about_facts(verdict_on, outcome, statement):
    assert verdict_on(statement)["verdict"] == outcome


@pytest.mark.parametrize(
    ("statement", "outcome"),
    [
        ("The mill burned down in 1920.", "supported"),  # an aside left out
        ("The mill was built in 1894.", "supported"),  # the aside itself
        ("The mill did not burn down in 1920.", "refuted"),
        ("The mill burned down in 1925.", "not_enough"),  # it may have burned twice
        ("The outer ring is made of steel.", "supported"),
        ("The outer ring isn't made of steel.", "refuted"),
        ("The steel ring is made of outer.", "not_enough"),  # the same words in other relations
        ("Visby has a population of 52,000.", "refuted"),  # a property with one value at a time
        ("Herons nest at the lake.", "supported"),
    ],
)
def test_statements_about_passages(verdict_on, statement, outcome):
    assert verdict_on(statement)["verdict"] == outcome


@pytest.mark.parametrize(
    ("statement", "outcome"),
    [
        ("In 1995, Norway had a population of 4,348,410.", "supported"),
        ("As of 2023, Norway had 5,488,984 inhabitants.", "supported"),
        ("In 1995, Norway had a population of 5,488,984.", "refuted"),
        ("In 2010, Norway had a population of 4,348,410.", "not_enough"),  # nobody counted in that year
        ("Norway has a population of 4,348,410.", "refuted"),  # it had
        ("Norway has a population of 5,488,984.", "supported"),
        ("In 2001, the head of state of Norway was Olga Faber.", "supported"),  # a term covers the years in between
        ("The head of state of Norway is Olga Faber.", "refuted"),
        ("Olga Faber was the head of state of Norway.", "supported"),  # whenever
        ("Olga Faber is not the head of state of Norway.", "supported"),
        ("Olga Faber was not the head of state of Norway.", "refuted"),
        ("Per Dahl was the head of state of Norway.", "not_enough"),
        ("Nils Holm became head of state of Norway in 2012.", "not_enough"),  # he was, and when he became it nobody says
        ("In 2001, the head of state of Norway was Nils Holm.", "not_enough"),  # others may have been between
    ],
)
def test_what_changes_is_compared_within_its_time(verdict_on, statement, outcome):
    assert verdict_on(statement)["verdict"] == outcome


def test_every_verdict_names_the_words_that_decide_and_their_place(verdict_on):
    row = verdict_on("Norway's capital is Oslo.")
    expected = next(source for source in source_rows() if source["source_id"] == "src_0_1")  # the source that states it in these words
    assert (row["table"], row["row_id"], row["field"]) == ("l2_selected", expected["parent_id"], "text")
    assert (row["quote"], row["span_start"], row["url"]) == (expected["quote"], 7, "https://a.example/")
    assert row["fact_id"] == "fact_0" and row["rule"] == "words: words"
    for statement, text, table in (
        ("The mill burned down in 1920.", PASSAGE, "l3_refined"),
        ("The outer ring is made of steel.", MANUAL, "l4_manuals"),
    ):
        row = verdict_on(statement)
        assert row["table"] == table and row["quote"] == text[row["span_start"] : row["span_end"]] and row["fact_id"] is None


def test_what_is_not_decided_shows_the_nearest_words(verdict_on):
    row = verdict_on("The mill was painted red.")
    assert row["verdict"] == "not_enough" and row["score"] == 0 and "mill" in row["quote"]


def test_a_verdict_of_low_score_is_withheld(verdict_on):
    statement = "The mill burned down in 1920."
    score = verdict_on(statement)["score"]
    assert (
        verdict_on(statement, score)["verdict"] == "supported" and verdict_on(statement, min(1.0, score + 0.01))["verdict"] == "not_enough"
    )


def test_words_that_nothing_explains_lower_the_score(verdict_on):
    plain, more, most = (
        verdict_on(f"{words} capital of Norway is Oslo.")["score"] for words in ("The", "The old", "The quaint old wooden")
    )
    assert plain > more > most


def test_a_batch_gives_what_each_statement_gives_and_again_the_same(evidence):
    statements = [*SUPPORTED, *REFUTED, *OPEN]
    whole = check(statements, evidence, CheckRules())
    assert whole.schema == SCHEMA and whole.equals(check(statements, evidence, CheckRules()))
    assert whole.slice(3, 1).to_pylist() == check(statements[3:4], evidence, CheckRules()).to_pylist()
    assert check([], evidence, CheckRules()).num_rows == 0


def test_without_evidence_nothing_is_decided():
    row = check(["Oslo is the capital of Norway."], Evidence.of_tables({}), CheckRules()).to_pylist()[0]
    assert (row["verdict"], row["quote"], row["table"]) == ("not_enough", None, None)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            (
                "Oslo",
                "Norway",
                "capital",
                "of",
                "the",
                "is",
                "not",
                "385,207",
                "km²",
                "1048",
                "in",
                "$",
                "'s",
                ",",
                ".",
                "\u202e",
                "(",
                "\n",
            )
        ),
        max_size=30,
    ),
    st.text(max_size=30),
)
def test_any_text_gets_a_verdict(evidence, words, more):
    row = check([" ".join([*words, more])], evidence, CheckRules()).to_pylist()[0]
    assert row["verdict"] in VERDICTS and 0 <= row["score"] <= 1
