"""Work is not done twice at once: one ingest a lake, one run a stage's shard."""

from threading import Event, Thread
from time import sleep

import pytest

from tierline.errors import BadInput
from tierline.lake import Lake
from tierline.lake.locks import LOOK_SECONDS, _lock, is_ingest_running, only_ingest, only_run


def test_a_second_ingest_of_a_lake_is_refused_in_one_line_and_of_another_lake_is_not(lake, tmp_path):
    with only_ingest(lake):
        with (
            pytest.raises(BadInput, match="lake: another ingest is running on this lake; wait for it or end it"),
            only_ingest(Lake(lake.root)),
        ):
            pytest.fail("both held it")
        with only_ingest(Lake(str(tmp_path / "other"))):
            pass
    with only_ingest(Lake(lake.root)):
        pass


def test_an_ingest_that_starts_while_another_process_looks_whether_one_is_running_is_not_refused(lake):
    with only_ingest(lake):
        pass
    held, starts = Event(), Event()

    def look() -> None:
        with _lock(Lake(lake.root), "ingest").acquire(timeout=0):  # as `is_ingest_running` does for an instant
            held.set()
            starts.wait(60)
            sleep(LOOK_SECONDS / 10)

    thread = Thread(target=look)
    thread.start()
    assert held.wait(60) and is_ingest_running(lake)
    starts.set()
    with only_ingest(lake):
        assert is_ingest_running(Lake(lake.root))
    thread.join(60)
    assert not is_ingest_running(lake)


def test_a_run_waits_for_another_one_of_the_same_stage_and_shard_only_and_leaves_no_file(lake):
    order: list[str] = []
    waits = Event()

    def second() -> None:
        with only_run(Lake(lake.root), "l0_raw", "s", lambda told: (order.append(told), waits.set())):
            order.append("second")

    with only_run(lake, "l0_raw", "s", order.append):
        thread = Thread(target=second)
        thread.start()
        assert waits.wait(60)
        with only_run(lake, "l0_raw", "other", order.append):
            order.append("first")
    thread.join(60)
    assert order == ["another run of l0_raw/s is at work: waiting for it", "first", "second"]
    assert list(lake.locks.iterdir()) == []
