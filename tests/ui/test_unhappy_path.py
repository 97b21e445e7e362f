"""A broken crawl in a real browser: dropped, changed and changed back, refused, its reason read, waived, promoted, refused again."""

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest
import yaml

from examples.features import FEATURES
from tests.flow.test_refresh import write_recipe
from tests.ui import test_browser
from tests.ui.test_browser import Hopeless, Page, until
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


def lines(first: int, good: int, broken: int) -> str:
    """A crawl file of pages that can be read, then of lines that cannot."""
    texts = list(FEATURES.values())
    pages = [
        json.dumps({"text": "\n\n".join(texts[n : n + 3]), "url": f"https://s{n}.example/"}) for n in range(first, first + 3 * good, 3)
    ]
    return "\n".join([*pages, *["{broken"] * broken])


def test_a_broken_crawl_is_reverted_refused_explained_waived_promoted_and_expires(address, browser, dagster_home):
    page, lake = Page(browser, address), Lake(str(dagster_home / "lake"))
    shown = Path(os.environ.get("TIERLINE_SCREENSHOTS") or dagster_home)

    def show(name: str) -> None:
        assert browser.save_screenshot(str(shown / f"{name}.png"))

    def runs(**wanted) -> list[dg.DagsterRun]:
        with dg.DagsterInstance.get() as instance:
            return list(instance.get_runs(dg.RunsFilter(**wanted)))

    def drop(content: str) -> str:
        """The digest of the rows that a run has read and judged since the file was dropped."""
        before = {row["digest"] for row in lake.verdicts().to_pylist() if row["stage"] == "l0_raw"}
        (dagster_home / "inbox" / "broken.jsonl").write_text(content)

        def judged() -> str:
            if failed := [run.run_id for run in runs(statuses=[dg.DagsterRunStatus.FAILURE])]:
                raise Hopeless(f"runs failed: {failed}: {(dagster_home / 'dev.log').read_text()[-2000:]}")
            return next(
                (row["digest"] for row in lake.verdicts().to_pylist() if row["stage"] == "l0_raw" and row["digest"] not in before), ""
            )

        return until(judged)

    first, changed = lines(0, 4, 6), lines(12, 3, 5)
    digests = [drop(content) for content in (first, changed, first)]
    assert digests[0] == digests[2] != digests[1], "the rows are those of the file"
    (shard,) = CrawlRegistry(lake).shards()
    asked = until(
        lambda: keys if len(keys := [run.tags["dagster/run_key"] for run in runs(tags={"dagster/sensor_name": "new_crawl"})]) == 3 else None
    )
    assert len(set(asked)) == 3 and lake.promoted("l0_raw") == []

    page.open("assets/l0_raw?view=checks", "promotion_gate", "is quarantined at l0_raw", "error_share is 0.6")
    show("1-refused-check")
    page.open(f"assets/l0_raw?view=partitions&partition={shard}", "quarantined", "error_share")
    show("2-refused-partition")
    page.open("runs", "run_shard", "Success")
    show("3-runs")
    page.open("assets/pretrain_mix", "Never materialized", "Needs before it can run")
    assert "Failed" not in page.text, "what was not touched does not look broken"
    show("4-untouched")

    page.open("assets/l0_raw?view=checks", "promotion_gate", "to_waive_it")
    page.follow("/jobs/waive/")
    until(lambda: "Launch Run" in page.text)
    form = "return document.querySelector('.CodeMirror').CodeMirror.getValue()"
    config = until(lambda: yaml.safe_load(browser.execute_script(form)))["ops"]["waive_rows"]["config"]
    assert (config["stage"], config["shard"], config["who"]) == ("l0_raw", shard, "")
    filled = yaml.safe_dump({"ops": {"waive_rows": {"config": config | {"who": "Mia", "why": "checked by hand", "until": LAST}}}})
    browser.execute_script("document.querySelector('.CodeMirror').CodeMirror.setValue(arguments[0])", filled)
    show("5-launchpad")
    page.click("Launch Run")
    until(lambda: lake.waivers().num_rows == 1)
    until(lambda: [one.shard for one in lake.promoted("l1_filtered")] == [shard])
    page.open("assets/l0_raw?view=checks", f"is waived at l0_raw by Mia until the end of {LAST}")
    show("6-waived")

    digest, over = lake.manifest("l0_raw", shard).stage_digest, datetime.now(UTC).date() - timedelta(days=1)
    lake.waive(Waiver("l0_raw", shard, digest, "Mia", "not any more", over))
    assert lake.promoted("l1_filtered") == [], "at once, before anything runs"
    page.open("assets/l0_raw?view=checks", "promotion_gate", "is quarantined at l0_raw", "its waiver was ended by Mia on")
    show("7-expired")
