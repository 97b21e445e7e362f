"""Settings meet the environment here: a default for each, one variable for each, and nothing secret in what Dagster stores."""

import pytest

from resources import RecipeFile, TierStorage, configuration_of, configured_resources
from resources.models import LanguageModels
from tierline.config.bundled import folder
from tierline.config.recipe import Recipe
from tierline.errors import BadInput
from tierline.freshness.settings import Settings

VARIABLES = {
    "TIERLINE_LAKE": ("s3://bucket/lake", lambda found: found["storage"].root),
    "TIERLINE_RECIPE": ("own.yaml", lambda found: found["recipe"].path),
    "TIERLINE_MIX_RECIPES": ("own", lambda found: found["recipe"].mixes),
    "TIERLINE_BENCHMARKS": ("sets/*.jsonl", lambda found: found["benchmarks"].pattern),
    "TIERLINE_ANCHORS": ("labeled", lambda found: found["anchors"].root),
    "TIERLINE_EXPORTS": ("out", lambda found: found["exports"].folder),
    "TIERLINE_TOKENIZER": ("tokenizer.json", lambda found: found["exports"].tokenizer),
    "TIERLINE_INBOX": ("in", lambda found: found["inbox"].root),
    "TIERLINE_ENGINE": ("vllm", lambda found: found["language_models"].engine),
    "TIERLINE_MODEL": ("big", lambda found: found["language_models"].model),
    "TIERLINE_MODEL_URL": ("http://host/v1", lambda found: found["language_models"].url),
    "TIERLINE_MODEL_DTYPE": ("float16", lambda found: found["language_models"].dtype),
    "TIERLINE_MODEL_SLOTS": ("7", lambda found: str(found["language_models"].slots)),
    "TIERLINE_PERPLEXITY_MODEL": ("small.gguf", lambda found: found["perplexity_model"].model),
    "TIERLINE_TRAINING_RECIPE": ("train.yaml", lambda found: found["training"].recipe),
    "TIERLINE_TRAINING": ("runs", lambda found: found["training"].folder),
    "TIERLINE_TRAINING_QUESTIONS": ("questions", lambda found: found["training"].questions),
    "TIERLINE_TABLES": ("tables", lambda found: found["io_manager"].folder),
}


@pytest.fixture(autouse=True)
def bare(monkeypatch):
    """No variable of this project is set."""
    for name in (*VARIABLES, "TIERLINE_MODEL_KEY", "TIERLINE_MODEL_EAGER", "TIERLINE_TRAINING_WORKERS"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("name", VARIABLES)
def test_a_variable_changes_its_setting_and_no_other(name, monkeypatch):
    value, read = VARIABLES[name]
    before = configured_resources()
    assert read(before) != value
    monkeypatch.setenv(name, value)
    after = configured_resources()
    assert read(after) == value
    follows = {"language_models": "perplexity_model"} if name.startswith(("TIERLINE_ENGINE", "TIERLINE_MODEL")) else {}
    changed = {key for key in after if str(after[key]) != str(before[key])}
    assert len(changed) == 1 + len(follows)


def test_without_any_variable_it_is_the_bundled_setting_of_a_laptop():
    found = configured_resources()
    assert found["recipe"].path == str(folder("recipes") / "tiers.yaml") and found["storage"].root == ".tierline/lake"
    assert (found["language_models"].engine, found["language_models"].model) == ("llamacpp", "")
    assert found["perplexity_model"] is found["language_models"], "one process holds both"
    assert found["training"].workers == 2


def test_a_perplexity_model_of_its_own_leaves_the_judges_engine_and_address_behind(monkeypatch):
    monkeypatch.setenv("TIERLINE_ENGINE", "endpoint")
    monkeypatch.setenv("TIERLINE_MODEL_URL", "http://host/v1")
    monkeypatch.setenv("TIERLINE_PERPLEXITY_MODEL", "small.gguf")
    reader = configured_resources()["perplexity_model"]
    assert (reader.engine, reader.model, reader.url) == ("llamacpp", "small.gguf", "")


@pytest.mark.parametrize(("value", "eager"), [("1", True), ("0", False), ("", False), ("true", False)])
def test_eager_is_on_by_a_one(monkeypatch, value, eager):
    monkeypatch.setenv("TIERLINE_MODEL_EAGER", value)
    assert configured_resources()["language_models"].eager is eager


def test_the_key_is_read_when_the_model_is_opened_and_stored_nowhere(monkeypatch):
    monkeypatch.setenv("TIERLINE_MODEL_KEY", "sk-secret")
    models = configured_resources()["language_models"]
    assert "sk-secret" not in str(models.model_dump()) + repr(models) + repr(models.settings())
    assert models.settings().api_key == "sk-secret"
    monkeypatch.setenv("TIERLINE_MODEL_KEY", "sk-other")
    assert models.settings().api_key == "sk-other"


@pytest.mark.parametrize("value", ["many", "", "1.5", "0", "-1"])
def test_a_number_of_workers_that_is_none_is_one_line(monkeypatch, value):
    monkeypatch.setenv("TIERLINE_TRAINING_WORKERS", value)
    with pytest.raises(BadInput, match="TIERLINE_TRAINING_WORKERS: expected a number of at least 1"):
        configured_resources()


@pytest.mark.parametrize("value", ["0", "-1", "many", "9" * 20])
def test_a_number_of_slots_that_no_server_has_is_one_line(value):
    with pytest.raises(BadInput, match=f"TIERLINE_MODEL_SLOTS: expected a number from 1 to 4,096, found '{value}'"):
        Settings.of_environment({"TIERLINE_MODEL_SLOTS": value})


def test_the_library_reads_the_same_variables():
    environment = {"TIERLINE_RECIPE": "r", "TIERLINE_ENGINE": "endpoint", "TIERLINE_MODEL": "m", "TIERLINE_ANCHORS": "a"}
    settings = Settings.of_environment(environment)
    assert (settings.recipe, settings.judge.engine, settings.judge.model, settings.anchors) == ("r", "endpoint", "m", "a")
    assert settings.perplexity is settings.judge


def test_an_edit_of_the_recipe_counts_from_the_next_step_on(tmp_path):
    path = tmp_path / "r.yaml"
    path.write_text("l1: {filter: {words_min: 7}}")
    file = RecipeFile(path=str(path), mixes=str(tmp_path))
    from tierline.filters.rules import FilterRules

    assert file.load().rules(FilterRules).words_min == 7
    path.write_text("l1: {filter: {words_min: 8}}")
    assert file.load().rules(FilterRules).words_min == 8 and file.mix("pretrain") == tmp_path / "pretrain.yaml"
    assert isinstance(file.load(), Recipe)


def test_a_recipe_that_cannot_be_read_is_one_line_before_anything_runs(tmp_path):
    found = configured_resources()
    recipe = RecipeFile(path=str(tmp_path / "absent.yaml"), mixes=str(tmp_path))
    models = LanguageModels()
    with pytest.raises(BadInput, match="no such recipe"):
        configuration_of(recipe, models, models, found["anchors"], found["benchmarks"])


def test_a_lake_is_opened_at_its_root(tmp_path):
    assert TierStorage(root=str(tmp_path / "lake")).open().root == str(tmp_path / "lake")
