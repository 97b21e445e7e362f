"""Statements by a prompt: what a model answers counts only where every span stands in the text, and every failure has a state."""

import json

import pytest

from tierline.knowledge.prompted import STATES, load_prompt, prompted_statements, read_answer
from tierline.knowledge.vocabulary import VOCABULARY
from tierline.llm import Answered, Completion, Prompt, Sampling

TEXT = "The harbor opens at six. Oslo is the capital of Norway. Anne Berg was born in Bergen in 1871. It may rain."
OSLO = {"subject": "Norway", "property": "capital", "value": "Oslo", "quote": "Oslo is the capital of Norway."}
ANNE = {"subject": "Anne Berg", "property": "birth date", "value": "1871", "quote": "Anne Berg was born in Bergen in 1871."}


def completion(text: str, finish: str = "stop", error: str = "") -> Completion:
    return Completion(text, 10, 10, finish, error)


def answered(*items: object) -> Completion:
    return completion(json.dumps({"statements": items}))


def test_statements_carry_the_place_of_their_quote():
    read = read_answer(TEXT, answered(OSLO, ANNE, OSLO), "call_1")
    assert (read.state, read.refused, read.call_id) == ("ok", {}, "call_1")
    assert [(one.subject, one.predicate, one.object, one.method) for one in read.statements] == [
        ("Norway", "capital", "Oslo", "prompt"), ("Anne Berg", "birth date", "1871", "prompt"),
    ]  # fmt: skip
    assert [TEXT[one.start : one.end] for one in read.statements] == [OSLO["quote"], ANNE["quote"]]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"quote": "Oslo is the capital city of Norway."}, "quote_not_in_text"),
        ({"value": "Bergen"}, "not_in_quote"),
        ({"subject": "Sweden"}, "not_in_quote"),
        ({"property": "favorite color"}, "unknown_property"),
        ({"property": "population"}, "no_property_of_a_name"),
        ({"value": "Norway"}, "no_property_of_a_name"),
        ({"quote": ""}, "wrong_form"),
        ({"value": 5}, "wrong_form"),
        ({"subject": "It", "property": "capital", "value": "rain", "quote": "It may rain."}, "doubted"),
    ],
)
def test_what_the_text_does_not_say_is_refused_with_a_reason(change, reason):
    read = read_answer(TEXT, answered(OSLO | change, ANNE))
    assert (read.state, read.refused, len(read.statements)) == ("ok", {reason: 1}, 1)


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        (completion("", error="the server is gone"), "model_error"),
        (completion('{"statements": [', finish="length"), "unfinished"),
        (completion("Sure! Here is the list."), "no_json"),
        (completion('{"statements": ' + "[" * 500 + "]" * 500 + "}"), "no_json"),
        (completion('{"facts": []}'), "wrong_form"),
        (completion("[]"), "wrong_form"),
        (completion('{"statements": []}'), "ok"),
        (completion('{"statements": ["Oslo", null, 3]}'), "ok"),
    ],
)
def test_every_failure_has_a_state_and_states_nothing(answer, state):
    read = read_answer(TEXT, answer)
    assert read.state == state and state in STATES and read.statements == ()


def test_each_text_is_asked_about_once_under_the_schema():
    asked: list[tuple[list[Prompt], Sampling]] = []

    class Faulty:
        """A client whose second answer is an error."""

        def generate(self, prompts, sampling):
            asked.append((list(prompts), sampling))
            return [Answered(f"call_{n}", answered(OSLO) if n == 0 else completion("", error="broken")) for n in range(len(prompts))]

    found = prompted_statements([TEXT, "Other."], Faulty())
    assert [one.state for one in found] == ["ok", "model_error"] and found[0].call_id == "call_0"
    ((prompts, sampling),) = asked
    assert TEXT in prompts[0].user and prompts[0].user != prompts[1].user
    schema = json.loads(sampling.json_schema)
    item = schema["properties"]["statements"]["items"]
    assert item["properties"]["property"]["enum"] == sorted(VOCABULARY) and item["additionalProperties"] is False


def test_braces_and_marks_in_a_text_do_not_change_the_prompt():
    prompt = load_prompt().render("{mark} {text} {0} [0123456789abcdef]")
    assert "{mark} {text} {0}" in prompt.user and len(load_prompt().identity) == 64
