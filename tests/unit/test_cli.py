"""The command line: one clear line and status 2 for bad input, status 1 where the lake does not keep its promises."""

import gzip
import json
from datetime import UTC, datetime

import pytest

from examples.pages import Page, document
from examples.write_crawl import response
from tests.conftest import rows_of
from tests.unit.crawl.test_read import page_record
from tierline.cli import main
from tierline.crawl import CrawlRegistry, PackRules, ReadRules
from tierline.crawl.read import read_shard
from tierline.gates import judge_stage
from tierline.lake import Activity, Lake, StageResult, Verdict, decision_table
from tierline.mixes import MixRecipe, MixSource, PackedMix, export_mix, read_pools, sample_mix
from tierline.mixes.sample import pool_inputs
from tierline.training.recipe import ModelShape, PhaseShare, TrainingRecipe
from tierline.training.rows import TrainingRows


@pytest.fixture
def crawled(lake, tmp_path):
    """A lake with one promoted L0 shard of two records."""
    file = tmp_path / "crawl.warc.gz"
    file.write_bytes(b"".join(gzip.compress(page_record(number)) for number in range(2)))
    (shard,) = CrawlRegistry(lake).register([str(file)], PackRules())
    lake.commit(Activity.begin("l0_raw", shard, "1", (), {}), read_shard([str(file)], ReadRules()))
    judge_stage(lake, "l0_raw", shard)
    return lake, shard, file


def run(lake: Lake, capsys, *arguments: str) -> tuple[int, str, str]:
    status = main(["--lake", lake.root, *arguments])
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def test_flow_counts_rows_and_an_empty_lake_says_so(crawled, lake, capsys, tmp_path):
    status, out, _ = run(lake, capsys, "flow")
    assert status == 0 and out.split("\n")[1].split()[:3] == ["l0_raw", "2", "2"]
    status, out, _ = run(Lake(str(tmp_path / "nothing")), capsys, "flow")
    assert status == 0 and "no decisions yet" in out


def test_trace_ends_at_the_bytes_in_text_json_and_html(crawled, capsys, tmp_path):
    lake, shard, file = crawled
    doc_id = lake.read("l0_raw", shard)["doc_id"][0].as_py()
    status, out, _ = run(lake, capsys, "trace", doc_id)
    assert status == 0 and f"{file} at 0" in out and "payload sha256" in out
    status, out, _ = run(lake, capsys, "trace", doc_id, "--json")
    assert json.loads(out)["row"]["source_uri"] == str(file) and json.loads(out)["made_by"]["stage"] == "l0_raw"
    status, out, _ = run(lake, capsys, "trace", doc_id, "--html", str(tmp_path / "t.html"))
    assert status == 0 and doc_id in (tmp_path / "t.html").read_text()


def test_a_trainers_position_is_traced_to_the_bytes_of_its_page(crawled, commit, capsys, tmp_path):
    lake, shard, file = crawled
    pages = lake.read("l0_raw", shard).to_pylist()
    document_rows = [
        {"doc_id": page["doc_id"], "parents": [page["doc_id"]], "text": page["text"], "tokens": 50, "url": page["url"]} for page in pages
    ]
    commit(lake, "l1_filtered", document_rows, shard)
    sources = (MixSource("l1_filtered", 1.0),)
    recipe = MixRecipe("pretrain", 100, sources, exclude_contaminated=False)
    pools = read_pools(lake, recipe)
    lake.commit(Activity.begin("mix_pretrain", "all", "1", recipe, pool_inputs(pools)), sample_mix(lake, recipe, pools))
    judge_stage(lake, "mix_pretrain", "all")
    folder = export_mix(lake, recipe, tmp_path / "out").parent
    last = PackedMix(folder).document_at(len(PackedMix(folder)) - 1)
    status, out, _ = run(lake, capsys, "trace", "--mix", str(folder), "--position", str(last["start_token"] + 2))
    (page,) = [page for page in pages if page["doc_id"] == last["doc_id"]]
    assert status == 0 and out.startswith(f"position {last['start_token'] + 2} of the pretrain mix")
    assert f"is token 3 of {last['n_tokens']} of {last['row_id']}" in out
    assert f"{file} at {page['source_offset']}" in out and page["payload_sha256"] in out
    commit(lake, "mix_pretrain", [], "all")  # drawn anew: the row is gone, what it was drawn from is not
    status, out, _ = run(lake, capsys, "trace", "--mix", str(folder), "--position", "0", "--json")
    assert json.loads(out)["trace"]["parents"][0]["row"]["source_uri"] == str(file)


