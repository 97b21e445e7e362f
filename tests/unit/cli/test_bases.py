"""`tierline bases`: a mapping is tried without a lake, and its faults are one line and status 2."""

import json

import pytest

from tierline.cli.main import main

MAPPING = """name: towns
version: 1
license: CC0-1.0
retrieved: 2026-02-01
files:
  - path: towns.csv
    subject: name
    columns: {capital: {predicate: PREDICATE}}
"""


@pytest.fixture
def mapping(tmp_path, monkeypatch):
    monkeypatch.delenv("TIERLINE_KNOWLEDGE", raising=False)
    monkeypatch.delenv("TIERLINE_KNOWLEDGE_ROOT", raising=False)
    (tmp_path / "towns.csv").write_text("name,capital\nNorway,Oslo\nSweden,5\n")
    (tmp_path / "towns.yaml").write_text(MAPPING.replace("PREDICATE", "capital"))
    return tmp_path / "towns.yaml"


def test_a_mapping_is_tried_with_examples_and_reasons(mapping, capsys):
    assert main(["bases", str(mapping)]) == 0
    shown = capsys.readouterr().out
    assert "towns 1" in shown and "Norway, capital: Oslo [line 2]" in shown and "nobody" in shown
    assert "bases:type, 1:" in shown and "towns.csv line 3: capital: '5' is no place" in shown


def test_the_variable_names_mappings_too_and_json_is_for_programs(mapping, capsys, monkeypatch):
    monkeypatch.setenv("TIERLINE_KNOWLEDGE", str(mapping.parent))
    assert main(["bases", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["dropped"] == {"bases:type": 1}


@pytest.mark.parametrize(("predicate", "said"), [("captial", "did you mean capital"), ("", "did you mean|docs/knowledge-bases.md")])
def test_a_fault_is_one_line_and_status_2(mapping, capsys, predicate, said):
    mapping.write_text(MAPPING.replace("PREDICATE", f"'{predicate}'"))
    assert main(["bases", str(mapping)]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1 and "towns.yaml" in error and any(one in error for one in said.split("|"))


def test_no_mapping_at_all_is_said(mapping, capsys):
    assert main(["bases"]) == 2
    assert "no mapping is named" in capsys.readouterr().err
