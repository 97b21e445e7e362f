"""The benchmark of operations runs on any crawl files, and counts what is accepted and what is planted."""

import json

from benchmarks.operations import main

PAGE = """The lock of Mora was built by the council of the town, and it has been in use since then for all the boats of the lake.
The goverment of the country paid for the gates, and the keeper of the lock opens them for boats on every working day.
In winter the canal is closed, since the water would freeze, and the boats are kept in a yard that belongs to the town.
The bridge beside it is 50 miles from the sea. It was made of stone, and the people of the valley still cross it on foot.
Visitors who want to see how the water is raised can stand on a small platform, from where they look down into the lock."""


def test_it_counts_what_is_accepted_and_refuses_what_is_planted(tmp_path, capsys):
    (tmp_path / "pages.jsonl").write_text(json.dumps({"url": "https://mora.example/", "text": PAGE}) + "\n")
    assert main(["--data", str(tmp_path), "--budget", "smoke", "--show", "normal"]) == 0
    *_, line, told = capsys.readouterr().out.splitlines()
    found = json.loads(told)["metrics"]
    assert "[ => " in json.loads(line) and "(80 km)" in line
    assert found["documents"] == found["rows"] == 1 and found["spelling_accepted"] == found["normal_accepted"] == 1000
    assert found["spelling_planted_refused"] == found["normal_planted_refused"] == 1
