"""Two people review in a real browser, with keys alone and at a phone's width: they disagree, one misses a trap, one takes back an answer."""

import json
import re
import shutil
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
import yaml
from selenium import webdriver
from selenium.webdriver.common.keys import Keys

from tests.ui import chromium
from tests.ui.serving import served
from tests.ui.test_browser import until
from tests.unit.review.lakes import reviewed_lake
from tierline.cli.main import main
from tierline.config.bundled import folder
from tierline.lake import Lake
from tierline.lake.reviews import read_reviews, replay
from tierline.review.desk import Desk
from tierline.review.item import EDIT
from tierline.review.rules import ReviewingRules

pytestmark = chromium.NEEDED
ROOT = Path(__file__).parents[2]
PHONE = {"width": 390, "height": 844, "deviceScaleFactor": 2, "mobile": True}
soon = partial(until, seconds=60.0)  # of a page that answers within a tenth of a second on an idle machine


@pytest.fixture
def lake(tmp_path, monkeypatch) -> Lake:
    """Every item needs two reviewers, and who may meet a trap meets one first."""
    recipe = yaml.safe_load((folder("recipes") / "tiers.yaml").read_text("utf-8")) | {
        "review": {"second_reviewer_share": 1.0, "trap_share": 1.0}
    }
    (tmp_path / "recipe.yaml").write_text(yaml.safe_dump(recipe))
    monkeypatch.setenv("TIERLINE_RECIPE", str(tmp_path / "recipe.yaml"))
    monkeypatch.setenv("TIERLINE_REVIEWERS", str(tmp_path / "reviewers.json"))
    return reviewed_lake(str(tmp_path / "lake"))


@pytest.fixture
def address(lake, tmp_path) -> Iterator[str]:
    """The page, as `tierline serve` starts it."""
    tokens(tmp_path)
    with served(lake.root, {}) as found:
        yield found


def tokens(home: Path) -> dict[str, str]:
    """A token of each reviewer, made once."""
    from tierline.review.reviewers import Reviewers

    kept = home / "tokens.json"
    if not kept.exists():
        known = Reviewers(home / "reviewers.json")
        kept.write_text(json.dumps({name: known.add(name) for name in ("ada", "bob")}))
    return json.loads(kept.read_text())


@pytest.fixture
def browser(tmp_path):
    driver = chromium.start(tmp_path / "chromium", "browser")
    yield driver
    driver.quit()


class Reviewer:
    """A person at the keyboard: nothing is clicked."""

    def __init__(self, browser, address: str) -> None:
        self.browser, self.address = browser, address

    def sign_in(self, token: str) -> None:
        self.browser.delete_all_cookies()
        soon(lambda: self.browser.get(f"{self.address}/") or "Sign in" in self.text)
        self.press(token, Keys.ENTER)
        soon(lambda: self.item)

    @property
    def text(self) -> str:
        return self.browser.find_element("tag name", "body").text

    @property
    def item(self) -> str:
        return self.browser.find_element("css selector", "article.item").get_attribute("data-item")

    def press(self, *keys: str) -> None:
        """Keys go to what has the focus."""
        webdriver.ActionChains(self.browser).send_keys(*keys).perform()

    def hold_control(self, key: str) -> None:
        webdriver.ActionChains(self.browser).key_down(Keys.CONTROL).send_keys(key).key_up(Keys.CONTROL).perform()

    def answer(self, key: str) -> str:
        """Press a key that leads to another item; returns the one before."""
        before = self.item
        self.press(key)
        soon(lambda: self.item != before)
        return before

    def go(self, key: str, *words: str) -> None:
        self.press(key)
        soon(lambda: all(word in self.text for word in words))

    def is_too_wide(self) -> bool:
        return self.browser.execute_script("return document.documentElement.scrollWidth > window.innerWidth")


