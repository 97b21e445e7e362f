"""Mappings of knowledge bases: a fault is one line that says where and what to do, and a vouching is of bytes."""

import hashlib
import os

import pytest
import yaml

from tierline.bases import find_bases
from tierline.errors import BadInput

MAPPING = {
    "name": "towns",
    "version": "2026",
    "license": "CC0-1.0",
    "retrieved": "2026-02-01",
    "files": [{"path": "towns.csv", "subject": "name", "columns": {"area": {"predicate": "area", "unit": "km²"}}}],
}
TOWNS = b"name,area\nOslo,454\n"


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "towns.csv").write_bytes(TOWNS)
    return tmp_path


def write(folder, file: dict | None = None, name: str = "towns.yaml", **changed) -> str:
    made = MAPPING | changed
    made["files"] = [made["files"][0] | (file or {})] if made["files"] else []
    (folder / name).write_text(yaml.safe_dump({key: value for key, value in made.items() if value is not None}))
    return str(folder / name)


def test_a_mapping_names_its_base_and_its_files(folder):
    (base,) = find_bases(write(folder))
    assert (base.source, base.vouched_by, base.lapsed) == ("towns 2026", None, "")
    assert base.files[0][1] == (folder / "towns.csv").resolve() and base.files[0][2] == hashlib.sha256(TOWNS).hexdigest()


def test_dates_and_versions_need_no_quotes(folder):
    path = folder / "towns.yaml"
    path.write_text(yaml.safe_dump(MAPPING).replace("'2026'", "2026.10").replace("'2026-02-01'", "2026-02-01"))
    (base,) = find_bases(str(path))
    assert base.mapping.retrieved == "2026-02-01" and base.mapping.version == "2026.1"


@pytest.mark.parametrize(
    ("file", "changed", "said"),
    [
        ({}, {"license": None}, "license"),
        ({}, {"license": " "}, "license is empty"),
        ({}, {"files": []}, "files is empty"),
        ({}, {"retrieved": "last week"}, "retrieved is 'last week': expected a date such as 2026-01-31"),
        ({}, {"vouched_on": "2026-02-02"}, "who vouches for the base"),
        ({}, {"vouched_by": "data team"}, "vouched_on is ''"),
        ({}, {"vouched_by": "data team", "vouched_on": "2026-02-02"}, "add `sha256: " + hashlib.sha256(TOWNS).hexdigest()),
        ({}, {"naem": "x"}, "unknown setting naem; known are derived_from"),
        ({"path": "absent.csv"}, {}, "absent.csv: no such file; mend `path`"),
        ({"columns": {}}, {}, "columns is empty"),
        ({"columns": {"area": {"unit": "km²"}}}, {}, "predicate"),
        ({"format": "xls"}, {}, "format is xls: expected one of csv"),
        ({"path": "towns"}, {}, "format is not known by the file name"),
        ({"encoding": "utf-7000"}, {}, "'utf-7000' is not known"),
        ({"delimiter": ";;"}, {}, "is not one character"),
        ({"query": "select 1"}, {}, "query is for sqlite alone"),
        ({"sha256": "abc"}, {}, "'abc' is no 64 hex digits"),
    ],
)
def test_a_fault_is_one_line_that_names_the_mapping(folder, file, changed, said):
    with pytest.raises(BadInput) as error:
        find_bases(write(folder, file, **changed))
    assert said in str(error.value) and "towns.yaml" in str(error.value) and "\n" not in str(error.value)


def test_a_changed_file_lapses_the_vouching_and_says_so(folder):
    vouched = {"vouched_by": "data team", "vouched_on": "2026-02-02"}
    path = write(folder, {"sha256": hashlib.sha256(TOWNS).hexdigest()}, **vouched)
    (base,) = find_bases(path)
    assert (base.vouched_by, base.lapsed) == ("data team", "")
    before = base.digest
    (folder / "towns.csv").write_bytes(TOWNS + b"Bergen,465\n")
    (base,) = find_bases(path)
    assert (base.vouched_by, base.lapsed) == (None, "data team vouched on 2026-02-02 for other bytes of towns.csv")
    assert base.digest != before
    (folder / "towns.csv").write_bytes(TOWNS)
    os.utime(folder / "towns.csv", ns=(1, 1))  # a time of change of its own, so that the bytes are read again
    assert find_bases(path)[0].digest == before


def test_paths_count_from_the_root_that_is_given(folder, tmp_path_factory):
    apart = tmp_path_factory.mktemp("mappings")
    path = write(apart)
    with pytest.raises(BadInput, match="no such file"):
        find_bases(path)
    assert find_bases(path, str(folder))[0].files[0][1] == (folder / "towns.csv").resolve()
    assert find_bases(write(apart, root=os.path.relpath(folder, apart)))[0].source == "towns 2026"


def test_a_folder_or_a_glob_names_many_and_each_once(folder):
    write(folder, name="b.yaml", version="b")
    write(folder, name="a.yml", version="a")
    assert [base.source for base in find_bases(str(folder))] == ["towns a", "towns b"]
    assert [base.source for base in find_bases(str(folder / "*.yml"))] == ["towns a"]
    write(folder, name="c.yaml", version="a")
    with pytest.raises(BadInput, match="towns a is also mapped in"):
        find_bases(str(folder))


def test_no_pattern_and_an_empty_folder_name_no_base_and_a_glob_names_one(tmp_path):
    assert find_bases("") == [] == find_bases(str(tmp_path))
    with pytest.raises(BadInput, match="no mapping of a knowledge base is there"):
        find_bases(str(tmp_path / "*.yaml"))
