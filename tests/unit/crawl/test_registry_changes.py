"""Whatever happens to a file, the registry ends with what the files are, and says by another number that the shard has to run."""

import os

import pytest

from tierline.crawl import CrawlRegistry, PackRules, find_crawl
from tierline.crawl import registry as registry_module
from tierline.errors import BadInput
from tierline.lake import Lake, as_of

RULES = PackRules(shard_bytes=25)


@pytest.fixture
def crawl(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "c").mkdir()
    return tmp_path / "c"


def write(folder, **texts):
    for name, text in texts.items():
        (folder / f"{name}.jsonl").write_text(text)
    return [f"c/{name}.jsonl" for name in texts]


def test_a_file_that_changes_back_changes_the_number_of_its_shard_each_time(lake, crawl):
    registry, numbers, digests = CrawlRegistry(lake), [], []
    for text in ("a", "b", "a", "b"):
        (shard,) = registry.register(write(crawl, one=text), RULES)
        numbers.append(registry.change(shard))
        digests.append(registry.digest(shard))
    assert len(set(numbers)) == 4 and len(set(digests)) == 2


def test_another_lake_gives_other_numbers(crawl, tmp_path):
    files = write(crawl, one="a")
    numbers = set()
    for name in ("lake1", "lake2"):
        registry = CrawlRegistry(Lake(str(tmp_path / name)))
        (shard,) = registry.register(files, RULES)
        numbers.add(registry.change(shard))
    assert len(numbers) == 2


def test_a_file_dropped_again_asks_for_its_shard_again_and_one_copied_with_its_times_does_not(lake, crawl):
    registry = CrawlRegistry(lake)
    files = write(crawl, one="a")
    (shard,) = registry.register(files, RULES)
    before = registry.change(shard)
    assert registry.take_in(files, RULES, dropped=True).shards == ()
    (crawl / "one.jsonl").chmod(0o600)
    assert registry.take_in(files, RULES, dropped=True).shards == () and registry.change(shard) == before
    os.utime(crawl / "one.jsonl", (1, 1))
    assert registry.take_in(files, RULES).shards == (), "`make ingest` looks at what is out of date by itself"
    os.utime(crawl / "one.jsonl", (2, 2))
    assert registry.take_in(files, RULES, dropped=True).shards == (shard,) and registry.change(shard) != before


def test_a_renamed_file_keeps_its_shard_and_is_counted_once(lake, crawl):
    registry = CrawlRegistry(lake)
    first, second = registry.register(write(crawl, one="a" * 20, two="b" * 20), RULES)
    before = registry.digest(first)
    (crawl / "deep").mkdir()
    (crawl / "one.jsonl").rename(crawl / "deep" / "uno.jsonl")
    intake = registry.take_in(["c/deep/uno.jsonl", "c/two.jsonl"], RULES)
    assert intake.shards == (first,) and intake.moved == {"c/one.jsonl": "c/deep/uno.jsonl"}
    assert registry.shards() == [first, second] and registry.files(first) == ["c/deep/uno.jsonl"]
    assert registry.digest(first) != before, "its rows carry the new address"


def test_a_copy_beside_its_original_is_a_file_of_its_own(lake, crawl):
    registry = CrawlRegistry(lake)
    registry.register(write(crawl, one="a"), RULES)
    intake = registry.take_in(write(crawl, copy="a"), RULES)
    assert len(intake.shards) == 1 and not intake.moved and len(registry.shards()) == 2


def test_two_files_that_swap_their_bytes_both_change(lake, crawl):
    registry = CrawlRegistry(lake)
    shards = registry.register(write(crawl, one="a" * 20, two="b" * 20), RULES)
    assert registry.register(write(crawl, one="b" * 20, two="a" * 20), RULES) == shards
    assert registry.register(write(crawl, one="a" * 20, two="b" * 20), RULES) == shards


