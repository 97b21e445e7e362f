"""Evidence that tests of checking share: a few facts with their sources, and sentences of a passage and a manual."""

import pytest

from tests.conftest import rows_of
from tierline.checking import CheckRules, Evidence, check

FACTS = (
    ("Norway", "capital", "Oslo"),
    ("Norway", "area", "385,207 km²"),
    ("Norway", "continent", "Europe"),
    ("Norway", "currency", "Norwegian krone"),
    ("Sweden", "capital", "Stockholm"),
    ("Guinea", "capital", "Conakry"),
    ("Luxembourg", "capital", "Luxembourg"),
    ("Oslo", "founding date", "1048"),
    ("Ada Quist", "birth date", "3 May 1871"),
    ("Ada Quist", "birth place", "Gullhaven"),
    ("Mount Keld", "elevation", "2,468 m"),
)
# (value, state, valid_from, valid_until)
OVER_TIME = (
    ("population", "4,348,410", "superseded", "1995", "2023"),
    ("population", "5,488,984", "current", "2023", None),
    ("head of state", "Olga Faber", "superseded", "1996", "2008"),
    ("head of state", "Nils Holm", "current", "2008", None),
)
PASSAGE = "The mill, which was built in 1894, burned down in 1920. Visby has a population of 25,000. Herons nest at the lake (in May)."
MANUAL = "Ring\n\nThe outer ring is made of steel. It does not rust."


def fact_rows() -> list[dict]:
    lasting = [{"subject": subject, "predicate": predicate, "object": value} for subject, predicate, value in FACTS]
    names = "predicate", "object", "state", "valid_from", "valid_until"
    rows = [*lasting, *({"subject": "Norway"} | dict(zip(names, one, strict=True)) for one in OVER_TIME)]
    known = {"language": "en", "independent_sources": 2, "contradictions": 0}
    return [
        row | known | {"fact_id": f"fact_{n}", "text": f"{row['subject']}, {row['predicate']}: {row['object']}."}
        for n, row in enumerate(rows)
    ]


def source_rows() -> list[dict]:
    """Two a fact: the second states it in its very words."""
    place = {"parent_table": "l2_selected", "parent_field": "text", "span_start": 7, "url": "https://a.example/"}
    return [
        place
        | {"source_id": f"src_{n}_{number}", "fact_id": row["fact_id"], "parent_id": f"doc_{n}_{number}", "agreement": rule}
        | {"quote": f"{row['predicate']}: {row['object']}", "span_end": 7 + len(f"{row['predicate']}: {row['object']}")}
        for n, row in enumerate(fact_rows())
        for number, rule in enumerate(("rounding", "words"))
    ]


def passage_rows() -> list[dict]:
    return [{"passage_id": "psg_1", "text": PASSAGE, "url": "https://p.example/", "language": "en"}]


def manual_rows() -> list[dict]:
    return [{"section_id": "sec_1", "text": MANUAL, "url": "https://m.example/", "language": "en"}]


@pytest.fixture(scope="session")
def evidence() -> Evidence:
    rows = {"l4_facts": fact_rows(), "l4_sources": source_rows(), "l3_refined": passage_rows(), "l4_manuals": manual_rows()}
    return Evidence.of_tables({table: rows_of(table, own) for table, own in rows.items()})


@pytest.fixture
def verdict_on(evidence):
    """The row of one statement's verdict."""
    return lambda statement, score_min=0.5: check([statement], evidence, CheckRules(score_min=score_min)).to_pylist()[0]
