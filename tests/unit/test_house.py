"""The rules of the house: who may import whom, and that the map shows every file."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = sorted((ROOT / "src").rglob("*.py"))
LAYERS = ("tierline", "resources", "tier_assets", "sensors")
PYTHON = [
    path
    for folder in ("src", "resources", "tier_assets", "sensors", "examples", "training_scripts", "benchmarks")
    for path in sorted((ROOT / folder).rglob("*.py"))
] + [ROOT / "definitions.py", ROOT / "ingest.py"]


def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.split(".")[0])
    return names


@pytest.mark.parametrize("path", SOURCE, ids=lambda path: path.name)
def test_tierline_knows_nothing_of_dagster(path):
    assert not {name for name in imported(path) if name.startswith("dagster")}


def test_imports_point_one_way():
    folders = {"tierline": ROOT / "src/tierline", **{name: ROOT / name for name in LAYERS[1:]}}
    for number, layer in enumerate(LAYERS):
        for path in folders[layer].rglob("*.py"):
            above = imported(path) & set(LAYERS[number + 1 :])
            assert not above, f"{path} imports {above}, which is built on it"


def test_only_the_gates_import_great_expectations():
    importers = {path.parent.name for path in SOURCE if "great_expectations" in imported(path)}
    assert importers == {"gates"}


@pytest.mark.parametrize("path", PYTHON, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_file_says_why_it_exists_and_stays_readable(path):
    text = path.read_text("utf-8")
    assert ast.get_docstring(ast.parse(text)), "needs a module docstring"
    assert len(text.splitlines()) <= 450


def test_the_map_names_every_file():
    text = (ROOT / "docs/map.md").read_text("utf-8")
    models = sorted((ROOT / "dbt_like_sql").rglob("*.sql"))
    missing = [str(path.relative_to(ROOT)) for path in [*PYTHON, *models] if path.name != "__init__.py" and f"`{path.name}`" not in text]
    assert not missing