def test_a_token_that_a_run_saw_is_traced_to_the_bytes_of_its_page(crawled, capsys, tmp_path):
    lake, shard, file = crawled
    page = lake.read("l0_raw", shard).to_pylist()[0]
    phases = (PhaseShare("pretrain", 0.8, {"L0": 1.0}), PhaseShare("midtrain", 0.1, {"L2": 1.0}), PhaseShare("alignment", 0.1, {"L3": 1.0}))
    recipe = TrainingRecipe(8 * 16 * 10, phases, model=ModelShape(context=16), epochs_max=90)
    TrainingRows((page["doc_id"], "b", "c"), ("L0", "L2", "L3"), ("web",) * 3, (40, 20, 20)).save(tmp_path, recipe)
    status, out, _ = run(lake, capsys, "trace", "--run", str(tmp_path), "--position", "131")
    assert status == 0 and out.startswith(f"position 131 of tiered, seed 0: step 1, window 0, token 3, is of {page['doc_id']} (L0)")
    assert f"{file} at {page['source_offset']}" in out and page["payload_sha256"] in out
    found = json.loads(run(lake, capsys, "trace", "--run", str(tmp_path), "--position", "131", "--arm", "only_L0", "--json")[1])
    assert found["row_id"] == page["doc_id"] and found["trace"]["row"]["source_uri"] == str(file)


def test_allocate_proposes_weights_and_draws_the_frontier(lake, commit, capsys, tmp_path):
    commit(lake, "l1_filtered", [{"doc_id": f"d{n}", "text": "x", "tokens": 1000} for n in range(40)])
    commit(lake, "l2_selected", [{"doc_id": f"d{n}", "text": "x", "tokens": 1000} for n in range(20)])
    documents = lake.manifest("l1_filtered", "s").digest
    tables = {"l1_contamination": rows_of("l1_contamination", [])}
    checked = lake.commit(
        Activity.begin("l1_contamination", "s", "1", (), {"l1_filtered/s": documents}),
        StageResult(tables, {"l1_contamination": (0, decision_table([]))}),
    )
    lake.record(Verdict("l1_contamination", "s", checked.stage_digest, "test", "0", True, "[]"))
    plot = tmp_path / "frontier.png"
    status, out, _ = run(lake, capsys, "allocate", "pretrain", "--token-value", "L2=2", "--plot", str(plot))
    assert status == 0 and plot.read_bytes().startswith(b"\x89PNG")
    drawn = {line.split()[0]: float(line.split()[6].replace(",", "")) for line in out.splitlines()[1:3]}
    assert drawn == {"l1_filtered": 80_000, "l2_selected": 40_000}  # both twice, as the recipe allows: the budget is larger
    found = json.loads(run(lake, capsys, "allocate", "pretrain", "--json")[1])
    assert len(found["offers"]) == 2 and found["proposed"]["token_value"] == pytest.approx(found["frontier"][-1]["token_value"])
    (tmp_path / "findings.json").write_text('{"metrics": {"token_value_L1": 0.5, "token_value_L2": 3.0, "seeds": 5}}')
    found = json.loads(run(lake, capsys, "allocate", "pretrain", "--report", str(tmp_path), "--token-value", "L2=2", "--json")[1])
    assert [offer["token_value"] for offer in found["offers"]] == [0.5, 2.0]
    status, _, error = run(lake, capsys, "allocate", "pretrain", "--report", str(tmp_path / "none"))
    assert status == 2 and "holds no findings of a training experiment" in error


