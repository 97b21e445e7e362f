"""Finished batches of an activity that was interrupted: found by the next run, by nothing else, and never believed without their mark."""

import pickle
import stat

import pytest

from tierline.compute.finished import FOLDER, FinishedBatches, digest_of, forget_batches
from tierline.errors import LakeUnavailable

DIGEST = digest_of("read records", b"a part")


@pytest.fixture(autouse=True)
def state(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path / "state"


def finished(folder, activity_id: str = "act_1") -> FinishedBatches:
    return FinishedBatches(folder / "lake", "l0_raw", "2026/one", activity_id)


def files(folder) -> list:
    return [path for path in (folder / "lake" / FOLDER).rglob("*") if path.is_file()]


def test_the_next_run_of_an_activity_finds_what_was_finished(tmp_path):
    finished(tmp_path).keep(DIGEST, b"made")
    assert finished(tmp_path).find(DIGEST) == b"made"
    assert finished(tmp_path).find(digest_of("filter documents", b"a part")) is None


def test_another_activity_finds_nothing_and_nothing_of_the_old_one_stays(tmp_path):
    finished(tmp_path).keep(DIGEST, b"made")
    assert finished(tmp_path, "act_2").find(DIGEST) is None
    assert not files(tmp_path)


def test_what_is_committed_is_forgotten(tmp_path):
    finished(tmp_path).keep(DIGEST, b"made")
    forget_batches(tmp_path / "lake", "l0_raw", "2026/one")
    assert not files(tmp_path)


@pytest.mark.parametrize(
    "harm", [lambda data: data[:-1], lambda data: b"\0" * 32 + data[32:], lambda _: b""], ids=["cut", "forged", "empty"]
)
def test_a_file_that_is_not_as_it_was_written_is_not_there(tmp_path, harm):
    finished(tmp_path).keep(DIGEST, pickle.dumps("made"))
    (file,) = files(tmp_path)
    file.write_bytes(harm(file.read_bytes()))
    assert finished(tmp_path).find(DIGEST) is None


def test_a_file_of_another_batch_is_not_taken_for_this_one(tmp_path):
    finished(tmp_path).keep(DIGEST, b"made")
    (file,) = files(tmp_path)
    other = digest_of("read records", b"another part")
    file.rename(file.with_name(other))
    assert finished(tmp_path).find(other) is None


def test_the_key_is_of_this_user_and_outside_of_the_lake(tmp_path, state):
    finished(tmp_path).keep(DIGEST, b"made")
    (key,) = [path for path in state.rglob("*") if path.is_file()]
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    key.unlink()  # as where somebody else opens the lake
    assert finished(tmp_path).find(DIGEST) is None


def test_a_folder_that_cannot_be_made_is_said_in_one_line(tmp_path):
    (tmp_path / "lake").write_text("")
    with pytest.raises(LakeUnavailable, match="check permissions"):
        finished(tmp_path)
