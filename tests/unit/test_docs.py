"""What the pages name exists: links, headings, files, make targets, commands, modules and environment variables."""

import re
from pathlib import Path

import pytest

from tierline.cli.main import COMMANDS, GROUPS

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")), *sorted((ROOT / "deploy").rglob("*.md"))]
FILES = [
    path.relative_to(ROOT).as_posix()
    for folder in ("src", "resources", "tier_assets", "sensors", "recipes", "dbt_like_sql")
    for path in (ROOT / folder).rglob("*")
]
FILES += [
    path.relative_to(ROOT).as_posix()
    for folder in ("benchmarks", "training_scripts", "tests", "docs", "deploy", "examples")
    for path in (ROOT / folder).rglob("*")
]
FILES += [path.name for path in ROOT.iterdir()]

pages = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())


def code(page: Path) -> str:
    """Everything in backticks and every indented or fenced block of the page."""
    text = page.read_text("utf-8")
    blocks = re.findall(r"```\w*\n(.*?)```", text, re.S) + re.findall(r"^    .*$", text, re.M)
    return "\n".join([*blocks, *re.findall(r"`([^`]+)`", re.sub(r"```.*?```", "", text, flags=re.S))])


def anchors(page: Path) -> set[str]:
    """The page's headings as GitHub links to them."""
    headings = re.findall(r"^#+ (.*)$", page.read_text("utf-8"), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pages
def test_every_link_leads_somewhere(page):
    text = re.sub(r"```.*?```", "", page.read_text("utf-8"), flags=re.S)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if target.startswith(("http:", "https:")):
            continue
        name, _, heading = target.partition("#")
        linked = (page.parent / name).resolve() if name else page
        assert linked.exists(), target
        assert not heading or heading in anchors(linked), target


@pages
def test_every_named_file_exists(page):
    for name in re.findall(r"(?<![\w/<.*-])(?!tierline\.)[\w./-]+\.(?:py|sql|npz)\b", code(page)):
        assert any(path == name or path.endswith(f"/{name}") for path in FILES), name
    for name in re.findall(r"(?<![\w/<])(?:src|recipes|deploy|tests|dbt_like_sql)/[\w./*-]*[\w*]", code(page)):
        assert list(ROOT.glob(name.replace("BUDGET", "*"))), name


@pages
def test_every_make_target_and_module_exists(page):
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.M)
    assert set(re.findall(r"\bmake ([a-z]+)", code(page))) <= set(targets)
    for module in re.findall(r"python -m ((?:tierline|benchmarks|training_scripts|examples|docs)\.\w[\w.]*)", code(page)):
        path = module.replace(".", "/")
        assert any(
            (ROOT / root / path).with_suffix(".py").exists() or (ROOT / root / path / "__main__.py").exists() for root in (".", "src")
        ), module


@pages
def test_every_command_exists(page):
    commands = {function.__name__ for functions in COMMANDS.values() for function in functions} | set(GROUPS)
    named = re.findall(
        r"(?:^|[\s`/])(?<!from )tierline((?: --[a-z-]+ [\w.:<>-]+)*) ([a-z]+)\b(?! (?:image|container))",
        re.sub(r"^.*\bdocker\b.*$", "", code(page), flags=re.M),
        re.M,
    )
    assert {command for _, command in named} <= commands


def test_every_variable_is_read_somewhere():
    documented = {name for page in PAGES for name in re.findall(r"TIERLINE_[A-Z_]+", page.read_text("utf-8"))}
    source = "".join(path.read_text("utf-8") for folder in ("src", "resources") for path in (ROOT / folder).rglob("*.py"))
    source += "".join((ROOT / name).read_text("utf-8") for name in ("Makefile", "dagster.yaml", "definitions.py"))
    others = [path for folder in ("tier_assets", "deploy") for path in (ROOT / folder).rglob("*") if path.is_file()]
    source += "".join(path.read_text("utf-8") for path in others if "__pycache__" not in path.parts)
    assert not {name for name in documented if name not in source}


@pages
def test_prose_fits_a_terminal(page):
    """Except tables, and what a script writes; code may be as wide as source is."""
    lines = page.read_text("utf-8").partition("<!-- Generated")[0].split("\n")
    assert not [line for line in lines if len(line) > (140 if line.startswith("    ") else 120) and not line.startswith("|")]


def test_every_decision_is_in_the_index_under_its_title():
    index = (ROOT / "docs/decisions/README.md").read_text("utf-8")
    for path in sorted((ROOT / "docs/decisions").glob("0*.md")):
        number, title = re.match(r"# (\d+)\. (.*)", path.read_text("utf-8")).groups()
        assert path.name.startswith(f"{int(number):04}-")
        assert f"| [{number}]({path.name}) | {title} | accepted" in index
