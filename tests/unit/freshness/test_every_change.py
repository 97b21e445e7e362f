"""Every key of the recipe, every bundled file, every code version and model: a change makes exactly the stages that rest on it out of date."""

import dataclasses
import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.declared_lake import perform, settled_lake
from tierline.config import bundled
from tierline.config.bundled import folder
from tierline.config.recipe import Recipe
from tierline.config.sections import SECTIONS, rules_class
from tierline.freshness import Configuration, survey
from tierline.freshness.configuration import Outside
from tierline.freshness.settings import Settings, anchor_inputs, ended_approvals, feedback_inputs, knowledge_inputs
from tierline.knowledge import ManualRules
from tierline.lake import Lake
from tierline.lake.signed_approvals import signed_approvals
from tierline.mixes.recipe import MixRecipe
from tierline.stages import BY_NAME, STAGES

SHARDS = ("a", "b")
SHARED = {
    "l2_anchors",
    "l2_reliability",
    "l2_student",
    "l4_statements",
    "l4_facts",
    "l4_forms",
    "l3_feedback",
    "mix_pretrain",
    "mix_midtrain",
    "mix_alignment",
}

# Which stages rest on a section of the recipe; written here a second time on purpose, so that an edit of the declaration is seen.
RESTS_ON = {
    "gates": {"l0_raw"},  # the gate whose bound the test changes
    "l0.read": {"l0_raw"},
    "l0.shards": set(),  # packs new files; a file stays in its shard
    "l1.filter": {"l1_filtered"},
    "l1.boilerplate": {"l1_filtered"},
    "l1.rights": {"l1_filtered"},
    "l1.dedup": {"l1_filtered"},
    "l1.decontamination": {"l1_contamination", "l3_feedback"},
    "l2.anchors": {"l2_anchors"},
    "l2.reliability": {"l2_reliability", "l2_student", "l2_scores"},
    "l2.annotate": {"l2_annotations", "l2_reliability"},
    "l2.student": {"l2_student"},
    "l2.score": {"l2_reliability", "l2_scores"},
    "l2.select": {"l2_selected"},
    "l2.review": {"review_queue"},
    "l3.operations": {"l3_refined"},
    "l3.edit": {"l3_refined"},
    "l3.faithfulness": {"l3_refined", "l3_derived"},
    "l3.derived": {"l3_derived"},
    "l3.feedback": {"l3_feedback"},
    "l4.claims": {"l4_claims"},
    "l4.methods": {"l4_claims"},
    "l4.prompted": {"l4_claims"},
    "l4.facts": {"l4_facts"},
    "l4.manuals": {"l4_manuals"},
    "l4.forms": {"l4_forms"},
    "l4.check": set(),  # verdicts on statements; no rows of the lake
    "llm.calls": set(),  # prices, budgets and retries say what is paid, not what rows follow
    "llm.prices": set(),
    "llm.budget": set(),
    "review": set(),  # which items people see, and when
    "alerts": set(),  # bounds at which people are told
    "retention": set(),  # ages of what nothing rests on
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
    ("l1.rights", "forbid"): ["noai"],
    ("l1.rights", "require"): ["license"],
    ("l1.rights", "agents"): ["gptbot"],
    ("l2.annotate", "scales"): ["usefulness"],
    ("l3.operations", "kinds"): ["drop"],
    ("l3.operations", "added_alone"): ["cite"],
    ("l3.derived", "kinds"): ["cloze"],
    ("l4.manuals", "vetted"): [],
    ("l4.forms", "kinds"): ["sentence"],
    ("l4.forms", "languages"): ["en"],
    ("llm.prices", "models"): {"*": {"prompt_per_million": 1.0}},
    ("llm.budget", "stages"): {"l3_refined": {"calls": 5}},
    ("mixes.allocate", "token_value"): {"L1": 2.0},
}
KEYS = [(section, field.name) for section in SECTIONS for field in dataclasses.fields(rules_class(section))]
FILES = sorted({name for stage in STAGES for name in stage.files})
PROMPTED = {"l2_annotations", "l2_reliability", "l3_refined"}
# Data files of the package that no stage rests on by their bytes: prompts count by what they say where they are asked, anchors as input.
BY_OTHER_MEANS = {f"judges/prompts/{name}.yaml" for name in ("coherence", "educational_value", "factual_density", "usefulness")} | {
    "reliability/anchors.jsonl",
    "knowledge/prompts/statements.yaml",
    *(f"derived/prompts/{kind}.yaml" for kind in ("encyclopedia", "free_question", "free_tutoring", "lecture", "textbook")),
}


def configured(
    recipe: Recipe | None = None,
    judge: str = "judge",
    perplexity: str = "reader",
    anchors: str = "",
    knowledge: str = "",
    feedback: str = "",
) -> Configuration:
    """The project's recipe with models that need no loading."""
    mixes = Settings.of_environment({}).mix_recipe
    loaded = recipe or Recipe.load(folder("recipes") / "tiers.yaml")
    external = {
        "crawl_files": Settings.of_environment({}).configuration()._outside.external["crawl_files"],
        "anchor_files": lambda *_: anchor_inputs(anchors),
        "benchmarks": lambda *_: None,
        "knowledge_bases": lambda *_: knowledge_inputs(knowledge, "") or None,
        "feedback_files": lambda *_: feedback_inputs(feedback),
        "ended_approvals": lambda lake, _: ended_approvals(loaded.rules(ManualRules), lake.today()),
        "signed_approvals": lambda lake, _: signed_approvals(lake).inputs() or {"signed_approvals/all": ""},
        "perplexity_model": lambda *_: {"perplexity_model/all": perplexity},
    }
    models = {"judge": lambda: judge, "perplexity": lambda: perplexity}
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
    data = {path for path in data if not path.endswith((".py", ".jinja", ".typed", ".license.txt"))}
    shown = ("review/static/", "auditor/static/", "training/literature.yaml")  # what a browser is sent, what a page quotes
    data = {path for path in data if not path.startswith(shown)}
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