def test_a_forgotten_file_leaves_its_shard_and_the_others_in_it_stay(lake, crawl):
    registry = CrawlRegistry(lake)
    (shard,) = registry.register(write(crawl, one="a", two="b"), RULES)
    before = registry.digest(shard), registry.change(shard)
    assert registry.forget(["c/one.jsonl"]) == {"c/one.jsonl": shard}
    assert registry.files(shard) == ["c/two.jsonl"] and registry.shards() == [shard]
    assert registry.digest(shard) != before[0] and registry.change(shard) != before[1]
    after = registry.change(shard)
    registry.forget([str(crawl / "one.jsonl")])
    assert registry.change(shard) == after, "forgotten once"


def test_a_shard_may_lose_all_its_files_and_keeps_its_place(lake, crawl):
    registry = CrawlRegistry(lake)
    first, second = registry.register(write(crawl, one="a" * 20, two="b" * 20), RULES)
    registry.forget(["c/one.jsonl"])
    assert registry.files(first) == [] and registry.digest(first) and registry.earlier(second) == [first]


def test_a_forgotten_file_comes_back_if_it_is_named_or_written_again(lake, crawl):
    registry = CrawlRegistry(lake)
    files = write(crawl, one="a")
    (shard,) = registry.register(files, RULES)
    registry.forget(files)
    assert registry.take_in(files, RULES, revive=False).forgotten == ("c/one.jsonl",) and registry.files(shard) == []
    assert registry.take_in(files, RULES).shards == (shard,) and registry.files(shard) == files
    registry.forget(files)
    write(crawl, one="changed")
    assert registry.take_in(files, RULES, revive=False).shards == (shard,) and registry.files(shard) == files


def test_a_renamed_file_that_was_forgotten_comes_back_only_if_it_is_named(lake, crawl):
    registry = CrawlRegistry(lake)
    (shard,) = registry.register(write(crawl, one="a", two="b"), RULES)
    registry.forget(["c/one.jsonl"])
    for old, new in (("one", "uno"), ("uno", "un")):
        (crawl / f"{old}.jsonl").rename(crawl / f"{new}.jsonl")
        intake = registry.take_in([f"c/{new}.jsonl", "c/two.jsonl"], RULES, revive=False)
        assert (intake.shards, intake.moved, intake.forgotten) == ((), {}, (f"c/{new}.jsonl",)) and registry.files(shard) == ["c/two.jsonl"]
    (crawl / "un.jsonl").rename(crawl / "ein.jsonl")
    assert registry.take_in(["c/ein.jsonl"], RULES).shards == (shard,) and registry.files(shard) == ["c/ein.jsonl", "c/two.jsonl"]


def test_of_two_gone_files_with_equal_bytes_the_one_that_was_not_forgotten_has_moved(lake, crawl):
    registry = CrawlRegistry(lake)
    (shard,) = registry.register(write(crawl, one="a", two="a"), RULES)
    registry.forget(["c/one.jsonl"])
    (crawl / "one.jsonl").unlink()
    (crawl / "two.jsonl").rename(crawl / "three.jsonl")
    assert registry.take_in(["c/three.jsonl"], RULES, revive=False).moved == {"c/two.jsonl": "c/three.jsonl"}
    assert registry.files(shard) == ["c/three.jsonl"]


def test_nothing_is_forgotten_if_one_name_is_wrong(lake, crawl):
    registry = CrawlRegistry(lake)
    (shard,) = registry.register(write(crawl, one="a"), RULES)
    with pytest.raises(BadInput, match=r"c/absent.jsonl: no such crawl file in the lake; `tierline files` lists them"):
        registry.forget(["c/one.jsonl", "c/absent.jsonl"])
    assert registry.files(shard) == ["c/one.jsonl"]


