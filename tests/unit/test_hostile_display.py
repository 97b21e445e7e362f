"""One walk over every place that shows crawled text, with a lake in which every text of every table is hostile."""

import unicodedata
from collections.abc import Iterator
from contextlib import redirect_stdout
from datetime import UTC, date, datetime
from typing import Any

import dagster as dg
import pyarrow as pa
import pytest

import ingest
from resources import TierStorage
from tests.conftest import rows_of
from tests.unit.cli.test_output import STYLES, Terminal
from tier_assets.crawl_files import crawl_files_of, files_table
from tier_assets.lineage import sql_models
from tier_assets.metadata import inputs_table, reasons
from tier_assets.preview import as_table, previews
from tierline.alerts.conditions import Alarm, quarantined
from tierline.alerts.memory import news_of
from tierline.cli import main
from tierline.crawl import CrawlRegistry, PackRules
from tierline.lake import WHOLE_LAKE, Activity, Lake, StageResult, Verdict, decision_table, waive_refused
from tierline.stages import STAGES
from tierline.tables import TABLES

TAGS = "".join(chr(0xE0000 + ord(letter)) for letter in "hidden")
FORGED = "population: \u202e4242\u202c"  # a browser or terminal that obeys shows 2424
HOSTILE = (
    f"{FORGED} \u202dlro \u2066isolate\u2069 zero\u200bwidth\ufeff {TAGS} \x1b[31mred\x1b]8;;https://evil.example\x07link\x1b]8;;\x07"
    "\x1b]52;c;ZXZpbA==\x07 \x9b2J \x00nul \x7f \u2028line <script>alert(1)</script><img src=x onerror=alert(1)> [bold]loud[/bold] "
    "[link](javascript:alert(1)) `| --- |` " + "W" * 5_000
)
SHARD = "s"
IDS = {spec.key: f"{spec.id_prefix}_1" for spec in TABLES.values() if spec.id_prefix}
ROW_IDS = sorted(set(IDS.values()) - {"con_1", "ann_1", "src_1"})


