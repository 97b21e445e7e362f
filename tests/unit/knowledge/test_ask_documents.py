"""A language model that the recipe names is asked about paragraphs: what it says counts where the text says so, and once it is switched on."""

import json
from contextlib import contextmanager

import pytest

from tests.conftest import rows_of
from tests.unit.llm.served import QUICK, served
from tests.unit.llm.test_faults import GOOD, MESSAGE, FaultyServer
from tierline.errors import BudgetReached, ModelUnavailable
from tierline.knowledge import ClaimRules, extract_claims
from tierline.knowledge.extraction_methods import UNPROVEN, MethodRules, Methods
from tierline.knowledge.prompted import PromptedRules, ask_documents, read_answer
from tierline.lake import Activity
from tierline.llm import Budget, BudgetMeter, CachedModelClient, CallStore
from tierline.llm.endpoint import Endpoint
from tierline.llm.open import ModelSettings, open_model

PADDING = "The road along the fjord is narrow there and was closed for two weeks after the long rain of the last autumn."
RIGHT = f"Oslo is the capital of Norway. {PADDING}"
WRONG = f"Anne Berg was born in Bergen. {PADDING}"
BROKEN = f"Harald Dahl was born in Molde. {PADDING}"
PAGES = {"doc_1": f"Norway\n{RIGHT}\nToo short.\n{BROKEN}", "doc_2": WRONG, "doc_3": f"```\n{RIGHT}\n```", "doc_4": f"| {RIGHT} |"}
OSLO = {"subject": "Norway", "property": "capital", "value": "Oslo", "quote": "Oslo is the capital of Norway."}
ANNE = {"subject": "Anne Berg", "property": "birth place", "value": "Oslo", "quote": "Anne Berg was born in Oslo."}
ON = Methods(MethodRules(always=frozenset({"prompt"})))
ALL = PromptedRules(calls_per_shard=10, words_min=10)


def answers(handler) -> None:
    """By the paragraph that is asked about: right, with a quote that is not there, or not JSON."""
    asked = json.dumps(handler.server.last)
    said = json.dumps({"statements": [OSLO if RIGHT in asked else ANNE]}) if BROKEN not in asked else '{"statements": [{'
    handler.answer(200, GOOD | {"choices": [MESSAGE | {"message": {"content": said}}]})


@pytest.fixture
def server():
    with served(FaultyServer()) as server:
        server.faults = [answers]
        yield server


@contextmanager
def client_of(server, lake, budget: Budget | None = None):
    model = Endpoint(server.url, "m", "", 1, QUICK)
    with CachedModelClient(model, CallStore(lake, "s"), None, BudgetMeter(budget, {}) if budget else None) as client:
        client.book(Activity.begin("l4_claims", "s", "1", (), {}))
        yield client


def documents(pages: dict[str, str] = PAGES, language: str = "en"):
    row = {"title": "Travels", "domain": "a.example", "url": "https://a.example/", "language": language, "tokens": 5}
    return rows_of("l2_selected", [row | {"doc_id": name, "text": text} for name, text in pages.items()])


def claims(asked, methods: Methods):
    result = extract_claims(documents(), rows_of("l3_refined", []), ClaimRules(), methods, asked)
    result.check("l4_claims")
    return result.tables["l4_claims"].to_pylist(), result.ledgers["l4_extracted"][1].to_pylist()


def test_only_what_the_text_says_becomes_a_claim_and_every_other_answer_a_decision(server, lake):
    with client_of(server, lake) as client:
        asked = ask_documents(documents(), client, ALL)
    assert server.asked == client.cost.model_calls == 3, "no code, no table, nothing too short"
    (claim,) = [one for one in claims(asked, ON)[0] if one["method"] == "prompt"]
    assert (claim["subject"], claim["predicate"], claim["object"], claim["parents"]) == ("Norway", "capital", "Oslo", ["doc_1"])
    assert PAGES["doc_1"][claim["span_start"] : claim["span_end"]] == claim["quote"] == OSLO["quote"]
    decided = {(one["rule"], one["related_id"], one["detail"]) for one in asked.decisions}
    assert decided == {("claims:prompt_refused", "doc_2", "quote_not_in_text: 1"), ("claims:prompt_no_json", "doc_1", None)}


def test_nothing_is_promoted_before_somebody_switches_the_method_on(server, lake):
    with client_of(server, lake) as client:
        asked = ask_documents(documents(), client, ALL)
    found, ledger = claims(asked, Methods(MethodRules()))
    assert not [one for one in found if one["method"] == "prompt"]
    assert any(one["rule"] == UNPROVEN and one["detail"].startswith("prompt, capital: Norway, Oslo") for one in ledger)
    assert {one["rule"] for one in asked.decisions} <= {one["rule"] for one in ledger}


def test_a_replay_asks_nothing_and_gives_the_same(server, lake):
    with client_of(server, lake) as client:
        first = ask_documents(documents(), client, ALL)
    count = server.asked
    with client_of(server, lake) as client:
        assert ask_documents(documents(), client, ALL) == first
    assert server.asked == count and client.cost.stored_calls == count


def test_paragraphs_take_turns_over_documents_within_the_number_of_the_recipe(server, lake):
    with client_of(server, lake) as client:
        asked = ask_documents(documents(), client, PromptedRules(calls_per_shard=2, words_min=10))
        assert server.asked == 2 and set(asked.statements) == {"doc_1"} and {one["related_id"] for one in asked.decisions} == {"doc_2"}
        assert ask_documents(documents(language="no"), client, ALL).statements == {} and server.asked == 2


def test_a_spent_budget_and_an_outage_end_the_stage_and_keep_what_was_answered(server, lake):
    with client_of(server, lake, Budget(calls=2)) as client, pytest.raises(BudgetReached):
        ask_documents(documents(), client, ALL)
    assert server.asked == 2
    server.faults = [(503, "down")]
    with client_of(server, lake) as client, pytest.raises(ModelUnavailable):
        ask_documents(documents(), client, ALL)
    server.faults, before = [answers], server.asked
    with client_of(server, lake) as client:
        assert set(ask_documents(documents(), client, ALL).statements) == {"doc_1"}
    assert server.asked == before + 1, "two were stored"


def test_an_answer_that_no_code_here_can_work_on_costs_itself_alone(server, lake, monkeypatch):
    def broken(text, answer, call_id=""):
        if WRONG in text:
            raise ValueError("nobody foresaw this")
        return read_answer(text, answer, call_id)

    monkeypatch.setattr("tierline.knowledge.prompted.read_answer", broken)
    with client_of(server, lake) as client:
        asked = ask_documents(documents(), client, ALL)
    assert set(asked.statements) == {"doc_1"} and ("claims:prompt_unforeseen", "doc_2") in {
        (one["rule"], one["related_id"]) for one in asked.decisions
    }


def test_the_rules_ask_nothing_by_default():
    assert PromptedRules().calls_per_shard == 0 and PromptedRules().prompt_sha256 == "" and len(ALL.prompt_sha256) == 64


def test_the_embedded_model_answers_under_the_schema(lake):
    with CachedModelClient(open_model(ModelSettings()), CallStore(lake, "s")) as client:
        client.book(Activity.begin("l4_claims", "s", "1", (), {}))
        asked = ask_documents(documents({"doc_1": RIGHT}), client, ALL)
    assert client.cost.model_calls == 1
    assert all(RIGHT[one.start : one.end].count(one.subject) for own in asked.statements.values() for one in own)
    assert {one["rule"] for one in asked.decisions} <= {"claims:prompt_refused", "claims:prompt_unfinished"}, "a schema gives JSON"
