"""The rules of the house: who may import whom, what reading a lake may need, and that the map shows every file."""

import ast
import itertools
import os
import re
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path

import pytest

from docs import make_map
from tierline.extras import INSTALLED_AS
from tierline.stages import BY_NAME

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src/tierline"
SOURCE = sorted(PACKAGE.rglob("*.py"))
# The repository, ground floor first: a folder or file imports only what stands before it.
FLOORS = ("tierline", "resources", "tier_assets", "sensors", "definitions", "ingest", "ui", "examples", "training_scripts", "benchmarks")
# The same inside tierline; what stands in one line does not import each other. Imports within functions count too.
LAYERS = (
    ("advice", "errors", "display"),
    ("pages", "extras", "config", "tables", "ranks", "text", "unforeseen"),
    ("stages", "pdf", "proof", "rights", "compute", "logs"),
    ("lake",),
    ("sql",),
    ("bases", "crawl", "interactions", "dedup", "llm", "students", "gates", "retiering"),
    ("descent",),
    ("takedown",),
    ("filters", "knowledge", "editing", "lineage", "judges"),
    ("checking",),
    ("reliability", "training", "forms", "operations"),
    ("feedback", "selection", "mixes", "cost", "derived"),
    ("freshness", "audit", "batch"),
    ("alerts", "metrics", "release", "review"),
    ("auditor",),
    ("precompile",),
    ("cli",),
)
# What `pip install tierline` brings: the faces that read a lake open with nothing else.
READERS = ("tierline.cli.main", "tierline.freshness", "tierline.lineage", "tierline.mixes", "tierline.cost.planning", "tierline.retiering.selection_diff",
           "tierline.selection.review", "tierline.review.desk", "tierline.filters.rethreshold", "tierline.crawl", "tierline.training.rows",
           "tierline.audit.impact")  # fmt: skip
EVERYTHING = [*FLOORS, "tests"]
# Stages are declared in stages.py; a table names its stage, a gate has bounds and metrics for each. A migration names what an old format had,
# and a program that stands alone what it checks (compared in tests/unit/lineage/test_bundle.py).
NAMING_STAGES = ("src/tierline/stages.py", "src/tierline/tables/", "src/tierline/gates/suite.py", "src/tierline/gates/profile.py",
                 "src/tierline/lake/upgrade/migrations.py", "src/tierline/lineage/check_bundle.py")  # fmt: skip
FEW_STAGES = 5


def files_of(name: str) -> list[Path]:
    """The Python files of a floor."""
    if name == "tierline":
        return SOURCE
    return [ROOT / f"{name}.py"] if (ROOT / f"{name}.py").is_file() else sorted((ROOT / name).rglob("*.py"))


