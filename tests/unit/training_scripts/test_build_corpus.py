"""The experiment's corpus: a data folder through the real pipeline, stated by tier and domain, and taken up where it was left."""

import gzip
import io
import json
import os
import shutil
import tarfile
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import yaml

from examples.features import FEATURES
from examples.write_crawl import write_crawl
from tierline.config.bundled import folder
from tierline.errors import BadInput
from tierline.lake import Lake
from training_scripts import build_corpus as script
from training_scripts.build_corpus import BUDGETS, CorpusRecipe, build_corpus, merged, write_recipes
from training_scripts.corpus_report import domain_of, report_text
from training_scripts.corpus_sources import crawl_files, write_references

TIERS = {"l2": {"annotate": {"sample_per_shard": 2}, "score": {"perplexity_tokens": 16}, "anchors": {"per_set": 20}}}
TIERS |= {"l3": {"edit": {"edits_per_shard": 1, "questions_per_shard": 1}}}
RECIPE = CorpusRecipe(("crawl/*.warc.gz",), 3, (), 1, TIERS)
PROSE = list(FEATURES.values())


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """A data folder in the layout of the real ones, with texts that the project wrote."""
    found = tmp_path_factory.mktemp("data")
    for name in ("crawl", "text", "kb"):
        (found / name).mkdir()
    wanted = next(path for path in write_crawl(found / "all") if path.name == "atlas.warc.gz")
    shutil.move(wanted, found / "crawl" / wanted.name)
    sections = [
        {"book": "crafts", "module": f"m{n}", "title": f"Chapter {n}", "text": "\n\n".join(PROSE[4 * n : 4 * n + 4])} for n in range(5)
    ]
    with gzip.open(found / "text" / "openstax.jsonl.gz", "wt") as file:
        file.writelines(json.dumps(section) + "\n" for section in sections)
    country = json.dumps(
        {"Introduction": {"Background": {"text": PROSE[30]}}, "Geography": {"Area": {"total": {"text": "9 sq km"}}}}
    ).encode()
    with tarfile.open(found / "kb" / "factbook.tar.xz", "w:xz") as archive:
        member = tarfile.TarInfo("factbook/europe/xx.json")
        member.size = len(country)
        archive.addfile(member, io.BytesIO(country))
    return found


@pytest.fixture(scope="module")
def built(data, tmp_path_factory):
    lake = tmp_path_factory.mktemp("corpus") / "lake"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "environ", os.environ.copy())
        for name in ("TIERLINE_BENCHMARKS", "TIERLINE_ANCHORS"):
            patch.delenv(name, raising=False)
        first = build_corpus(data, lake, RECIPE)
        texts = (lake.with_name("lake.corpus") / "texts" / "corpus.parquet").read_bytes()
        yield lake, first, texts, build_corpus(data, lake, RECIPE)


def test_every_tier_is_stated_and_vetted_sources_reach_l4(built):
    lake, report, _, _ = built
    assert not report["refused"] and {"L0", "L1", "L2", "L3", "L4"} >= set(report["scale"]) >= {"L0", "L1", "L2", "L4"}
    assert report["scale"]["L0"]["textbooks"]["documents"] == 3 and report["scale"]["L0"]["reference"]["documents"] == 1
    assert report["scale"]["L4"]["textbooks"]["documents"] >= 3 and report["scale"]["L1"]["web"]["tokens"] > 0
    rows = pq.read_table(report["corpus"]).to_pylist()
    assert {row["tier"] for row in rows} == set(report["scale"]) and all(row["text"] for row in rows)
    assert report["stages"]["l2_annotations"]["model_calls"] > 0 and json.loads(lake.with_name("lake.corpus.json").read_text())["scale"]
    assert "L4   textbooks" in report_text(report)


def test_a_second_run_asks_no_model_and_changes_nothing(built):
    lake, first, texts, second = built
    assert first["model_calls"] > 0 and second["model_calls"] == 0 and second["scale"] == first["scale"]
    assert (lake.with_name("lake.corpus") / "texts" / "corpus.parquet").read_bytes() == texts


def test_mixes_hold_every_row_once(built):
    lake = Lake(str(built[0]))
    rows = lake.read_promoted("mix_pretrain", "all")[0].to_pylist()
    whole = sum(manifest.rows for table in ("l1_filtered", "l2_selected") for manifest in lake.promoted(table))
    assert len(rows) == len({(row["source_table"], row["doc_id"]) for row in rows}) == whole


def test_a_run_that_failed_says_so_and_keeps_what_it_has(data, tmp_path, monkeypatch):
    from ingest import Outcome

    monkeypatch.setattr(os, "environ", os.environ.copy())
    monkeypatch.setattr("ingest.ingest_files", lambda files: [Outcome("s", failed="disk full")])
    with pytest.raises(BadInput, match=r"disk full.*run this again"):
        script.climb([])


def test_references_are_whole_collections_or_a_sample_that_depends_on_addresses_alone(data, tmp_path):
    (books, facts) = write_references(data, 3, tmp_path)
    records = [json.loads(line) for line in Path(books).read_text("utf-8").splitlines()]
    assert len(records) == 3 and records == sorted(records, key=lambda record: record["id"])
    assert all(record["url"].startswith("https://openstax.org/books/crafts/pages/m") and record["license"] for record in records)
    country = json.loads(Path(facts).read_text("utf-8"))
    assert country["text"] == f"Background: {PROSE[30]}"  # a lone figure is no sentence
    assert write_references(tmp_path / "empty", 3, tmp_path) == []


def test_every_budget_is_a_recipe_and_the_tiers_follow_it(tmp_path):
    for budget in (*BUDGETS, "benchmark"):
        recipe = CorpusRecipe.load(folder("recipes") / "corpus" / f"{budget}.yaml")
        write_recipes(recipe, tmp_path / budget)
        tiers = yaml.safe_load((tmp_path / budget / "tiers.yaml").read_text())
        assert tiers["l0"]["shards"]["shard_bytes"] and len(tiers["l4"]["manuals"]["vetted"]) == 5 and tiers["l1"]
        assert yaml.safe_load((tmp_path / budget / "mixes" / "midtrain.yaml").read_text())["epochs_max"] == 1
    assert merged({"a": {"b": 1, "c": 2}, "d": 3}, {"a": {"b": 9}}) == {"a": {"b": 9, "c": 2}, "d": 3}


def test_an_address_tells_the_domain():
    addresses = ["https://openstax.org/books/x/pages/m1", "https://git-doc.packages.debian.org/a.html", "https://a.example/", None]
    assert [domain_of(address) for address in addresses] == ["textbooks", "documentation", "web", "web"]


def test_bad_input_is_one_line(tmp_path, capsys):
    (tmp_path / "bad.yaml").write_text("crawl: [a]\npackage: [b]\n")
    with pytest.raises(BadInput, match="unknown setting package"):
        CorpusRecipe.load(tmp_path / "bad.yaml")
    with pytest.raises(BadInput, match="no crawl file"):
        crawl_files(tmp_path, RECIPE.crawl)
    assert script.main(["--data", str(tmp_path), "--lake", str(tmp_path / "lake"), "--budget", "smoke"]) == 2
    assert capsys.readouterr().err.startswith("build_corpus: ") and not (tmp_path / "lake").exists()
