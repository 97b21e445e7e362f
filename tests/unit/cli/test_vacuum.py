"""What `tierline vacuum` says: what is gone and what would be, and a moment that --as-of then takes."""

import re
from datetime import UTC, datetime

import pytest


@pytest.mark.parametrize(
    ("option", "said"), [("--dry-run", "would be removed; --as-of would reach"), ("--json", ""), ("", "removed; --as-of reaches")]
)
def test_what_was_not_done_is_not_said_to_be(crawled, run, option, said):
    status, out, _ = run("vacuum", "--keep-days", "0", *filter(None, [option]))
    assert status == 0 and said in out and (said == "" or out.startswith("0 files (0.0 MB) "))


def test_the_moment_that_is_named_can_be_asked_for(crawled, run):
    last = run("vacuum", "--keep-days", "0")[1].splitlines()[-1]
    (moment,) = re.findall(r"back to (\S+) UTC", last)
    assert run("--as-of", moment, "flow")[0] == 0
    assert datetime.fromisoformat(moment).replace(tzinfo=UTC) >= crawled[0].activity_rows()[0]["ended_at"].replace(microsecond=0)
