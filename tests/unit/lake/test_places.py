"""A lake stands below any name that delta-rs and DuckDB can hold; below every other it is refused in one line, before anything is written."""

import os

import pytest

from tests.conftest import commit_rows
from tierline.cli import main
from tierline.errors import BadInput
from tierline.lake import Lake

FIT = ("[1]", "100%", "what?", "ha#sh", "sp ace", "größe-日本", "a{b}", "a*b", "a'b", 'a"b', "a:b", "a&b", "..a", "a~b")
UNFIT = ("a%20b", "back\\slash", "new\nline", "bell\x07")


@pytest.mark.parametrize("name", FIT)
@pytest.mark.parametrize("absolute", [True, False])
def test_a_lake_works_below_any_of_these_names(name, absolute, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    root = str(tmp_path / name / "lake") if absolute else f"{name}/lake"
    for text in ("one", "another"):
        commit_rows(Lake(root), "l1_filtered", [{"doc_id": "doc_1", "parents": [], "url": "http://a.example/", "text": text}])
    for command in (("flow",), ("verify",), ("sql", "tier_flow")):
        assert main(["--lake", root, *command]) == 0, capsys.readouterr().err
    assert "l1_filtered" in capsys.readouterr().out
    assert [path.name for path in tmp_path.iterdir()] == [name], "no other folder was made"


@pytest.mark.parametrize("name", UNFIT)
def test_a_lake_below_any_other_is_refused_before_anything_is_written(name, tmp_path, monkeypatch, capsys):
    with pytest.raises(BadInput, match="name another folder"):
        Lake(str(tmp_path / name / "lake"))
    (tmp_path / name).mkdir()
    assert main(["--lake", str(tmp_path / name), "flow"]) == 2
    assert capsys.readouterr().err.count("\n") == 1 and not list((tmp_path / name).iterdir())
    monkeypatch.chdir(tmp_path / name)
    with pytest.raises(BadInput, match="name another folder"):
        Lake("lake")


@pytest.mark.parametrize("root", ["foo://x", "ftp://x", "memory://x", "opendal+gcs://x", "https://host/lake"])
def test_a_scheme_of_no_store_that_is_supported_is_one_line_with_those_that_are(root, capsys):
    assert main(["--lake", root, "status"]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and len(said) < 200 and "name a folder, or an address of s3, s3a, gs" in said


def test_a_folder_of_other_files_is_no_lake_and_nothing_is_written_there(tmp_path, capsys):
    (tmp_path / "notes.txt").touch()
    for command in ("status", "files", "flow"):
        assert main(["--lake", str(tmp_path), command]) == 2
        assert "this folder holds other files and no lake" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_the_rust_libraries_write_nothing_beside_the_one_line():
    assert os.environ["RUST_LOG"]


@pytest.mark.parametrize("root", ["~/lake", "file:///tmp/x[1]/lake", "s3://bucket/a%20b", "s3://buck[et]/lake"])
def test_home_and_urls_that_would_be_taken_for_another_place_are_refused(root):
    with pytest.raises(BadInput, match="name another folder"):
        Lake(root)


@pytest.mark.parametrize("given", ["environment", "options"])
def test_a_store_whose_commits_may_be_overwritten_is_refused(given, monkeypatch):
    options = {"aws_s3_allow_unsafe_rename": "true"} if given == "options" else None
    if given == "environment":
        monkeypatch.setenv("AWS_S3_ALLOW_UNSAFE_RENAME", "true")
    with pytest.raises(BadInput, match=r"^AWS_S3_ALLOW_UNSAFE_RENAME: lets one writer overwrite the commit of another; unset it"):
        Lake("s3://bucket/lake", options)
