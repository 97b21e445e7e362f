"""Files count as arrived when two looks find them the same; unfinished names and other files are never taken."""

import fsspec

from tierline.crawl.inbox import arrivals, look_at


def test_only_crawl_files_with_finished_names_are_seen(tmp_path):
    for name in ("a.warc.gz", "deep/b.jsonl", "c.warc.part", ".d.warc", "e.txt", "f.jsonl.tmp", "deep/.g.jsonl"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x")
    assert [path.removeprefix(f"{tmp_path}/") for path in look_at(str(tmp_path))] == ["a.warc.gz", "deep/b.jsonl"]
    assert look_at(str(tmp_path / "absent")) == {}


def test_a_file_settles_once_it_no_longer_changes_and_is_taken_once(tmp_path):
    file = tmp_path / "a.jsonl"
    file.write_text("x")
    first = look_at(str(tmp_path))
    assert arrivals(first, {}, {}).settled == () and arrivals(first, {}, {}).growing == (str(file),)
    file.write_text("xy")
    second = look_at(str(tmp_path))
    assert arrivals(second, first, {}).growing == (str(file),)
    third = look_at(str(tmp_path))
    found = arrivals(third, second, {})
    assert found.settled == (str(file),) and found.growing == () and found.look == third
    taken = {str(file): third[str(file)]}
    assert arrivals(third, third, taken).settled == ()
    file.write_text("another crawl under the same name")
    fourth = look_at(str(tmp_path))
    assert arrivals(fourth, fourth, taken).settled == (str(file),)


def test_files_of_object_stores_are_seen_by_their_urls():
    with fsspec.open("memory://inbox/a.warc", "wb") as file:
        file.write(b"x")
    now = look_at("memory://inbox")
    assert list(now) == ["memory:///inbox/a.warc"] and arrivals(now, look_at("memory://inbox"), {}).settled == tuple(now)
