"""Pages of an unpacked package become a crawl file that is the same every time and reads back whole."""

import gzip
import os
from datetime import UTC, datetime

import pytest

from tierline.crawl import ReadRules
from tierline.crawl.read import read_shard
from tierline.errors import BadInput
from training_scripts.debian_pages import chosen, host_of, html_files, write_packages, write_pages

MOMENT = datetime(2023, 5, 6, 7, 8, 9, tzinfo=UTC)
PAGE = "<html><head><title>Gears</title></head><body><p>The second gear turns twice as fast as the first one.</p></body></html>"


@pytest.fixture
def root(tmp_path):
    """An unpacked package: pages plain and packed, a link to one, and what is no page."""
    html = tmp_path / "usr" / "share" / "doc" / "gears" / "html"
    html.mkdir(parents=True)
    for name, data in {
        "b.html": PAGE.encode(),
        "a.html.gz": gzip.compress(PAGE.replace("second", "third").encode()),
        "c.png": b"x",
    }.items():
        (html / name).write_bytes(data)
        os.utime(html / name, (MOMENT.timestamp(), MOMENT.timestamp()))
    (html / "index.html").symlink_to("b.html")
    return tmp_path


def test_pages_are_read_back_with_their_addresses_and_the_dates_of_their_files(root, tmp_path):
    assert write_pages("gears1.0-doc", root, html_files(root), tmp_path / "gears.warc.gz") == 2
    rows = read_shard([str(tmp_path / "gears.warc.gz")], ReadRules()).tables["l0_raw"].to_pylist()
    base = "https://gears1-0-doc.packages.debian.org/usr/share/doc/gears/html"
    assert [(row["url"], row["fetched_at"], row["status"]) for row in rows] == [
        (f"{base}/a.html", MOMENT, "ok"),
        (f"{base}/b.html", MOMENT, "ok"),
    ]
    assert "third gear" in rows[0]["text"] and "second gear" in rows[1]["text"]


def test_the_same_package_gives_the_same_bytes(root, tmp_path):
    for name in ("one", "two"):
        write_pages("gears", root, html_files(root), tmp_path / name)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_a_smaller_sample_is_part_of_a_larger_one(root):
    for number in range(30):
        (root / f"{number}.html").write_text(PAGE)
    few, more = (chosen(html_files(root), root, most) for most in (5, 12))
    assert len(few) == 5 and set(few) < set(more) and more == sorted(more)


def test_each_package_is_a_site_of_one_publisher():
    assert host_of("libstdc++-12-doc") == "libstdcxx-12-doc.packages.debian.org" != host_of("libstdc-12-doc")


def test_a_package_that_nobody_has_is_one_clear_line(tmp_path):
    with pytest.raises(BadInput, match=r"leave out --debian|apt-get update"):
        write_packages(("tierline-no-such-package",), 1, tmp_path)
