"""An auditor in a real browser: from a fact to its bytes and to every other fact of the page, past hostile pages, on a phone and on paper."""

import base64
import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.common.exceptions import NoAlertPresentException
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from tests.ui import chromium
from tests.ui.serving import served
from tests.ui.test_browser import until
from tests.unit.auditor.lakes import HOSTILE, TOWN, Audited, audited_lake

pytestmark = chromium.NEEDED
ROOT = Path(__file__).parents[2]
PHONE = {"width": 390, "height": 844, "deviceScaleFactor": 2, "mobile": True}
REQUESTS = "Network.requestWillBeSent"
CLICKS = 10
soon = partial(until, seconds=60.0)


@pytest.fixture(scope="module")
def audited(tmp_path_factory) -> Audited:
    """Not indexed yet."""
    return audited_lake(tmp_path_factory.mktemp("audited"))


@pytest.fixture(scope="module")
def address(audited, tmp_path_factory) -> Iterator[str]:
    """The pages, as `tierline serve` starts them where nobody has a token."""
    home = tmp_path_factory.mktemp("home")
    places = {f"TIERLINE_{name}": str(home / name.lower()) for name in ("REVIEWERS", "EXPORTS", "TRAINING")}
    with served(audited.lake.root, places) as found:
        yield found


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    driver = chromium.start(tmp_path_factory.mktemp("chromium"), "browser", "performance")
    yield driver
    driver.quit()


class Auditor:
    """A person who looks and clicks, and counts the clicks."""

    def __init__(self, browser, address: str) -> None:
        self.browser, self.address, self.clicks = browser, address, 0

    def open(self, path: str) -> None:
        self.browser.get(self.address + path)

    @property
    def text(self) -> str:
        return self.browser.find_element(By.TAG_NAME, "body").text

    def click(self, by: str, what: str, *words: str) -> None:
        """Until the page that follows has these words."""
        self.clicks += 1
        soon(lambda: self.browser.find_element(by, what).click() or True)
        soon(lambda: all(word in self.text for word in words))

    def is_too_wide(self) -> bool:
        return self.browser.execute_script("return document.documentElement.scrollWidth > window.innerWidth")

    def complaints(self) -> list[str]:
        """What the browser's console has to say since the last time."""
        return [entry["message"] for entry in self.browser.get_log("browser")]

    def asked_elsewhere(self) -> set[str]:
        """Addresses of others that pages have asked since the last time."""
        messages = [entry["message"] for entry in self.browser.get_log("performance")]
        asked = {re.search(r'"url":"([^"]*)"', message)[1] for message in messages if f'"{REQUESTS}"' in message}
        return {url for url in asked if url.startswith(("http", "ws")) and not url.startswith(self.address)}


@pytest.fixture
def auditor(browser, address) -> Auditor:
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    return Auditor(browser, address)


def test_from_a_fact_to_bytes_and_to_every_other_fact_of_its_page(auditor, audited):
    auditor.open("/")
    auditor.click(By.XPATH, "//button[text()='Index them now']", "Every row is in the index")
    auditor.click(By.LINK_TEXT, "Find", "facts")
    auditor.browser.switch_to.active_element.send_keys("/")
    webdriver.ActionChains(auditor.browser).send_keys("mill", Keys.ENTER).perform()
    soon(lambda: "1 found" in auditor.text)
    auditor.click(By.LINK_TEXT, "fact_mill", "Evidence in its context", "In short")
    (quote,) = auditor.browser.find_elements(By.CSS_SELECTOR, "#evidence mark")
    assert quote.text == "1701" and "The mill was founded in" in auditor.browser.find_element(By.ID, "evidence").text
    auditor.click(By.CSS_SELECTOR, "#bytes a.to-bytes", "is the recorded one", "As numbers")
    assert TOWN in auditor.text and "7b 22 75 72 6c" in auditor.text
    auditor.click(By.CSS_SELECTOR, "h1 a", "Facts that rest on it")
    facts = {
        link.get_attribute("href").rpartition("/")[2].partition("?")[0]
        for link in auditor.browser.find_elements(By.CSS_SELECTOR, "#page-facts a")
    }
    assert facts == {"fact_mill", "fact_bridge", "fact_granite"}
    auditor.click(By.PARTIAL_LINK_TEXT, "granite", "fact_granite")
    assert auditor.clicks < CLICKS
    assert not auditor.complaints() and not auditor.asked_elsewhere()


def test_the_walk_of_the_documentation(auditor, audited):
    page = (ROOT / "docs" / "audit.md").read_text("utf-8")
    steps = re.findall(r"^\| \*\*([^*]+)\*\*(.*?) \| (.+?) \|$", page, re.M)
    own = {"fact_0f7db71ba5e31b7db1d8804c": "fact_mill", "doc_2b1c...": audited.documents[0]}
    assert len(steps) < CLICKS and len(steps) > 6
    auditor.open("/audit")
    for press, how, see in steps:
        if press != "Index them now" or press in auditor.text:  # another test may have been first
            name = own.get(press, press)
            auditor.click(
                By.XPATH, f"//main//a[contains(., '{name}')] | //button[starts-with(., '{name}')] | //nav//a[starts-with(., '{name}')]"
            )
        if typed := re.search("type `(.+)`", how):
            soon(lambda: auditor.browser.find_element(By.ID, "q"))
            webdriver.ActionChains(auditor.browser).send_keys("/").send_keys(typed[1], Keys.ENTER).perform()
        if press == "Index them now" and not auditor.clicks:
            continue
        soon(lambda see=see: see in auditor.text)


