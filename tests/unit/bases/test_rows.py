"""Rows of knowledge bases: every format gives each row its number, its address and its values; a bad row is that row's error alone."""

import bz2
import gzip
import json
import lzma
import sqlite3
import tarfile
from pathlib import Path

import pytest

from tierline.bases.cells import cells
from tierline.bases.rows import Reader, format_of, read_rows
from tierline.errors import BadInput

CSV = 'name,capital\nNorway,Oslo\n"Two\nlines",Here\nshort\nChad,N\'Djamena\n'
TURTLE = """@prefix ex: <http://e.example/> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
ex:no a ex:Country ; rdfs:label "Norge"@no, "Norway"@en ; ex:capital ex:oslo ; ex:area 385207 .
ex:oslo a ex:City ; rdfs:label "Oslo" .
ex:se a ex:Country ; rdfs:label "Sweden"@en ; ex:borders [ ex:with ex:no ] .
"""


def rows(path: Path, **reader) -> list[tuple[int, str, object]]:
    found = read_rows(path, Reader(**({"format": format_of(path.name)} | reader)))
    return [(row.number, row.address, row.error or row.data) for row in found]


def texts(data: object, path: str) -> list[str]:
    return [cell.text for cell in cells(data, path)]


def test_csv_is_addressed_by_line_and_a_row_of_another_length_is_an_error(tmp_path):
    (tmp_path / "a.csv").write_text(CSV, "utf-8-sig")
    found = rows(tmp_path / "a.csv")
    assert [(number, address) for number, address, _ in found] == [(0, "line 2"), (1, "line 4"), (2, "line 5"), (3, "line 6")]
    assert found[0][2] == {"name": "Norway", "capital": "Oslo"} and found[2][2] == "1 cells under 2 columns"


def test_lines_are_counted_as_editors_do(tmp_path):
    (tmp_path / "a.csv").write_bytes(b'name,french\r\n"Bengali","bengali\r"\r\n"Chad","tchad\r"\r\n')
    assert [address for _, address, _ in rows(tmp_path / "a.csv")] == ["line 2", "line 3"]
    (tmp_path / "b.csv").write_bytes(b"name,french\rBengali,bengali\r")
    with pytest.raises(BadInput, match="names no columns"):
        rows(tmp_path / "b.csv")


def test_tsv_and_other_delimiters_and_encodings(tmp_path):
    (tmp_path / "a.tsv").write_text("name\tcapital\nNorway\tOslo\n")
    (tmp_path / "b.csv").write_bytes("name;capital\nÖsterreich;Wien\n".encode("latin-1"))
    assert rows(tmp_path / "a.tsv") == [(0, "line 2", {"name": "Norway", "capital": "Oslo"})]
    assert rows(tmp_path / "b.csv", delimiter=";", encoding="latin-1")[0][2] == {"name": "Österreich", "capital": "Wien"}
    with pytest.raises(BadInput, match=r"b\.csv: cannot be read as csv .*'utf-8' codec can't decode"):
        rows(tmp_path / "b.csv", delimiter=";")


@pytest.mark.parametrize("text", ["", "\n\n", "name,name\na,b\n"])
def test_a_header_names_each_column_once(tmp_path, text):
    (tmp_path / "a.csv").write_text(text)
    with pytest.raises(BadInput, match=r"names no columns|two columns are named 'name'"):
        rows(tmp_path / "a.csv")


def test_json_is_addressed_by_pointer_and_keeps_numbers_as_written(tmp_path):
    (tmp_path / "a.json").write_text('{"all": [{"n": 1.50}, {"n": 12345678901234567890123}], "by/key": {"x": {"n": 1}, "y": {"n": true}}}')
    assert rows(tmp_path / "a.json", rows="all") == [(0, "/all/0", {"n": "1.50"}), (1, "/all/1", {"n": "12345678901234567890123"})]
    assert [address for _, address, _ in rows(tmp_path / "a.json")] == ["/"], "an object is one row"
    assert rows(tmp_path / "a.json", rows="*")[0][1] == "/all/0"
    with pytest.raises(BadInput, match="nothing is at /non, but all, by/key"):
        rows(tmp_path / "a.json", rows="non")
    (tmp_path / "b.json").write_text("[1, 2")
    with pytest.raises(BadInput, match=r"b\.json: cannot be read as json"):
        rows(tmp_path / "b.json")


