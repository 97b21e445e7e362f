"""The benchmark of values decides by the bases what is equal, counts both kinds of error, and names what it lacks."""

import csv
import io
import json
import random
import tarfile
from decimal import Decimal

import pytest

from benchmarks.facts import Pair, agreements, is_rounded, main, unequal_pairs

COUNTRIES = [
    {"cca2": "NO", "area": 323802, "capital": ["Oslo"], "currencies": {"NOK": {}}, "name": {"common": "Norway"}},
    {"cca2": "BR", "area": 8515767, "capital": ["Brasília"], "currencies": {"BRL": {}}, "name": {"common": "Brazil"}},
    {"cca2": "MN", "area": 1564110, "capital": ["Ulan Bator"], "currencies": {"MNT": {}}, "name": {"common": "Mongolia"}},
]
CODES = [
    ("NO", "NO", "NOK", "Norwegian Krone", "Oslo", "Norway"),
    ("BR", "BR", "BRL", "Brazilian Real", "Brasilia", "Brazil"),
    ("MN", "MG", "MNT", "Tugrik", "Ulaanbaatar", "Mongolia *"),
]
COLUMNS = "ISO3166-1-Alpha-2 FIPS ISO4217-currency_alphabetic_code ISO4217-currency_name Capital".split()
FACTBOOK = {"no": "323,802 sq km", "br": "8,515,770 sq km", "mg": "1,564,116 sq km"}


@pytest.fixture
def data(tmp_path):
    kb = tmp_path / "kb"
    for folder in ("countries/dist", "country-codes/data", "iso-codes"):
        (kb / folder).mkdir(parents=True)
    (kb / "countries/dist/countries.json").write_text(json.dumps(COUNTRIES))
    with (kb / "country-codes/data/country-codes.csv").open("w", newline="") as file:
        csv.writer(file).writerows([[*COLUMNS, "UNTERM English Short"], *CODES])
    names = [{"alpha_2": row["cca2"], "name": row["name"]["common"]} for row in COUNTRIES]
    (kb / "iso-codes/iso_3166-1.json").write_text(json.dumps({"3166-1": names}))
    with tarfile.open(kb / "factbook.tar.xz", "w:xz") as archive:
        for code, area in FACTBOOK.items():
            content = json.dumps({"Geography": {"Area": {"total ": {"text": f"<p>{area}; note - x</p>"}}}, "Government": {}}).encode()
            member = tarfile.TarInfo(f"factbook/europe/{code}.json")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return tmp_path


def test_from_files_to_metrics(data, capsys):
    assert main(["--data", str(data), "--budget", "smoke"]) == 0
    *table, last = capsys.readouterr().out.splitlines()
    result = json.loads(last)
    metrics = result["metrics"]
    assert (result["benchmark"], result["skipped"]) == ("facts", ["population"])
    assert (
        metrics["value_agreement_areas_pairs"] == 2
        and metrics["value_agreement_areas"] == 1
        and metrics["value_agreement_areas_by_strings"] == 0
    )
    assert metrics["value_agreement_capitals"] == pytest.approx(2 / 3) and metrics["value_agreement_currencies"] == 1
    assert metrics["false_agreements"] == 0 and metrics["unequal_pairs"] == 500
    assert "not recognized: capitals: 'Ulan Bator', 'Ulaanbaatar'" in table


def test_a_folder_without_bases_is_refused(tmp_path, capsys):
    with pytest.raises(SystemExit):
        main(["--data", str(tmp_path)])
    assert "less than two of kb/countries" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [("8515767", "8515770", True), ("1564110", "1564116", False), ("582000", "581730", False), ("0.44", "0.44", True), ("60", "61", False)],
)
def test_areas_are_equal_as_rounded(one, other, equal):
    assert is_rounded(Decimal(one), Decimal(other)) == is_rounded(Decimal(other), Decimal(one)) == equal


def test_unequal_pairs_are_of_different_things_and_of_one_kind():
    pairs = [Pair("areas", "area", str(number), f"{number} sq km", str(number)) for number in range(100, 120)]
    pairs += [Pair("capitals", "capital", name, name, name) for name in ("Aa", "Bb", "Cc")]
    found = list(unequal_pairs(pairs, 200, random.Random(1)))
    assert found == list(unequal_pairs(pairs, 200, random.Random(1))) and len(found) == 200
    assert all(pair.one != pair.other.removesuffix(" sq km") and (pair.kind == "areas") == pair.one.isdigit() for pair in found)


def test_shares_count_pairs_in_all_and_by_kind():
    pairs = [Pair("areas", "area", "1 km²", "1 km2", "a"), Pair("names", "country", "Norway", "Sweden", "b")]
    metrics = agreements(pairs, "share")
    assert (metrics["share"], metrics["share_areas"], metrics["share_names"], metrics["share_by_strings"]) == (0.5, 1, 0, 0.5)
