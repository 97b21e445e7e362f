"""Files count as arrived when two looks find them the same; what is not read is named once; one bad file stops no other."""

import os
from pathlib import Path

import fsspec
import pytest

from tierline.crawl import CrawlRegistry, PackRules
from tierline.crawl.formats import KNOWN
from tierline.crawl.inbox import Inbox
from tierline.crawl.listing import look_at
from tierline.errors import BadInput
from tierline.lake import Lake

RULES = PackRules(shard_bytes=25)


@pytest.fixture
def inbox(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "inbox").mkdir()
    return tmp_path / "inbox"


def take_in(lake, **options):
    return Inbox(lake, "inbox").take_in(RULES, **options)


def settle(lake, **options):
    take_in(lake, **options)
    return take_in(lake, **options)


def write(inbox, **texts):
    for name, text in texts.items():
        (inbox / f"{name}.jsonl").write_text(text)


def test_only_crawl_files_with_finished_names_are_seen(inbox):
    for name in ("a.warc.gz", "deep/b.jsonl", "c.warc.part", ".d.warc", "e.docx", "f.jsonl.tmp", "deep/.g.jsonl", ".DS_Store"):
        (inbox / name).parent.mkdir(exist_ok=True)
        (inbox / name).write_text("x")
    look = look_at("inbox")
    assert list(look.files) == ["inbox/a.warc.gz", "inbox/deep/b.jsonl"]
    assert set(look.ignored) == {f"inbox/{name}" for name in ("c.warc.part", ".d.warc", "e.docx", "f.jsonl.tmp", "deep/.g.jsonl")}
    assert not look_at("absent").files


def test_a_file_settles_once_it_no_longer_changes_and_is_taken_once(lake, inbox):
    write(inbox, a="x")
    first = take_in(lake)
    assert first.shards == () and first.growing == ("inbox/a.jsonl",)
    write(inbox, a="xy")
    assert take_in(lake).growing == ("inbox/a.jsonl",)
    found = take_in(lake)
    assert len(found.shards) == 1 and found.growing == ()
    assert take_in(lake, known=found.number).shards == ()
    write(inbox, a="another crawl under the same name")
    assert take_in(lake, known=found.number).growing == ("inbox/a.jsonl",)
    assert take_in(lake, known=found.number).shards == found.shards


def test_files_of_object_stores_are_seen_by_their_urls(lake):
    store = fsspec.filesystem("memory")
    store.pipe("/arriving/a.warc", b"x")
    box = Inbox(lake, "memory://arriving")
    assert list(look_at("memory://arriving").files) == ["memory:///arriving/a.warc"]
    assert box.take_in(RULES).growing == ("memory:///arriving/a.warc",)
    found = box.take_in(RULES)
    assert len(found.shards) == 1 and box.take_in(RULES, known=found.number).shards == ()
    store.rm("/arriving/a.warc")
    assert box.take_in(RULES, known=found.number).missing == ("memory:///arriving/a.warc",)


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("a.docx", "extract its text"),
        ("a.xlsx", "save it as CSV"),
        ("a.adoc", "rename it to end in .txt"),
        ("a.json", "name it .jsonl"),
        ("a.zip", "an archive of files: unpack it"),
        ("a.warc.tar.gz", "an archive of files: unpack it"),
        ("a.jsonl.lz4", "gzip, zstd, bzip2 or xz"),
        ("a.warc.xz", "each record for itself"),
        ("a.warc.gz.part", "not complete"),
        (".a.jsonl", "without the leading dot"),
        ("README", "crawl files are"),
    ],
)
def test_what_is_not_read_is_named_once_with_what_would_make_it_readable(lake, inbox, name, advice):
    (inbox / name).write_text("x")
    write(inbox, good="x")
    first = take_in(lake)
    assert list(first.ignored) == [f"inbox/{name}"] and advice in first.ignored[f"inbox/{name}"]
    second = take_in(lake)
    assert second.ignored == {} and len(second.shards) == 1


