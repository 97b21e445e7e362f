"""Tombstones keep out what was removed, under any address and in other words nearly, and nothing else."""

from itertools import combinations

import pytest

from examples.features import FEATURES
from tierline.lake import Lake
from tierline.tables.records import TOMBSTONES_TABLE
from tierline.takedown.ledger import PLACE, parse_scope
from tierline.takedown.tombstones import NEAR, SAME_BYTES, Tombstones, takedown_inputs, tombstones_of

PAGES = ["\n\n".join(FEATURES[name] for name in names) for names in list(combinations(sorted(FEATURES), 2))[::40]]


def row(text, url="https://elsewhere.example/1", payload="0" * 64):
    return {"url": url, "domain": url.split("/")[2], "text": text, "payload_sha256": payload, "license": None, "structured_data": None}


def of(*rows, claims=()):
    return Tombstones(tombstones_of("tkd_1", [parse_scope("domain", "taken.example")], rows, claims).to_pylist())


@pytest.fixture
def tombstones():
    return of(*(row(text, payload=f"{number:064x}") for number, text in enumerate(PAGES[:3], 1)), row("Not found.", payload="f" * 64))


def test_rows_are_withheld_by_address_bytes_and_words(tombstones):
    nearly = PAGES[0].replace("the", "a", 2)
    rows = [
        row("x", "https://www.taken.example/y"),
        row("x", payload=f"{2:064x}"),
        row(PAGES[1].upper()),
        row(nearly),
        row(PAGES[0] + PAGES[5]),
    ]
    withheld = tombstones.withheld(rows)
    assert [one and one.by for one in withheld] == ["domain taken.example", SAME_BYTES, NEAR, NEAR, None]
    assert {one.rule for one in withheld if one} == {"takedown:tkd_1"}


def test_other_pages_and_short_texts_of_many_sites_stay(tombstones):
    assert not any(tombstones.withheld([*map(row, PAGES[3:]), row("Not found.")]))


def test_nothing_is_withheld_without_tombstones():
    assert Tombstones().withheld([row(PAGES[0])]) == [None] and not Tombstones()


def put(lake, tombstones):
    lake.delta.replace_if(TOMBSTONES_TABLE, tombstones, PLACE, lake.delta.files(TOMBSTONES_TABLE, PLACE), keep=True)


def test_only_shards_with_such_rows_are_out_of_date(lake, commit):
    for shard, url in (("a", "https://taken.example/1"), ("b", "https://stays.example/1")):
        shown = {"doc_id": f"doc_{shard}", "url": url, "domain": url.split("/")[2], "status": "ok", "text": PAGES[0 if shard == "a" else 4]}
        commit(lake, "l0_raw", [shown], shard)
    assert takedown_inputs(lake, "l0_raw", "a") == {"takedowns/a": ""} and takedown_inputs(lake, "l0_raw", "new") == {"takedowns/new": ""}
    put(lake, tombstones_of("tkd_1", [parse_scope("domain", "taken.example")], [], []))
    said = Tombstones.of(Lake(lake.root)).digest
    assert said and takedown_inputs(lake, "l0_raw", "a") == {"takedowns/a": said}
    assert takedown_inputs(lake, "l0_raw", "b") == {"takedowns/b": ""}, "its rows stay as they are"
    assert takedown_inputs(lake, "l0_raw", "new") == {"takedowns/new": said}


def test_facts_are_judged_again_where_a_value_names_a_claim_that_is_gone(lake, commit):
    commit(lake, "l4_facts", [], "all", l4_values=[{"value_id": "val_1", "parents": [], "lost": ["clm_1"]}])
    put(lake, tombstones_of("tkd_1", [], [], ["clm_2"]))
    assert takedown_inputs(lake, "l4_facts", "all") == {"takedowns/all": ""}
    put(lake, tombstones_of("tkd_2", [], [], ["clm_1"]))
    assert takedown_inputs(lake, "l4_facts", "all") == {"takedowns/all": Tombstones.of(lake).digest}
