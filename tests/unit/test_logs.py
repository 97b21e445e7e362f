"""Logs as JSON: one object a line whoever writes it, with run, shard and stage, in UTC, without secrets; text stays as it was."""

import json
import logging
import os
import re
import subprocess
import sys
from io import StringIO
from pathlib import Path

import dagster as dg
import pytest
from dagster import _loggers as consoles

from tier_assets.run_log import log_runs
from tier_assets.stage_run import _run_id
from tierline.errors import BadInput
from tierline.logs import about, in_json, json_handler

ROOT = Path(__file__).parents[2]
UTC = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z")
SECRETS = {
    "TIERLINE_MODEL_KEY": 'se"cret-1',
    "AWS_SECRET_ACCESS_KEY": "secret-two",
    "TIERLINE_ALERT_WEBHOOK": "https://hooks.example/T0/xyz",
}


def run(code: str, **environment: str) -> list[str]:
    """Lines on stderr of a process that runs this."""
    given = {name: value for name, value in os.environ.items() if not name.startswith("TIERLINE_")} | environment
    return subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=given, capture_output=True, text=True).stderr.splitlines()


@pytest.fixture
def written():
    """A logger that writes JSON, and what it wrote."""
    stream = StringIO()
    log = logging.Logger("tierline.test")
    log.addHandler(json_handler(stream))
    return log, lambda: [json.loads(line) for line in stream.getvalue().splitlines()]


def test_text_unless_json_is_asked_for_and_no_third_word():
    assert not in_json({}) and not in_json({"TIERLINE_LOG_FORMAT": "text"}) and in_json({"TIERLINE_LOG_FORMAT": " json "})
    with pytest.raises(BadInput, match="TIERLINE_LOG_FORMAT"):
        in_json({"TIERLINE_LOG_FORMAT": "xml"})


def test_a_line_says_when_how_bad_where_and_what_it_is_about(written):
    log, lines = written
    with about(run_id="r1", shard="a-1f2e"), about(stage="l1_filtered", shard=""):
        log.warning("%d rows\nwait", 3)
    log.info("later")
    first, second = lines()
    assert UTC.fullmatch(first.pop("timestamp"))
    assert first == {
        "level": "warning",
        "logger": "tierline.test",
        "event": "3 rows\nwait",
        "run_id": "r1",
        "shard": "a-1f2e",
        "stage": "l1_filtered",
    }
    assert second.keys() == {"timestamp", "level", "logger", "event"}


def test_a_stack_is_a_field_of_the_same_line(written):
    log, lines = written
    try:
        raise ValueError("not\nso")
    except ValueError:
        log.exception("it failed")
    (line,) = lines()
    assert line["event"] == "it failed" and line["exception"].endswith("ValueError: not\nso") and line["level"] == "error"


def test_no_secret_stands_in_any_field(written, monkeypatch):
    log, lines = written
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("SHORT_KEY", "a")
    with about(stage=SECRETS["TIERLINE_MODEL_KEY"]):
        log.error("asked %s at https://me:pass@host/x?y, %s", *list(SECRETS.values())[1:])
    text = json.dumps(lines())
    assert not [value for value in SECRETS.values() if json.dumps(value)[1:-1] in text] and "me:pass" not in text
    assert lines()[0]["event"] == "asked *** at https://***@host/x?y, ***"


def test_hostile_text_is_one_line_of_plain_characters(written):
    log, _ = written
    (handler,) = log.handlers
    log.info('a\x1b[2Jb\u202e\r\n{"event": "forged"}')
    text = handler.stream.getvalue()
    assert text.count("\n") == 1 and text.isascii() and text[:-1].isprintable()


def test_whatever_a_process_says_on_stderr_is_an_object(tmp_path):
    code = """
import logging, sys, warnings
from tierline.logs import configure
configure("ingest"); configure("dagster")
print("ingest: no such file", file=sys.stderr)
sys.stderr.write("half a "); sys.stderr.write("line"); sys.stderr.flush()
logging.getLogger("tierline.llm.journal").warning("moved")
warnings.warn("old", UserWarning)
raise KeyError("x")
"""
    lines = [json.loads(line) for line in run(code, TIERLINE_LOG_FORMAT="json")]
    assert [(line["level"], line["logger"], line["event"].splitlines()[0][-12:]) for line in lines[:3]] == [
        ("error", "ingest", "no such file"),
        ("info", "ingest", "half a line"),
        ("warning", "tierline.llm.journal", "moved"),
    ]
    assert lines[3]["logger"] == "py.warnings" and lines[4]["level"] == "critical" and "KeyError: 'x'" in lines[4]["exception"]
    assert len(lines) == 5 and not [line for line in run(code) if line.startswith("{")]


def test_a_closed_stderr_ends_nothing():
    code = """
import os, sys
from tierline.logs import configure
configure("ingest")
os.close(2)
print("ingest: nobody reads this", file=sys.stderr)
print("done")
"""
    environment = os.environ | {"TIERLINE_LOG_FORMAT": "json"}
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)
    assert done.stdout == "done\n"


@pytest.mark.parametrize(("form", "status"), [("json", 2), ("yaml", 2)])
def test_an_error_of_the_command_line_is_one_object_and_its_output_is_as_always(tmp_path, form, status):
    command = [sys.executable, "-m", "tierline.cli.main", "--lake", str(tmp_path / "none"), "--as-of", "when", "flow"]
    code = f"import sys; from tierline.cli.main import main; sys.exit(main({command[3:]!r}))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=os.environ | {"TIERLINE_LOG_FORMAT": form}, capture_output=True, text=True
    )
    (line,) = done.stderr.splitlines()
    assert done.returncode == status and not done.stdout
    if form == "json":
        assert json.loads(line).items() >= {"level": "error", "logger": "tierline"}.items()
    else:
        assert line.startswith("tierline: TIERLINE_LOG_FORMAT: expected text or json")


def test_events_of_a_run_have_its_shard_and_stage(capfd, monkeypatch):
    monkeypatch.setenv("TIERLINE_LOG_FORMAT", "json")
    monkeypatch.setattr(consoles, "colored_console_logger", consoles.colored_console_logger)
    log_runs()
    known: list[str] = []
    parts = dg.StaticPartitionsDefinition(["a-1f2e"])

    @dg.asset(partitions_def=parts)
    def l1_filtered(context: dg.AssetExecutionContext):
        context.log.warning("slow")
        known.append(_run_id())
        raise ValueError("no rows")

    job = dg.Definitions([l1_filtered]).resolve_implicit_global_asset_job_def()
    result = job.execute_in_process(partition_key="a-1f2e", raise_on_error=False)
    lines = [json.loads(line) for line in capfd.readouterr().err.splitlines() if line.startswith("{")]
    assert known == [result.run_id] and not _run_id()
    assert {line["run_id"] for line in lines} == {result.run_id} and {line["shard"] for line in lines} == {"a-1f2e"}
    (slow,) = [line for line in lines if line["event"] == "slow"]
    assert (slow["stage"], slow["level"], slow["job"]) == ("l1_filtered", "warning", job.name) and UTC.fullmatch(slow["timestamp"])
    (failed,) = [line for line in lines if "exception" in line and line.get("stage")]
    assert "ValueError: no rows" in failed["exception"] and failed["level"] == "error"
