"""The faithfulness benchmark plants what its kinds say, names real pairs by their digest, and runs from its files to the metrics."""

import gzip
import json

import pytest

from benchmarks.faithfulness import HELD_OUT, cases_of, digest, iterater, main, rates
from benchmarks.faithfulness import Case as Pair
from benchmarks.planted_corruptions import CORRUPTIONS
from benchmarks.planted_harmless import HARMLESS

TEXTS = [
    f"In 19{year} the town of Harborlight had {year} mills and two bridges, and most of them were not used because the river had moved. "
    f"Anna Lindqvist said that the mill of Peter Berg might close before May {day}, 19{year}, if prices fell. "
    "The old council usually helped the workers, farmers, and carters of the town. It paid $5,000 from March to June."
    for year, day in ((54, 3), (61, 12), (77, 21), (83, 7))
]


def test_there_are_enough_kinds_and_those_held_out_are_of_both_sorts():
    assert len(CORRUPTIONS) >= 30 and len(HARMLESS) >= 20 and not set(CORRUPTIONS) & set(HARMLESS)
    assert set(CORRUPTIONS) & HELD_OUT and set(HARMLESS) & HELD_OUT and set(CORRUPTIONS) | set(HARMLESS) > HELD_OUT


@pytest.mark.parametrize("kind", ["numbers_exchanged", "before_after", "negation_removed", "modality", "list_item_lost", "from_to"])
def test_a_corruption_changes_the_passage_and_the_same_seed_plants_the_same(kind):
    made = list(cases_of(kind, CORRUPTIONS[kind], TEXTS, 4, 1))
    assert made and all(source in TEXTS and edit != source for source, edit in made)
    assert made == list(cases_of(kind, CORRUPTIONS[kind], TEXTS, 4, 1))


def test_exchanged_numbers_are_the_same_numbers():
    source, edit = next(cases_of("numbers_exchanged", CORRUPTIONS["numbers_exchanged"], TEXTS, 1, 1))
    assert sorted(source.split()) != source.split() and sorted(source) == sorted(edit)


def test_rates_are_told_apart_for_kinds_that_were_held_out():
    cases = [
        Pair("modality", "a", "b", False),
        Pair("modality", "a", "c", False),
        Pair("tense", "a", "b", False),
        Pair("spacing", "a", "b", True),
    ]
    metrics = rates(cases, [False, True, False, True])
    assert (metrics["caught_modality"], metrics["caught_min"], metrics["caught_min_held_out"]) == (0.5, 0.5, 1.0)
    assert metrics["accepted_spacing"] == 1.0 and metrics["caught_kinds_at_goal_held_out"] == 1


def test_a_window_holds_one_edit_and_the_sentences_around_it(tmp_path):
    chunks = ["One here. The mill ", ["was", "before", ""], ["→", "fluency", ""], ["were", "after", ""], " old. ", ["It", "before", ""]]
    row = {"data": {"rev_depth_1": {"doc_chunks": [*chunks, ["→", "style", ""], ["He", "after", ""], " is small."]}}}
    path = tmp_path / "pairs.jsonl.gz"
    path.write_bytes(gzip.compress(json.dumps(row).encode()))
    assert list(iterater(path)) == [
        ("The mill was old.", "The mill were old."),
        ("It is small.", "He is small."),
    ] and digest("a", "b") != digest("ab", "")


def test_without_texts_it_says_what_it_needs(tmp_path, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["--data", str(tmp_path)])
    assert stopped.value.code == 2 and "name a folder that holds one" in capsys.readouterr().err
