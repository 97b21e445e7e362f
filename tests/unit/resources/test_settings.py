"""Settings meet the environment here: a default for each, one variable for each, and nothing secret in what Dagster stores."""

import re

import pytest

import ingest
import ui
from resources import RecipeFile, TierStorage, configuration_of, configured_resources
from resources.models import LanguageModels
from tierline.cli import main as cli
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
    "TIERLINE_FEEDBACK": ("said", lambda found: found["feedback"].folder),
    "TIERLINE_KNOWLEDGE": ("bases/*.yaml", lambda found: found["knowledge"].pattern),
    "TIERLINE_KNOWLEDGE_ROOT": ("bases", lambda found: found["knowledge"].root),
    "TIERLINE_EXPORTS": ("out", lambda found: found["exports"].folder),
    "TIERLINE_TOKENIZER": ("tokenizer.json", lambda found: found["exports"].tokenizer),
    "TIERLINE_INBOX": ("in", lambda found: found["inbox"].root),
    "TIERLINE_INBOX_REMOVED": ("forget", lambda found: found["inbox"].removed),
    "TIERLINE_ENGINE": ("vllm", lambda found: found["language_models"].engine),
    "TIERLINE_MODEL": ("big.gguf", lambda found: found["language_models"].model),
    "TIERLINE_MODEL_URL": ("http://host/v1", lambda found: found["language_models"].url),
    "TIERLINE_MODEL_DTYPE": ("float16", lambda found: found["language_models"].dtype),
    "TIERLINE_MODEL_SLOTS": ("7", lambda found: str(found["language_models"].slots)),
    "TIERLINE_PERPLEXITY_MODEL": ("small.gguf", lambda found: found["perplexity_model"].model),
    "TIERLINE_TRAINING_RECIPE": ("train.yaml", lambda found: found["training"].recipe),
    "TIERLINE_TRAINING": ("runs", lambda found: found["training"].folder),
    "TIERLINE_TRAINING_QUESTIONS": ("questions", lambda found: found["training"].questions),
    "TIERLINE_TABLES": ("tables", lambda found: found["io_manager"].folder),
}


FILES = "own.yaml", "tokenizer.json", "big.gguf", "small.gguf", "train.yaml"
FOLDERS = "own", "labeled", "questions", "bases"
WORDS = {
    "TIERLINE_ENGINE": "gpu",
    "TIERLINE_MODEL_URL": "localhost",
    "TIERLINE_MODEL_KEY": "two words",
    "TIERLINE_MODEL_DTYPE": "fp4",
    "TIERLINE_MODEL_EAGER": "maybe",
    "TIERLINE_MODEL_SLOTS": "0",
    "TIERLINE_INBOX_REMOVED": "sometimes",
    "TIERLINE_TRAINING_WORKERS": "-1",
    "TIERLINE_RAY_ADDRESS": "somewhere",
}
NO_PLACES = (
    ("TIERLINE_INBOX", "own.yaml"),
    ("TIERLINE_INBOX", "own.yaml/below/it"),
    ("TIERLINE_INBOX", "file://own.yaml"),
    ("TIERLINE_INBOX", "nosuch://bucket/inbox"),
    ("TIERLINE_EXPORTS", "own.yaml"),
    ("TIERLINE_EXPORTS", "s3://bucket/mixes"),
    ("TIERLINE_EXPORTS", "x" * 5000),
    ("TIERLINE_TABLES", "own.yaml/tables"),
    ("TIERLINE_TRAINING", "own.yaml"),
    ("TIERLINE_CRAWL_ROOT", "absent"),
    ("TIERLINE_CRAWL_ROOT", "own.yaml"),
    ("TIERLINE_ALERT_WEBHOOK", "hooks.example.org/T0/secret"),
    ("TIERLINE_ALERT_WEBHOOK", "ftp://hooks.example.org/secret"),
    ("TIERLINE_ALERT_WEBHOOK", "https:///secret"),
    ("TIERLINE_ALERT_WEBHOOK", "https://hooks.example.org:port/secret"),
    ("TIERLINE_ALERT_WEBHOOK", "https://hooks.example.org/two secret"),
    ("TIERLINE_AUDIT_URL", "127.0.0.1:3050/secret"),
)
PLACES = (
    *("TIERLINE_RECIPE", "TIERLINE_MIX_RECIPES", "TIERLINE_BENCHMARKS", "TIERLINE_ANCHORS", "TIERLINE_TOKENIZER", "TIERLINE_MODEL"),
    *("TIERLINE_PERPLEXITY_MODEL", "TIERLINE_TRAINING_RECIPE", "TIERLINE_TRAINING_QUESTIONS", "TIERLINE_KNOWLEDGE"),
    "TIERLINE_KNOWLEDGE_ROOT",
)


