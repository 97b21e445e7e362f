"""The export assets: what they write is the lake's mix, what they show is what was written, and a refused mix stops them."""

import dagster as dg
import pytest

from resources import configured_resources
from tests.unit.mixes.conftest import check_contamination
from tier_assets.exports import export_assets
from tier_assets.extraction_methods import extraction_methods
from tier_assets.mix_frontiers import mix_frontiers
from tierline.config.bundled import folder
from tierline.lake import WHOLE_LAKE, Activity, Lake, Verdict
from tierline.mixes import MixRecipe, PackedMix, read_pools, sample_mix
from tierline.mixes.pools import pool_inputs


@pytest.fixture
def mixed(dagster_home, commit, monkeypatch):
    """A lake with the pretrain mix that the shipped recipe draws; not judged yet."""
    monkeypatch.setenv("TIERLINE_EXPORTS", str(dagster_home / "exports"))
    lake = Lake(str(dagster_home / "lake"))
    for table in ("l1_filtered", "l2_selected"):
        commit(lake, table, [{"doc_id": f"doc_{n}", "text": f"text {n}", "tokens": 5} for n in range(8)])
    check_contamination(lake, "s")
    recipe = MixRecipe.load(folder("recipes") / "mixes" / "pretrain.yaml")
    pools = read_pools(lake, recipe)
    return lake, lake.commit(Activity.begin("mix_pretrain", WHOLE_LAKE, "2", recipe, pool_inputs(pools)), sample_mix(lake, recipe, pools))


def export(raise_on_error: bool = False):
    return dg.materialize([export_assets[0]], resources=configured_resources(), raise_on_error=raise_on_error)


def test_the_asset_writes_the_mix_and_shows_its_card_and_hashes(mixed, dagster_home):
    lake, manifest = mixed
    lake.record(Verdict("mix_pretrain", WHOLE_LAKE, manifest.stage_digest, "test", "0", True, "[]"))
    (event,) = export(raise_on_error=True).get_asset_materialization_events()
    metadata, mix = event.materialization.metadata, PackedMix(dagster_home / "exports" / "pretrain")
    assert metadata["digest"].value == mix.digest and metadata["tokens"].value == len(mix)
    assert "# Tierline pretrain mix" in metadata["card"].value
    assert {"tokens.bin", "tokens.idx", "croissant.json"} <= {record.data["file"] for record in metadata["files"].value.records}


def test_a_refused_mix_is_not_exported(mixed, dagster_home):
    lake, manifest = mixed
    lake.record(Verdict("mix_pretrain", WHOLE_LAKE, manifest.stage_digest, "test", "0", False, "[]", ("too few rows",)))
    result = export()
    assert not result.success and not (dagster_home / "exports" / "pretrain").exists()


def test_frontiers_are_drawn_for_phases_that_have_something_to_offer(mixed):
    (event,) = dg.materialize([mix_frontiers], resources=configured_resources()).get_asset_materialization_events()
    metadata = event.materialization.metadata
    assert "data:image/png;base64," in metadata["pretrain"].value and "157 new ones" in metadata["pretrain_proposal"].value
    assert "no source has a promoted row to offer" in metadata["alignment"].value


def test_measured_methods_are_a_table_also_before_there_are_claims(mixed):
    (event,) = dg.materialize([extraction_methods], resources=configured_resources()).get_asset_materialization_events()
    metadata = event.materialization.metadata
    assert (
        len(metadata["methods"].value.records) > 50 and metadata["claims_kept"].value == metadata["claims_of_unproven_methods"].value == 0
    )
