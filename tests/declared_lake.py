"""A lake in which every declared stage has run for some shards: what each activity would record now is recorded, the rows are tokens."""

from dataclasses import asdict
from pathlib import Path

import pyarrow as pa

from tests.conftest import rows_of
from tierline.crawl import CrawlRegistry, PackRules
from tierline.freshness import Configuration, wanted_inputs
from tierline.lake import WHOLE_LAKE, Activity, Lake, StageResult, Verdict, decision_table
from tierline.stages import BY_NAME, STAGES
from tierline.tables import TABLES


def register(lake: Lake, folder: Path, names: tuple[str, ...]) -> list[str]:
    """A crawl file and so a shard for each name, in this order."""
    for name in names:
        (folder / f"{name}.jsonl").write_text(f'{{"text": "{name}", "url": "https://{name}.example/"}}\n')
        CrawlRegistry(lake).register([str(folder / f"{name}.jsonl")], PackRules(shard_bytes=1))
    return CrawlRegistry(lake).shards()


def settled_lake(root: Path, configuration: Configuration, names: tuple[str, ...]) -> tuple[Lake, list[str]]:
    """A lake whose shards of these names were brought through all stages, and its shards."""
    lake = Lake(str(root / "lake"))
    shards = register(lake, root, names)
    settle(lake, configuration, shards)
    return lake, shards


def perform(lake: Lake, configuration: Configuration, name: str, shard: str, content: str | None = None, passed: bool = True) -> None:
    """Commit what a run of the stage would now, one row whose id is `content` (the activity's id without it: other rows for every other
    identity), and the verdict of today's gate."""
    stage = BY_NAME[name]
    place = shard if stage.per_shard else WHOLE_LAKE
    identity = asdict(configuration.identity(stage))
    activity = Activity(name, place, inputs=wanted_inputs(lake, configuration, stage, place), **identity)
    tables: dict[str, pa.Table] = {table: rows_of(table, []) for table in stage.tables}
    tables[name] = rows_of(name, [{TABLES[name].key: content or activity.activity_id}])
    decided = {ledger: (1, decision_table([{"row_id": "x", "outcome": "kept"}])) for ledger in (name, *stage.ledgers)}
    manifest = lake.commit(activity, StageResult(tables, decided))
    lake.record(Verdict(name, place, manifest.stage_digest, "t", configuration.suite(stage), passed, "[]"))


def settle(lake: Lake, configuration: Configuration, shards: list[str]) -> None:
    """Every stage, in graph order."""
    for stage in STAGES:
        for shard in shards if stage.per_shard else [WHOLE_LAKE]:
            perform(lake, configuration, stage.name, shard)
