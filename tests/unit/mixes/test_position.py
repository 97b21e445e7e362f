"""From a trainer's position to the row and its ancestors: of this mix, of a mix drawn again since, and not beyond its end."""

import json

import pytest

from tierline.errors import BadInput
from tierline.mixes import MixSource, PackedMix, export_mix
from tierline.mixes.position import trace_position


@pytest.fixture
def traced(lake, commit, check, draw, tmp_path):
    """(lake, folder of a mix drawn from it, recipe): twelve documents with an ancestor in L0 each."""
    ids = [f"doc_{number:024x}" for number in range(12)]
    raw = {"source_uri": "c.warc", "source_length": 9, "status": "ok", "parents": []}
    commit(lake, "l0_raw", [raw | {"doc_id": doc_id, "source_offset": number} for number, doc_id in enumerate(ids)])
    commit(lake, "l1_filtered", [{"doc_id": doc_id, "parents": [doc_id], "text": f"text of {doc_id}", "tokens": 10} for doc_id in ids])
    check(lake, "s")
    recipe = draw(lake, sources=(MixSource("l1_filtered", 1.0),), token_budget=60)
    return lake, export_mix(lake, recipe, tmp_path / "out").parent


def test_every_position_leads_to_the_document_that_holds_it(traced):
    lake, exported = traced
    mix = PackedMix(exported)
    for position in (0, len(mix) // 2, len(mix) - 1):
        found = trace_position(lake, exported, position)
        row = found.document
        assert row["start_token"] <= position < row["start_token"] + row["n_tokens"]
        assert f"position {position} of the pretrain mix {mix.digest[:12]} is token {position - row['start_token'] + 1} of" in found.place
        assert row["row_id"] in found.place and row["sha256"] in found.place


def test_the_trace_begins_at_the_mixs_row_and_goes_on_to_the_row_it_was_drawn_from(traced):
    lake, exported = traced
    found = trace_position(lake, exported, 0)
    text = json.dumps(found.as_json()["trace"], default=str)
    assert found.document["row_id"] in text and found.document["doc_id"] in text and "c.warc" in text
    assert found.as_json()["mix"] == PackedMix(exported).digest and found.as_json()["position"] == 0


def test_after_another_draw_the_row_itself_is_traced(traced, draw):
    lake, exported = traced
    before = trace_position(lake, exported, 0)
    draw(lake, sources=(MixSource("l1_filtered", 1.0),), token_budget=60, seed=5)
    again = trace_position(lake, exported, 0)
    assert again.document == before.document
    text = json.dumps(again.as_json()["trace"], default=str)
    assert before.document["doc_id"] in text


@pytest.mark.parametrize("position", [-1, 10**9])
def test_a_position_outside_the_mix_is_one_line(stocked, exported, position):
    with pytest.raises(BadInput, match=f"there is no position {position}: the mix holds"):
        trace_position(stocked, exported, position)


def test_a_folder_that_is_no_mix_is_one_line(stocked, tmp_path):
    with pytest.raises(BadInput, match="is no exported mix"):
        trace_position(stocked, tmp_path, 0)


def test_a_row_that_the_lake_no_longer_has_is_one_line(lake, exported):
    with pytest.raises(BadInput):
        trace_position(lake, exported, 0)
