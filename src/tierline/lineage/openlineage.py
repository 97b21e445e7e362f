"""The ledger as events of OpenLineage (openlineage.io), which other catalogs read: a view of it, made anew at each call."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Mapping
from typing import Any

import pyarrow as pa
from openlineage.client.event_v2 import InputDataset, Job, OutputDataset, Run, RunEvent, RunState, set_producer
from openlineage.client.facet_v2 import (
    base_subset_dataset,
    column_lineage_dataset,
    data_quality_assertions_dataset,
    dataset_version_dataset,
    documentation_job,
    error_message_run,
    execution_parameters_run,
    job_type_job,
    nominal_time_run,
    output_statistics_output_dataset,
    processing_engine_run,
    schema_dataset,
    storage_dataset,
    tags_run,
)
from openlineage.client.serde import Serde

import tierline
from tierline.gates import describe_bound
from tierline.lake import Lake
from tierline.lineage.columns import table_lineage
from tierline.lineage.occurrences import Occurrence
from tierline.tables import TABLES, content_id

set_producer(f"urn:tierline:{tierline.__version__}")  # of every event and facet that this process makes
GATE = "promotion_gate"
Facets = dict[str, Any]  # by the names that the specification gives them


class Events:
    """Events of one lake. Jobs are in the namespace of its address, so that two lakes of one receiver do not mix; tables are named as
    OpenLineage names files and objects: by the file system, and the path in it."""

    def __init__(self, lake: Lake) -> None:
        self._lake = lake
        root = lake.delta.uri("").rstrip("/")
        scheme, _, rest = root.rpartition("://")
        bucket, _, path = rest.partition("/")
        self._namespace, self._path = (f"{scheme}://{bucket}", path) if scheme not in ("", "file") else ("file", rest)
        self.jobs = f"{scheme or 'file'}://{rest}"

    def of(self, one: Occurrence) -> list[RunEvent]:
        """START and COMPLETE of an activity or of a gate's judgment, START and FAIL of what failed."""
        if one.verdict is not None:
            return self._judged(one, one.verdict)
        return self._failed(one) if one.error else self._ended(one)

    def _ended(self, one: Occurrence) -> list[RunEvent]:
        row = one.activity
        run = Run(self._run_id(row["stage"], row["activity_id"], one), _run_facets(row))
        job, inputs = self._job(row["stage"]), self._inputs(json.loads(row["inputs"]))
        outputs = [self._output(output, row["shard"]) for output in row["outputs"] if output["table"] in TABLES]
        start = _event(RunState.START, row["started_at"], run, job, inputs, [])
        return [start, _event(RunState.COMPLETE, row["ended_at"], run, job, inputs, outputs)]

    def _judged(self, one: Occurrence, verdict: Mapping[str, Any]) -> list[RunEvent]:
        """A gate reads what it judges; that it refuses rows is a result, and no failure of its run."""
        row, name = one.activity, f"{one.activity['stage']}.{GATE}"
        run = Run(self._run_id(name, row["activity_id"], one), {"processing_engine": _engine(), "tags": _tags({
            "shard": row["shard"], "activity": row["activity_id"], "suite": verdict["suite"], "suite_sha256": verdict["suite_sha256"],
            "passed": str(verdict["passed"]).lower(),
        })})  # fmt: skip
        job = Job(self.jobs, name, {"jobType": _kind("GATE"), "documentation": _documented(f"Judges the rows of {row['stage']}.")})
        (output,) = [output for output in row["outputs"] if output["table"] == row["stage"]]
        judged = self._dataset(row["stage"], {row["shard"]: output["digest"]})
        judged.inputFacets = (judged.inputFacets or {}) | {"dataQualityAssertions": _assertions(verdict)}
        start = _event(RunState.START, verdict["judged_at"], run, job, [judged], [])
        return [start, _event(RunState.COMPLETE, verdict["judged_at"], run, job, [judged], [])]

    def _failed(self, one: Occurrence) -> list[RunEvent]:
        row = one.activity
        said: Facets = {"processing_engine": _engine(), "tags": _tags({"shard": row["shard"], "activity": row["activity_id"]})}
        run = Run(self._run_id(row["stage"], row["activity_id"], one), said)
        error: Facets = {"errorMessage": error_message_run.ErrorMessageRunFacet(one.error, "Python")}
        failed = Run(run.runId, said | error)
        job = self._job(row["stage"])
        return [_event(RunState.START, one.at, run, job, [], []), _event(RunState.FAIL, one.at, failed, job, [], [])]

    def _run_id(self, job: str, activity: str, one: Occurrence) -> str:
        """The same whenever the same occurrence is told: a receiver that gets it twice has it once."""
        return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{self.jobs}/{job}/{activity}/{one.at.isoformat()}"))

    def _job(self, stage: str) -> Job:
        return Job(self.jobs, stage, {"jobType": _kind("STAGE"), "documentation": _documented(f"Makes the rows of {stage}.")})

    def _name(self, table: str) -> str:
        return f"{self._path}/{table}"

    def _inputs(self, inputs: Mapping[str, str]) -> list[InputDataset]:
        """One dataset for each table, with the shards that were read as its partitions."""
        read: dict[str, dict[str, str]] = {}
        for name, digest in sorted(inputs.items()):
            table, _, shard = name.partition("/")
            read.setdefault(table, {})[shard] = digest
        return [self._dataset(table, shards) for table, shards in read.items()]

    def _dataset(self, table: str, shards: Mapping[str, str]) -> InputDataset:
        """`shards`: shard -> content digest."""
        partitions = [base_subset_dataset.Partition({"shard": shard}, digest) for shard, digest in shards.items()]
        condition = base_subset_dataset.PartitionSubsetCondition(partitions)
        subset: Facets = {"subset": base_subset_dataset.InputSubsetInputDatasetFacet(condition)}
        version = (
            next(iter(shards.values())) if len(shards) == 1 else content_id("version", *(f"{one}={two}" for one, two in shards.items()))
        )
        return InputDataset(self._namespace, self._name(table), facets=_described(table, version), inputFacets=subset)

    def _output(self, output: Mapping[str, Any], shard: str) -> OutputDataset:
        table = output["table"]
        partition = base_subset_dataset.Partition({"shard": shard}, output["digest"])
        condition = base_subset_dataset.PartitionSubsetCondition([partition])
        statistics = output_statistics_output_dataset.OutputStatisticsOutputDatasetFacet(
            output["rows"], self._bytes(table, output["files"]), len(output["files"])
        )
        facets = _described(table, output["digest"]) | self._column_lineage(table)
        subset = base_subset_dataset.OutputSubsetOutputDatasetFacet(condition)
        return OutputDataset(
            self._namespace, self._name(table), facets=facets, outputFacets={"outputStatistics": statistics, "subset": subset}
        )

    def _bytes(self, table: str, files: list[str]) -> int | None:
        """Of the files on their store; None once one of them was vacuumed."""
        found = self._lake.delta.root_filesystem().get_file_info([f"{table}/{file}" for file in files])
        sizes = [info.size for info in found]
        return None if None in sizes else sum(sizes)

    def _column_lineage(self, table: str) -> Facets:
        known = {
            column: column_lineage_dataset.Fields(
                [column_lineage_dataset.InputField(self._namespace, self._name(source), field) for source, field in sources]
            )
            for column, sources in table_lineage(table).items()
        }
        return {"columnLineage": column_lineage_dataset.ColumnLineageDatasetFacet(known)} if known else {}