def test_a_stage_that_the_recipe_lets_ask_a_model_follows_it_and_no_other_does(settled, tmp_path):
    asking = with_value("l4.prompted", "calls_per_shard", 3)
    copy = Lake(str(shutil.copytree(settled[0].root, tmp_path / "lake")))
    for shard in settled[1]:
        perform(copy, configured(asking), "l4_claims", shard, content="clm_1")
    assert "l4_claims" not in {one.stage.name for one in survey(copy, configured(asking))}
    assert "l4_claims" in changed(copy, configured(asking, judge="other"))


def test_other_labeled_texts_make_the_anchors_out_of_date(settled, tmp_path):
    (tmp_path / "quality").mkdir()
    (tmp_path / "quality" / "own.jsonl").write_text('{"text": "A text.", "label": 1}\n')
    assert changed(settled[0], configured(anchors=str(tmp_path))) == {"l2_anchors"}


def test_a_knowledge_base_and_each_change_of_it_makes_its_statements_out_of_date(settled, tmp_path):
    lake = settled[0]
    assert changed(lake, configured(knowledge=str(tmp_path))) == {"l4_statements"}, "no base is not the same as none named"
    file = "{path: a.csv, subject: name, columns: {capital: {predicate: capital}}}"
    (tmp_path / "a.yaml").write_text(f"{{name: a, version: '1', license: CC0, retrieved: 2026-02-01, files: [{file}]}}")
    (tmp_path / "a.csv").write_text("name,capital\nNorway,Oslo\n")
    copy = Lake(str(shutil.copytree(lake.root, tmp_path / "lake")))
    perform(copy, configured(knowledge=str(tmp_path / "a.yaml")), "l4_statements", "all", content="stm_1")
    perform(copy, configured(), "l4_facts", "all", content="fact_1")
    assert changed(copy, configured(knowledge=str(tmp_path / "a.yaml"))) <= {"l4_forms", "l3_feedback", "mix_alignment"}
    assert changed(copy, configured()) <= {"l4_forms", "l3_feedback", "mix_alignment"}, "where no base is named, what is there stands"
    (tmp_path / "a.csv").write_text("name,capital\nNorway,Bergen\n")
    assert "l4_statements" in changed(copy, configured(knowledge=str(tmp_path / "a.yaml")))


def test_the_end_of_an_approval_makes_the_manuals_out_of_date_once(settled, tmp_path, monkeypatch):
    approval = {"prefix": "https://docs.example/", "approved_by": "keepers", "approved_on": "2026-01-15", "valid_until": "2026-06-30"}
    until = configured(with_value("l4.manuals", "vetted", [approval]))
    copy = Lake(str(shutil.copytree(settled[0].root, tmp_path / "lake")))
    monkeypatch.setattr(Lake, "today", lambda _: date(2026, 6, 30))
    for shard in settled[1]:
        perform(copy, until, "l4_manuals", shard)
    assert "l4_manuals" not in {one.stage.name for one in survey(copy, until)}
    monkeypatch.setattr(Lake, "today", lambda _: date(2026, 7, 1))
    assert changed(copy, until) - {"mix_alignment"} == {"l4_manuals"}
    for shard in settled[1]:
        perform(copy, until, "l4_manuals", shard)
    assert "l4_manuals" not in {one.stage.name for one in survey(copy, until)}


def test_interactions_and_each_change_of_them_make_feedback_out_of_date(settled, tmp_path):
    assert changed(settled[0], configured(feedback=str(tmp_path))) == set(), "no files are as good as no folder"
    (tmp_path / "a.jsonl").write_text("{}")
    assert changed(settled[0], configured(feedback=str(tmp_path))) == {"l3_feedback"}


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


def test_a_review_makes_exactly_the_stage_and_shard_out_of_date_that_it_decides(settled, tmp_path):
    from tierline.lake.reviews import Review, record_reviews

    copy = Lake(str(shutil.copytree(settled[0].root, tmp_path / "lake")))
    second = settled[1][1]

    def give(stage: str, shard: str, verdict: str, **more) -> str:
        return record_reviews(copy, [Review(stage, shard, "document", "doc_1", "d", "ada", verdict, **more)])[0]

    def differing() -> list[tuple[str, str]]:
        return [(one.stage.name, one.shard) for one in survey(copy, configured())]

    give("l2_selected", second, "skip")
    assert differing() == [], "what settles nothing reruns nothing"
    first = give("l2_selected", second, "keep")
    assert differing() == [("l2_selected", second)]
    give("l2_selected", second, "undo", undoes=first)
    assert differing() == []
    give("l4_facts", "all", "keep")
    assert differing() == [("l4_facts", "all")], "forms follow its values"
