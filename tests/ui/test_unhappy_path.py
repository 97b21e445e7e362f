"""A broken crawl in a real browser: dropped, refused, its reason read, waived, promoted, and refused again when the waiver ends."""

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest

from examples.features import FEATURES
from tests.flow.test_refresh import write_recipe
from tests.ui import test_browser
from tests.ui.test_browser import Hopeless, Page, until
from tier_assets.waive import waive_address
from tierline.crawl import CrawlRegistry
from tierline.lake import Lake, Waiver

pytestmark = test_browser.pytestmark
browser, address = test_browser.browser, test_browser.address
LAST = "2099-12-31"


@pytest.fixture
def shard(dagster_home, monkeypatch) -> None:
    """What the UI starts with: an empty inbox, and a recipe that needs no language model."""
    (dagster_home / "inbox").mkdir()
    write_recipe(dagster_home / "tiers.yaml")
    monkeypatch.setenv("TIERLINE_RECIPE", str(dagster_home / "tiers.yaml"))


def test_a_broken_crawl_is_refused_explained_waived_promoted_and_expires(address, browser, dagster_home):
    page, lake = Page(browser, address), Lake(str(dagster_home / "lake"))
    shown = Path(os.environ.get("TIERLINE_SCREENSHOTS") or dagster_home)

    def show(name: str) -> None:
        assert browser.save_screenshot(str(shown / f"{name}.png"))

    def runs_failed() -> list[str]:
        with dg.DagsterInstance.get() as instance:
            return [run.run_id for run in instance.get_runs(dg.RunsFilter(statuses=[dg.DagsterRunStatus.FAILURE]))]

    def judged() -> str:
        if failed := runs_failed():
            raise Hopeless(f"runs failed: {failed}: {(dagster_home / 'dev.log').read_text()[-2000:]}")
        return next((row["shard"] for row in lake.verdicts().to_pylist() if row["stage"] == "l0_raw"), "")

    texts = list(FEATURES.values())
    good = [json.dumps({"text": "\n\n".join(texts[n : n + 3]), "url": f"https://s{n}.example/"}) for n in range(0, 12, 3)]
    (dagster_home / "inbox" / "broken.jsonl").write_text("\n".join([*good, *["{broken"] * 6]))
    shard = until(judged)
    assert CrawlRegistry(lake).shards() == [shard] and lake.promoted("l0_raw") == []

    page.open("assets/l0_raw?view=checks", "promotion_gate", "is quarantined at l0_raw", "error_share is 0.6")
    show("1-refused-check")
    page.open(f"assets/l0_raw?view=partitions&partition={shard}", "quarantined", "error_share")
    show("2-refused-partition")
    page.open("runs", "run_shard", "Success")
    show("3-runs")
    page.open("assets/l1_filtered", "l1_filtered")
    assert "Failed" not in page.text, "what was not touched does not look broken"
    show("4-untouched")

    page.open(waive_address("l0_raw", shard).removeprefix("/"), "Launch Run")
    config = {"stage": "l0_raw", "shard": shard, "who": "Mia", "why": "checked by hand", "until": LAST}
    filled = json.dumps({"ops": {"waive_rows": {"config": config}}})
    write_it = "document.querySelector('.CodeMirror').CodeMirror.setValue(arguments[0]); return true"
    until(lambda: browser.execute_script(write_it, filled))
    show("5-launchpad")
    page.click("Launch Run")
    until(lambda: lake.waivers().num_rows == 1)
    until(lambda: [one.shard for one in lake.promoted("l1_filtered")] == [shard])
    page.open("assets/l0_raw?view=checks", f"is waived at l0_raw by Mia until the end of {LAST}")
    show("6-waived")

    digest, over = lake.manifest("l0_raw", shard).stage_digest, datetime.now(UTC).date() - timedelta(days=1)
    lake.waive(Waiver("l0_raw", shard, digest, "Mia", "not any more", over))
    assert lake.promoted("l1_filtered") == [], "at once, before anything runs"
    page.open("assets/l0_raw?view=checks", "promotion_gate", "is quarantined at l0_raw")
    show("7-expired")