def test_a_bad_line_of_json_is_an_error_of_its_own(tmp_path):
    (tmp_path / "a.jsonl").write_text('{"n": 1}\n\n{"n": \n{"n": 2}\n')
    found = rows(tmp_path / "a.jsonl")
    assert [address for _, address, _ in found] == ["line 1", "line 3", "line 4"]
    assert found[1][2].startswith("no JSON") and found[2][2] == {"n": "2"}


def test_xml_gives_elements_with_attributes_children_and_text(tmp_path):
    text = '<w xmlns="http://x.example/"><skip><c id="no"/></skip><c id="1"><n>Norway</n><n>Norge</n></c><c id="2">Sweden</c></w>'
    (tmp_path / "a.xml").write_text(text)
    found = rows(tmp_path / "a.xml", rows="w/c")
    assert [address for _, address, _ in found] == ["/w/c[1]", "/w/c[2]"]
    assert (
        texts(found[0][2], "n") == ["Norway", "Norge"] and texts(found[0][2], "@id") == ["1"] and texts(found[1][2], "#text") == ["Sweden"]
    )
    (tmp_path / "b.xml").write_text("<w><c>Norway</c>")
    with pytest.raises(BadInput, match="not well-formed XML"):
        rows(tmp_path / "b.xml", rows="w/c")


def test_xml_reads_no_entity_from_outside(tmp_path):
    (tmp_path / "secret").write_text("secret")
    entity = f'<!DOCTYPE w [<!ENTITY e SYSTEM "{(tmp_path / "secret").as_uri()}">]><w><c>&e;</c></w>'
    (tmp_path / "a.xml").write_text(entity)
    with pytest.raises(BadInput, match="undefined entity"):
        rows(tmp_path / "a.xml", rows="w/c")


def test_sqlite_gives_tables_and_queries_and_is_only_read(tmp_path):
    with sqlite3.connect(tmp_path / "a.db") as database:
        database.execute('create table "the countries" (name text, area real)')
        database.execute("insert into \"the countries\" values ('Norway', 385207), ('Sweden', null)")
    found = rows(tmp_path / "a.db", rows="the countries")
    assert found[0] == (0, "the countries row 1", {"name": "Norway", "area": 385207.0}) and len(found) == 2
    query = 'select name as n from "the countries" order by name desc'
    assert rows(tmp_path / "a.db", query=query)[0] == (0, "query row 1", {"n": "Sweden"})
    with pytest.raises(BadInput, match="no such table: nothing; its tables are the countries"):
        rows(tmp_path / "a.db", rows="nothing")
    with pytest.raises(BadInput, match="readonly database"):
        rows(tmp_path / "a.db", query='delete from "the countries"')
    assert len(rows(tmp_path / "a.db", rows="the countries")) == 2


def test_turtle_gives_subjects_of_a_class_with_labels_for_things(tmp_path):
    (tmp_path / "a.ttl").write_text(TURTLE)
    found = rows(tmp_path / "a.ttl", rows="ex:Country")
    assert [address for _, address, _ in found] == ["<http://e.example/no>", "<http://e.example/se>"]
    row = found[0][2]
    assert texts(row, "ex:capital") == ["Oslo"] == texts(row, "http://e.example/capital") and texts(row, "ex:area") == ["385207"]
    assert {(cell.text, cell.language) for cell in cells(row, "rdfs:label")} == {("Norge", "no"), ("Norway", "en")}
    assert len(rows(tmp_path / "a.ttl")) == 3, "nodes without an IRI are no rows"


def test_ntriples_and_what_is_no_rdf(tmp_path):
    (tmp_path / "a.nt").write_text('<http://e.example/no> <http://e.example/area> "385207" .\n')
    assert texts(rows(tmp_path / "a.nt")[0][2], "http://e.example/area") == ["385207"]
    (tmp_path / "b.ttl").write_text("ex:no ex:area 1 .")
    with pytest.raises(BadInput, match=r"b\.ttl: is not well-formed turtle"):
        rows(tmp_path / "b.ttl")


def entity(number: str, label: str, **claims: list[dict]) -> dict:
    return {"id": number, "type": "item", "labels": {"en": {"language": "en", "value": label}}, "aliases": {}, "claims": claims}


def statement(kind: str, value: object, rank: str = "normal", **qualifiers: str) -> dict:
    times = {
        name: [{"snaktype": "value", "datavalue": {"type": "time", "value": {"time": f"+{time}-00-00T00:00:00Z", "precision": 9}}}]
        for name, time in qualifiers.items()
    }
    return {"rank": rank, "qualifiers": times, "mainsnak": {"snaktype": "value", "datavalue": {"type": kind, "value": value}}}


