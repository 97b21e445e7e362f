"""Anchors: read from labeled sets of any known form, frozen under a version that follows their content."""

import gzip
import json

import pytest

from tierline.errors import BadInput
from tierline.reliability.anchors import as_documents, find_sets, freeze, label_of, read_anchors, text_of
from tierline.reliability.rules import AnchorRules
from tierline.text.tokens import count_tokens

RULES = AnchorRules()
MAIL = "From: a@b.example\nSubject: x\nContent-Type: text/plain; charset=us-ascii\n\nThe body of it.\n"


def write(folder, name: str, records: list[dict]):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = "".join(json.dumps(record) + "\n" for record in records)
    if name.endswith(".gz"):
        path.write_bytes(gzip.compress(lines.encode()))
    else:
        path.write_text(lines)


@pytest.mark.parametrize(
    ("record", "label"),
    [
        ({"label": 1}, 1.0),
        ({"label": 0.25}, 0.25),
        ({"label": "ham"}, 1.0),
        ({"label": "spam"}, 0.0),
        ({"label": "other"}, None),
        ({"label": 7}, None),
        ({"label_majority": 0, "label_all_agree": None}, 0.0),
        ({"unnatural": 1, "porn": 0}, 0.0),
        ({"level": 1}, 0.5),
        ({}, None),
    ],
)
def test_each_form_of_label_is_a_number_whose_best_is_1(record, label):
    assert label_of(record) == label


def test_a_mail_that_is_a_page_is_the_text_of_the_page():
    mail = "Content-Type: text/html; charset=utf-8\n\n<html><head><style>p {color: red}</style></head><body><p>Win <b>now</b></p></body></html>"
    assert text_of({"raw_email_latin1": mail}).strip() == "Win now"


def test_a_mail_is_its_body_whatever_its_charset_says():
    assert text_of({"raw_email_latin1": MAIL}).strip() == "The body of it."
    assert text_of({"raw_email_latin1": MAIL.replace("us-ascii", "x-nonsense")}).strip() in ("", "The body of it.")


def test_sets_are_found_by_the_layout_and_unlabeled_lines_are_counted(tmp_path):
    write(tmp_path, "quality/a.jsonl.gz", [{"text": "one", "label": 1}, {"text": "two"}, {"text": " ", "label": 1}])
    write(tmp_path, "spam/b.jsonl", [{"text": "three", "label": "spam", "story": "s", "lang": "deu_Latn"}])
    write(tmp_path, "other/c.jsonl", [{"text": "four", "label": 1}])
    found = read_anchors(find_sets(str(tmp_path)))
    assert [(row["set"], row["label"], row["group"], row["language"]) for row in found.rows] == [
        ("a", 1.0, "a/1", "en"),
        ("b", 0.0, "b/s", "deu"),
    ]
    assert found.unusable == 2


def test_bad_folders_and_lines_are_named(tmp_path):
    with pytest.raises(BadInput, match="holds no labeled texts"):
        find_sets(str(tmp_path))
    write(tmp_path, "quality/a.jsonl", [{"text": "one", "label": 1}])
    (tmp_path / "quality/a.jsonl").open("a").write("{broken\n")
    with pytest.raises(BadInput, match=r"a\.jsonl: cannot be read"):
        read_anchors(find_sets(str(tmp_path)))


def test_the_bundled_set_is_balanced_in_labels_languages_and_length():
    result = freeze(read_anchors(find_sets("")), RULES)
    result.check("l2_anchors")
    rows = result.tables["l2_anchors"].to_pylist()
    good, bad = ([row for row in rows if row["label"] == label] for label in (1.0, 0.0))
    assert len(rows) >= 60 and len(good) == len(bad) and len({row["language"] for row in rows}) >= 6
    means = [sum(count_tokens([row["text"] for row in side]).to_pylist()) / len(side) for side in (good, bad)]
    assert 0.95 < means[0] / means[1] < 1.05, "length alone must not tell them apart"
    assert all(row["source"] and row["license"] for row in rows)


def test_scorers_see_anchors_as_they_see_documents():
    anchors = freeze(read_anchors(find_sets("")), RULES).tables["l2_anchors"]
    documents = as_documents(anchors)
    assert documents["doc_id"].to_pylist() == anchors["anchor_id"].to_pylist()
    assert {"de", "en", "fr"} <= set(documents["language"].to_pylist())
    assert min(documents["tokens"].to_pylist()) > 20


def test_a_version_names_a_content(tmp_path):
    write(tmp_path, "quality/a.jsonl", [{"text": text, "label": 1} for text in ("one", "two", "two")])
    found = read_anchors(find_sets(str(tmp_path)))
    first = freeze(found, RULES).tables["l2_anchors"]
    assert first.num_rows == 2 and len(set(first["version"].to_pylist())) == 1
    assert freeze(found, RULES).tables["l2_anchors"]["version"][0] == first["version"][0]
    write(tmp_path, "quality/a.jsonl", [{"text": text, "label": 0} for text in ("one", "two")])
    assert freeze(read_anchors(find_sets(str(tmp_path))), RULES).tables["l2_anchors"]["version"][0] != first["version"][0]


def test_a_large_set_is_sampled_evenly_over_labels(tmp_path):
    write(tmp_path, "spam/big.jsonl", [{"text": f"text {number}", "label": "spam" if number % 10 == 0 else "ham"} for number in range(200)])
    result = freeze(read_anchors(find_sets(str(tmp_path))), AnchorRules(per_set=30))
    labels = result.tables["l2_anchors"]["label"].to_pylist()
    assert len(labels) == 30 and labels.count(0.0) == 15
    assert {row["rule"] for row in result.ledgers["l2_anchors"][1].to_pylist() if row["outcome"] == "dropped"} == {"not_sampled"}
