"""The manuals benchmark writes what it says, judges it independently, and runs from its files to the metrics."""

import io
import json
from html import unescape

import pytest
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from benchmarks.manuals import Section, Source, compared, headings_of, main, plain, real_metrics, sections
from benchmarks.planted_manuals import FORMS, SUFFIXES, Heading, Manual, Part, manuals, sphinx

MANUAL = Manual(0, (Heading(1, "Lock"), Heading(2, "Fill it"), Part("code", ("# a", "b")), Heading(2, "Close it"), Part("p", ("Wait.",))))


def test_the_same_seed_writes_the_same_and_headings_differ_within_a_document():
    found = list(manuals(5))
    assert found == list(manuals(5)) != list(manuals(5, seed=1))
    for one in found:
        titles = [heading.text for heading in one.headings]
        assert len(titles) == len(set(titles)) >= 4


@pytest.mark.parametrize("name", FORMS)
def test_every_form_holds_all_words_of_the_document(name):
    one = next(iter(manuals(1)))
    written = plain(unescape(FORMS[name][1](one)))
    assert all(plain(part.text) in written for part in one.headings)
    assert all(plain(line) in written for kind in ("p", "list") for part in one.of_kind(kind) for line in part.lines)


def test_what_is_missed_wrong_or_cut_is_counted():
    whole = [Section("Lock", 1, "Lock"), Section("Fill it", 2, "Fill it\n# a\nb"), Section("Close it", 2, "Close it\nWait.")]
    count = compared(MANUAL, whole)
    assert (count["present"], count["found"], count["right"], count["level"]) == (3, 3, 3, 3)
    assert (count["code_present"], count["code_cut"]) == (1, 0)
    cut = [Section("Lock", 1, "Lock\nFill it"), Section("# a", 3, "# a"), Section("Close it", 3, "b Close it\nWait.")]
    count = compared(MANUAL, cut)
    assert (count["found"], count["right"], count["level"], count["code_cut"]) == (3, 2, 1, 1)


@pytest.mark.parametrize("name", FORMS)
def test_every_form_is_cut_at_its_headings(name):
    kind, write = FORMS[name]
    one = next(iter(manuals(1)))
    count = compared(one, sections(Source(f"https://docs.example/a{SUFFIXES[kind]}", write(one), kind)))
    assert count["found"] == count["right"] >= count["present"] - 1
    assert not count["code_cut"] and not count["table_cut"] and not count["list_cut"]


def test_real_pages_are_judged_by_their_own_markup():
    long = "Turn the wheel slowly to the left, and wait for the water to rise."
    pages = [Source("https://docs.example/a", f"<h1>Lock</h1><p>{long}</p><h2>Fill</h2><p>{long}</p><pre>a\nb</pre><h2>End</h2>", "html")]
    import lxml.html

    assert [text for text, below in headings_of(lxml.html.document_fromstring(pages[0].content)) if below] == ["lock", "fill"]
    metrics = real_metrics(pages)
    assert metrics["heading_precision_real"] == metrics["heading_recall_real"] == 1 and metrics["code_blocks_cut_real"] == 0


def test_from_files_to_metrics(tmp_path, capsys):
    folder = tmp_path / "crawl" / "debian-docs"
    folder.mkdir(parents=True)
    with (folder / "a.warc.gz").open("wb") as file:
        writer = WARCWriter(file, gzip=True)
        head = StatusAndHeaders("200 OK", [("Content-Type", "text/html")], protocol="HTTP/1.1")
        body = io.BytesIO(sphinx(next(iter(manuals(1)))).encode())
        writer.write_record(writer.create_warc_record("https://docs.example/a", "response", payload=body, http_headers=head))
    assert main(["--data", str(tmp_path), "--budget", "smoke", "--show", "1"]) == 0
    result = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert result["benchmark"] == "manuals" and result["skipped"] == [] and result["metrics"]["pages_real"] == 1
    assert main(["--data", str(tmp_path / "crawl"), "--budget", "smoke"]) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["skipped"] == ["real"]
