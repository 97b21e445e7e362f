"""A person opens the UI in a real browser, sees the asset graph, materializes a shard and sees its check."""

import gzip
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import dagster as dg
import pytest

from tests.unit.crawl.test_read import page_record
from tierline.crawl import CrawlRegistry, PackRules
from tierline.lake import Lake

pytestmark = [
    pytest.mark.skipif(not shutil.which("chromium"), reason="Debian's chromium is not installed"),
    pytest.mark.skipif(not shutil.which("chromedriver"), reason="Debian's chromium-driver is not installed"),
]
ROOT = Path(__file__).parents[2]
FLAGS = "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync --window-size=1600,1000"
PATIENCE = 900.0  # seconds for each event: on an idle machine the slowest takes 30, beside other work it may take ten times as long


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
    """The UI and its daemon, as `make ui` starts them, ended with all their children."""
    port = free_port()
    command = [str(Path(sys.executable).with_name("dagster")), "dev", "--port", str(port)]
    with (dagster_home / "dev.log").open("w") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=os.environ, stdout=log, stderr=subprocess.STDOUT, start_new_session=True)
    try:
        until(lambda: urllib.request.urlopen(f"http://localhost:{port}/server_info", timeout=5), PATIENCE)
        yield f"http://localhost:{port}"
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:  # a code server waits a minute for its clients
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(20)


@pytest.fixture
def browser(dagster_home):
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium")
    for flag in [*FLAGS.split(), f"--user-data-dir={dagster_home / 'chromium'}"]:
        options.add_argument(flag)
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(shutil.which("chromedriver")))
    yield driver
    driver.quit()


def until(condition, seconds: float):
    """What the condition gives once it gives something; what it last raised or an AssertionError otherwise."""
    deadline = time.monotonic() + seconds
    while True:
        error = None
        try:
            if found := condition():
                return found
        except Exception as raised:
            error = raised
        if time.monotonic() > deadline:
            raise error or AssertionError(f"nothing within {seconds} s")
        time.sleep(0.5)


def test_a_shard_is_materialized_in_the_ui_and_its_gate_is_seen(address, browser, shard, dagster_home):
    def text() -> str:
        return browser.find_element("tag name", "body").text

    def press(label: str) -> bool:
        (*_, button) = [
            found for found in browser.find_elements("tag name", "button") if found.text.strip() == label and found.is_enabled()
        ]
        button.click()
        return True

    def click(label: str) -> None:
        until(lambda: press(label), PATIENCE)

    def all_are_chosen() -> bool:
        if "1 partition" not in text():
            press("All")  # again, for before the partitions are loaded it chooses none
        return "1 partition" in text()

    browser.get(f"{address}/asset-groups")
    until(
        lambda: all(group in text() for group in ("l0_raw", "l1_filtered", "l2_selected", "l3_refined", "l4_verified", "mixes")), PATIENCE
    )

    browser.get(f"{address}/assets/l0_raw")
    click("Materialize…")
    until(all_are_chosen, PATIENCE)
    click("Launch 1 run")
    lake = Lake(str(dagster_home / "lake"))
    until(lambda: [manifest.shard for manifest in lake.promoted("l0_raw")] == [shard], PATIENCE)

    browser.get(f"{address}/assets/l0_raw?view=checks")
    until(lambda: "promotion_gate" in text() and f"{shard} is promoted" in text(), PATIENCE)