def test_html_escapes_what_pages_say(lake, commit, capsys, tmp_path):
    commit(lake, "l0_raw", [{"doc_id": "doc_x", "title": "<script>alert(1)</script>", "text": "<b>", "source_uri": "u", "parents": []}])
    run(lake, capsys, "trace", "doc_x", "--html", str(tmp_path / "t.html"))
    assert "<script>" not in (tmp_path / "t.html").read_text()


def test_verify_finds_changed_bytes(crawled, capsys):
    lake, shard, file = crawled
    assert run(lake, capsys, "verify")[0] == 0
    changed = response(Page("https://a.example/0", "", document("Bridges", ["Forged."]).encode(), None, ""))
    data = gzip.decompress(file.read_bytes())
    assert len(changed) > 10 and b"1894" in data
    file.write_bytes(b"".join(gzip.compress(page_record(number, body=b"<p>Forged.</p>")) for number in range(2)))
    status, out, _ = run(lake, capsys, "verify")
    assert status == 1 and "recorded is" in out
    doc_id = lake.read("l0_raw", shard)["doc_id"][0].as_py()
    assert run(lake, capsys, "verify", doc_id)[0] == 1


def test_verify_finds_a_changed_row_and_a_moved_span(lake, commit, capsys):
    document_row = {"doc_id": "doc_1", "text": "It was founded in 1612.", "parents": ["doc_1"]}
    commit(lake, "l0_raw", [{"doc_id": "doc_1", "parents": [], "source_uri": "u"}])
    commit(lake, "l2_selected", [document_row])
    section = {"section_id": "sec_1", "parents": ["doc_1"], "span_start": 0, "span_end": 6, "text": "It was"}
    commit(lake, "l4_manuals", [section])
    assert run(lake, capsys, "verify")[0] == 0
    commit(lake, "l4_manuals", [section | {"span_start": 1}])
    status, out, _ = run(lake, capsys, "verify")
    assert status == 1 and "sec_1: the words quoted at 1:6 are not there" in out


def test_a_waiver_is_named_dated_and_counts(crawled, capsys):
    lake, shard, _ = crawled
    status, _, _ = run(lake, capsys, "waive", "l0_raw", shard, "--who", "me", "--why", "checked by hand", "--until", "2099-01-01")
    assert status == 0 and lake.waivers().to_pylist()[0]["why"] == "checked by hand"


def test_sql_and_shards_list_what_is_there(crawled, capsys):
    lake, shard, file = crawled
    assert run(lake, capsys, "shards")[1].split() == [shard, str(file)]
    assert "tier_flow:" in run(lake, capsys, "sql")[1]
    assert json.loads(run(lake, capsys, "sql", "tier_flow")[1])["row_count"] == 2


def test_every_look_at_the_lake_can_be_as_of_then(crawled, capsys):
    lake = crawled[0]
    assert run(lake, capsys, "--as-of", "2020-01-01", "sql", "tier_flow")[1] == ""
    assert json.loads(run(lake, capsys, "--as-of", "2999-01-01T00:00:00+01:00", "sql", "tier_flow")[1])["row_count"] == 2


def test_moved_and_review_say_what_there_is_and_what_there_is_not(lake, commit, capsys):
    assert "nothing has moved" in run(lake, capsys, "moved")[1] and "Nothing waits" in run(lake, capsys, "review")[1]
    shard_row = {"after_activity_id": "act_2", "before_activity_id": "act_1", "before_written_at": datetime(2026, 1, 1, tzinfo=UTC)}
    shard_row |= {"causes": ["model of l2_scores"], "compared": 4, "promoted": 1, "demoted": 0, "agreement": 0.75, "kappa": 0.5}
    commit(lake, "l2_selection_diff", [{"doc_id": "doc_1", "direction": "promoted"}], l2_selection_diff_shards=[shard_row])
    commit(lake, "l1_filtered", [{"doc_id": "doc_1", "text": "Some words."}])
    commit(
        lake, "review_queue", [{"doc_id": "doc_1", "priority": 0.9, "reasons": ["x"], "scores": [], "excerpt_start": 0, "excerpt_end": 4}]
    )
    out = run(lake, capsys, "moved", "s")[1]
    assert "s: 1 promoted, 0 demoted of 4 compared" in out and "model of l2_scores" in out and "--as-of 2026-01-01T00:00:00+00:00" in out
    assert json.loads(run(lake, capsys, "moved", "--json")[1])["doc_id"] == "doc_1"
    assert "0.90 doc_1" in run(lake, capsys, "review")[1]
    assert json.loads(run(lake, capsys, "review", "--json")[1])["excerpt"] == "Some"


