"""Every key of the recipe, every bundled file, every code version and model: a change makes exactly the stages that rest on it out of date."""

import dataclasses
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.declared_lake import settled_lake
from tierline.config import bundled
from tierline.config.bundled import folder
from tierline.config.recipe import Recipe
from tierline.config.sections import SECTIONS, rules_class
from tierline.freshness import Configuration, survey
from tierline.freshness.configuration import Outside
from tierline.freshness.settings import Settings, anchor_inputs
from tierline.lake import Lake
from tierline.mixes.recipe import MixRecipe
from tierline.stages import BY_NAME, STAGES

SHARDS = ("a", "b")
SHARED = {"l2_anchors", "l2_reliability", "l2_student", "l4_facts", "mix_pretrain", "mix_midtrain", "mix_alignment"}

# Which stages rest on a section of the recipe; written here a second time on purpose, so that an edit of the declaration is seen.
RESTS_ON = {
    "gates": {"l0_raw"},  # the gate whose bound the test changes
    "l0.read": {"l0_raw"},
    "l0.shards": set(),  # packs new files; a file stays in its shard
    "l1.filter": {"l1_filtered"},
    "l1.boilerplate": {"l1_filtered"},
    "l1.dedup": {"l1_filtered"},
    "l1.decontamination": {"l1_contamination"},
    "l2.anchors": {"l2_anchors"},
    "l2.reliability": {"l2_reliability", "l2_student", "l2_scores"},
    "l2.annotate": {"l2_annotations", "l2_reliability"},
    "l2.student": {"l2_student"},
    "l2.score": {"l2_reliability", "l2_scores"},
    "l2.select": {"l2_selected"},
    "l2.review": {"review_queue"},
    "l3.edit": {"l3_refined"},
    "l3.faithfulness": {"l3_refined"},
    "l4.claims": {"l4_claims"},
    "l4.facts": {"l4_facts"},
    "l4.manuals": {"l4_manuals"},
    "llm.calls": set(),  # prices, budgets and retries say what is paid, not what rows follow
    "llm.prices": set(),
    "llm.budget": set(),
    "alerts": set(),  # bounds at which people are told
    "mixes.export": set(),  # of folders outside the lake
    "mixes.allocate": set(),  # a proposal
}
KEYS_APART = {
    ("l2.annotate", "sample_per_shard"): {"l2_annotations"},  # all anchors are judged whatever the sample
    ("l2.student", "growth"): set(),  # says when a student is trained again, not what it learns
}
OTHER_VALUES: dict[tuple[str, str], Any] = {
    ("gates", "bounds"): {"l0_raw": {"error_share": [None, 0.4]}},
    ("l1.dedup", "keep"): "best_quality",
    ("l1.filter", "languages"): ["en"],
    ("l2.annotate", "scales"): ["usefulness"],
    ("l4.manuals", "vetted"): [],
    ("llm.prices", "models"): {"*": {"prompt_per_million": 1.0}},
    ("llm.budget", "stages"): {"l3_refined": {"calls": 5}},
    ("mixes.allocate", "token_value"): {"L1": 2.0},
}
KEYS = [(section, field.name) for section in SECTIONS for field in dataclasses.fields(rules_class(section))]
FILES = sorted({name for stage in STAGES for name in stage.files})
PROMPTED = {"l2_annotations", "l2_reliability", "l3_refined"}
# Data files of the package that no stage rests on by their bytes: prompts count by what they say where they are asked, anchors as input.
BY_OTHER_MEANS = {f"judges/prompts/{name}.yaml" for name in ("coherence", "educational_value", "factual_density", "usefulness")} | {
    "reliability/anchors.jsonl"
}


def configured(recipe: Recipe | None = None, judge: str = "judge", perplexity: str = "reader", anchors: str = "") -> Configuration:
    """The project's recipe with models that need no loading."""
    mixes = Settings.of_environment({}).mix_recipe
    external = {
        "crawl_files": Settings.of_environment({}).configuration()._outside.external["crawl_files"],
        "anchor_files": lambda *_: anchor_inputs(anchors),
        "benchmarks": lambda *_: None,
        "perplexity_model": lambda *_: {"perplexity_model/all": perplexity},
    }
    models = {"judge": lambda: judge, "perplexity": lambda: perplexity}
    loaded = recipe or Recipe.load(folder("recipes") / "tiers.yaml")
    return Configuration(loaded, mixes, Outside(models, external, _student))


def _student(lake: Lake) -> dict[str, str]:
    return {f"{one.table}/{one.shard}": one.digest for one in lake.promoted("l2_student")}


@pytest.fixture(scope="module")
def settled(tmp_path_factory) -> tuple[Lake, list[str]]:
    return settled_lake(tmp_path_factory.mktemp("settled"), configured(), SHARDS)


def changed(lake: Lake, configuration: Configuration) -> set[str]:
    """Stages that differ directly, of all of their shards; those that only wait for rows of others left out."""
    found = survey(lake, configuration)
    stages = {one.stage.name for one in found}
    for name in stages:
        count = sum(one.stage.name == name for one in found)
        assert count == (len(SHARDS) if BY_NAME[name].per_shard else 1), f"{name}: {count} shards"
    assert all(one.changes and not one.waits_for for one in found)
    return stages


def with_value(section: str, name: str, value: object) -> Recipe:
    parsed = yaml.safe_load((folder("recipes") / "tiers.yaml").read_text("utf-8"))
    place = parsed
    for part in section.split("."):
        place = place.setdefault(part, {}) if place.get(part) is not None else place.__setitem__(part, {}) or place[part]
    place[name] = value
    return Recipe(parsed, "changed recipe")