@pytest.fixture(autouse=True)
def bare(monkeypatch, tmp_path):
    """No variable of this project is set; what they name in these tests is there."""
    for name in (*VARIABLES, *WORDS, "TIERLINE_CRAWL_ROOT", "TIERLINE_ALERT_WEBHOOK", "TIERLINE_AUDIT_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    for name in FILES:
        (tmp_path / name).touch()
    for name in FOLDERS:
        (tmp_path / name).mkdir()


@pytest.mark.parametrize("empty", ["", " "])
def test_a_variable_that_is_empty_is_not_set(empty, monkeypatch):
    before = str(configured_resources())
    for name in (*VARIABLES, *WORDS):
        monkeypatch.setenv(name, empty)
    assert str(configured_resources()) == before


@pytest.mark.parametrize(
    ("name", "value"), [*WORDS.items(), *((name, "absent") for name in PLACES), (PLACES[2], "x" * 5000), (PLACES[3], "x" * 5000)]
)
def test_what_cannot_be_meant_is_one_line_that_names_the_variable(name, value, monkeypatch):
    monkeypatch.setenv(name, value)
    with pytest.raises(BadInput, match=f"^{name}"):
        configured_resources()


@pytest.mark.parametrize(("name", "value"), NO_PLACES)
def test_where_nothing_can_be_written_or_told_is_one_line_at_every_door(name, value, monkeypatch, capsys):
    monkeypatch.setenv(name, value)
    with pytest.raises(BadInput, match=f"^{name}") as raised:
        configured_resources()
    assert "secret" not in str(raised.value) and "\n" not in str(raised.value)
    assert cli(["shards"]) == 2
    assert capsys.readouterr().err == f"tierline: {raised.value}\n"
    with pytest.raises(SystemExit) as ended:
        ui.main([])
    assert (ended.value.code, capsys.readouterr().err) == (2, f"ui: {raised.value}\n")
    assert ingest.main([]) == 2
    assert capsys.readouterr().err == f"ingest: {raised.value}\n"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TIERLINE_INBOX", "not/there/yet"),
        ("TIERLINE_INBOX", "own"),
        ("TIERLINE_INBOX", "file://own"),
        ("TIERLINE_INBOX", "memory://bucket/inbox"),
        ("TIERLINE_EXPORTS", "not/there/yet"),
        ("TIERLINE_CRAWL_ROOT", "own"),
        ("TIERLINE_ALERT_WEBHOOK", " https://hooks.example.org:8443/T0/secret "),
    ],
)
def test_a_place_that_can_be_made_is_one(name, value, monkeypatch, tmp_path):
    monkeypatch.setenv(name, value)
    assert configured_resources()
    assert not (tmp_path / "not").exists(), "made when it is needed"


@pytest.mark.parametrize("name", ["DAGSTER_HOME", "TIERLINE_STATE"])
def test_the_ui_and_an_ingest_without_make_say_which_variable_they_need(name, monkeypatch, capsys, tmp_path):
    monkeypatch.setenv("DAGSTER_HOME", str(folder("recipes").parent))
    monkeypatch.setenv("TIERLINE_STATE", str(tmp_path / "state"))
    monkeypatch.setenv(name, "")
    with pytest.raises(SystemExit):
        ui.main([])
    assert capsys.readouterr().err.startswith(f"ui: {name}: is not set; ")
    assert ingest.main([]) == 2
    assert capsys.readouterr().err.startswith(f"ingest: {name}: is not set; ")