def test_two_reviewers_with_keys_alone(lake, address, browser, tmp_path, capsys):
    desk = Desk(lake, ReviewingRules())
    trap = next(item for item in desk.items() if item.kind == EDIT and item.judged == "kept")
    assert main(["--lake", lake.root, "review", "answer", trap.item_id, "keep", "--who", "owner", "--known"]) == 0
    untouched = str(shutil.copytree(lake.root, tmp_path / "copy"))

    ada = Reviewer(browser, address)
    ada.sign_in(tokens(tmp_path)["ada"])
    assert ada.item == trap.item_id, "the first of two reviewers meets the trap"
    ada.answer("d")
    first = ada.answer("k")
    ada.press("u")
    soon(lambda: ada.item == first and "Last answer: drop" in ada.text)
    ada.press("r", "an advert", Keys.ESCAPE)
    ada.answer("d")
    ada.press("c", "who owns this site?")
    ada.hold_control(Keys.ENTER)
    soon(lambda: "ada: who owns this site?" in ada.text)
    commented = ada.answer("s")
    edit = next(item for item in desk.items() if item.kind == EDIT and item.judged != "kept")
    browser.get(f"{address}/item/{edit.item_id}")
    soon(lambda: ada.item == edit.item_id)
    ada.press("e")
    ada.hold_control("a")
    ada.press("The lock was built in 1834.")
    ada.hold_control(Keys.ENTER)
    soon(lambda: "Last answer: edit" in ada.text)
    ada.press("?")
    soon(lambda: "write your own text" in ada.text)
    ada.press(Keys.ESCAPE)

    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", PHONE)
    bob = Reviewer(browser, address)
    bob.sign_in(tokens(tmp_path)["bob"])
    assert bob.item == trap.item_id and not bob.is_too_wide()
    bob.answer("k")
    while bob.item != first:
        bob.answer("s")
        assert not bob.is_too_wide()
    bob.answer("k")
    bob.go("q", "Items that wait")
    assert "conflict" in bob.text and not bob.is_too_wide()
    bob.go("t", "What reviews taught", "1 in conflict")
    assert re.search(r"ada\s+\d+\s+\d+\s+[\d.]+\s+1\s+1", bob.text) and re.search(r"bob\s+\d+\s+\d+\s+[\d.]+\s+1\s+0", bob.text)
    assert not bob.is_too_wide()
    bob.go("p", "What still has to follow")
    bob.go("g", "Guidelines", "In doubt")
    assert not bob.is_too_wide() and browser.title == "Guidelines - Tierline"

    rows = read_reviews(lake)
    said = {(row["reviewer"], row["verdict"]) for row in rows if row["source"] == "page"}
    assert {("ada", one) for one in ("keep", "drop", "undo", "comment", "skip", "edit")} <= said and ("bob", "keep") in said
    standing = replay(rows)
    conflict = desk.item(first)
    assert standing[conflict.row_id, conflict.row_digest].is_conflict and desk.item(commented)
    assert standing[trap.row_id, trap.row_digest].settled.verdict == "keep", "what is known holds"
    (reason,) = [
        row["reason"] for row in rows if row["reviewer"] == "ada" and row["row_id"] == conflict.row_id and row["verdict"] == "drop"
    ]
    assert reason == "an advert"

    file = str(tmp_path / "tasks.json")
    assert main(["--lake", lake.root, "review", "export", file]) == 0
    capsys.readouterr()
    for recorded in (True, False):
        assert main(["--lake", untouched, "review", "import", file]) == 0
        assert capsys.readouterr().out.startswith("0 ") != recorded
    there = replay(read_reviews(Lake(untouched)))
    assert {place: (one.state, [vote["verdict"] for vote in one.votes]) for place, one in there.items()} == {
        place: (one.state, [vote["verdict"] for vote in one.votes]) for place, one in standing.items()
    }
    complaints = [entry["message"] for entry in browser.get_log("browser") if entry["level"] == "SEVERE"]
    assert not complaints, "the policy of the page forbids nothing that the page does"