def as_json(event: RunEvent) -> dict[str, Any]:
    """An event as it is sent."""
    return Serde.to_dict(event)


def _event(state: RunState, at: Any, run: Run, job: Job, inputs: list[InputDataset], outputs: list[OutputDataset]) -> RunEvent:
    return RunEvent(eventType=state, eventTime=at.isoformat(), run=run, job=job, inputs=inputs, outputs=outputs)


def _run_facets(row: Mapping[str, Any]) -> Facets:
    """Times, code, recipe values, weights, models and cost of an activity."""
    named = ("code_version", "model_id", "model_digest", "prompt_sha256", "engine")
    tags = {"shard": row["shard"], "activity": row["activity_id"]} | {name: row[name] for name in named if row[name]}
    tags |= {f"weights/{name}": digest for name, digest in json.loads(row["weights"] or "{}").items()}
    values = [execution_parameters_run.ExecutionParameter(key, value=value) for key, value in _flat(json.loads(row["parameters"]))]
    times = row["started_at"].isoformat(), row["ended_at"].isoformat()
    return {
        "nominalTime": nominal_time_run.NominalTimeRunFacet(*times),
        "processing_engine": _engine(),
        "executionParameters": execution_parameters_run.ExecutionParametersRunFacet(values),
        "tags": _tags(tags),
    }


def _flat(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """(place, value as JSON) of every recipe value; of a section the place is the name of its rules."""
    if isinstance(value, dict):
        named: dict[str, Any] = {name: item for name, item in value.items() if name != "rules"}
        start = str(value["rules"]) if "rules" in value else path
        for name, item in named.items():
            yield from _flat(item, f"{start}.{name}".lstrip("."))
    elif isinstance(value, list) and any(isinstance(item, dict) for item in value):
        for number, item in enumerate(value):
            yield from _flat(item, path or str(number))
    elif path:
        yield path, json.dumps(value, ensure_ascii=False)


def _described(table: str, version: str) -> Facets:
    """Facets of a table as it is declared, and the version that was read or written; of what is no table, the version alone."""
    versions: Facets = {"version": dataset_version_dataset.DatasetVersionDatasetFacet(version)}
    if table not in TABLES:
        return versions
    spec = TABLES[table]
    fields = [_field(field, spec.descriptions.get(field.name), number) for number, field in enumerate(spec.schema, 1)]
    return versions | {
        "schema": schema_dataset.SchemaDatasetFacet(fields),
        "storage": storage_dataset.StorageDatasetFacet("delta", "parquet"),
    }


def _field(field: pa.Field, description: str | None, number: int) -> Any:
    return schema_dataset.SchemaDatasetFacetFields(field.name, str(field.type), description, number)


def _assertions(verdict: Mapping[str, Any]) -> Any:
    """Each bound of the gate with the value that it saw."""
    bounds = [
        data_quality_assertions_dataset.Assertion(
            assertion=result["metric"], success=result["success"], severity="error", description=result.get("why"),
            expected=describe_bound(result), actual=None if result["observed"] is None else str(result["observed"]),
        )
        for result in json.loads(verdict["results"])
    ]  # fmt: skip
    return data_quality_assertions_dataset.DataQualityAssertionsDatasetFacet(bounds)


def _engine() -> Any:
    version = tierline.__version__
    return processing_engine_run.ProcessingEngineRunFacet(version, "Tierline", version)


def _kind(kind: str) -> Any:
    return job_type_job.JobTypeJobFacet("BATCH", "TIERLINE", kind)


def _documented(words: str) -> Any:
    return documentation_job.DocumentationJobFacet(words)


def _tags(values: Mapping[str, str]) -> Any:
    return tags_run.TagsRunFacet([tags_run.TagsRunFacetFields(name, value, "TIERLINE") for name, value in values.items()])