def another(section: str, name: str) -> object:
    """Another allowed value of a setting."""
    if (section, name) in OTHER_VALUES:
        return OTHER_VALUES[section, name]
    value = getattr(Recipe.load(folder("recipes") / "tiers.yaml").rules(rules_class(section)), name)
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    if isinstance(value, float):
        return value + 0.01 if value < 0.9 else value * 0.99
    if isinstance(value, str):
        return f"{value}x"
    if dataclasses.is_dataclass(value):
        first = dataclasses.fields(value)[0]
        return {first.name: getattr(value, first.name) + 1}
    if value is None:
        return 7
    return [*sorted(value), *(["zz"] if all(isinstance(item, str) for item in value) else [1000.0])]


def test_touching_nothing_makes_nothing_out_of_date(settled):
    assert survey(settled[0], configured()) == []


@pytest.mark.parametrize(("section", "name"), KEYS, ids=lambda part: part)
def test_a_key_of_the_recipe_makes_the_stages_out_of_date_that_rest_on_it(settled, section, name):
    recipe = with_value(section, name, another(section, name))
    assert changed(settled[0], configured(recipe)) == KEYS_APART.get((section, name), RESTS_ON[section])


def test_nested_keys_count_too(settled):
    recipe = with_value("l0.read", "page", {"max_page_seconds": 3.0})
    (one, *_) = survey(settled[0], configured(recipe))
    assert one.stage.name == "l0_raw" and "l0.read.page" in one.why


@pytest.mark.parametrize("file", FILES)
def test_a_replaced_file_makes_the_stages_out_of_date_that_rest_on_it(settled, file, tmp_path, monkeypatch):
    known = bundled.bundled_path(file)
    (tmp_path / "other").write_bytes(known.read_bytes() + b"\n")
    found = bundled.bundled_path
    monkeypatch.setattr(bundled, "bundled_path", lambda name: tmp_path / "other" if name == file else found(name))
    assert changed(settled[0], configured()) == {stage.name for stage in STAGES if file in stage.files} != set()


def test_every_data_file_of_the_package_is_declared_by_a_stage():
    package = Path(bundled.__file__).parents[1]
    data = {path.relative_to(package).as_posix() for path in package.rglob("*") if path.is_file() and "__pycache__" not in path.parts}
    data = {path for path in data if not path.endswith((".py", ".jinja", ".typed"))}
    declared = {name.removeprefix("tierline:") for name in FILES if name.startswith("tierline:")}
    assert data - BY_OTHER_MEANS == declared


def test_the_sql_models_of_a_stage_are_all_declared():
    from tierline.filters.rules import MODEL
    from tierline.sql import Models

    models = Models(folder("dbt_like_sql"))
    for stage, model in (("l1_filtered", MODEL), ("l2_selected", "l2_selection")):
        reached = {name for name in models._order(model) if name in models.names}
        declared = {Path(name).stem for name in BY_NAME[stage].files if name.startswith("dbt_like_sql:")}
        assert declared == reached, stage


@pytest.mark.parametrize("name", list(BY_NAME))
def test_a_code_version_makes_its_own_stage_out_of_date(settled, name, monkeypatch):
    bumped = dataclasses.replace(BY_NAME[name], code_version="next")
    stages = tuple(bumped if stage.name == name else stage for stage in STAGES)
    found = survey(settled[0], configured(), stages)
    assert {one.stage.name for one in found} == {name} and all(str(one.changes[0]).startswith("code: ") for one in found)


def test_another_judge_and_another_reader_make_out_of_date_what_they_are_asked_for(settled):
    assert changed(settled[0], configured(judge="other")) == PROMPTED
    assert changed(settled[0], configured(perplexity="other")) == {"l2_reliability", "l2_scores"}


def test_other_labeled_texts_make_the_anchors_out_of_date(settled, tmp_path):
    (tmp_path / "quality").mkdir()
    (tmp_path / "quality" / "own.jsonl").write_text('{"text": "A text.", "label": 1}\n')
    assert changed(settled[0], configured(anchors=str(tmp_path))) == {"l2_anchors"}


def test_a_mix_recipe_makes_its_mix_out_of_date(settled, monkeypatch):
    loaded = MixRecipe.load
    monkeypatch.setattr(MixRecipe, "load", lambda path: dataclasses.replace(loaded(path), seed="another"))
    assert changed(settled[0], configured()) == {"mix_pretrain", "mix_midtrain", "mix_alignment"}


def test_a_changed_crawl_file_makes_its_own_shard_out_of_date(settled, tmp_path):
    lake, (_, second) = settled
    copy = Lake(str(shutil.copytree(lake.root, tmp_path / "lake")))
    (file,) = [Path(row["uri"]) for row in copy.delta.read("crawl_files", _crawl_schema()).to_pylist() if row["shard"] == second]
    before = file.read_text()
    try:
        file.write_text('{"text": "changed", "url": "https://b.example/"}\n')
        register_again(copy, file)
        assert [(one.stage.name, one.shard) for one in survey(copy, configured())] == [("l0_raw", second)]
        file.write_text(before)
        register_again(copy, file)
        assert survey(copy, configured()) == [], "changed back, it is what was processed"
    finally:
        file.write_text(before)


def _crawl_schema():
    from tierline.tables.records import CRAWL_FILES

    return CRAWL_FILES


def register_again(lake: Lake, file: Path) -> None:
    from tierline.crawl import CrawlRegistry, PackRules

    CrawlRegistry(lake).register([str(file)], PackRules(shard_bytes=1))
