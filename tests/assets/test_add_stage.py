"""A new stage is four edits: its entry in stages.py, its table, its gate's suite and metrics, its asset. Everything else follows."""

import json
import os
import shutil
import subprocess
import sys
from itertools import combinations, islice
from pathlib import Path

import pytest

from examples.features import FEATURES
from tests.flow.test_refresh import write_recipe

ROOT = Path(__file__).parents[2]
RUN_FROM = (
    "src",
    "tier_assets",
    "resources",
    "sensors",
    "recipes",
    "dbt_like_sql",
    "definitions.py",
    "ingest.py",
    "dagster.yaml",
    "workspace.yaml",
)
PAGES = 4
NAME = "l1_openings"

# File -> (text that occurs once, what stands there afterwards).
ENTRY = {
    "src/tierline/stages.py": [
        (
            '    Stage("l2_anchors",',
            f"""    Stage(
        "{NAME}", Tier.L1, "1",
        reads=("l1_filtered",), parents=("l1_filtered",), span=("span_start", "span_end", "text"),
    ),
    Stage("l2_anchors",""",
        )
    ]
}
TABLE = {
    "src/tierline/tables/l1.py": [
        (
            "L1_TABLES = (\n",
            f"""L1_OPENINGS = TableSpec(
    "{NAME}",
    "{NAME}",
    "opening_id",
    ("opening_id",),
    None,
    {{
        "opening_id": Column(STRING, "Id of the opening."),
        "parents": PARENTS,
        "span_start": Column(LONG, "First character.", derived(L1_FILTERED, "text")),
        "span_end": Column(LONG, "Character after the opening.", derived(L1_FILTERED, "text")),
        "text": Column(STRING, "The first line.", derived(L1_FILTERED, "text")),
    }},
    id_prefix="opn",
)
L1_TABLES = (
    L1_OPENINGS,
""",
        )
    ]
}
SUITE = {
    "src/tierline/gates/suite.py": [
        ('    "l2_anchors": (\n', f'    "{NAME}": (_NOT_EMPTY, _none("long", "an opening is one line")),\n    "l2_anchors": (\n')
    ],
    "src/tierline/gates/profile.py": [
        ('    "l2_anchors": {\n', f'    "{NAME}": {{"long": _COUNT.format("contains(text, chr(10))")}},\n    "l2_anchors": {{\n')
    ],
}
ASSET = {
    "tier_assets/l1_filtered.py": [
        (
            "l1_assets = [l1_filtered]\nl1_gates = [promotion_gate(l1_filtered)]\n",
            f'''@stage_asset("{NAME}", kinds={{"python"}})
def {NAME}(context: dg.AssetExecutionContext, storage: TierStorage) -> dg.MaterializeResult:
    """The first line of every document."""
    import pyarrow as pa

    from tierline.lake import StageResult, decision_table
    from tierline.tables import TABLES, content_id

    lake, shard = storage.open(), context.partition_key
    documents, source = lake.read_promoted("l1_filtered", shard)

    def compute() -> StageResult:
        rows = []
        for document in documents.to_pylist():
            line = document["text"].partition("\\n")[0]
            key = content_id("opn", document["doc_id"])
            rows.append({{"opening_id": key, "parents": [document["doc_id"]], "span_start": 0, "span_end": len(line), "text": line}})
        decisions = decision_table({{"row_id": row["parents"][0], "outcome": "kept"}} for row in rows)
        table = pa.Table.from_pylist(rows, schema=pa.schema(TABLES["{NAME}"].columns))
        return StageResult({{"{NAME}": table}}, {{"{NAME}": (documents.num_rows, decisions)}})

    return run_stage(lake, Activity.of("{NAME}", shard, (), {{f"l1_filtered/{{shard}}": source.digest}}), compute)


l1_assets = [l1_filtered, {NAME}]
l1_gates = [promotion_gate(asset) for asset in l1_assets]
''',
        ),
    ]
}

INGEST = """
import json, sys
from ingest import main
from definitions import defs

assert main([sys.argv[1]]) == 0
graph = defs.resolve_asset_graph()
asset = next(graph.get(key) for key in graph.get_all_asset_keys() if key.path[-1] == sys.argv[2])
jobs = [job.name for job in defs.resolve_all_job_defs() if asset.key in job.asset_layer.executable_asset_keys]
print(json.dumps({
    "parents": [key.path[-1] for key in asset.parent_keys], "version": asset.code_version, "group": asset.group_name,
    "gates": [key.name for key in graph.asset_check_keys if key.asset_key == asset.key], "jobs": jobs,
    "columns": [column.name for column in asset.metadata["dagster/column_schema"].columns],
}))
"""
COMMAND = """
import contextlib, io, json, sys
from tierline.cli import main

with contextlib.redirect_stdout(io.StringIO()) as out:
    status = main(sys.argv[1:])
print(json.dumps([status, out.getvalue()]))
"""