def test_every_form_of_crawl_file_is_taken_in(lake, inbox):
    names = ["a.arc", "b.arc.gz", "c.wacz", "d.csv", "e.TSV.GZ", "f.txt", "g.log", "h.md", "i.html", "j.xhtml", "k.jsonl.xz", "l.WARC.GZ"]
    for name in names:
        (inbox / name).write_text("x")
    assert not take_in(lake).ignored
    assert sorted(file for shard in take_in(lake).shards for file in CrawlRegistry(lake).files(shard)) == [
        f"inbox/{name}" for name in names
    ]


def test_a_forgotten_file_stays_forgotten_under_another_name(lake, inbox):
    write(inbox, a="x", b="y")
    before = settle(lake)
    (shard,) = before.shards
    CrawlRegistry(lake).forget(["inbox/a.jsonl"])
    (inbox / "a.jsonl").rename(inbox / "c.jsonl")
    take_in(lake, known=before.number)
    found = take_in(lake, known=before.number)
    assert found.shards == () and not found.moved and not found.missing
    assert CrawlRegistry(lake).files(shard) == ["inbox/b.jsonl"] and CrawlRegistry(lake).shards() == [shard]
    write(inbox, c="another text")
    assert settle(lake).shards == (shard,) and CrawlRegistry(lake).files(shard) == ["inbox/c.jsonl", "inbox/b.jsonl"]


def test_links_pipes_and_dead_ends_are_named_and_stop_no_other(lake, inbox, tmp_path):
    (tmp_path / "secret.jsonl").write_text("secret")
    (inbox / "dangling.jsonl").symlink_to("nowhere.jsonl")
    (inbox / "leaving.jsonl").symlink_to(tmp_path / "secret.jsonl")
    (inbox / "folder").symlink_to(tmp_path)
    (inbox / "again.jsonl").symlink_to("good.jsonl")
    (inbox / "current.jsonl").symlink_to("data-1")
    (inbox / "data-1").write_text("x")
    os.mkfifo(inbox / "pipe.jsonl")
    write(inbox, good="x")
    found = take_in(lake)
    reasons = {Path(name).name: why for name, why in found.ignored.items()}
    assert {name: why.split(":")[0] for name, why in reasons.items()} == {
        "dangling.jsonl": "it is a link to nothing",
        "leaving.jsonl": "it is a link that leaves the folder, which is not followed",
        "folder": f"crawl files are {KNOWN}",
        "again.jsonl": "it is a link to what the folder holds already",
        "data-1": f"crawl files are {KNOWN}",
        "pipe.jsonl": "it is no file but a folder, pipe, device or socket",
    }
    (shard,) = take_in(lake).shards
    assert CrawlRegistry(lake).files(shard) == ["inbox/current.jsonl", "inbox/good.jsonl"]


def test_a_file_that_cannot_be_read_is_named_and_tried_again(lake, inbox, monkeypatch):
    write(inbox, bad="x", good="y")
    refused = ["inbox/bad.jsonl"]
    opened = os.open

    def deny(path, *rest, **more):  # a process with all rights may read what it has no permission for
        if refused and str(path).endswith("bad.jsonl"):
            raise PermissionError(13, "Permission denied")
        return opened(path, *rest, **more)

    monkeypatch.setattr(os, "open", deny)
    found = settle(lake)
    assert len(found.shards) == 1 and list(found.ignored) == refused and "Permission denied" in found.ignored[refused[0]]
    assert take_in(lake, known=found.number).ignored == {}
    refused.clear()
    assert len(take_in(lake, known=found.number).shards) == 1


def test_a_file_gone_between_two_looks_is_no_news(lake, inbox):
    write(inbox, a="x", b="y")
    take_in(lake)
    (inbox / "a.jsonl").unlink()
    found = take_in(lake)
    assert len(found.shards) == 1 and not found.ignored and not found.missing


def test_a_file_that_is_taken_away_is_reported_once_and_its_rows_stay(lake, inbox):
    write(inbox, a="x", b="y")
    (shard,) = settle(lake).shards
    (inbox / "a.jsonl").unlink()
    assert take_in(lake).missing == ("inbox/a.jsonl",)
    assert take_in(lake).missing == () and CrawlRegistry(lake).files(shard) == ["inbox/a.jsonl", "inbox/b.jsonl"]


