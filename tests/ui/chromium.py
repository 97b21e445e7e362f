"""The browser that tests of pages look through; without Debian's packages they are skipped."""

import shutil
from pathlib import Path

import pytest
from selenium import webdriver

FLAGS = "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync --window-size=1600,1000"
NEEDED = [
    pytest.mark.skipif(not shutil.which("chromium"), reason="Debian's chromium is not installed"),
    pytest.mark.skipif(not shutil.which("chromedriver"), reason="Debian's chromium-driver is not installed"),
]


def start(profile: Path, *logs: str) -> webdriver.Chrome:
    """A new browser with its profile in this folder, which keeps these logs; whoever starts it quits it."""
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium")
    options.set_capability("goog:loggingPrefs", dict.fromkeys(logs, "ALL"))
    for flag in [*FLAGS.split(), f"--user-data-dir={profile}"]:
        options.add_argument(flag)
    return webdriver.Chrome(options=options, service=webdriver.ChromeService(shutil.which("chromedriver")))
