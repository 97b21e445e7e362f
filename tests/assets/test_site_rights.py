"""A robots.txt that arrives in a later shard closes the pages of its site in earlier ones, and makes no other shard out of date."""

import dagster as dg

from examples.features import FEATURES
from resources import configuration_in, configured_resources
from tests.unit.crawl.test_rights import page, site
from tier_assets.l0_raw import l0_gates, l0_raw
from tier_assets.l1_filtered import l1_filtered, l1_gates
from tierline.crawl import CrawlRegistry, PackRules
from tierline.freshness import survey


def body(number: int) -> str:
    return "".join(f"<p>{text}</p>" for text in list(FEATURES.values())[4 * number : 4 * number + 4])


def test_a_later_robots_txt_reaches_the_pages_of_its_site_alone(dagster_home):
    files = {
        "a": page(body=body(0), url="https://a.example/0"),
        "b": page(body=body(1), url="https://b.example/1"),
        "c": site("/robots.txt", b"User-agent: gptbot\nDisallow: /") + page(body=body(2), url="https://c.example/2"),
    }
    for name, content in files.items():
        (dagster_home / f"{name}.warc").write_bytes(content)
    resources = configured_resources()
    lake, configuration = resources["storage"].open(), configuration_in(resources)
    shards = CrawlRegistry(lake).register([str(dagster_home / f"{name}.warc") for name in files], PackRules(shard_bytes=1))

    def climb(shard: str) -> None:
        with dg.DagsterInstance.get() as instance:
            instance.add_dynamic_partitions("crawl_shards", shards)
            assets = [l0_raw, l1_filtered, *l0_gates, *l1_gates]
            dg.materialize(assets, partition_key=shard, instance=instance, resources=resources, raise_on_error=False)

    def out_of_date() -> list[tuple[str, str]]:
        return [(one.shard, one.why) for one in survey(lake, configuration) if one.stage.name in ("l0_raw", "l1_filtered")]

    for shard in shards:
        climb(shard)
    ((late, why),) = out_of_date()
    assert late == shards[0] and why.startswith(f"input site_rights/{late}: none -> ")
    climb(late)
    assert out_of_date() == []
    (decision,) = lake.decisions("l1_filtered", late).to_pylist()
    (robots,) = lake.read("l0_site_files", shards[2])["doc_id"].to_pylist()
    assert (decision["rule"], decision["related_id"]) == ("reserved:robots_txt", robots)
