"""The database that holds Dagster's runs, events and schedules where it is Postgres: whether it is configured, and whether it answers."""

from pathlib import Path

import sqlalchemy as db
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from tierline.config.environment import Environment
from tierline.errors import BadInput

POSTGRES = "TIERLINE_POSTGRES"
SETTINGS = "dagster.yaml"
CONNECT_SECONDS = 10


def check_database(home: Path) -> None:
    """BadInput, in one line and without the password: the variable and the dagster.yaml of this folder do not go together, or the
    database does not answer, of which Dagster would tell with a traceback in each of its processes."""
    settings = home / SETTINGS
    address, named = Environment().database_address(POSTGRES), settings.is_file() and POSTGRES in settings.read_text("utf-8")
    if named and not address:
        raise BadInput("is not set", POSTGRES, f"{settings} keeps the history of runs there; or name another folder in DAGSTER_HOME")
    if address and not named:
        do = f"name deploy/postgres in DAGSTER_HOME, as `make` does, or leave {POSTGRES} unset"
        raise BadInput(f"{settings} keeps the history of runs elsewhere", POSTGRES, do)
    if address:
        _connect(address)


def database_error(error: DBAPIError) -> str:
    """The first line of what the server or its client says, which names no password."""
    return str(error.orig or error).strip().splitlines()[0]


def _connect(address: str) -> None:
    engine = db.create_engine(address, poolclass=NullPool, connect_args={"connect_timeout": CONNECT_SECONDS})
    try:
        engine.connect().close()
    except DBAPIError as error:
        raise BadInput(f"the database cannot be used ({database_error(error)})", POSTGRES, "start it, or correct the address") from None
