"""L2 as the injection benchmark runs it: texts become L1 documents of a lake, the assets and gates of L2 run, decisions are read back."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dagster as dg
import pyarrow as pa
import yaml

from resources import LanguageModels, configured_resources
from tier_assets.l2_selected import l2_assets, l2_gates
from tierline.config.bundled import folder
from tierline.config.recipe import Recipe
from tierline.filters.batch import measure
from tierline.lake import Activity, Lake, StageResult, Verdict, decision_table
from tierline.llm import CachedModelClient
from tierline.tables import TABLES, stage_tables

SHARED = ("l2_anchors", "l2_reliability", "l2_student")
OWN = ("l2_annotations", "l2_scores", "l2_selected")


class KeptAnswers(LanguageModels):
    """The models of the settings; what they answer is kept in a lake of its own, whichever lake it was asked for."""

    answers: str  # root of that lake

    @classmethod
    def below(cls, root: Path) -> KeptAnswers:
        """The configured models with their answers below this folder."""
        return cls(answers=str(root), **configured_resources()["language_models"].model_dump())

    @contextmanager
    def session(self, lake: Lake, shard: str, recipe: Recipe) -> Iterator[CachedModelClient]:
        """As of the models, with that lake's call store of the shard."""
        with super().session(Lake(self.answers), shard, recipe) as client:
            yield client


def configure(lake_folder: Path, scratch: Path, anchors: Sequence[Mapping[str, Any]]) -> None:
    """This process's settings: the lake, the anchors, and a recipe that `write_recipe` writes."""
    quality = scratch / "anchors" / "quality"
    quality.mkdir(parents=True, exist_ok=True)
    for name in sorted({row["set"] for row in anchors}):
        lines = (json.dumps({**row, "group": row["group"].partition("/")[2]}) for row in anchors if row["set"] == name)
        (quality / f"{name}.jsonl").write_text("\n".join(lines) + "\n", "utf-8")
    names = {"LAKE": lake_folder, "TABLES": scratch / "tables", "RECIPE": scratch / "tiers.yaml", "ANCHORS": scratch / "anchors"}
    os.environ |= {f"TIERLINE_{name}": str(path) for name, path in names.items()}


def write_recipe(anchors_per_set: int, judged_per_shard: int, scales: Sequence[str]) -> None:
    """The project's recipe with as many anchors and judged documents, and with prompts in the place of its own where `scales` names
    some; in force for the runs that follow."""
    recipe = yaml.safe_load((folder("recipes") / "tiers.yaml").read_text("utf-8"))
    recipe["l2"]["anchors"] |= {"per_set": anchors_per_set}
    recipe["l2"]["annotate"] |= {"sample_per_shard": judged_per_shard} | ({"scales": list(scales)} if scales else {})
    Path(os.environ["TIERLINE_RECIPE"]).write_text(yaml.safe_dump(recipe))


def write(lake: Lake, shard: str, texts: Sequence[str]) -> None:
    """The texts as the shard's documents of L1, without a rule that stops any."""
    ids = [f"doc_{shard}_{row:06}" for row in range(len(texts))]
    signals = measure(ids, list(texts)).signals
    languages, tokens = signals["language"].to_pylist(), signals["tokens"].to_pylist()
    columns = {"doc_id": ids, "text_sha256": ids, "text": texts, "language": languages, "tokens": tokens}
    rows = [
        dict(zip(columns, values, strict=True)) | {"parents": [values[0]], "domain": "a.example"}
        for values in zip(*columns.values(), strict=True)
    ]
    _promote(lake, "l1_filtered", shard, rows, {"l1_signals": signals.to_pylist()})
    _promote(lake, "l1_contamination", shard, [], {})


def run_l2(stages: Iterable[str], shard: str, models: LanguageModels) -> None:
    """The stages and their gates in one run, which asks `models` for everything."""
    names = set(stages)
    with dg.DagsterInstance.ephemeral() as instance:
        instance.add_dynamic_partitions("crawl_shards", [shard])
        assets = [asset for asset in l2_assets if asset.key.path[-1] in names]
        gates = [gate for gate in l2_gates if next(iter(gate.check_keys)).asset_key.path[-1] in names]
        dg.materialize(
            [*assets, *gates],
            partition_key=shard,
            instance=instance,
            resources=configured_resources() | {"language_models": models, "perplexity_model": models},
        )


def fates(lake: Lake, shard: str) -> list[str]:
    """What selection made of each document, in their order: kept, dropped, merged or quarantined."""
    decided = {row["row_id"]: row["outcome"] for row in lake.decisions("l2_selected", shard).to_pylist()}
    return [decided[doc_id] for doc_id in sorted(decided)]


def _promote(lake: Lake, stage: str, shard: str, rows: list[dict[str, Any]], side: Mapping[str, list[dict[str, Any]]]) -> None:
    def table(name: str, found: list[dict[str, Any]]) -> pa.Table:
        schema = pa.schema(TABLES[name].columns)
        return pa.Table.from_pylist([{column: row.get(column) for column in schema.names} for row in found], schema=schema)

    tables = {name: table(name, side.get(name, [])) for name in stage_tables(stage)} | {stage: table(stage, rows)}
    decisions = decision_table({"row_id": row[TABLES[stage].key], "outcome": "kept"} for row in rows)
    manifest = lake.commit(Activity.begin(stage, shard, "1", (), {}), StageResult(tables, {stage: (len(rows), decisions)}))
    lake.record(Verdict(stage, shard, manifest.stage_digest, "benchmark", "0", True, "[]"))
