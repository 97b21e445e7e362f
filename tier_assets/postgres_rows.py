"""Searches a Postgres database of Dagster's for pieces of removed texts, and takes out what holds them with the space it was in."""

from collections.abc import Iterator

import sqlalchemy as db

from tierline.takedown.probes import Probes

BATCH = 1_000


def rows_holding(address: str, probes: Probes) -> dict[str, int]:
    """Table -> how many of its rows hold a piece; tables without any are left out."""
    engine = db.create_engine(address)
    with engine.connect() as connection:
        found = {table: sum(1 for _ in _holding(connection, table, probes)) for table in _tables(connection)}
    engine.dispose()
    return {f"postgres/{table}": count for table, count in found.items() if count}


def clear_rows(address: str, probes: Probes) -> None:
    """Delete every row that holds a piece, and write each table anew, so that its files hold nothing of rows that were deleted.
    Postgres's write-ahead log and its archives are not rewritten."""
    engine = db.create_engine(address)
    with engine.begin() as connection:
        tables = _tables(connection)
        for table in tables:
            held = [{"place": place} for place in _holding(connection, table, probes)]
            if held:
                connection.execute(db.text(f'delete from "{table}" where ctid = cast(:place as tid)'), held)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for table in tables:
            connection.execute(db.text(f'vacuum full "{table}"'))
    engine.dispose()


def _tables(connection: db.Connection) -> list[str]:
    return sorted(db.inspect(connection).get_table_names())


def _holding(connection: db.Connection, table: str, probes: Probes) -> Iterator[str]:
    """Places of such rows."""
    rows = connection.execute(db.text(f'select ctid::text, * from "{table}"').execution_options(yield_per=BATCH))
    for place, *values in rows:
        if any(probes.in_text(value) for value in values if isinstance(value, str)):
            yield place