def test_a_lake_as_of_before_still_holds_what_was_forgotten_since(lake, crawl):
    registry = CrawlRegistry(lake)
    (shard,) = registry.register(write(crawl, one="a"), RULES)
    moment = registry.rows()[0]["registered_at"]
    registry.forget(["c/one.jsonl"])
    assert CrawlRegistry(as_of(lake, moment)).files(shard) == ["c/one.jsonl"] and registry.files(shard) == []


def test_one_unreadable_file_does_not_stop_the_others(lake, crawl):
    registry = CrawlRegistry(lake)
    files = write(crawl, one="a", two="b")
    os.mkfifo(crawl / "pipe.jsonl")
    (crawl / "link.jsonl").symlink_to("nowhere")
    intake = registry.take_in([*files, "c/pipe.jsonl", "c/link.jsonl", "c/absent.jsonl"], RULES)
    assert len(intake.shards) == 1 and registry.files(intake.shards[0]) == files
    assert {name: why.split("(")[1].rstrip(")") for name, why in intake.refused.items()} == {
        "c/pipe.jsonl": "it is no regular file",
        "c/link.jsonl": "No such file or directory",
        "c/absent.jsonl": "No such file or directory",
    }
    with pytest.raises(BadInput, match=r"pipe.jsonl: cannot be read"):
        registry.register([*files, "c/pipe.jsonl"], RULES)


def test_the_bytes_of_large_files_are_read_by_the_run_and_then_known(lake, crawl):
    registry = CrawlRegistry(lake)
    (shard,) = registry.take_in(write(crawl, one="a" * 20), RULES, unread_bytes=10).shards
    (row,) = registry.rows()
    assert row["digest"] is None and row["stamp"]
    before, number = registry.digest(shard), registry.change(shard)
    registry.catch_up(shard)
    (row,) = registry.rows()
    assert row["digest"] and registry.digest(shard) != before and registry.change(shard) == number
    assert registry.take_in(["c/one.jsonl"], RULES, unread_bytes=10).shards == ()
    write(crawl, one="b" * 20)
    assert registry.take_in(["c/one.jsonl"], RULES, unread_bytes=10).shards == (shard,)
    assert registry.take_in(["c/one.jsonl"], RULES, unread_bytes=10).shards == (), "it is known as it is"


def test_a_lake_of_before_these_columns_goes_on(lake, crawl):
    import pyarrow as pa

    from tierline.tables.records import CRAWL_FILES

    registry = CrawlRegistry(lake)
    files = write(crawl, one="a")
    (shard,) = registry.register(files, RULES)
    old = pa.schema(
        [field for field in CRAWL_FILES if field.name not in ("stamp", "change", "changed_at", "forgotten_at", "awaited", "dropped")]
    )
    other = Lake(f"{lake.root}2")
    other.delta.append("crawl_files", pa.Table.from_pylist([{n: registry.rows()[0][n] for n in old.names}], schema=old), ["shard"])
    older = CrawlRegistry(other)
    assert older.files(shard) == files and older.digest(shard) == registry.digest(shard) and older.change(shard)
    assert older.take_in(files, RULES, dropped=True).shards == () and older.rows()[0]["stamp"], "only learned, not run again"
    write(crawl, one="b")
    assert older.take_in(files, RULES).shards == (shard,)


def test_a_file_whose_name_is_not_utf8_is_refused_and_stops_no_other(lake, tmp_path):
    (tmp_path / "good.jsonl").write_text("{}")
    (tmp_path / os.fsdecode(b"bad\xff.jsonl")).write_text("{}")
    found = find_crawl(str(tmp_path))
    assert list(found.ignored.values()) == ["its name is not UTF-8: rename it"]
    intake = CrawlRegistry(lake).take_in([*found.files, str(tmp_path / os.fsdecode(b"bad\xff.jsonl"))], PackRules())
    assert list(intake.refused.values()) == ["its name is not UTF-8"] and len(intake.shards) == 1