def steering(text: str) -> set[str]:
    """Characters of a text that are not shown but act: controls, bidirectional, invisible and tag characters; line breaks stay."""
    return {character for character in text if unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp")} - {"\n"}


def hostile_value(kind: pa.DataType) -> Any:
    """A value of the type, hostile wherever it is text."""
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return [hostile_value(kind.value_type)]
    if pa.types.is_struct(kind):
        return {field.name: hostile_value(field.type) for field in kind}
    if pa.types.is_map(kind):
        return [(hostile_value(kind.key_type), hostile_value(kind.item_type))]
    if pa.types.is_timestamp(kind):
        return datetime(2026, 1, 1, tzinfo=UTC)
    if pa.types.is_date(kind):
        return date(2026, 1, 1)
    if pa.types.is_boolean(kind):
        return True
    if pa.types.is_floating(kind):
        return 0.5
    return 1 if pa.types.is_integer(kind) else HOSTILE.encode() if pa.types.is_binary(kind) else HOSTILE


def hostile_row(table: str) -> dict[str, Any]:
    """A row of the table in which only the ids are what they should be: those are ours."""
    spec = TABLES[table]
    row = {name: hostile_value(kind) for name, kind in spec.columns.items()}
    parents = {"l0_raw": [], "l3_feedback": [], "l4_facts": ["clm_1"], "l4_values": ["clm_1"]}.get(table, ["doc_1"])
    ours = IDS | {
        "parent_table": "l2_selected",
        "source_table": "l2_selected",
        "parents": parents,
        spec.key: f"{spec.id_prefix or table}_1",
    }
    return row | {name: value for name, value in ours.items() if name in row}


@pytest.fixture(scope="module")
def lake(tmp_path_factory) -> Lake:
    folder = tmp_path_factory.mktemp("hostile")
    lake = Lake(str(folder / "lake"))
    for stage in STAGES:
        rows = {table: [hostile_row(table)] for table in stage.tables}
        tables = {table: rows_of(table, own) for table, own in rows.items()}
        own = [{"row_id": HOSTILE, "outcome": "dropped", "rule": HOSTILE, "detail": HOSTILE}]
        place = SHARD if stage.per_shard else WHOLE_LAKE
        ledgers = {ledger: (1, decision_table(own)) for ledger in (stage.name, *stage.ledgers)}
        parameters = {HOSTILE: HOSTILE}
        manifest = lake.commit(Activity.begin(stage.name, place, HOSTILE, (), parameters), StageResult(tables, ledgers))
        lake.record(Verdict(stage.name, place, manifest.stage_digest, HOSTILE, "0", stage.name != "l1_filtered", "[]", (HOSTILE,)))
    file = folder / f"\u202e4242\x1b[31m<img src=x>{'W' * 150}.jsonl"
    file.write_text('{"text": "a"}\n')
    CrawlRegistry(lake).register([str(file)], PackRules())
    waive_refused(lake, "l1_filtered", SHARD, HOSTILE[:200], HOSTILE[:2_000], "2999-01-01")
    return lake


COMMANDS = [
    *(("trace", row_id) for row_id in ROW_IDS),
    *(("sql", model) for model in sql_models().names),
    *((name,) for name in ("flow", "review", "diff", "files", "shards", "waivers", "status", "cost", "recipe")),
    ("trace", "--full", "fact_1"),
    ("impact", "doc_1"),
    ("impact", "--shard", SHARD),
    ("impact", "--url", HOSTILE[:200]),
    ("find", "link"),
    ("find", "no such \x1b[31m word \u202e4242"),
    ("files", "no such \x1b[31m file \u202e4242"),
    ("waive", "l1_filtered", SHARD, "--who", HOSTILE[:200], "--why", HOSTILE[:200], "--until", "2999-01-01"),
    ("forget", "no such \x1b[31m file \u202e4242"),
    ("trace", "no such \x1b[31m row \u202e4242"),
    ("sql", "no such \x1b[31m model \u202e4242"),
    ("\x1b[31m\u202e4242",),
    ("--as-of", "\x1b[31m\u202e4242", "flow"),
]  # fmt: skip


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_no_command_lets_crawled_text_steer(lake, arguments, capsys, monkeypatch):
    for name, value in {"COLUMNS": "80", "NO_COLOR": "1", "TERM": "xterm-256color"}.items():
        monkeypatch.setenv(name, value)
    main(["--lake", lake.root, *arguments])
    shown = capsys.readouterr()
    with redirect_stdout(Terminal()) as terminal:
        main(["--lake", lake.root, *arguments])
    told = capsys.readouterr().err
    assert not steering(shown.out) and not steering(shown.err) and not steering(told)
    assert not steering(STYLES.sub("", terminal.getvalue()))
    assert shown.out or shown.err


@pytest.mark.parametrize("row_id", ROW_IDS)
def test_no_page_of_a_trace_lets_crawled_text_act(lake, row_id, tmp_path):
    assert main(["--lake", lake.root, "trace", row_id, "--html", str(tmp_path / "page.html")]) == 0
    page = (tmp_path / "page.html").read_text("utf-8")
    assert not steering(page) and "<img" not in page and "<script" not in page


def strings(value: Any) -> Iterator[str]:
    """Every text that a metadata value shows."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dg.TableMetadataValue):
        yield from (text for record in value.records for text in strings(dict(record.data)))
    elif isinstance(value, dg.MetadataValue):
        yield from strings(value.value)
    elif isinstance(value, dict):
        yield from (text for item in value.items() for one in item for text in strings(one))


@pytest.mark.parametrize("stage", [stage.name for stage in STAGES])
def test_no_preview_of_a_stage_lets_crawled_text_steer(stage):
    tables = {table: rows_of(table, [hostile_row(table)]) for table in next(one for one in STAGES if one.name == stage).tables}
    decided = decision_table([{"row_id": HOSTILE, "outcome": "dropped", "rule": HOSTILE, "detail": HOSTILE}])
    result = StageResult(tables, {stage: (1, decided)})
    shown = [*strings(previews(result, stage)), *strings(reasons(decided))]
    assert len(shown) > 5 and not steering("".join(shown)) and max(map(len, shown)) <= 400


def test_no_metadata_of_dagster_lets_crawled_text_steer(lake):
    file = CrawlRegistry(lake).rows()[0]["uri"]
    result = crawl_files_of(TierStorage(root=lake.root))
    rows = [{"source_uri": file, "status": "error", "source_offset": 0, "error": HOSTILE}]
    shown = [
        *strings(dict(result.metadata)),
        *strings(files_table(rows_of("l0_raw", rows), [file])),
        *strings(inputs_table({f"crawl/{HOSTILE}": "digest", HOSTILE: "digest"})),
        *(text for model in sql_models().names for text in strings(as_table(sql_models().run(lake, model).to_pylist()))),
    ]
    assert len(shown) > 50 and not steering("".join(shown)) and max(map(len, shown)) <= 400


def test_no_alert_lets_crawled_text_steer(lake):
    told = news_of([*quarantined(lake), Alarm(HOSTILE, HOSTILE, HOSTILE)], {HOSTILE: "before"}).lines
    assert len(told) == 2 and not steering("".join(told)) and max(map(len, told)) < 5_000


def test_no_outcome_of_an_ingest_lets_a_name_steer():
    for outcome in (ingest.Outcome(HOSTILE, failed=HOSTILE), ingest.Outcome(HOSTILE, (HOSTILE,))):
        assert not steering(str(outcome))
