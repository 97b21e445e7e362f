"""Events of OpenLineage made of a ledger: what they say, that the specification's own classes take them, and how they reach a receiver."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit
from uuid import UUID

import pytest
from openlineage.client import event_v2, facet_v2
from openlineage.client.event_v2 import RunEvent

from tests.unit.lake.test_row_tree import age
from tests.unit.lineage.signed_lake import SHARD, TEXT, Signed, build, commit_from
from tierline.cli.main import main
from tierline.crawl.fates import note_failure, note_success
from tierline.lake import Activity, Lake, Verdict
from tierline.lake.row_roots import add_row_roots
from tierline.lineage.occurrences import occurrences
from tierline.lineage.openlineage import Events, as_json
from tierline.lineage.receiver import NotTaken, send

Event = dict


@pytest.fixture(scope="module")
def signed(tmp_path_factory) -> Signed:
    """Not to be changed."""
    return build(tmp_path_factory.mktemp("lake"))


@pytest.fixture
def receiver():
    """A server on loopback that takes events: (its address, the events, the statuses that it answers with first)."""
    taken, statuses = [], []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status = statuses.pop(0) if statuses else 201
            if status == 201:
                taken.append((self.path, self.headers.get("Authorization"), json.loads(body)))
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", taken, statuses
        server.shutdown()


def told(lake: Lake) -> list[Event]:
    events = Events(lake)
    return [as_json(event) for one in occurrences(lake) for event in events.of(one)]


def of(events: list[Event], job: str, kind: str = "COMPLETE") -> Event:
    (found,) = [event for event in events if event["job"]["name"] == job and event["eventType"] == kind]
    return found


def classes() -> dict[str, type]:
    """Every class of the specification by the last part of the schema that it names."""
    modules = [event_v2, *(getattr(facet_v2, name) for name in facet_v2.__all__ if hasattr(getattr(facet_v2, name), "__file__"))]
    found = [one for module in modules for one in vars(module).values() if isinstance(one, type) and hasattr(one, "_get_schema")]
    return {one._get_schema(): one for one in found}


def read_back(facets: Event, known: dict[str, type]) -> None:
    """Each facet is of a class of the specification, and has no field that this does not know, nor lacks one."""
    for facet in facets.values():
        kind = known[facet["_schemaURL"]]
        fields = {name: value for name, value in facet.items() if not name.startswith("_")}
        assert as_json(kind(**fields, producer=facet["_producer"])) == facet


def test_every_activity_and_verdict_starts_and_completes_once(signed):
    events = told(signed.lake)
    assert [event["eventType"] for event in events] == ["START", "COMPLETE"] * (len(events) // 2)
    stages = {row["stage"] for row in signed.lake.activity_rows()}
    assert {event["job"]["name"] for event in events} == {*stages, *(f"{stage}.promotion_gate" for stage in stages)}
    runs = [event["run"]["runId"] for event in events]
    assert runs[::2] == runs[1::2] and len(set(runs)) == len(runs) // 2 and all(map(UUID, runs))
    assert told(signed.lake) == events, "the ledger is the truth: the same history is told alike"


def test_an_event_says_what_was_read_and_written(signed):
    found = of(told(signed.lake), "l4_claims")
    manifest, parent = signed.lake.manifest("l4_claims", SHARD), signed.lake.manifest("l2_selected", SHARD)
    (read,), (written,) = found["inputs"], found["outputs"]
    assert read["namespace"] == "file" and read["name"] == f"{signed.lake.root}/l2_selected"
    assert read["facets"]["version"]["datasetVersion"] == parent.digest
    assert read["inputFacets"]["subset"]["inputCondition"]["partitions"] == [{"dimensions": {"shard": SHARD}, "identifier": parent.digest}]
    assert written["facets"]["version"]["datasetVersion"] == manifest.digest
    statistics = written["outputFacets"]["outputStatistics"]
    sizes = [(signed.path / "l4_claims" / file).stat().st_size for file in manifest.files]
    assert (statistics["rowCount"], statistics["size"], statistics["fileCount"]) == (1, sum(sizes), len(sizes))
    columns = written["facets"]["columnLineage"]["fields"]
    assert {"namespace": "file", "name": f"{signed.lake.root}/l2_selected"}.items() <= columns["quote"]["inputFields"][0].items()
    assert {field["name"] for field in written["facets"]["schema"]["fields"]} >= {"claim_id", "quote", "activity_id"}
    tags = {tag["key"]: tag["value"] for tag in found["run"]["facets"]["tags"]["tags"]}
    assert tags["activity"] == manifest.activity_id and tags["code_version"] == "1"
    assert found["run"]["facets"]["nominalTime"]["nominalEndTime"] == found["eventTime"]


def test_no_text_of_a_page_is_told(signed):
    assert TEXT not in json.dumps(told(signed.lake))


def test_classes_of_the_specification_take_every_event(signed, tmp_path):
    signed = build(tmp_path)
    note_failure(signed.lake, Activity.begin("l2_selected", SHARD, "2", (), {}), ValueError("a model is gone"))
    known = classes()
    for event in told(signed.lake):
        read_back(event["run"].get("facets", {}), known)
        read_back(event["job"]["facets"], known)
        for dataset in (*event["inputs"], *event["outputs"]):
            for facets in ("facets", "inputFacets", "outputFacets"):
                read_back(dataset.get(facets) or {}, known)
        parts = {name: event[name] for name in ("eventTime", "producer", "eventType", "run", "job", "inputs", "outputs")}
        assert event["schemaURL"] == RunEvent(**parts).schemaURL


def test_bounds_of_a_gate_are_assertions_about_what_it_judged(tmp_path):
    signed = build(tmp_path)
    digest = signed.lake.manifest("l4_claims", SHARD).stage_digest
    bound = {"metric": "rows", "minimum": 5, "maximum": None, "observed": 1, "success": False, "why": "few rows say little"}
    signed.lake.record(Verdict("l4_claims", SHARD, digest, "test", "0", False, json.dumps([bound]), ("rows is 1",)))
    found = of(told(signed.lake), "l4_claims.promotion_gate")
    (judged,) = found["inputs"]
    (assertion,) = judged["inputFacets"]["dataQualityAssertions"]["assertions"]
    assert assertion.items() >= {"assertion": "rows", "success": False, "actual": "1", "description": "few rows say little"}.items()
    assert "5" in assertion["expected"]


def test_recipe_values_are_parameters_of_the_run(tmp_path):
    signed = build(tmp_path)
    rules = [{"rules": "WordRules", "words_min": 40, "names": ["a", "b"], "inner": {"share": 0.5}}, {"rules": "Other", "on": True}]
    commit_from(signed.lake, "l1_filtered", [], SHARD, "l0_raw", rules=dict(enumerate(rules)))
    newest = [event for event in told(signed.lake) if event["job"]["name"] == "l1_filtered" and event["eventType"] == "COMPLETE"][-1]
    values = {one["key"]: one["value"] for one in newest["run"]["facets"]["executionParameters"]["parameters"]}
    assert values == {"WordRules.words_min": "40", "WordRules.names": '["a", "b"]', "WordRules.inner.share": "0.5", "Other.on": "true"}


def test_what_was_replaced_is_told_and_since_leaves_out_what_is_older(tmp_path):
    signed = build(tmp_path)
    before = occurrences(signed.lake)[-1].at
    commit_from(signed.lake, "l2_selected", [], SHARD, "l1_filtered")
    assert len([one for one in occurrences(signed.lake) if one.activity["stage"] == "l2_selected" and not one.verdict]) == 2
    later = occurrences(signed.lake, before)
    assert [(one.activity["stage"], one.verdict is None) for one in later] == [("l2_selected", True), ("l2_selected", False)]


def test_what_is_only_recorded_once_more_is_told_once(tmp_path):
    signed = build(tmp_path)
    age(signed.lake, "l2_selected", SHARD)
    before = [event["run"]["runId"] for event in told(signed.lake)]
    assert add_row_roots(signed.lake, "l2_selected", SHARD)
    assert len(told(signed.lake)) == len(before)


def test_a_failure_is_told_until_the_stage_succeeds(tmp_path):
    signed = build(tmp_path)
    activity = Activity.begin("l2_selected", SHARD, "2", (), {})
    note_failure(signed.lake, activity, ValueError("a model is gone"))
    failed = of(told(signed.lake), "l2_selected", "FAIL")
    assert failed["run"]["facets"]["errorMessage"]["message"] == "a model is gone"
    note_success(signed.lake, activity)
    assert "FAIL" not in {event["eventType"] for event in told(signed.lake)}


def test_a_receiver_gets_what_the_file_gets(signed, receiver, tmp_path, capsys, monkeypatch):
    address, taken, _ = receiver
    monkeypatch.setenv("TIERLINE_OPENLINEAGE_KEY", "secret")
    assert main(["--lake", signed.lake.root, "openlineage", "--to", address]) == 0
    assert main(["--lake", signed.lake.root, "openlineage", "--to", str(tmp_path / "events.jsonl")]) == 0
    written = list(map(json.loads, (tmp_path / "events.jsonl").read_text().splitlines()))
    capsys.readouterr()
    assert main(["--lake", signed.lake.root, "openlineage"]) == 0
    printed = list(map(json.loads, capsys.readouterr().out.splitlines()))
    assert [event for *_, event in taken] == written == printed == told(signed.lake)
    assert {(path, key) for path, key, _ in taken} == {("/api/v1/lineage", "Bearer secret")}


def test_a_receiver_that_refuses_gets_the_rest_later(signed, receiver):
    address, taken, statuses = receiver
    found, reached = occurrences(signed.lake), []
    statuses += [201, 201, 201, 503]
    with pytest.raises(NotTaken, match=r"takes no events \(status 503\)"):
        send(signed.lake, found, address, lambda at, _: reached.append(at))
    send(signed.lake, occurrences(signed.lake, reached[-1]), address)
    ids = list(dict.fromkeys((event["run"]["runId"], event["eventType"]) for *_, event in taken))
    assert ids == [(event["run"]["runId"], event["eventType"]) for event in told(signed.lake)]


def test_a_receiver_that_is_not_there_is_one_line(signed, receiver, tmp_path, capsys):
    address, *_ = receiver
    gone = address.replace("http://", "http://user:password@").replace(str(urlsplit(address).port), "9")
    assert main(["--lake", signed.lake.root, "openlineage", "--to", gone]) == 2
    said = capsys.readouterr().err
    assert "takes no events" in said and said.count("\n") == 1 and "password" not in said
    assert main(["--lake", signed.lake.root, "openlineage", "--to", str(tmp_path / "none" / "events")]) == 2
    assert "takes no events (No such file or directory)" in capsys.readouterr().err