def test_what_two_forget_at_once_is_forgotten_by_both(lake, crawl, monkeypatch):
    files = write(crawl, one="a", two="b")
    (shard,) = CrawlRegistry(lake).register(files, RULES)
    commit = registry_module._Writer.commit
    others = ["c/two.jsonl"]

    def commit_late(writer, *given):
        if others:
            CrawlRegistry(Lake(lake.root)).forget([others.pop()])
        return commit(writer, *given)

    monkeypatch.setattr(registry_module._Writer, "commit", commit_late)
    assert CrawlRegistry(lake).forget(["c/one.jsonl"]) == {"c/one.jsonl": shard}
    assert CrawlRegistry(lake).files(shard) == []


def test_what_is_forgotten_between_the_check_and_the_write_stays_forgotten(lake, crawl, monkeypatch):
    (shard,) = CrawlRegistry(lake).register(write(crawl, one="a", two="b"), RULES)
    write(crawl, one="c")
    replace, others = lake.delta.replace_if, ["c/two.jsonl"]

    def replace_late(*given):
        if others:
            CrawlRegistry(Lake(lake.root)).forget([others.pop()])
        return replace(*given)

    monkeypatch.setattr(lake.delta, "replace_if", replace_late)
    assert CrawlRegistry(lake).take_in(["c/one.jsonl"], RULES).shards == (shard,)
    assert not others and CrawlRegistry(lake).files(shard) == ["c/one.jsonl"]


@pytest.mark.parametrize("revive", [True, False])
@pytest.mark.parametrize("name", ["one", "two"])
def test_what_is_forgotten_while_files_are_measured_stays_forgotten(lake, crawl, monkeypatch, name, revive):
    (shard,) = CrawlRegistry(lake).register(write(crawl, one="a", two="b"), RULES)
    write(crawl, one="another text")
    measure, others = registry_module.measure, [f"c/{name}.jsonl"]

    def measure_long(*given):
        found = measure(*given)
        if others:
            CrawlRegistry(Lake(lake.root)).forget([others.pop()])
        return found

    monkeypatch.setattr(registry_module, "measure", measure_long)
    CrawlRegistry(lake).take_in(["c/one.jsonl"], RULES, dropped=True, revive=revive)
    assert CrawlRegistry(lake).files(shard) == [f"c/{left}.jsonl" for left in ("one", "two") if left != name]


@pytest.mark.parametrize("unread", [None, 0])
def test_a_registered_file_that_became_a_link_to_another_is_left_to_the_next_look(lake, crawl, tmp_path, unread):
    registry = CrawlRegistry(lake)
    (shard,) = registry.take_in(write(crawl, one="a"), RULES, unread_bytes=unread).shards
    before = registry.rows()
    (tmp_path / "secret.jsonl").write_text("secret")
    (crawl / "one.jsonl").unlink()
    (crawl / "one.jsonl").symlink_to(tmp_path / "secret.jsonl")
    with pytest.raises(BadInput, match=r"c/one.jsonl: it is a link now"):
        registry.catch_up(shard)
    assert registry.rows() == before


def test_a_file_that_another_is_renamed_over_while_it_is_read_is_noticed_whatever_its_size_and_times(lake, crawl):
    registry = CrawlRegistry(lake)
    files = write(crawl, one="a")
    (shard,) = registry.register(files, RULES)
    write(crawl, other="b")
    times = (crawl / "one.jsonl").stat()
    os.utime(crawl / "other.jsonl", ns=(times.st_atime_ns, times.st_mtime_ns))
    before, read = registry.catch_up(shard), registry.digest(shard)
    (crawl / "other.jsonl").replace(crawl / "one.jsonl")
    with pytest.raises(BadInput, match=r"c/one.jsonl: changed while it was read"):
        registry.refuse_changed(before)
    assert registry.take_in(files, RULES, dropped=True).shards == (shard,) and registry.digest(shard) != read
    assert registry.refuse_changed(registry.catch_up(shard)) is None
