"""The rules of the house: who may import whom, and that the map shows every file."""

import ast
import re
from pathlib import Path

import pytest

from docs import make_map

ROOT = Path(__file__).parents[2]
SOURCE = sorted((ROOT / "src").rglob("*.py"))
LAYERS = ("tierline", "resources", "tier_assets", "sensors")
PYTHON = [
    path
    for folder in ("src", "resources", "tier_assets", "sensors", "examples", "training_scripts", "benchmarks", "docs")
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


def test_the_map_is_what_make_map_writes():
    above, marker, below = make_map.MAP.read_text("utf-8").partition(make_map.MARKER)
    assert above and marker + below == make_map.generated(), "run `make map`"
    models = sorted((ROOT / "dbt_like_sql").rglob("*.sql"))
    paths = [path.relative_to(ROOT).as_posix() for path in [*PYTHON, *models] if path.name != "__init__.py"]
    missing = [path for path in paths if f"](../{path})" not in below]
    assert not missing


def test_the_map_names_functions_that_its_files_define():
    """`path`: `name`, `name`, ... in the table of decisions."""
    above = make_map.MAP.read_text("utf-8").partition(make_map.MARKER)[0]
    named = re.findall(r"\]\(\.\./(\S+\.py)\): ((?:`\w+`(?:, )?)+)", above)
    assert named
    for path, names in named:
        text = (ROOT / path).read_text("utf-8")
        unknown = [name for name in re.findall(r"\w+", names) if not re.search(rf"^(?: *(?:def|class) )?{name}\b", text, re.M)]
        assert not unknown, f"{path} does not define {unknown}"
