"""A lake in a bucket beside the same lake in a folder: every table has the same digest, after each thing that rewrites rows."""

import json
from pathlib import Path

import takedown
from examples.quiz import write_benchmark
from examples.towns import TOWNS
from examples.write_crawl import write_crawl
from ingest import ingest
from tests.flow import takedown_lake
from tests.flow.test_bundled_crawl import write_fewer
from tests.flow.test_refresh import environment, write_recipe
from tests.object_store import file_system
from tierline.cli.main import main as tierline
from tierline.lake import Lake
from tierline.lineage import verify
from tierline.proof.dsse import key_id
from tierline.proof.key_file import new_key
from tierline.proof.registry import register
from tierline.stages import STAGES
from tierline.takedown.ledger import takedowns
from tierline.takedown.work import digests


def settle(patch, home: Path, root: str) -> None:
    """Point every variable to the lake at `root` and to what is of this lake alone below `home`."""
    home.mkdir(exist_ok=True)
    environment(patch, home)
    patch.setenv("TIERLINE_RECIPE", str(home.parent / "tiers.yaml"))
    patch.setenv("TIERLINE_EXPORTS", str(home / "mixes"))
    patch.setenv("TIERLINE_LAKE", root)


def brought(patch, home: Path, root: str, crawl: str, shard_bytes: int | None = None) -> Lake:
    """The lake at `root` after the crawl went through every tier."""
    settle(patch, home, root)
    outcomes = ingest(crawl, shard_bytes)
    assert [outcome.failed for outcome in outcomes] == [""] * len(outcomes), [str(outcome) for outcome in outcomes]
    return Lake(root)


def taken_down(patch, home: Path, root: str, domain: str) -> Lake:
    """The lake after a request about a domain was signed and carried out, with a certificate that holds."""
    settle(patch, home, root)
    private = new_key(home / "key.pem", "", None)
    register(Lake(root).signed_lines, key_id(private.public_key()), "Ada", ["admin", "takedown"], None, private)
    signed = "--who", "The keepers", "--grounds", "It is ours.", "--proof", "token on the page", "--key", str(home / "key.pem")
    assert tierline(["--lake", root, "takedown", "request", *signed, "--domain", domain]) == 0
    (asked,) = takedowns(Lake(root))
    assert takedown.main([asked.takedown_id, "--key", str(home / "key.pem")]) == 0
    assert tierline(["--lake", root, "takedown", "certificate", asked.takedown_id, "--to", str(home / "certificate")]) == 0
    assert tierline(["takedown", "verify", str(home / "certificate"), "--root-key", key_id(private.public_key())]) == 0
    return Lake(root)


def content(lake: Lake) -> dict[str, object]:
    """What does not depend on when a lake was written: the digests, and in the place of that of `l2_selection_diff`, which says when the
    earlier selection was made, its rows without that."""
    kept = {place: digest for place, digest in digests(lake).items() if not place.startswith("l2_selection_diff/")}
    untimed = [summary | {"before_written_at": None} for summary in takedown_lake.rows_of(lake, "l2_selection_diff_shards")]
    return kept | {"l2_selection_diff": untimed + takedown_lake.rows_of(lake, "l2_selection_diff")}


def test_a_crawl_at_s3_gives_a_lake_at_s3_the_digests_that_it_gives_one_in_a_folder(s3_place, tmp_path, monkeypatch):
    says = "{0.name} was founded in {0.founded}. {0.name} is a town."
    pages = [{"url": f"https://{site}.example/{town.name}", "text": says.format(town)} for town in TOWNS[:3] for site in "ab"]
    file_system().pipe(f"{s3_place}/crawl/towns.jsonl", "".join(json.dumps(page) + "\n" for page in pages).encode())
    write_recipe(tmp_path / "tiers.yaml")
    near = brought(monkeypatch, tmp_path / "near", str(tmp_path / "lake"), f"s3://{s3_place}/crawl")
    far = brought(monkeypatch, tmp_path / "far", f"s3://{s3_place}/lake", f"s3://{s3_place}/crawl")
    assert digests(far) == digests(near) and len(digests(far)) >= 15
    assert verify(far)[0] == []


def test_after_a_takedown_nothing_of_it_is_in_the_bucket_and_digests_are_those_of_a_folder(s3_place, tmp_path, monkeypatch):
    takedown_lake.write_crawl(tmp_path / "crawl")
    file_system().put(str(tmp_path / "crawl"), f"{s3_place}/crawl", recursive=True)
    write_recipe(tmp_path / "tiers.yaml")
    lakes = {"near": str(tmp_path / "lake"), "far": f"s3://{s3_place}/lake"}
    before = [digests(brought(monkeypatch, tmp_path / name, root, f"s3://{s3_place}/crawl", 1_000)) for name, root in lakes.items()]
    near, far = (taken_down(monkeypatch, tmp_path / name, root, takedown_lake.DOMAIN) for name, root in lakes.items())
    assert before[0] == before[1] != digests(far) and content(near) == content(far)
    assert all(takedown_lake.SECRET not in str(takedown_lake.rows_of(far, table)) for stage in STAGES for table in stage.tables)
    assert verify(far)[0] == []


def test_the_bundled_crawl_through_every_tier_and_a_takedown_give_the_digests_of_a_folder(s3_place, tmp_path, monkeypatch):
    write_crawl(tmp_path / "crawl")
    file_system().put(str(tmp_path / "crawl"), f"{s3_place}/crawl", recursive=True)
    write_fewer(tmp_path / "tiers.yaml")
    monkeypatch.setenv("TIERLINE_BENCHMARKS", str(write_benchmark(tmp_path / "quiz.jsonl")))
    monkeypatch.setenv("TIERLINE_MODEL_SLOTS", "1")  # answers side by side differ in the last bits by which prompts happen to meet
    lakes = {"near": str(tmp_path / "lake"), "far": f"s3://{s3_place}/lake"}
    before = [digests(brought(monkeypatch, tmp_path / name, root, f"s3://{s3_place}/crawl", 60_000)) for name, root in lakes.items()]
    near, far = (taken_down(monkeypatch, tmp_path / name, root, takedown_lake.DOMAIN) for name, root in lakes.items())
    assert before[0] == before[1] != digests(far) and content(near) == content(far)
    assert verify(far)[0] == []
