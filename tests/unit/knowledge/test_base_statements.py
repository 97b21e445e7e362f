"""Statements of knowledge bases: each value of a mapped column is one with its file and row, or has a reason why not."""

import json
from pathlib import Path

import pytest
import yaml

from tierline.bases import find_bases
from tierline.errors import BadInput
from tierline.knowledge import state_bases

BASE = {"name": "towns", "version": "1", "license": "CC0-1.0", "retrieved": "2026-02-01"}


def stated(folder: Path, text: str, columns: dict, name: str = "towns.csv", **file) -> tuple[list[dict], dict[str, int]]:
    """(statements, decisions by rule) of a base of one file."""
    (folder / name).write_text(text, "utf-8")
    own = {"path": name, "subject": "name", "columns": columns} | file
    (folder / "towns.yaml").write_text(yaml.safe_dump(BASE | {"files": [own]}, allow_unicode=True), "utf-8")
    result = state_bases(find_bases(str(folder / "towns.yaml")))
    result.check("l4_statements")
    decisions = result.ledgers["l4_statements"][1].to_pylist()
    rules = [row["rule"] or row["outcome"] for row in decisions]
    assert all(row["detail"] for row in decisions if row["rule"])
    return result.tables["l4_statements"].to_pylist(), {rule: rules.count(rule) for rule in dict.fromkeys(sorted(rules))}


def test_a_value_is_a_statement_with_its_unit_and_its_row(tmp_path):
    (row,), _ = stated(
        tmp_path, "name,size,code\nOslo,454.0,NO-03\n", {"size": {"predicate": "surface area", "unit": "km²"}}, ids={"iso3166-2": "code"}
    )
    assert (row["subject"], row["predicate"], row["object"]) == ("Oslo", "area", "454.0 km²")
    assert (row["value_type"], row["value_normal"], row["value_precision"]) == ("number", "454000000 meter^2", "±50000")
    assert row["subject_ids"] == ["iso3166-2:NO-03"] and row["source_value"] == "454.0" and row["source_column"] == "size"
    assert row["source_address"] == "line 2" and row["source_row"] == 0 and row["source_uri"] == str((tmp_path / "towns.csv").resolve())
    assert (row["base"], row["base_version"], row["license"], row["retrieved"], row["vouched_by"]) == (
        "towns",
        "1",
        "CC0-1.0",
        "2026-02-01",
        None,
    )


def test_a_single_point_in_data_begins_decimals(tmp_path):
    (row,), _ = stated(tmp_path, "name,size\nOslo,1.234\n", {"size": {"predicate": "area", "unit": "km²"}})
    assert row["value_normal"] == "1234000 meter^2"


def test_what_changes_has_its_time_from_a_column_the_mapping_or_the_cell(tmp_path):
    text = "name,year,people,chief,count\nOslo,2022,709037,Anne Berg,700000 (2020 est.)\nBergen,,1,Per Dahl,2\nHamar,soon,3,,\n"
    columns = {
        "people": {"predicate": "population", "time": "year"},
        "chief": {"predicate": "mayor", "as_of": "2023-10"},
        "count": {"predicate": "population"},
    }
    rows, decisions = stated(tmp_path, text, columns)
    assert {(row["subject"], row["source_column"]): (row["object"], row["time"]) for row in rows} == {
        ("Oslo", "people"): ("709037", "2022"),
        ("Oslo", "chief"): ("Anne Berg", "2023-10"),
        ("Oslo", "count"): ("700000", "2020"),
        ("Bergen", "chief"): ("Per Dahl", "2023-10"),
        ("Bergen", "count"): ("2", None),
    }
    assert decisions == {"bases:time": 2, "kept": 5}


def test_every_value_and_every_row_without_one_is_decided(tmp_path):
    text = "name,area,capital\nA,12,Aa\nB,12 m,5\nC,n/a,\n,3,Cc\nD,,\nE,1\nF,7,x y z\n"
    rows, decisions = stated(tmp_path, text, {"area": {"predicate": "area", "unit": "km²"}, "capital": {"predicate": "capital"}})
    assert len(rows) == 4 and {row["object"] for row in rows} == {"12 km²", "Aa", "7 km²", "x y z"}
    assert decisions == {"bases:no_subject": 1, "bases:no_value": 2, "bases:type": 2, "bases:unreadable": 1, "kept": 4}


