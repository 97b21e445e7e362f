"""A person opens the UI in a real browser, sees the asset graph and the columns, materializes a shard and sees its check."""

import gzip
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import dagster as dg
import pytest

from tests.ui import chromium
from tests.unit.crawl.test_read import page_record
from tier_assets.catalog import GROUPS
from tierline.crawl import CrawlRegistry, PackRules
from tierline.lake import Lake

pytestmark = chromium.NEEDED
ROOT = Path(__file__).parents[2]
PATIENCE = 900.0  # seconds for one event of the UI: it comes in a few on an idle machine, and this test waits for no longer than it takes


class Hopeless(Exception):
    """What is waited for can no longer come."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def shard(dagster_home) -> str:
    """A registered shard of one page, known to Dagster as a partition."""
    (dagster_home / "a.warc.gz").write_bytes(gzip.compress(page_record()))
    (name,) = CrawlRegistry(Lake(str(dagster_home / "lake"))).register([str(dagster_home / "a.warc.gz")], PackRules())
    with dg.DagsterInstance.get() as instance:
        instance.add_dynamic_partitions("crawl_shards", [name])
    return name


@pytest.fixture
def address(shard, dagster_home):
    """The UI and its daemon, as `make ui` starts them, on every core: seven processes answer each other. Ended with all that they start."""
    port, cores = free_port(), os.sched_getaffinity(0)
    os.sched_setaffinity(0, range(os.cpu_count() or 1))
    with (dagster_home / "dev.log").open("w") as log:
        process = subprocess.Popen([sys.executable, "-m", "ui", "--port", str(port)], cwd=ROOT, stdout=log, stderr=subprocess.STDOUT)
    try:
        until(lambda: is_up(process, port, dagster_home))
        yield f"http://localhost:{port}"
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(120)
        os.sched_setaffinity(0, cores)


def is_up(process: subprocess.Popen, port: int, home: Path) -> bool:
    """Whether the UI answers. Hopeless where its process has ended."""
    if process.poll() is not None:
        raise Hopeless(f"dagster dev ended: {(home / 'dev.log').read_text()[-2000:]}")
    return bool(urllib.request.urlopen(f"http://localhost:{port}/server_info", timeout=30))


@pytest.fixture
def browser(dagster_home):
    driver = chromium.start(dagster_home / "chromium")
    yield driver
    driver.quit()


def until(condition, seconds: float = PATIENCE):
    """What the condition gives once it gives something; what it last raised or an AssertionError otherwise."""
    deadline = time.monotonic() + seconds
    while True:
        error = None
        try:
            if found := condition():
                return found
        except Hopeless:
            raise
        except Exception as raised:
            error = raised
        if time.monotonic() > deadline:
            raise error or AssertionError(f"nothing within {seconds} s")
        time.sleep(0.5)


class Page:
    """What a person does with the page that the browser shows."""

    def __init__(self, browser, address: str) -> None:
        self._browser, self._address = browser, address

    def open(self, path: str, *words: str) -> None:
        """Wait until the page shows all the words."""
        self._browser.get(f"{self._address}/{path}")
        until(lambda: all(word in self.text for word in words))

    @property
    def text(self) -> str:
        return self._browser.find_element("tag name", "body").text

    def follow(self, part: str) -> None:
        """Click the link whose address holds these words, and go to the tab that it opens."""
        until(lambda: self._browser.find_element("css selector", f"a[href*='{part}']").click() or True)
        until(lambda: len(self._browser.window_handles) > 1)
        self._browser.switch_to.window(self._browser.window_handles[-1])

    def press(self, label: str) -> bool:
        """Press the last button of this label; IndexError or ValueError where there is none."""
        (*_, button) = [
            found for found in self._browser.find_elements("tag name", "button") if found.text.strip() == label and found.is_enabled()
        ]
        button.click()
        return True

    def click(self, label: str) -> None:
        """The same, as soon as the button is there."""
        until(lambda: self.press(label))


def test_a_shard_is_materialized_in_the_ui_and_its_gate_is_seen(address, browser, shard, dagster_home):
    page = Page(browser, address)

    def all_are_chosen() -> bool:
        if "1 partition" not in page.text:
            page.press("All")  # again, for before the partitions are loaded it chooses none
        return "1 partition" in page.text

    def is_promoted() -> bool:
        with dg.DagsterInstance.get() as instance:
            failed = instance.get_runs(dg.RunsFilter(statuses=[dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED]))
        if failed:
            raise Hopeless(f"run {failed[0].run_id} is {failed[0].status.value}: {(dagster_home / 'dev.log').read_text()[-2000:]}")
        return [manifest.shard for manifest in lake.promoted("l0_raw")] == [shard]

    page.open("asset-groups", *(group.name for group in GROUPS))
    page.open("assets/l0_raw", "Main text extracted from the page", "Needs before it can run", "tier_assets/l0_raw.py")
    page.click("Materialize…")
    until(all_are_chosen)
    page.click("Launch 1 run")
    lake = Lake(str(dagster_home / "lake"))
    until(is_promoted)

    page.open("assets/l0_raw?view=checks", "promotion_gate", f"{shard} is promoted", "error_share")