def test_rethreshold_shows_what_a_looser_bound_would_keep(lake, commit, capsys):
    names = (
        "word_count",
        "stop_word_count",
        "mean_word_length",
        "alphabetic_word_share",
        "sentence_count",
        "terminal_punctuation_line_share",
    )
    seen = dict(zip(names, (80, 6, 5, 1, 9, 1), strict=True)) | {"language": "en", "language_confidence": 0.9, "unspaced_share": 0}
    rows = [seen | {"doc_id": "a", "tokens": 100}, seen | {"doc_id": "b", "tokens": 30, "word_count": 40}]
    commit(lake, "l1_filtered", [], l1_signals=rows)
    status, out, _ = run(lake, capsys, "rethreshold", "words_min=30")
    table = {line.split()[0]: line.split()[1:] for line in out.splitlines()[1:]}
    assert status == 0 and table == {"kept": ["1", "2", "100", "130"], "gopher:too_short": ["1", "0", "30", "0"]}
    assert run(lake, capsys, "rethreshold", "languages=de,fr")[1].splitlines()[-1].split() == ["language:unwanted", "0", "2", "0", "130"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("rethreshold",), "holds no promoted signals"),
        (("rethreshold", "words=1"), "words=1: not a threshold"),
        (("rethreshold", "words_min=few"), "words_min=few: not a number"),
        (("trace", "doc_nowhere"), "doc_nowhere: no promoted row has this id"),
        (("trace", "nonsense"), "nonsense: no promoted row has this id"),
        (("waive", "l0_raw", "nowhere", "--who", "a", "--why", "b", "--until", "2099-01-01"), "l0_raw/nowhere: has not been written"),
        (("waive", "l0_raw", "s", "--who", "a", "--why", "b", "--until", "soon"), "soon: not a date"),
        (("waive", "l0_raw", "s", "--who", "a", "--why", "b", "--until", "2020-01-01"), "2020-01-01: lies in the past"),
        (("--as-of", "yesterday", "flow"), "yesterday: not a time"),
        (("--as-of", "2020-01-01", "waive", "l0_raw", "s", "--who", "a", "--why", "b", "--until", "2099-01-01"), "has not been written"),
        (("sql", "nothing"), "nothing: no such SQL model"),
        (("moved", "nowhere"), "l2_selection_diff/nowhere: has not been written"),
        (("export", "pretrain"), "mix_pretrain/all: has not been written"),
        (("export", "pretrain", "--tokenizer", "nowhere.json"), "nowhere.json: cannot be read"),
        (("export", "pretrain", "--sequence", "0"), "--sequence: must be at least 1"),
        (("allocate", "pretrain"), "mix_pretrain: no source has a promoted row to offer"),
        (("allocate", "pretrain", "--token-value", "L9=2"), "L9=2: not a tier"),
        (("allocate", "pretrain", "--token-value", "L2=much"), "L2=much: not a number"),
        (("allocate", "pretrain", "--token-value", "L2=-1"), "token_value and training seconds must be at least 0"),
        (("trace",), "needs a row's id, or --position with either --mix or --run"),
        (("trace", "--mix", "nowhere"), "needs a row's id, or --position with either --mix or --run"),
        (("trace", "--mix", "nowhere", "--position", "1"), "nowhere: is no exported mix"),
        (("verify",), "holds no crawl records"),
    ],
)
def test_bad_input_is_one_line_and_status_2(lake, capsys, arguments, message):
    status, out, err = run(lake, capsys, *arguments)
    assert status == 2 and out == ""
    assert err.startswith("tierline: ") and err.count("\n") == 1 and message in err
