"""Files that ship with the code: found without importing their package, hashed by their bytes, and named where they are missing."""

import hashlib
import sys

import pytest

from tierline.config.bundled import bundled_digests, bundled_path, folder
from tierline.config.checksum import file_sha256, unchanged_file_sha256
from tierline.errors import BadInput
from tierline.stages import STAGES


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package of data that fails where it is imported."""
    (tmp_path / "weighty").mkdir()
    (tmp_path / "weighty" / "__init__.py").write_text("raise RuntimeError('imported')\n")
    (tmp_path / "weighty" / "data.bin").write_bytes(b"one")
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path / "weighty"


def test_a_file_is_found_without_importing_its_package(package):
    assert bundled_path("weighty:data.bin") == package / "data.bin" and "weighty" not in sys.modules
    assert bundled_digests(("weighty:data.bin",)) == {"weighty:data.bin": hashlib.sha256(b"one").hexdigest()}


def test_digests_follow_the_bytes_and_come_in_the_order_of_names(package):
    (package / "another.bin").write_bytes(b"two")
    before = bundled_digests(("weighty:data.bin", "weighty:another.bin"))
    assert list(before) == ["weighty:another.bin", "weighty:data.bin"]
    (package / "data.bin").write_bytes(b"changed")
    after = bundled_digests(tuple(before))
    assert after["weighty:data.bin"] != before["weighty:data.bin"] and after["weighty:another.bin"] == before["weighty:another.bin"]
    assert bundled_digests(()) == {}


def test_a_package_that_is_not_installed_is_one_line():
    with pytest.raises(BadInput, match=r"absent_package: is not installed; .*pip install 'tierline\[all\]'"):
        bundled_digests(("absent_package:data.bin",))


def test_a_file_that_cannot_be_read_is_one_line(package):
    with pytest.raises(BadInput, match=r"weighty:absent\.bin: cannot be read \(No such file or directory\); install Tierline again"):
        bundled_digests(("weighty:absent.bin",))
    with pytest.raises(BadInput, match="cannot be read"):
        bundled_digests(("weighty:",))


@pytest.mark.parametrize("name", sorted({name for stage in STAGES for name in stage.files}))
def test_every_declared_file_is_there(name):
    assert bundled_path(name).is_file()


@pytest.mark.parametrize("name", ["recipes", "dbt_like_sql"])
def test_folders_are_found_from_anywhere(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert folder(name).is_dir() and any(folder(name).iterdir())


def test_a_checksum_is_that_of_all_bytes_and_is_computed_again_when_the_file_changes(tmp_path, monkeypatch):
    path, data = tmp_path / "f", b"x" * 3_000_000
    path.write_bytes(data)
    assert file_sha256(path) == unchanged_file_sha256(path) == hashlib.sha256(data).hexdigest()
    with monkeypatch.context() as watched:
        watched.setattr("tierline.config.checksum.file_sha256", lambda _: pytest.fail("read again"))
        assert unchanged_file_sha256(path) == hashlib.sha256(data).hexdigest()
    path.write_bytes(b"shorter")
    assert unchanged_file_sha256(path) == hashlib.sha256(b"shorter").hexdigest()
    with pytest.raises(FileNotFoundError):
        unchanged_file_sha256(tmp_path / "absent")
