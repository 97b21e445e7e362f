"""A message advises what can be done where Tierline is installed: a wheel brings no Makefile."""

import ast
from pathlib import Path

import pytest

from tierline import advice

ROOT = Path(__file__).parents[2] / "src" / "tierline"


@pytest.mark.parametrize(
    ("given", "checkout", "installed"),
    [
        (("ingest", "CRAWL=..."), "`make ingest CRAWL=...`", "`python -m ingest ...` in a checkout or the image"),
        (("ingest", "AGAIN=a-1f"), "`make ingest AGAIN=a-1f`", "`python -m ingest --again a-1f` in a checkout or the image"),
        (("ingest",), "`make ingest`", "`python -m ingest` in a checkout or the image"),
        (("refresh",), "`make refresh`", "`python -m ingest` in a checkout or the image"),
    ],
)
def test_a_command_fits_where_it_is_read(monkeypatch, given, checkout, installed):
    assert advice.CHECKOUT and advice.command(*given) == checkout
    monkeypatch.setattr(advice, "CHECKOUT", False)
    assert advice.command(*given) == installed


def test_no_message_of_the_package_takes_a_makefile_for_granted():
    for path in ROOT.rglob("*.py"):
        tree = ast.parse(path.read_text("utf-8"))
        told = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}  # docstrings
        texts = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and id(node) not in told]
        wrong = [text for text in texts if isinstance(text, str) and ("`make ingest" in text or "`make refresh" in text)]
        assert not wrong, f"{path}: {wrong}; use tierline.advice"