def edit(folder: Path, edits: dict[str, list[tuple[str, str]]]) -> None:
    for file, changes in edits.items():
        text = (folder / file).read_text("utf-8")
        for old, new in changes:
            assert text.count(old) == 1, f"{file}: {old}"
            text = text.replace(old, new)
        (folder / file).write_text(text, "utf-8")


class Extended:
    """A copy of the code with one more stage, and a lake that it has made."""

    def __init__(self, home: Path) -> None:
        self.code, self.home = home / "code", home

    def python(self, script: str, *arguments: str):
        """The last line that the script prints, run on the copy."""
        places = {"DAGSTER_HOME": self.code, "TIERLINE_STATE": "state", "TIERLINE_LAKE": "lake", "TIERLINE_TABLES": "tables"}
        places |= {"TIERLINE_RECIPE": "tiers.yaml", "PYTHONPATH": f"{self.code / 'src'}{os.pathsep}{self.code}"}
        environment = os.environ | {name: str(self.home / value) if "PATH" not in name else value for name, value in places.items()}
        command = [sys.executable, "-c", script, *arguments]
        done = subprocess.run(command, cwd=self.home, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout[-2_000:] + done.stderr[-4_000:]
        return json.loads(done.stdout.splitlines()[-1])

    def answer(self, *arguments: str) -> str:
        """What a command prints with --json."""
        status, out = self.python(COMMAND, *arguments, "--json")
        assert status == 0
        return out

    def lines(self, *arguments: str) -> list[dict]:
        """The same of a command that prints one object a line."""
        return [json.loads(line) for line in self.answer(*arguments).splitlines()]


@pytest.fixture(scope="module")
def extended(tmp_path_factory) -> Extended:
    made = Extended(tmp_path_factory.mktemp("stage"))
    made.code.mkdir()
    for name in RUN_FROM:
        source = ROOT / name
        (shutil.copytree if source.is_dir() else shutil.copy2)(source, made.code / name)
    for edits in (ENTRY, TABLE, SUITE, ASSET):
        edit(made.code, edits)
    for folder in ("crawl", "state"):
        (made.home / folder).mkdir()
    pages = islice(combinations(sorted(FEATURES), 3), 0, 100 * PAGES, 100)
    rows = [{"text": "\n\n".join(FEATURES[name] for name in page), "url": f"https://s{n}.example/"} for n, page in enumerate(pages)]
    (made.home / "crawl/c.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    write_recipe(made.home / "tiers.yaml")
    made.graph = made.python(INGEST, str(made.home / "crawl"), NAME)
    return made


def test_it_is_in_the_graph(extended):
    graph = extended.graph
    assert graph["parents"] == ["l1_filtered"] and graph["version"] == "1" and graph["gates"] == ["promotion_gate"]
    assert set(graph["jobs"]) >= {"run_shard"} and graph["group"] == "L1_filtered_docs"
    assert graph["columns"] == ["opening_id", "parents", "span_start", "span_end", "text", "activity_id", "shard"]


def test_its_rows_are_counted_costed_traced_and_proved(extended):
    kept = [(row["outcome"], row["row_count"]) for row in extended.lines("flow") if row["stage"] == NAME]
    assert kept == [("kept", PAGES)]
    (cost,) = [row for row in json.loads(extended.answer("cost"))["stages"] if row["stage"] == NAME]
    assert cost["seconds"] > 0 and cost["model_calls"] == 0
    row_id = extended.python(
        "import json, os; from tierline.lake import Lake; lake = Lake(os.environ['TIERLINE_LAKE']);"
        f"print(json.dumps(lake.read_promoted('{NAME}', lake.promoted('{NAME}')[0].shard)[0]['opening_id'][0].as_py()))"
    )
    found = json.loads(extended.answer("trace", row_id))
    assert (found["table"], found["made_by"]["stage"]) == (NAME, NAME)
    assert [found["parents"][0]["table"], found["parents"][0]["parents"][0]["table"]] == ["l1_filtered", "l0_raw"]
    assert found["parents"][0]["row"]["text"].startswith(found["row"]["text"])
    verified = json.loads(extended.answer("verify", row_id))
    assert verified["mismatches"] == [] and verified["checked"]["spans"] == 1


def test_its_declaration_alone_says_when_it_is_out_of_date(extended):
    assert not [row for row in extended.lines("status") if not row["waits_for"]]
    edit(extended.code, {"src/tierline/stages.py": [(f'"{NAME}", Tier.L1, "1"', f'"{NAME}", Tier.L1, "2"')]})
    (found,) = [row for row in extended.lines("status") if not row["waits_for"]]
    assert found["stage"] == NAME and found["changes"] == [{"what": "code", "old": "1", "new": "2"}]
