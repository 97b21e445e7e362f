"""The comparison of rules counts agreement and names the rules that part."""

import gzip
import json

from benchmarks.rules import agreement, compare, main
from examples.features import FEATURES

PROSE = "\n".join(FEATURES[name] for name in sorted(FEATURES)[:4])


def test_agreement_asks_only_whether_a_text_is_kept():
    assert agreement([None, "a", "b", None], [None, "c", None, None]) == 0.75


def test_the_rules_that_part_are_named():
    code = PROSE + "\nint main() {\n  return 0;\n}"
    shares, parted = compare([PROSE, code])["c4"]
    assert shares["agreement"] == 0.5 and parted == {(None, "c4:curly_brace"): 1}


def test_labeled_texts_are_read_and_reported(tmp_path, capsys):
    (tmp_path / "labels" / "quality").mkdir(parents=True)
    with gzip.open(tmp_path / "labels" / "quality" / "hplt-some.jsonl.gz", "wt") as file:
        file.write("\n".join(json.dumps({"lang": "eng", "text": text}) for text in (PROSE, "Too short.")))
    assert main(["--data", str(tmp_path)]) == 0
    metrics = json.loads(capsys.readouterr().out.splitlines()[-1])["metrics"]
    assert metrics["agreement_same_words_gopher_quality_hplt_some"] == 1
