"""Groups of claims can be resolved apart, and what is known from other claims changes nothing."""

import random

import numpy as np
import pyarrow as pa
import pytest

from tests.unit.compute.test_workers import Elsewhere
from tests.unit.knowledge.in_common import common_text
from tierline.knowledge import FactRules, facts, page_words, verification, whole_sets
from tierline.knowledge.claim_rows import ClaimTable
from tierline.knowledge.facts import verify
from tierline.knowledge.hashed import find, is_among, key_of, mixed, sums
from tierline.knowledge.keyed_claims import STATED, keyed
from tierline.knowledge.keys import normal_key
from tierline.knowledge.outcomes import Outcomes
from tierline.knowledge.page_words import most_stated
from tierline.knowledge.sketches import TEXT_HASHES, Sketch
from tierline.knowledge.stated import Stated
from tierline.knowledge.whole_sets import batches
from tierline.lake import StageResult
from tierline.lake.digest import content_digest
from tierline.tables import TABLES

NAMES = ("Georgia", "The Georgia", "Springfield", "Oslo", "Kristiania", "Tbilisi")
IDS = ("wikidata:Q230", "wikidata:Q1428", "wikidata:Q585", "url:oslo.example", "isbn:9780306406157", "geonames:1")
OBJECT_IDS = ("wikidata:Q585", "wikidata:Q994", "geonames:1", "isbn:9780306406157")
TYPES = (None, None, "Country", "State", "City", "WebPage")
VALUES = {
    "area": ("69,700 km²", "153,909 km²", "26,911 sq mi", "454 km²"),
    "population": ("3,716,858", "10,711,908", "709,037", "3.7 million"),
    "capital": ("Tbilisi", "Atlanta", "Oslo"),
    "contained in place": ("Illinois", "Ohio"),
    "twin": ("A", "B"),
}


def rows(seed: int, shard: str, pages: int = 12) -> list[dict]:
    """Claims of pages that share few names, identifiers, texts and values, in all ways that resolution and verification know."""
    chance, found = random.Random(f"{seed}/{shard}"), list[dict]()
    for number in range(pages):
        page, base = f"doc_{shard}_{number}", chance.choice((None,) * 7 + ("World Data 1",))
        words = np.random.default_rng(chance.randrange(4)).integers(0, 1 << 32, 40, np.uint64).astype("<u4")
        more = np.random.default_rng(chance.randrange(1 << 30)).integers(0, 1 << 32, chance.choice((0, 30, 80)), np.uint64).astype("<u4")
        ids, kind = chance.choice(((), (), chance.sample(IDS, 1), chance.sample(IDS, 2))), chance.choice(TYPES)
        name = chance.choice(NAMES)
        own = {
            "page_id": base or page, "parents": [page], "domain": None if base else f"s{chance.randrange(7)}.com", "base": base,
            "language": chance.choice(("en", "en", "de")), "shard": shard, "subject_ids": list(ids), "subject_type": kind,
            "aliases": chance.choice(([], [], chance.sample(NAMES, 1))), "owners": chance.choice(([], [], ["name:one owner"])),
            "text_sketch": np.unique(np.concatenate([words, more]))[:128].astype("<u4").tobytes(), "number_sketch": b"",
            "vouched_by": "Ada" if base and chance.random() < 0.5 else None, "page_time": chance.choice((None, "2011", "2020-05-04")),
            "subject": name, "subject_key": normal_key(name), "parent_table": "l2_selected", "parent_field": "text",
        }  # fmt: skip
        for predicate in chance.sample(list(VALUES), 3):
            value, time = chance.choice(VALUES[predicate]), chance.choice((None, None, "2011", "2020"))
            found.append(
                own
                | {"claim_id": f"{'stm' if base else 'clm'}_{page}_{predicate}", "predicate": predicate, "object": value}
                | {"object_ids": chance.sample(OBJECT_IDS, chance.choice((0, 0, 1)) if predicate in ("capital", "twin") else 0)}
                | {"object_key": normal_key(value), "value_type": "number" if value[0].isdigit() else "name"}
                | {"time": time if predicate == "population" else None, "page_time_source": "modified" if own["page_time"] else None}
            )
    return found


def changed(own: list[dict], chance: random.Random) -> list[dict]:
    """The same claims, some with another value, page text or site."""
    texts = [row["text_sketch"] for row in own]
    ways = (
        lambda row: {"object": chance.choice(VALUES[row["predicate"]])},
        lambda row: {"text_sketch": chance.choice(texts)},
        lambda row: {"domain": "s1.com" if row["domain"] else None},
    )
    return [row | (chance.choice(ways)(row) if chance.random() < 0.3 else {}) for row in own]


def part(own: list[dict]) -> ClaimTable:
    return ClaimTable(keyed(pa.RecordBatch.from_pylist(own, STATED)))


def verified(*parts: ClaimTable, known: Outcomes | None = None, batch: int = 50) -> tuple[list[str], Outcomes]:
    result, found = verify(Stated(parts), FactRules(), (), known, batch)
    result.check("l4_facts")
    return digests_of(result), found


def digests_of(result: StageResult) -> list[str]:
    tables = [table.sort_by(TABLES[name].key) for name, table in sorted(result.tables.items())]
    return [content_digest(table) for table in (*tables, result.ledgers["l4_facts"][1].sort_by("row_id"))]