def test_a_number_in_no_unit_is_refused_where_the_property_has_one(tmp_path):
    rows, decisions = stated(tmp_path, "name,area,gdp\nA,12,5\nB,13 ha,$6\n", {"area": {"predicate": "area"}, "gdp": {"predicate": "gdp"}})
    assert {row["object"] for row in rows} == {"13 ha", "$6"} and decisions == {"bases:unit": 2, "kept": 2}


def test_codes_that_look_like_words_for_nothing_are_kept(tmp_path):
    columns = {"code": {"predicate": "two letter country code"}}
    (row,), _ = stated(tmp_path, "name,code\nNamibia,NA\n", columns, ids={"iso3166-1": "code"})
    assert row["object"] == "NA" and row["subject_ids"] == ["iso3166-1:NA"]


def test_cells_with_several_values_are_taken_apart(tmp_path):
    rows, _ = stated(tmp_path, "name,money\nA,EUR; USD ;\n", {"money": {"predicate": "currency", "separator": ";"}})
    assert sorted(row["object"] for row in rows) == ["EUR", "USD"] and len({row["statement_id"] for row in rows}) == 2
    assert {row["source_value"] for row in rows} == {"EUR; USD ;"}


def test_what_the_mapping_names_is_no_value(tmp_path):
    columns = {"capital": {"predicate": "capital", "separator": ";", "ignore": ["note"]}}
    rows, decisions = stated(tmp_path, "name,capital\nA,Aa; Note - the embassy is in Bb\n", columns)
    assert [row["object"] for row in rows] == ["Aa"] and decisions == {"bases:ignored": 1, "kept": 1}


def test_things_of_one_name_are_told_apart_by_what_they_lie_within(tmp_path):
    text = "name,state,id\nParis,Île-de-France,1\nParis,Texas,2\nSpringfield,Ohio,3\nSpringfield,Ohio,4\nOslo,Oslo,5\n"
    rows, _ = stated(tmp_path, text, {"state": {"predicate": "region"}}, ids={"geonames": "id"}, within=["state"])
    assert [(row["subject"], row["subject_shared"]) for row in sorted(rows, key=lambda row: row["source_row"])] == [
        ("Paris, Île-de-France", False),
        ("Paris, Texas", False),
        ("Springfield, Ohio", True),
        ("Springfield, Ohio", True),
        ("Oslo", False),
    ]


def test_ids_and_aliases_come_with_the_statement(tmp_path):
    text = '[{"name": "Norway", "alt": ["Norge", "Noreg", "Norge"], "at": "https://www.wikidata.org/wiki/Q20", "capital": ["Oslo"]}]'
    columns = {"capital": {"predicate": "capital"}}
    (row,), _ = stated(tmp_path, text, columns, "towns.json", ids={"wikidata": "at"}, aliases=["alt"], subject_type="Country")
    assert row["subject_ids"] == ["wikidata:Q20"] and row["aliases"] == ["Norge", "Noreg"] and row["subject_type"] == "Country"


def year(number: int) -> list[dict]:
    """A qualifier of Wikidata."""
    return [{"snaktype": "value", "datavalue": {"type": "time", "value": {"time": f"+{number}-00-00T00:00:00Z", "precision": 9}}}]


