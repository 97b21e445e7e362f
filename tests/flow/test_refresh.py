"""`make ingest` and `make refresh` on real files, without a language model: what runs again after a change, and what does not."""

import json
import shutil
from itertools import combinations, islice

import dagster as dg
import pytest
import yaml
from dagster_shared.error import SerializableErrorInfo

from definitions import defs
from examples.features import FEATURES
from ingest import ingest, main, refresh
from resources import configured_resources
from tests.unit.lake.test_vacuum import age
from tier_assets.instance import open_instance
from tier_assets.retention import clear_history, vacuum_lake
from tier_assets.run_errors import root_cause
from tierline.config import bundled
from tierline.config.bundled import folder
from tierline.crawl import CrawlRegistry
from tierline.lake import Lake
from tierline.lineage import trace, verify
from tierline.stages import STAGES

MODELLESS = {
    ("l2", "annotate"): {"probe": False, "scales": []},
    ("l2", "score"): {"perplexity_languages": []},
    ("l3", "edit"): {"edits_per_shard": 0, "questions_per_shard": 0},
}


def write_recipe(path, **changes):
    loaded = yaml.safe_load((folder("recipes") / "tiers.yaml").read_text("utf-8"))
    for (tier, section), values in MODELLESS.items():
        loaded[tier].setdefault(section, {}).update(values)
    for name, value in changes.items():
        tier, section, key = name.split("__")
        loaded[tier].setdefault(section, {})[key] = value
    path.write_text(yaml.safe_dump(loaded))


