"""The console of runs as JSON: every event of a run with its shard and stage in fields of their own."""

import logging
import sys
from typing import Any

import dagster as dg
from dagster import _loggers as consoles

from tierline.logs import in_json, json_handler


def log_runs() -> None:
    """Give the runs of this process such a console if JSON is asked for. In the place of Dagster's own: it is what a run has unless its
    configuration names another, which the runs of sensors and of the UI do not."""
    if in_json():
        consoles.colored_console_logger = json_console


@dg.logger(consoles.colored_console_logger.config_schema, description="One JSON object a line (docs/operations.md).")
def json_console(context: dg.InitLoggerContext) -> logging.Logger:
    """With the settings of the one whose place it takes."""
    settings: dict[str, Any] = context.logger_config
    console = logging.Logger(settings["name"], settings["log_level"])
    console.addHandler(json_handler(getattr(sys.stderr, "real", sys.stderr)))
    return console