def test_a_cluster_needs_ray_before_anything_begins(monkeypatch, capsys):
    monkeypatch.setattr("tierline.compute.on_ray.find_spec", lambda _: None)
    monkeypatch.setenv("TIERLINE_RAY_ADDRESS", "head:6379")
    assert ingest.main([]) == 2
    said = "ingest: TIERLINE_RAY_ADDRESS=head:6379: Ray is not installed; pip install ray on every node, or leave it unset\n"
    assert capsys.readouterr().err == said


@pytest.mark.parametrize("address", ["local", "auto", "10.0.0.1:6379", "head.example:6379"])
def test_a_cluster_has_an_address_or_a_name(address, monkeypatch):
    monkeypatch.setattr("tierline.compute.on_ray.find_spec", lambda _: "there")
    monkeypatch.setenv("TIERLINE_RAY_ADDRESS", address)
    assert configured_resources()["workers"].ray_address == address


def test_the_ui_begins_the_inbox(monkeypatch, tmp_path):
    monkeypatch.setattr("ui.open_instance", lambda: None)
    ui.prepare()
    assert (tmp_path / ".tierline/inbox").is_dir()


def test_an_endpoint_needs_an_address_when_settings_load(monkeypatch):
    monkeypatch.setenv("TIERLINE_ENGINE", "endpoint")
    with pytest.raises(BadInput, match="TIERLINE_MODEL_URL: the endpoint engine needs an address"):
        configured_resources()


def test_one_place_reads_the_variables():
    files = [path for floor in ("src", "resources", "tier_assets", "sensors") for path in (folder("recipes").parent / floor).rglob("*.py")]
    reading = {path.name for path in files if re.search(r"environ(\.get\(|\[)[\"']TIERLINE_", path.read_text("utf-8"))}
    assert reading == set()


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


@pytest.mark.parametrize(("value", "eager"), [("1", True), ("0", False), ("", False), ("true", True), ("off", False)])
def test_eager_is_a_switch(monkeypatch, value, eager):
    monkeypatch.setenv("TIERLINE_MODEL_EAGER", value)
    assert configured_resources()["language_models"].eager is eager


def test_the_key_is_read_when_the_model_is_opened_and_stored_nowhere(monkeypatch):
    monkeypatch.setenv("TIERLINE_MODEL_KEY", "sk-secret")
    models = configured_resources()["language_models"]
    assert "sk-secret" not in str(models.model_dump()) + repr(models) + repr(models.settings())
    assert models.settings().api_key == "sk-secret"
    monkeypatch.setenv("TIERLINE_MODEL_KEY", "sk-other")
    assert models.settings().api_key == "sk-other"


@pytest.mark.parametrize("value", ["many", "1.5", "0", "-1", "9" * 20, "²"])
def test_a_number_of_workers_that_is_none_is_one_line(monkeypatch, value):
    monkeypatch.setenv("TIERLINE_TRAINING_WORKERS", value)
    with pytest.raises(BadInput, match="TIERLINE_TRAINING_WORKERS: expected a number from 1 to 1,024"):
        configured_resources()


@pytest.mark.parametrize("value", ["0", "-1", "many", "9" * 20])
def test_a_number_of_slots_that_no_server_has_is_one_line(value):
    with pytest.raises(BadInput, match=f"TIERLINE_MODEL_SLOTS: expected a number from 1 to 4,096, found '{value}'"):
        Settings.of_environment({"TIERLINE_MODEL_SLOTS": value})


def test_the_library_reads_the_same_variables():
    environment = {"TIERLINE_RECIPE": "own.yaml", "TIERLINE_ENGINE": "endpoint", "TIERLINE_MODEL": "m", "TIERLINE_ANCHORS": "labeled"}
    settings = Settings.of_environment(environment | {"TIERLINE_MODEL_URL": "http://host/v1"})
    assert (settings.recipe, settings.judge.engine, settings.judge.model, settings.anchors) == ("own.yaml", "endpoint", "m", "labeled")
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
        configuration_of(recipe, models, models, found["anchors"], found["benchmarks"], found["knowledge"], found["feedback"])


def test_a_lake_is_opened_at_its_root(tmp_path):
    assert TierStorage(root=str(tmp_path / "lake")).open().root == str(tmp_path / "lake")
