"""Logs for what collects and searches them: with TIERLINE_LOG_FORMAT=json each line on stderr is one JSON object, whoever wrote it."""

from __future__ import annotations

import io
import json
import logging
import os
import re
import sys
import threading
from collections.abc import Generator, Mapping, MutableMapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import TracebackType
from typing import Any

from tierline.config.environment import Environment
from tierline.extras import missing_extra

LOG_FORMAT = "TIERLINE_LOG_FORMAT"
FORMATS = {"text": "text", "json": "json"}
DAGSTER = ("dagster", "dagster-webserver")  # loggers that Dagster's programs give handlers of their own
SECRET_VARIABLES = re.compile(r"(^|_)(KEY|SECRET|PASSWORD|TOKEN|WEBHOOK)(_|$)|^TIERLINE_POSTGRES$")
SECRET_CHARACTERS = 6  # shorter values stand in too many words
CREDENTIALS = re.compile(r"(?<=://)[^/\s\"'@]+(?=@)")  # of an address
PARTITION = "dagster/partition"  # Dagster's tag of a run of one shard

Event = MutableMapping[str, Any]
_about: ContextVar[Mapping[str, str]] = ContextVar("_about", default={})  # noqa: B039 - never changed in place


def in_json(environment: Mapping[str, str] | None = None) -> bool:
    """Whether logs are asked for as JSON. BadInput for another word than `text` and `json`."""
    return Environment(environment).choice(LOG_FORMAT, FORMATS, "text") == "json"


@contextmanager
def about(**fields: str) -> Generator[None]:
    """Every line of this thread until then is about this: `run_id`, `shard`, `stage`."""
    token = _about.set({**_about.get(), **{name: value for name, value in fields.items() if value}})
    try:
        yield
    finally:
        _about.reset(token)


def configure(program: str) -> None:
    """Let this process write JSON if it is asked for; once, later calls change nothing. BadInput for another word, MissingExtra without
    structlog.

    What is printed on stderr is a line of its own too, and one that begins with the program's name an error: that is how programs here
    tell of them.
    """
    if not in_json() or isinstance(sys.stderr, _Lines):
        return
    handler = json_handler(sys.stderr)
    handler.addFilter(_is_nobody_elses)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    for name in DAGSTER:
        for own in logging.getLogger(name).handlers:
            own.setFormatter(handler.formatter)
    logging.captureWarnings(True)
    log = logging.getLogger(program)
    log.setLevel(logging.INFO)
    sys.stderr = _Lines(log, sys.stderr)
    sys.excepthook = _unhandled


def json_handler(stream: Any) -> logging.Handler:
    """Writes each record as one JSON object: `timestamp` (ISO 8601, UTC), `level`, `logger`, `event`, and where they are known `run_id`,
    `job`, `shard`, `stage`, `exception`: the names that Dagster's own programs use with --log-format json. MissingExtra."""
    try:
        from structlog.processors import JSONRenderer, TimeStamper, format_exc_info
        from structlog.stdlib import ProcessorFormatter, add_log_level, add_logger_name
    except ModuleNotFoundError as error:
        raise missing_extra(error) or error from None
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        ProcessorFormatter(
            foreign_pre_chain=[add_logger_name, add_log_level, TimeStamper(fmt="iso", utc=True), _told_about, _of_a_run, format_exc_info],
            processors=[ProcessorFormatter.remove_processors_meta, JSONRenderer(sort_keys=True, default=str), _without_secrets],
        )
    )
    return handler


def _told_about(_: Any, __: str, event: Event) -> Event:
    return {**event, **_about.get()}


def _of_a_run(_: Any, __: str, event: Event) -> Event:
    """What Dagster knows of a record of a run, in fields of its own instead of in the text."""
    meta: Mapping[str, Any] | None = getattr(event["_record"], "dagster_meta", None)
    if not meta:
        return event
    happened = meta.get("dagster_event")
    failure = getattr(getattr(happened, "event_specific_data", None), "error", None)
    fields = {
        "event": meta["orig_message"] or getattr(happened, "event_type_value", ""),
        "run_id": meta["run_id"],
        "job": meta["job_name"],
        "shard": (meta["job_tags"] or {}).get(PARTITION),
        "stage": meta["step_key"],
        "exception": failure.to_string() if failure else None,
    }
    return {**event, **{name: value for name, value in fields.items() if value}}


def _without_secrets(_: Any, __: str, line: Any) -> str:
    """The values of this process's secrets, and credentials in addresses, whatever field or library they came through."""
    text = str(line)
    for name, value in os.environ.items():
        if SECRET_VARIABLES.search(name) and len(value.strip()) >= SECRET_CHARACTERS:
            text = text.replace(json.dumps(value)[1:-1], "***")
    return CREDENTIALS.sub("***", text)


def _is_nobody_elses(record: logging.LogRecord) -> bool:
    """Not a record that the console of a run, or a handler of Dagster's, has written."""
    top = record.name.partition(".")[0]
    return not hasattr(record, "dagster_meta") and not (top in DAGSTER and logging.getLogger(top).handlers)


def _unhandled(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    logging.getLogger(kind.__module__).critical("%s", error or kind.__name__, exc_info=(kind, error, trace))


class _Lines(io.TextIOBase):
    """A stream in the place of stderr whose lines become records."""

    encoding = "utf-8"

    def __init__(self, log: logging.Logger, stream: Any) -> None:
        self._log, self.real, self._rest, self._at_work = log, stream, "", threading.local()

    def write(self, text: str, /) -> int:
        """Each whole line is told at once."""
        *lines, self._rest = (self._rest + text).split("\n")
        for line in lines:
            self._tell(line)
        return len(text)

    def flush(self) -> None:
        """Also what no newline has ended."""
        line, self._rest = self._rest, ""
        self._tell(line)
        self.real.flush()

    def writable(self) -> bool:
        """It is."""
        return True

    def fileno(self) -> int:
        """The real stream's, for processes that are started with it."""
        return self.real.fileno()

    def _tell(self, line: str) -> None:
        if not line.strip() or getattr(self._at_work, "now", False):  # a handler that fails says so on stderr: not to itself
            return
        self._at_work.now = True
        try:
            told = line.strip().removeprefix(f"{self._log.name}: ")
            self._log.log(logging.ERROR if told != line.strip() else logging.INFO, "%s", told)
        finally:
            self._at_work.now = False