@cache
def imported_modules(path: Path) -> frozenset[str]:
    """Every module that a file imports, anywhere in it, by its whole name; `from a import b` gives a.b."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return frozenset(names)


def imported(path: Path) -> set[str]:
    """The same by their first names."""
    return {name.partition(".")[0] for name in imported_modules(path)}


def part_of(path: Path) -> str:
    """The folder or file directly below src/tierline that a file belongs to."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def optional_modules() -> list[str]:
    """Import names of every package that only an extra brings, by pyproject.toml."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    core, extra = (
        {re.split(r"[^\w.-]", line)[0].lower() for line in lines}
        for lines in (project["dependencies"], itertools.chain(*project["optional-dependencies"].values()))
    )
    names = {package: module for module, package in INSTALLED_AS.items()}
    return sorted({names.get(package, package.replace("-", "_")) for package in extra - core - {"tierline"}})


@pytest.mark.parametrize("path", SOURCE, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_tierline_knows_nothing_of_dagster(path):
    assert not {name for name in imported(path) if name.startswith("dagster")}


@pytest.mark.parametrize("number", range(len(FLOORS)), ids=FLOORS)
def test_the_repository_imports_downwards_only(number):
    for path in files_of(FLOORS[number]):
        above = imported(path) & {*FLOORS[number + 1 :], "tests"}
        assert not above, f"{path} imports {above}, which is built on it"


def test_every_part_of_tierline_has_its_layer():
    parts = {part_of(path) for path in SOURCE} - {"__init__"}
    assert parts == {part for layer in LAYERS for part in layer}


@pytest.mark.parametrize("number", range(len(LAYERS)), ids=lambda number: "-".join(LAYERS[number]))
def test_tierline_imports_downwards_only(number):
    below = {part for layer in LAYERS[:number] for part in layer}
    for path in SOURCE:
        if part_of(path) in LAYERS[number]:
            parts = {name.split(".")[1] for name in imported_modules(path) if name.startswith("tierline.")}
            wrong = parts - below - {part_of(path), "__version__"}
            assert not wrong, f"{path.relative_to(ROOT)} imports {wrong}, which do not stand below it"


def stages_named(node: ast.AST) -> set[str]:
    """The stages that a literal collection, or a text of several words, names."""
    if isinstance(node, ast.Tuple | ast.List | ast.Set | ast.Dict):
        values = {inner.value for inner in ast.walk(node) if isinstance(inner, ast.Constant)}
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        values = set(re.findall(r"\w+", node.value))
    else:
        return set()
    return values & set(BY_NAME)


@pytest.mark.parametrize("name", [name for name in FLOORS if name not in ("examples", "training_scripts", "benchmarks")])
def test_no_file_has_a_second_list_of_stages(name):
    for path in files_of(name):
        if not path.relative_to(ROOT).as_posix().startswith(NAMING_STAGES):
            found = max((stages_named(node) for node in ast.walk(ast.parse(path.read_text("utf-8")))), key=len, default=set())
            assert len(found) <= FEW_STAGES, f"{path.relative_to(ROOT)} lists {sorted(found)}: derive them from stages.py"


@pytest.mark.parametrize("path", sorted((ROOT / "dbt_like_sql").rglob("*.sql")), ids=lambda path: path.stem)
def test_no_sql_model_has_a_second_list_of_stages(path):
    found = set(re.findall(r"\w+", path.read_text("utf-8"))) & set(BY_NAME)
    assert len(found) <= FEW_STAGES, f"lists {sorted(found)}: join `stages`"


def test_only_the_gates_import_great_expectations():
    importers = {path.parent.name for path in SOURCE if "great_expectations" in imported(path)}
    assert importers == {"gates"}


def test_torch_is_imported_in_training_alone():
    importers = {str(path.relative_to(PACKAGE)) for path in SOURCE if "torch" in imported(path)}
    # Reading a quantized model as transformers does is a step of `make vllm`, in the environment that has torch.
    assert {name for name in importers if not name.startswith("training/")} == {"llm/dequantize.py"}


def test_a_lake_is_read_and_every_setting_known_without_an_extra():
    absent = optional_modules()
    assert {"numba", "sklearn", "faiss", "great_expectations", "xllamacpp", "dagster", "torch"} <= set(absent)
    code = f"""
import importlib, sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {absent!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Absent())
from tierline.config.sections import SECTIONS, rules_class
for section in SECTIONS:
    rules_class(section)
for name in {READERS!r}:
    importlib.import_module(name)
"""
    environment = os.environ | {"PYTHONPATH": str(ROOT / "src")}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "path", [path for name in EVERYTHING for path in files_of(name)], ids=lambda path: str(path.relative_to(ROOT))
)  # fmt: skip
def test_every_file_says_why_it_exists_and_stays_readable(path):
    text = path.read_text("utf-8")
    assert not text.strip() or ast.get_docstring(ast.parse(text)), "needs a module docstring"
    assert len(text.splitlines()) <= 450


def test_the_map_is_what_make_map_writes():
    above, marker, below = make_map.MAP.read_text("utf-8").partition(make_map.MARKER)
    assert above and marker + below == make_map.generated(), "run `make map`"
    python = [path for name in FLOORS for path in files_of(name)]
    models = sorted((ROOT / "dbt_like_sql").rglob("*.sql"))
    paths = [path.relative_to(ROOT).as_posix() for path in [*python, *models] if path.name != "__init__.py"]
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
