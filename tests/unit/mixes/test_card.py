"""The card of a mix: what the hub reads from its header, and what a person reads below it."""

import json
from collections import Counter

import pytest
import yaml

from tierline.errors import LawBroken
from tierline.mixes.card import write_card, write_croissant
from tierline.mixes.writing import Written


@pytest.fixture
def described(exported):
    """The manifest of a real export, from which cards are written again."""
    return json.loads((exported / "manifest.json").read_text())


def card(folder, described, **changes) -> tuple[dict, str]:
    written = Written(6, 30, 25, Counter({("stable", "L1"): 4, ("warm", "L2"): 2}), Counter({("stable", "L1"): 20, ("warm", "L2"): 10}))
    written.languages = Counter({"en": 5, "de": 1})
    for name, value in changes.items():
        setattr(written, name, value)
    write_card(folder, described, written)
    _, header, text = (folder / "README.md").read_text("utf-8").split("---\n", 2)
    return yaml.safe_load(header), text


@pytest.mark.parametrize(
    ("documents", "category"),
    [(0, "n<1K"), (999, "n<1K"), (1000, "1K<n<10K"), (10**6, "1M<n<10M"), (10**8 - 1, "10M<n<100M"), (10**9, "n>100M")],
)
def test_the_size_category_is_the_hubs(tmp_path, described, documents, category):
    assert card(tmp_path, described, documents=documents)[0]["size_categories"] == [category]


def test_languages_are_listed_once_and_unknown_ones_are_not(tmp_path, described):
    assert card(tmp_path, described, languages=Counter({"en": 1, "unknown": 3, "de": 2}))[0]["language"] == ["de", "en"]


def test_groups_come_in_the_order_of_training_with_their_share_of_tokens(tmp_path, described):
    _, text = card(tmp_path, described)
    assert text.index("| warm | L2 | 2 | 10 | 33.3% |") < text.index("| stable | L1 | 4 | 20 | 66.7% |")


def test_what_was_left_out_and_drawn_from_is_said(tmp_path, described):
    described["contamination"]["mix:contaminated"]["rows"] = 1234
    _, text = card(tmp_path, described)
    assert "1,234 rows that copy a benchmark" in text and "l1_filtered (2 shards)" in text


def test_an_empty_mix_has_a_card(tmp_path, described):
    header, text = card(tmp_path, described, documents=0, tokens=0, groups=Counter(), group_tokens=Counter(), languages=Counter())
    assert header["language"] == [] and text


def test_metadata_that_does_not_validate_is_not_written(tmp_path, described):
    described["files"] = {name: said | {"sha256": None} for name, said in described["files"].items()}
    with pytest.raises(LawBroken, match=r"croissant\.json: .*sha256") as raised:
        write_croissant(tmp_path, described)
    assert "\n" not in str(raised.value)
    assert not (tmp_path / "croissant.json").exists()
