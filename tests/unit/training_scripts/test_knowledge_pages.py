"""Knowledge bases as pages: what two of them state alike becomes a fact, by the pipeline's own reading of a page."""

import gzip
import json

import pyarrow as pa

from tierline.crawl import ReadRules
from tierline.crawl.read import read_shard
from tierline.knowledge.claims import ClaimRules, extract_claims
from tierline.knowledge.facts import FactRules, verify_facts
from tierline.tables import TABLES
from training_scripts.dictionaries import read_dictd
from training_scripts.knowledge_pages import read_countries, read_country_codes

COUNTRY = {
    "name": {"common": "Lakonia", "official": "Republic of Lakonia"},
    "cca2": "LK",
    "cca3": "LAK",
    "ccn3": "999",
    "cioc": "LKN",
    "capital": ["Ostrand"],
    "tld": [".lk"],
    "region": "Northlands",
    "subregion": "Far North",
    "area": 12.5,
    "borders": [],
    "currencies": {"LKC": {"name": "crown"}},
    "languages": [],
}
CODES = "CLDR display name,Capital,ISO3166-1-Alpha-2,ISO3166-1-Alpha-3,TLD,Dial\nLakonia,Ostrand,LK,LAK,.xx,9\n"


def test_what_two_bases_state_alike_becomes_a_fact(tmp_path):
    (tmp_path / "countries.json").write_text(json.dumps([COUNTRY]))
    (tmp_path / "codes.csv").write_text(CODES + "Nowhere,,NW,NOW,,\n")
    records = [
        *read_countries(tmp_path / "countries.json", "https://one.example/"),
        *read_country_codes(tmp_path / "codes.csv", "https://two.example/"),
    ]
    (tmp_path / "pages.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records))
    pages = read_shard([str(tmp_path / "pages.jsonl")], ReadRules()).tables["l0_raw"]
    first = pages.to_pylist()[0]
    assert first["title"] == "Lakonia" and "Its capital is Ostrand. Its official name is Republic of Lakonia." in first["text"]
    documents = pa.Table.from_pylist([row | {"tokens": 0, "language": "en"} for row in pages.to_pylist()])
    passages = pa.schema(TABLES["l3_refined"].columns).empty_table()
    claims = extract_claims(documents, passages, ClaimRules()).tables["l4_claims"].to_pylist()
    facts = verify_facts(pa.Table.from_pylist([claim | {"shard": "s"} for claim in claims]), FactRules()).tables["l4_facts"]
    assert sorted(facts["text"].to_pylist()) == [
        "Lakonia, capital: Ostrand.",
        "Lakonia, three letter code: LAK.",
        "Lakonia, two letter code: LK.",
    ]


def test_a_dictionary_is_read_at_the_places_of_its_index(tmp_path):
    text = "about\n\nadze\n\n   An {axe} whose blade\n   stands across.\n\n   See also saw.\nsaw\n   A toothed blade.\n"
    start = text.index("saw\n   A")
    places = {"00-database-info": (0, 6), "adze": (7, start - 7), "saw": (start, len(text) - start)}
    digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    coded = {name: tuple(digits[value // 64] + digits[value % 64] for value in place) for name, place in places.items()}
    (tmp_path / "tools.dict.txt.gz").write_bytes(gzip.compress(text.encode()))
    (tmp_path / "tools.index.gz").write_bytes(gzip.compress("".join(f"{n}\t{a}\t{b}\n" for n, (a, b) in coded.items()).encode()))
    entries = list(read_dictd(tmp_path / "tools.dict.txt.gz", "https://tools.example/"))
    assert [entry["url"] for entry in entries] == ["https://tools.example/adze", "https://tools.example/saw"]
    assert entries[0]["text"] == "adze\n\nAn axe whose blade stands across.\n\nSee also saw."