def test_a_box_of_the_picture_leads_to_its_row(auditor, audited):
    auditor.open("/audit/row/l4_facts/fact_bridge")
    boxes = auditor.browser.find_elements(By.CSS_SELECTOR, "svg.wide-graph a")
    assert {box.find_element(By.CSS_SELECTOR, "text.table").text for box in boxes} == {
        "bytes", "l0_raw", "l1_filtered", "l2_selected", "l4_claims", "l4_facts", "mix_alignment",
    }  # fmt: skip
    assert not auditor.browser.find_element(By.CSS_SELECTOR, "svg.narrow-graph").is_displayed()
    auditor.click(By.CSS_SELECTOR, 'svg.wide-graph a[href*="/mix_alignment/"]', "mix_bridge", "Lineage")


def test_hostile_pages_do_nothing(auditor, audited):
    hostile = audited.documents[2]
    for path in (
        f"/audit/row/l0_raw/{hostile}", f"/audit/row/l2_selected/{hostile}", "/audit/row/l4_facts/fact_lock", "/audit/find?in=facts&q=lock",
        "/audit/find?in=pages&q=hostile", "/audit/find?in=words&q=lock", f"/audit/bytes/{hostile}", "/audit/rows/l0_raw/s",
        f"/audit/row/l2_selected/{audited.documents[0]}", "/audit/find?in=words&q=%3Cscript%3Ealert(1)%3C/script%3E",
    ):  # fmt: skip
        auditor.open(path)
        with pytest.raises(NoAlertPresentException):
            auditor.browser.switch_to.alert.accept()
        assert auditor.browser.title.endswith("- Tierline") and "owned" not in auditor.browser.title
        assert not auditor.browser.find_elements(
            By.CSS_SELECTOR, "main script, main img, main [onclick], a[href^=javascript], a[href^=http]"
        )
    auditor.open(f"/audit/row/l2_selected/{hostile}")
    shown = auditor.browser.find_element(By.CSS_SELECTOR, "#text .text").text
    assert (
        "<script>document.title='owned'" in shown and "\\u202edesrever\\u202c" in shown and "\u202e" not in shown and "\\x1b[31m" in shown
    )
    assert "{{ 7*7 }}" in shown and HOSTILE not in auditor.browser.page_source
    assert not auditor.complaints() and not auditor.asked_elsewhere()


def test_verification_names_a_row_whose_bytes_were_changed(auditor, audited):
    auditor.open("/audit/row/l4_facts/fact_bridge")
    auditor.browser.find_element(By.TAG_NAME, "body").send_keys("v")
    soon(lambda: "checks that could be made hold" in auditor.text)
    content = audited.crawl.read_bytes()
    try:
        audited.crawl.write_bytes(content.replace(b"They say", b"They lie"))
        auditor.open("/audit/row/l4_facts/fact_bridge")
        auditor.click(By.CSS_SELECTOR, "button[data-key=v]", "do not hold")
        first = auditor.browser.find_element(By.CSS_SELECTOR, "tbody tr").text
    finally:
        audited.crawl.write_bytes(content)
    assert first.startswith("WRONG bytes at their address") and audited.documents[1] in first
    assert auditor.text.count("WRONG") == 1


def test_every_page_fits_a_phone_and_reads_with_keys(auditor, audited):
    auditor.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", PHONE)
    town = audited.documents[0]
    for path in (
        "/audit", "/audit/find?in=words&q=founded", "/audit/find?in=facts&q=lock", "/audit/row/l4_facts/fact_lock", "/audit/log",
        f"/audit/row/l2_selected/{town}", f"/audit/row/l0_raw/{audited.documents[2]}", f"/audit/bytes/{town}", "/audit/rows/l4_claims/s",
        f"/audit/impact?kind=document&value={town}",
    ):  # fmt: skip
        auditor.open(path)
        assert not auditor.is_too_wide(), path
    auditor.click(By.XPATH, "//button[text()='Plan']", "would fall")
    assert not auditor.is_too_wide()
    auditor.open("/audit/row/l4_facts/fact_bridge")
    assert auditor.browser.find_element(By.CSS_SELECTOR, "svg.narrow-graph").is_displayed()
    auditor.browser.find_element(By.TAG_NAME, "body").send_keys("?")
    soon(lambda: "verify a row" in auditor.text)


def test_on_paper_everything_is_open_and_nothing_is_a_control(auditor, audited):
    auditor.open(f"/audit/row/l2_selected/{audited.documents[0]}")
    auditor.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    try:
        shown = [one for one in auditor.browser.find_elements(By.CSS_SELECTOR, "button, .actions, nav, form") if one.is_displayed()]
        assert not shown and not auditor.is_too_wide()
        folded = "return [...document.querySelectorAll('main details dl, main details ul')].filter(e => !e.closest('.actions'))"
        assert auditor.browser.execute_script(f"{folded}.length") > 1
        assert auditor.browser.execute_script(f"{folded}.every(e => e.checkVisibility())"), "what is folded on the screen is open"
        assert auditor.browser.find_element(By.CSS_SELECTOR, "svg.wide-graph").is_displayed()
        paper = auditor.browser.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True})["data"]
    finally:
        auditor.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
    assert base64.b64decode(paper).startswith(b"%PDF")
