"""Labels by hand and by gold text, and which pages are held out."""

import gzip
import json

from tierline.operations import Document
from training_scripts.extraction_gold import GoldPage
from training_scripts.noise_pages import HAND, Page, line_digest, line_labels, read_hand

PROSE = "The lock was built by the town in two years, and boats pass through it."


def hand_file(tmp_path, *rows):
    path = tmp_path / "labels.jsonl.gz"
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)
    return path


def test_hand_comes_before_gold_and_lines_are_named_by_digest(tmp_path):
    page = Page(Document("doc_1", f"Share\nShare\n{PROSE}\nPrint"), "p", "a.example", gold=GoldPage("", PROSE))
    hand = hand_file(tmp_path, {"page": "p", "line": line_digest("Share"), "copy": 1, "verdict": "content"})
    labels = line_labels([page], hand)
    assert labels.values.tolist() == [1, 0, 0, 1]
    assert labels.sources.tolist() == ["gold", "hand", "gold", "gold"]
    assert labels.stale == 0


def test_a_label_whose_line_is_gone_is_counted(tmp_path):
    page = Page(Document("doc_1", PROSE), "p", "a.example")
    hand = hand_file(tmp_path, {"page": "p", "line": line_digest("Share"), "verdict": "noise"})
    assert line_labels([page], hand).stale == 1


def test_manuals_of_one_project_are_held_out_together():
    one, other = (Page(Document("d", ""), "p", f"gimp-help-{language}.docs.example") for language in ("da", "pt-br"))
    assert one.group == other.group == "gimp-help"
    assert one.is_held_out == other.is_held_out


def test_the_bundled_labels_hold_no_text():
    verdicts = read_hand(HAND)
    assert len(verdicts) >= 600
    assert set(verdicts.values()) == {"noise", "content", "unclear"}
    with gzip.open(HAND, "rt", encoding="utf-8") as file:
        assert {key for line in file for key in json.loads(line)} == {"page", "line", "copy", "verdict", "drawn"}