def make_crawl(home):
    """Two crawl files of ten pages each, and a recipe that needs no model."""
    (home / "crawl").mkdir()
    names = sorted(FEATURES)
    for shard in range(2):
        pages = islice(combinations(names, 3), shard * 500, shard * 500 + 400, 40)
        rows = [
            {"text": "\n\n".join(FEATURES[name] for name in page), "url": f"https://s{shard}{n}.example/"} for n, page in enumerate(pages)
        ]
        (home / "crawl" / f"c{shard}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    write_recipe(home / "tiers.yaml")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Two crawl files of ten pages each, brought through all tiers once."""
    home = tmp_path_factory.mktemp("refresh")
    make_crawl(home)
    with pytest.MonkeyPatch.context() as patch:
        environment(patch, home)
        outcomes = ingest(str(home / "crawl"), shard_bytes=1_000)
        assert [outcome.failed for outcome in outcomes] == [""] * len(outcomes)
    return home


def environment(patch, home):
    (home / "state").mkdir(exist_ok=True)
    values = {"DAGSTER_HOME": folder("recipes").parent, "TIERLINE_STATE": home / "state", "TIERLINE_LAKE": home / "lake"}
    values |= {"TIERLINE_TABLES": home / "tables", "TIERLINE_RECIPE": home / "tiers.yaml"}
    for name, value in values.items():
        patch.setenv(name, str(value))


@pytest.fixture
def home(made, tmp_path, monkeypatch):
    """A copy for one test; the crawl files stay where they are registered."""
    copy = tmp_path / "home"
    shutil.copytree(made, copy, ignore=shutil.ignore_patterns("crawl", "state"))
    environment(monkeypatch, copy)
    return copy


def written(home) -> dict[tuple[str, str], str]:
    return {(row["stage"], row["shard"]): row["ended_at"].isoformat() for row in Lake(str(home / "lake")).activities().to_pylist()}


def rerun(home, *arguments: str) -> set[str]:
    """The stages that wrote rows again."""
    before = written(home)
    assert main(list(arguments)) == 0
    return {stage for (stage, shard), moment in written(home).items() if before.get((stage, shard)) != moment}


def mix_parents(lake: Lake) -> set[str]:
    return {parent for parents in lake.read_promoted("mix_pretrain", "all")[0]["parents"].to_pylist() for parent in parents}


def test_touching_nothing_runs_nothing(made, home, capsys):
    assert refresh() == [] and ingest(str(made / "crawl")) == []
    assert rerun(home) == set() and "Everything is up to date." in capsys.readouterr().out


def test_an_edit_that_changes_no_row_stops_at_its_stage(home):
    write_recipe(home / "tiers.yaml", l0__read__max_body_bytes=9_999_999)
    assert rerun(home) == {"l0_raw"}


def test_an_edit_reruns_what_rests_on_its_rows(home):
    write_recipe(home / "tiers.yaml", l2__select__usefulness_min=0.9)
    stages = rerun(home)
    assert "l2_selected" in stages and not stages & {"l0_raw", "l1_filtered", "l2_annotations", "l2_reliability", "l2_scores"}
    assert refresh() == []


def test_a_replaced_weight_file_reruns_its_stages_for_every_shard(home, monkeypatch):
    (home / "other").write_bytes(bundled.bundled_path("tierline:crawl/extractor.npz").read_bytes() + b"\n")
    found = bundled.bundled_path
    monkeypatch.setattr(bundled, "bundled_path", lambda name: home / "other" if name.endswith("extractor.npz") else found(name))
    before = written(home)
    assert rerun(home) == {"l0_raw"}, "the same rows came out of other bytes"
    assert sum(before[place] != moment for place, moment in written(home).items()) == 2


def test_other_bounds_are_judged_without_writing_rows_again(home):
    write_recipe(home / "tiers.yaml")
    loaded = yaml.safe_load((home / "tiers.yaml").read_text())
    loaded["gates"]["bounds"] = {"l4_manuals": {"rows_in": [5, None]}}
    (home / "tiers.yaml").write_text(yaml.safe_dump(loaded))
    before = {row["stage"]: row["suite_sha256"] for row in Lake(str(home / "lake")).verdicts().to_pylist()}
    assert rerun(home) == set()
    after = {row["stage"]: row["suite_sha256"] for row in Lake(str(home / "lake")).verdicts().to_pylist()}
    assert {stage for stage in after if after[stage] != before[stage]} == {"l4_manuals"}


def test_what_reads_a_refused_measurement_waits_for_it(home):
    """An earlier measurement has passed, but runs read only the present one."""
    write_recipe(home / "tiers.yaml", l2__anchors__per_set=20)
    loaded = yaml.safe_load((home / "tiers.yaml").read_text())
    loaded["gates"]["bounds"] = {"l2_reliability": {"signals_with_weight": [50, None]}}
    (home / "tiers.yaml").write_text(yaml.safe_dump(loaded))
    assert rerun(home) == {"l2_anchors", "l2_reliability"}
    assert refresh() == []
    write_recipe(home / "tiers.yaml", l2__anchors__per_set=20)
    assert "l2_scores" in rerun(home)
    assert refresh() == []


def test_a_forgotten_file_is_withdrawn_from_every_tier_and_the_mixes(home):
    lake = Lake(str(home / "lake"))
    registry = CrawlRegistry(lake)
    gone, kept = registry.shards()
    ids = set(lake.read_promoted("l1_filtered", gone)[0]["doc_id"].to_pylist())
    assert ids & mix_parents(lake)
    registry.forget(registry.files(gone))
    outcomes = refresh()
    assert [str(outcome) for outcome in outcomes if outcome.shard == gone] == [
        f"{gone} is promoted; nothing new: every crawl file of the shard was forgotten: it is withdrawn"
    ]
    lake = Lake(str(home / "lake"))
    for stage in STAGES:
        if stage.per_shard:
            assert gone not in {manifest.shard for manifest in lake.promoted(stage.name) if manifest.rows}, stage.name
    assert not ids & mix_parents(lake) and mix_parents(lake) & set(lake.read_promoted("l1_filtered", kept)[0]["doc_id"].to_pylist())
    assert refresh() == []


def test_a_missing_source_keeps_its_rows_and_says_what_to_do(home, monkeypatch):
    lake = Lake(str(home / "lake"))
    registry = CrawlRegistry(lake)
    (file,) = registry.files(registry.shards()[0])
    monkeypatch.setattr("tierline.crawl.registry.is_gone", lambda address: address == file)
    write_recipe(home / "tiers.yaml", l0__read__max_body_bytes=9_999_999)
    before = lake.manifest("l0_raw", registry.shards()[0]).digest
    (outcome,) = [outcome for outcome in refresh() if outcome.failed]
    assert f"{file}: the source is gone; put it back, or `tierline forget` withdraws its rows" in outcome.failed
    assert Lake(str(home / "lake")).manifest("l0_raw", registry.shards()[0]).digest == before


def test_a_failure_is_told_in_the_words_that_say_what_to_do():
    deep = SerializableErrorInfo("OSError: [Errno 28] No space left on device\n", [], "OSError")
    own = SerializableErrorInfo("tierline.errors.LakeUnavailable: \x1b[31mlake: check free space\n", [], "LakeUnavailable", deep)
    assert root_cause(SerializableErrorInfo("dagster.Error: a step failed\n", [], "Error", own)) == "\\x1b[31mlake: check free space"
    assert root_cause(SerializableErrorInfo("dagster.Error: a step failed\n", [], "Error", deep)).startswith("OSError")


def test_retention_leaves_what_is_promoted_provable_and_up_to_date(home):
    """A stage has rows of before that nothing reads any more, and a run that failed."""
    write_recipe(home / "tiers.yaml", l2__select__usefulness_min=0.9)
    assert "l2_selected" in rerun(home)
    loaded = yaml.safe_load((home / "tiers.yaml").read_text())
    (home / "tiers.yaml").write_text(
        yaml.safe_dump(loaded | {"retention": dict.fromkeys(("runs_days", "logs_days", "replaced_days"), 0.0)})
    )
    lake = Lake(str(home / "lake"))
    age(lake)
    files, row = len(list((home / "lake").rglob("*.parquet"))), sorted(mix_parents(lake))[0]
    with open_instance() as instance:
        instance.create_run_for_job(defs.resolve_job_def(clear_history.name), status=dg.DagsterRunStatus.FAILURE)
        runs = {run.run_id for run in instance.get_runs()}
        for job in (clear_history, vacuum_lake):
            assert defs.resolve_job_def(job.name).execute_in_process(instance=instance, resources=configured_resources()).success
        kept = {run.run_id for run in instance.get_runs()}
        shown = instance.get_latest_materialization_event(dg.AssetKey("l2_selected"))
        assert runs - kept and shown.run_id in kept & runs
    lake = Lake(str(home / "lake"))
    assert len(list((home / "lake").rglob("*.parquet"))) < files
    assert verify(lake)[0] == []
    assert trace(lake, row).parents
    assert refresh() == []