def test_a_file_that_is_taken_away_is_forgotten_after_two_looks_if_that_is_the_policy(lake, inbox):
    write(inbox, a="x", b="y")
    found = settle(lake)
    (inbox / "a.jsonl").unlink()
    assert take_in(lake, forget_missing=True, known=found.number).forgotten == ()
    after = take_in(lake, forget_missing=True, known=found.number)
    assert after.forgotten == ("inbox/a.jsonl",) and after.shards == found.shards
    assert CrawlRegistry(lake).files(found.shards[0]) == ["inbox/b.jsonl"]
    write(inbox, a="x")
    assert settle(lake, forget_missing=True, known=after.number).shards == found.shards, "it is back"
    assert CrawlRegistry(lake).files(found.shards[0]) == ["inbox/a.jsonl", "inbox/b.jsonl"]


@pytest.mark.parametrize("name", ["a", "c"])
@pytest.mark.parametrize("person", [False, True])
def test_what_the_policy_forgot_is_taken_again_when_it_is_back_unless_a_person_forgot_it_too(lake, inbox, tmp_path, name, person):
    write(inbox, a="x", b="y")
    os.utime(inbox / "a.jsonl", (5, 5))
    (shard,) = settle(lake).shards
    (inbox / "a.jsonl").rename(tmp_path / "aside")
    assert settle(lake, forget_missing=True).forgotten == ("inbox/a.jsonl",)
    if person:
        CrawlRegistry(lake).forget(["inbox/a.jsonl"])
    (tmp_path / "aside").rename(inbox / f"{name}.jsonl")
    known = take_in(lake, forget_missing=True).number
    found = take_in(lake, forget_missing=True, known=known)
    assert found.shards == (() if person else (shard,))
    assert CrawlRegistry(lake).files(shard) == ([] if person else [f"inbox/{name}.jsonl"]) + ["inbox/b.jsonl"]


def test_a_file_that_is_back_with_all_its_times_is_taken_again(lake):
    store = fsspec.filesystem("memory")
    for name in "ab":
        store.pipe(f"/back/{name}.jsonl", name.encode())
    aside, box = store.store["/back/a.jsonl"], Inbox(lake, "memory://back")
    box.take_in(RULES)
    (shard,) = box.take_in(RULES).shards
    del store.store["/back/a.jsonl"]
    for _ in range(2):
        box.take_in(RULES, forget_missing=True)
    assert len(CrawlRegistry(lake).files(shard)) == 1
    store.store["/back/a.jsonl"] = aside
    for _ in range(2):
        box.take_in(RULES, forget_missing=True)
    assert len(CrawlRegistry(lake).files(shard)) == 2


def test_an_inbox_that_is_empty_or_not_there_is_no_reason_to_forget(lake, inbox):
    write(inbox, a="x")
    (shard,) = settle(lake).shards
    (inbox / "a.jsonl").unlink()
    for _ in range(3):
        assert take_in(lake, forget_missing=True).forgotten == ()
    inbox.rmdir()
    for _ in range(3):
        assert take_in(lake, forget_missing=True).forgotten == ()
    assert CrawlRegistry(lake).files(shard) == ["inbox/a.jsonl"]


def test_a_renamed_file_is_moved_and_not_forgotten(lake, inbox):
    write(inbox, a="x", b="y")
    (shard,) = settle(lake, forget_missing=True).shards
    (inbox / "a.jsonl").rename(inbox / "c.jsonl")
    found = settle(lake, forget_missing=True)
    assert found.moved == {"inbox/a.jsonl": "inbox/c.jsonl"} and found.forgotten == () and found.shards == (shard,)
    assert sorted(CrawlRegistry(lake).files(shard)) == ["inbox/b.jsonl", "inbox/c.jsonl"]


def test_a_forgotten_file_stays_forgotten_although_it_lies_in_the_inbox(lake, inbox):
    write(inbox, a="x", b="y")
    found = settle(lake)
    CrawlRegistry(lake).forget(["inbox/a.jsonl"])
    assert settle(lake, known=found.number).shards == ()
    os.utime(inbox / "a.jsonl", (5, 5))
    assert settle(lake, known=found.number).shards == found.shards, "dropped again"


def test_runs_that_a_crash_kept_from_being_asked_for_are_asked_for_by_the_next_look(lake, inbox):
    write(inbox, a="x")
    found = settle(lake)
    assert found.shards and take_in(lake, known=found.number - 1).shards == found.shards
    assert take_in(lake, known=found.number).shards == ()


