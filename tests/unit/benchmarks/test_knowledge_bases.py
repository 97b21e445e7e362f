"""The benchmark of knowledge bases maps what is there, names what is not, and counts what pages are confirmed and refuted."""

import json

import pytest

from benchmarks.knowledge_bases import main

ELEMENTS = [
    ("Hydrogen", "H", 1, "1.008"),
    ("Helium", "He", 2, "4.0026022"),
    ("Iron", "Fe", 26, "55.8452"),
    ("Gold", "Au", 79, "196.9665695"),
]


def test_from_files_to_metrics(tmp_path, capsys):
    (tmp_path / "kb" / "periodic-table").mkdir(parents=True)
    rows = [
        {
            "name": name,
            "symbol": symbol,
            "number": number,
            "atomic_mass": float(mass),
            "melt": 10.5 * number,
            "boil": None if number == 2 else 99 * number,
        }
        for name, symbol, number, mass in ELEMENTS
    ]
    (tmp_path / "kb" / "periodic-table" / "PeriodicTableJSON.json").write_text(json.dumps({"elements": rows}))
    assert main(["--data", str(tmp_path), "--budget", "smoke", "--show", "2"]) == 0
    *table, last = capsys.readouterr().out.splitlines()
    result = json.loads(last)
    metrics = result["metrics"]
    assert metrics["statements"] == metrics["statements_periodic_table"] == metrics["properties"] == 19 and metrics["dropped"] == 0
    assert metrics["found_again_share"] == metrics["confirmed_share"] == metrics["refuted_share"] == 1 and metrics["false_facts"] == 0
    assert "population" in result["skipped"] and "periodic-table" not in result["skipped"]
    assert sum("PeriodicTableJSON.json /elements/" in line for line in table) == 2


def test_a_folder_without_any_base_is_an_error(tmp_path, capsys):
    with pytest.raises(SystemExit):
        main(["--data", str(tmp_path)])
    assert "none of the example bases" in capsys.readouterr().err