@pytest.mark.parametrize("seed", range(8))
def test_groups_that_share_nothing_are_resolved_as_if_all_were_one(seed, monkeypatch):
    parts = [part(rows(seed, shard)) for shard in "abc"]
    apart, _ = verified(*parts)
    monkeypatch.setattr(verification, "groups_of", lambda keys: np.zeros(len(keys), np.int64))
    assert verified(*parts)[0] == apart


@pytest.mark.parametrize("seed", range(8))
def test_what_is_known_of_other_claims_changes_nothing(seed):
    chance, pages = random.Random(seed), {shard: rows(seed, shard) for shard in "abcdefgh"}
    parts = {shard: (part(own), part(changed(own, chance))) for shard, own in pages.items()}
    known: Outcomes | None = None
    for _ in range(6):  # shards are added, taken away, and written again with other claims of the same ids
        own = [chance.choice(parts[shard]) for shard in chance.sample(sorted(parts), chance.randrange(1, 9))]
        found, known = verified(*own, known=known, batch=chance.choice((1, 20, 5_000)))
        assert found == verified(*own[::-1])[0]


@pytest.mark.parametrize(("shared", "again"), [(3, 1), (40, 5)])
def test_words_that_become_common_have_judged_again_what_shares_a_paragraph_no_more(shared, again, monkeypatch):
    def about(subject: int) -> list[dict]:
        """Pages of two sites with some words that pages about all subjects have, and others."""
        found = []
        for site in range(2):
            words = np.random.default_rng(10 * subject + site).integers(1_000, 1 << 32, 60, np.uint64)
            sketch = np.unique(np.append(np.arange(shared, dtype=np.uint64), words)).astype("<u4").tobytes()
            own = {"page_id": f"doc_{subject}_{site}", "domain": f"s{site}.com", "text_sketch": sketch, "subject": f"Isle {subject}"}
            own |= {"claim_id": f"clm_{subject}_{site}", "parents": [own["page_id"]], "shard": "a", "language": "en", "number_sketch": b""}
            value = {"object": "Oslo", "object_key": "oslo", "value_type": "name"}
            found.append(own | value | {"subject_key": f"isle {subject}", "predicate": "capital", "subject_ids": [], "aliases": []})
        return found

    judged, inner = list[int](), facts._judge
    monkeypatch.setattr(
        facts, "_judge", lambda properties, *rest, **named: judged.append(len(properties)) or inner(properties, *rest, **named)
    )
    old, new = [part(about(subject)) for subject in range(4)], part(about(4))
    _, known = verified(*old)
    assert sum(judged) == 4
    judged.clear()
    found, _ = verified(*old, new, known=known)
    assert sum(judged) == again
    assert found == verified(*old, new)[0]


def test_no_claims_make_no_facts():
    digests, known = verified()
    assert digests == verified(known=known)[0] and len(known.tables["properties"]) == 0


def test_a_batch_has_whole_groups_and_no_more_rows_than_it_may():
    groups = np.array([3, 1, 3, 2, 1, 1, 1, 5])
    found = [groups[rows].tolist() for rows in batches(np.arange(8), groups, 3)]
    assert found == [[1, 1, 1, 1], [2, 3, 3], [5]]
    assert list(batches(np.arange(0), groups, 3)) == []


def test_a_page_is_about_the_subject_of_most_of_its_rows():
    pages, subjects = np.array([0, 0, 0, 2, 2]), np.array([9, 4, 9, 8, 5], np.uint64)
    assert most_stated(pages, subjects, 4).tolist() == [9, 0, 5, 0]


def test_sums_do_not_depend_on_the_order_of_rows():
    keys, places = mixed(np.arange(1, 100, dtype=np.uint64)), np.arange(99) % 7
    assert sums(keys, places, 7).tolist() == sums(keys[::-1], places[::-1], 7).tolist()
    assert mixed(keys, 1).tolist() != mixed(keys, 2).tolist() and key_of("") == 0 != key_of("a")


def test_a_key_is_found_among_keys_in_order():
    known = np.array([2, 5, 9], np.uint64)
    assert is_among(np.array([1, 2, 9, 10], np.uint64), known).tolist() == [False, True, True, False]
    assert not find(known, known[:0])[1].any()


def test_a_page_has_all_its_texts():
    """A passage has a sketch of its own beside its document's."""
    text = [np.arange(start, start + 40, dtype="<u4").tobytes() for start in (0, 100)]
    own = [
        {"page_id": f"doc_{number}", "subject": f"S{number}", "subject_key": f"s{number}", "predicate": "x", "object": "1"}
        | {"claim_id": f"clm_{number}_{place}", "text_sketch": sketch, "domain": "a.com", "parents": ["p"]}
        for number in range(5)
        for place, sketch in enumerate(text)
    ]
    common = common_text(own)
    assert [common.without(Sketch.of(sketch, TEXT_HASHES)).hashes for sketch in text] == [b"", b""]


@pytest.mark.parametrize("seed", range(3))
def test_workers_elsewhere_find_what_this_process_finds(seed, monkeypatch):
    parts = [part(rows(seed, shard)) for shard in "abc"]
    expected = verified(*parts)[0]
    for name in ("RANGE_ROWS_MIN", "RANGE_ROWS_MAX", "PART_ROWS_MIN"):
        monkeypatch.setattr(whole_sets, name, 16)
    monkeypatch.setattr(page_words, "HASHES_PER_RANGE", 16)
    result, _ = verify(Stated(parts), FactRules(), workers=Elsewhere())
    assert digests_of(result) == expected