def test_many_files_arrive_over_several_looks(lake, inbox, monkeypatch):
    monkeypatch.setattr("tierline.crawl.inbox.FILES_PER_LOOK", 2)
    write(inbox, **dict.fromkeys("abcde", "x" * 20))
    taken, looks = [], [take_in(lake)]
    while len(taken) < 5:
        looks.append(take_in(lake, known=looks[-1].number))
        taken += looks[-1].shards
        assert len(looks) < 6
    assert [look.waiting for look in looks[1:]] == [3, 1, 0]


def test_a_look_begins_so_many_shards_and_the_next_one_goes_on_as_if_all_were_packed_at_once(lake, inbox, tmp_path, monkeypatch):
    sizes = [12, 9, 5, 7, 25, 3, 3, 3, 16, 1]
    write(inbox, **{name: "x" * size for name, size in zip("abcdefghij", sizes, strict=True)})
    at_once = settle(Lake(str(tmp_path / "other"))).shards
    monkeypatch.setattr("tierline.crawl.inbox.SHARDS_PER_LOOK", 2)
    found, looks = [], [take_in(lake)]
    while looks[-1].growing or looks[-1].waiting:
        looks.append(take_in(lake, known=looks[-1].number))
        assert 1 <= len(looks[-1].shards) <= 2
        found += looks[-1].shards
    assert tuple(found) == at_once and len(at_once) > 4 and take_in(lake, known=looks[-1].number).shards == ()


def test_notes_that_are_lost_or_broken_cost_one_more_look(lake, inbox):
    write(inbox, a="x")
    take_in(lake)
    (lake.cache_dir / "arrivals.sqlite").write_bytes(b"no database")
    assert take_in(lake).growing == ("inbox/a.jsonl",)
    assert len(take_in(lake).shards) == 1


def test_the_policy_withdraws_nothing_that_others_registered_even_where_the_inbox_becomes_the_crawl_root(lake, inbox, monkeypatch):
    (inbox.parent / "data").mkdir()
    (inbox.parent / "data" / "theirs.jsonl").write_text("theirs")
    (theirs,) = CrawlRegistry(lake).register(["data/theirs.jsonl"], RULES)
    write(inbox, ours="ours", stays="stays" * 9)
    settle(lake, forget_missing=True)
    (inbox / "ours.jsonl").unlink()
    monkeypatch.setenv("TIERLINE_CRAWL_ROOT", str(inbox))
    looks = [take_in(lake, forget_missing=True) for _ in range(3)]
    assert [uri for look in looks for uri in look.forgotten] == ["inbox/ours.jsonl"]
    assert CrawlRegistry(lake).files(theirs) == ["data/theirs.jsonl"]


def test_a_file_that_a_person_registered_in_the_inbox_stays_when_it_is_taken_away(lake, inbox):
    write(inbox, a="x", b="y")
    CrawlRegistry(lake).register(["inbox/a.jsonl"], RULES)
    settle(lake, forget_missing=True)
    (inbox / "a.jsonl").unlink()
    looks = [take_in(lake, forget_missing=True) for _ in range(3)]
    assert [look.missing for look in looks] == [("inbox/a.jsonl",), (), ()] and not any(look.forgotten for look in looks)


@pytest.mark.parametrize("text", ["secret", "x" * 1000])
def test_a_folder_of_the_inbox_that_became_a_link_is_not_followed(lake, inbox, tmp_path, text, monkeypatch):
    monkeypatch.setattr("tierline.crawl.inbox.READ_PER_LOOK", 100)
    for folder, content in ((inbox / "deep" / "er", "x"), (tmp_path / "elsewhere" / "er", text)):
        folder.mkdir(parents=True)
        (folder / "a.jsonl").write_text(content)
    (shard,) = settle(lake).shards
    (inbox / "deep").rename(tmp_path / "before")
    (inbox / "deep").symlink_to(tmp_path / "elsewhere")
    before = CrawlRegistry(lake).rows()
    with pytest.raises(BadInput, match=r"^inbox/deep/er/a.jsonl: it is behind a link now; ") as raised:
        CrawlRegistry(lake).catch_up(shard)
    assert CrawlRegistry(lake).rows() == before and "\n" not in str(raised.value)
