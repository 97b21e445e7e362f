"""The address of the launchpad: filled in for one refused shard, and breakable where a page shows it."""

from urllib.parse import parse_qs, urlsplit

import yaml

from tier_assets.waive import waive_address


def test_the_launchpad_is_filled_in_and_a_page_can_break_its_address():
    address = waive_address("l0_raw", "broken-1f2e")
    (config,) = parse_qs(urlsplit(address).query)["config"]
    filled = {"stage": "l0_raw", "shard": "broken-1f2e", "who": "", "why": "", "until": "YYYY-MM-DD"}
    assert yaml.safe_load(config) == {"ops": {"waive_rows": {"config": filled}}}
    assert urlsplit(address).path.endswith("/jobs/waive/playground/setup")
    longest = max(len(part) for part in urlsplit(address).query.split(" "))
    assert longest < 40, "an address in one piece pushes the sentence of the refusal out of sight"