def test_wikidata_states_present_capitals_and_dated_populations(tmp_path):
    def said(kind: str, value: dict, rank: str = "normal", **qualifiers: list[dict]) -> dict:
        return {"mainsnak": {"snaktype": "value", "datavalue": {"type": kind, "value": value}}, "rank": rank, "qualifiers": qualifiers}

    cities = [said("wikibase-entityid", {"id": "Q2"}, "preferred"), said("wikibase-entityid", {"id": "Q3"}, P582=year(1905))]
    people = [said("quantity", {"amount": f"+{count}", "unit": "1"}, P585=year(2015 + count)) for count in (5, 6)]
    entities = [("Q1", "Norway", {"P36": cities, "P1082": people}), ("Q2", "Oslo", {})]
    dump = "\n".join(
        json.dumps({"id": number, "labels": {"en": {"language": "en", "value": name}}, "claims": claims})
        for number, name, claims in entities
    )
    columns = {"P36": {"predicate": "P36"}, "P1082": {"predicate": "P1082"}}
    rows, decisions = stated(tmp_path, dump, columns, "dump.json", format="wikidata", subject="label", ids={"wikidata": "@id"})
    assert {(row["predicate"], row["object"], row["time"]) for row in rows} == {
        ("capital", "Oslo", None),
        ("population", "5", "2020"),
        ("population", "6", "2021"),
    }
    assert decisions == {"bases:former": 1, "bases:no_value": 1, "kept": 3} and rows[0]["subject_ids"] == ["wikidata:Q1"]


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"area": {"predicate": "aera"}}, "the vocabulary has no property 'aera'; did you mean area"),
        ({"area": {"predicate": "qqqq"}}, "docs/knowledge-bases.md"),
        ({"area": {"predicate": "population", "as_of": "lately"}}, "as_of: 'lately' is no time"),
        ({"area": {"predicate": "area", "unit": "kg"}}, "unit: 'kg' is no unit of area; its unit is km²"),
        ({"area": {"predicate": "population", "unit": "km²"}}, "is no unit of population; leave it out"),
        ({"aera": {"predicate": "area"}}, "no row of towns.csv has a value at 'aera'; its rows have area"),
        ({"area": {"predicate": "population", "time": "yaer"}}, "'yaer'; its rows have year"),
    ],
)
def test_a_fault_of_a_mapping_is_one_line(tmp_path, columns, said):
    with pytest.raises(BadInput) as error:
        stated(tmp_path, "name,area,year\nA,12,2020\n", columns)
    assert said in str(error.value) and "towns.yaml" in str(error.value)


def test_the_same_base_gives_the_same_rows_and_other_bytes_others(tmp_path):
    columns = {"capital": {"predicate": "capital"}}
    first, _ = stated(tmp_path, "name,capital\nA,Aa\n", columns)
    assert stated(tmp_path, "name,capital\nA,Aa\n", columns)[0] == first
    assert stated(tmp_path, "name,capital\nA,Bb\n", columns)[0][0]["statement_id"] != first[0]["statement_id"]


def test_a_row_that_no_code_foresaw_is_an_error_of_its_own(tmp_path, monkeypatch):
    import tierline.knowledge.base_statements as module

    read = module.read_value
    monkeypatch.setattr(module, "read_value", lambda text, *more: read(text, *more) if text != "Bb" else 1 / 0)
    text = "name,capital\nA,Aa\nB,Bb\nC,Cc\n"
    rows, decisions = stated(tmp_path, text, {"capital": {"predicate": "capital"}})
    assert {row["object"] for row in rows} == {"Aa", "Cc"} and decisions == {"kept": 2, "unforeseen": 1}


def test_a_column_in_thousands_says_so(tmp_path):
    (row,), _ = stated(tmp_path, "name,people\nOslo,709.0\n", {"people": {"predicate": "population", "unit": "thousand"}})
    assert (row["object"], row["value_normal"], row["value_precision"]) == ("709.0 thousand", "709000", "±50")


def test_ids_of_two_schemes_do_not_make_one_name_two_things(tmp_path):
    text = "name,capital,a,b\nNorway,Oslo,1,\nNorway,Oslo,,2\nChad,Here,1,\nChad,There,3,\n"
    rows, _ = stated(tmp_path, text, {"capital": {"predicate": "capital"}}, ids={"x": "a", "y": "b"})
    assert {(row["subject"], row["subject_shared"]) for row in rows} == {("Norway", False), ("Chad", True)}