def test_wikidata_gives_the_best_statements_with_units_times_and_labels(tmp_path):
    capital = [
        statement("wikibase-entityid", {"id": "Q2"}, "preferred"),
        statement("wikibase-entityid", {"id": "Q3"}, P580="1814", P582="1905"),
    ]
    people = [
        statement("quantity", {"amount": "+5379475", "unit": "1"}, P585="2022"),
        statement("quantity", {"amount": "+9"}, "deprecated"),
    ]
    area = [statement("quantity", {"amount": "+385207", "unit": "http://www.wikidata.org/entity/Q712226"})]
    founded = [statement("time", {"time": "+1814-05-17T00:00:00Z", "precision": 11})]
    lines = [entity("Q1", "Norway", P36=capital, P1082=people, P2046=area, P571=founded), entity("Q2", "Oslo")]
    (tmp_path / "dump.json").write_text("[\n" + ",\n".join(map(json.dumps, lines)) + ",\nnot json\n]\n")
    found = rows(tmp_path / "dump.json", format="wikidata")
    assert [address for _, address, _ in found] == ["Q1", "Q2", "line 4"] and "no entity of Wikidata" in found[2][2]
    row = found[0][2]
    assert [(one.text, one.time, one.is_former) for one in cells(row, "P36")] == [("Oslo", "", False), ("Q3", "1814/1905", True)]
    assert [(one.text, one.time) for one in cells(row, "P1082")] == [("5379475", "2022")]
    assert [(one.text, one.unit) for one in cells(row, "P2046")] == [("385207", "km²")] and texts(row, "P571") == ["1814-05-17"]
    assert texts(row, "label") == ["Norway"] == texts(row, "labels/en")


@pytest.mark.parametrize(("ending", "pack"), [(".gz", gzip.compress), (".xz", lzma.compress), (".bz2", bz2.compress)])
def test_compressed_files_are_read_as_they_are(tmp_path, ending, pack):
    path = tmp_path / f"a.csv{ending}"
    path.write_bytes(pack(b"name\nNorway\n"))
    assert rows(path) == [(0, "line 2", {"name": "Norway"})]
    path.write_bytes(pack(b"name\nNorway\n" * 1000)[:-12])
    with pytest.raises(BadInput, match="cannot be read as csv"):
        rows(path)


def test_members_of_an_archive_are_one_sequence_of_rows(tmp_path):
    for name in ("no", "se"):
        (tmp_path / f"{name}.json").write_text(f'{{"name": "{name}"}}')
    with tarfile.open(tmp_path / "all.tar.xz", "w:xz") as archive:
        for name in ("no.json", "se.json"):
            archive.add(tmp_path / name, f"eu/{name}")
    found = rows(tmp_path / "all.tar.xz", format="json", members="eu/*.json")
    assert [(number, address) for number, address, _ in found] == [(0, "eu/no.json /"), (1, "eu/se.json /")]
    with pytest.raises(BadInput, match="no member matches"):
        rows(tmp_path / "all.tar.xz", format="json", members="*.csv")


def test_a_reader_is_the_same_after_a_table(tmp_path):
    reader = Reader("csv", delimiter=";", encoding="latin-1")
    assert Reader.of_json(reader.to_json()) == reader and "rows" not in reader.to_json()


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("a/b", ["1"]),
        ("list", ["x", "y"]),
        ("list/1", ["y"]),
        ("list/7", []),
        ("by/*/n", ["2", "3"]),
        ("by/@keys", ["p", "q"]),
        ("flag", ["true"]),
        ("none", []),
        ("a/none/b", []),
        ("spaced", ["a b"]),
    ],
)
def test_a_path_leads_to_values(path, found):
    data = {"a/b": "1", "list": ["x", "y"], "by": {"p": {"n": 2}, "q": {"n": 3}}, "flag": True, "none": None, "spaced": " a\n b\0", "a": {}}
    assert texts(data, path) == found


def test_cells_of_html_are_their_text(tmp_path):
    (tmp_path / "a.json").write_text('[{"capital": {"text": "<strong>Asunci&oacute;n</strong><br>(a &lt; b)"}, "area": 5}]')
    (found,) = rows(tmp_path / "a.json", html=True)
    assert texts(found[2], "capital/text") == ["Asunción (a < b)"] and texts(found[2], "area") == ["5"]
