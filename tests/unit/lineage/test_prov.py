"""PROV-JSON of a fact, read by the library of the standard's own data model."""

import json
from itertools import pairwise

from prov.model import ProvDocument, ProvEntity

from tests.unit.lineage.signed_lake import TEXT, build
from tierline.cli.main import main


def test_a_fact_with_its_ancestors_is_read_back_by_another_reader(tmp_path, capsys):
    signed = build(tmp_path)
    assert main(["--lake", signed.lake.root, "prov", "fact_town", "mix_town"]) == 0
    written = capsys.readouterr().out
    document = ProvDocument.deserialize(content=written)
    entities = {str(record.identifier) for record in document.get_records(ProvEntity)}
    (town,) = signed.lake.read("l4_claims", "s")["parents"][0].as_py()
    chain = ["mix_alignment/mix_town", "l4_facts/fact_town", "l4_claims/clm_town", f"l2_selected/{town}", f"l1_filtered/{town}",
             f"l0_raw/{town}", f"bytes/{town}"]  # fmt: skip
    assert entities == {f"tierline:{name}" for name in chain}
    derived = json.loads(written)["wasDerivedFrom"].values()
    pairs = {(one["prov:generatedEntity"], one["prov:usedEntity"]) for one in derived}
    assert pairs == {(f"tierline:{one}", f"tierline:{other}") for one, other in pairwise(chain)}
    assert TEXT not in written, "texts stay in the lake"


def test_a_row_that_is_not_there_is_one_line(tmp_path, capsys):
    signed = build(tmp_path)
    assert main(["--lake", signed.lake.root, "prov", "fact_none"]) == 2
    assert "no promoted row has this id" in capsys.readouterr().err
