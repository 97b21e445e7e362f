"""Carries a takedown out, from its tombstones to its certificate: what `make takedown` runs. An interrupted one goes on."""

import argparse
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dagster as dg

from ingest import only_ingest_of, refresh
from resources import configuration_in, configured_resources
from tier_assets.database import POSTGRES
from tier_assets.instance import open_instance
from tier_assets.postgres_rows import rows_holding
from tier_assets.run_errors import system_error
from tier_assets.run_states import OPEN
from tier_assets.takedown_traces import clear_history, remove_holding, renew_exports
from tierline.cli.signing import open_key
from tierline.config.environment import Environment
from tierline.config.places import Places
from tierline.display import one_line, printable
from tierline.errors import BadInput, TierlineError
from tierline.freshness import survey
from tierline.lake import Lake
from tierline.lake.locks import only_ingest, only_takedown
from tierline.logs import configure
from tierline.takedown.certificate import certify, note_search
from tierline.takedown.ledger import CERTIFICATE, REFUSAL, SEARCH, STATES, takedown_of
from tierline.takedown.probes import MOST, Probes, in_lake
from tierline.takedown.purge import outdated, purge
from tierline.takedown.work import forget_work, read_work, start

NAMED = 10  # files that still hold something


def run(takedown_id: str, key: str, passphrase_file: str = "", also: tuple[str, ...] = ()) -> int:
    """Do what is left to do of a takedown; 0 when its certificate is signed, 1 while something of it can still be found.

    `also`: folders that are searched too, such as copies of exports; nothing is changed in them. Raises BadInput if it may not be carried
    out: nobody signed the request, it was refused, another one is under way.
    """
    resources = configured_resources()
    lake: Lake = resources["storage"].open()
    private, asked = open_key(key, passphrase_file), takedown_of(lake, takedown_id)
    if asked.fault:
        raise BadInput(f"its request proves nothing: {asked.fault}", takedown_id, "`tierline takedown request` asks again")
    if asked.state == STATES[REFUSAL]:
        raise BadInput("was refused", takedown_id, "`tierline takedown status` says why")
    with only_takedown(lake):
        if takedown_of(lake, takedown_id).state not in (STATES[SEARCH], STATES[CERTIFICATE]):
            start(lake, asked, Path(Places.of_environment().training), lambda told: print(f"{told} ..."))
            for outcome in refresh():
                print(outcome)
            lake = resources["storage"].open()
            with only_ingest(lake), _quiet_instance() as instance:
                hits = _remove(lake, takedown_id, resources, instance, also)
            if hits:
                return _tell(lake, resources, hits)
        forget_work(lake, takedown_id)
        if takedown_of(lake, takedown_id).state != STATES[CERTIFICATE]:
            certify(lake, takedown_of(lake, takedown_id), private)
    print(f"{takedown_id} is done; `tierline takedown certificate {takedown_id} --to FOLDER` writes its certificate")
    return 0


def _remove(lake: Lake, takedown_id: str, resources: dict[str, Any], instance: dg.DagsterInstance, also: tuple[str, ...]) -> dict[str, int]:
    """What no stage rewrites; then the search. Returns the files that hold something."""
    asked, work, places = takedown_of(lake, takedown_id), read_work(lake, takedown_id), Places.of_environment()
    probes, state = Probes(work.pieces), Path(Environment().get("TIERLINE_STATE"))
    print(f"removing calls, reviews, derived data and history; searching for {len(work.pieces):,} pieces ...")
    renew_exports(lake, resources["exports"], resources["recipe"])
    purge(lake, asked, work, probes)
    database = Environment().database_address(POSTGRES)
    clear_history(instance, state, database, probes)
    remove_holding([Path(places.tables)], probes)
    hits, files, size = rows_holding(database, probes) if database else dict[str, int](), 0, 0
    searched = [state, Path(places.exports), Path(places.tables), *map(Path, also)]
    for found in (in_lake(lake, probes), *(probes.in_folder(folder, [lake.takedowns]) for folder in searched)):
        hits, files, size = hits | found[0], files + found[1], size + found[2]
    waiting = outdated(lake, work)
    if not hits and not waiting:
        said = {"pieces": len(work.pieces), "every_piece": len(work.pieces) < MOST, "files": files, "bytes": size, "found": 0}
        kinds = ["lake", "orchestrator", "exports", "reports", *(["others"] if also else [])]
        note_search(lake, asked, work, said | {"places": kinds})
    return hits | dict.fromkeys(waiting, 0)


def _tell(lake: Lake, resources: dict[str, Any], hits: dict[str, int]) -> int:
    """`hits`: files and the pieces in them, and what was not made again."""
    for path, count in list(hits.items())[:NAMED]:
        said = f"holds {count:,} pieces" if count else "was not made again, because a gate refused what it is made from"
        print(f"takedown: {printable(path)} {said}", file=sys.stderr)
    if len(hits) > NAMED:
        print(f"takedown: and {len(hits) - NAMED:,} more", file=sys.stderr)
    for one in survey(lake, configuration_in(resources))[:NAMED]:
        print(f"takedown: {one.stage.name}/{one.shard} has not run again: {one_line(one.why, 200)}", file=sys.stderr)
    print("takedown: not done; bring these shards up to date, or forget their files, then run it again", file=sys.stderr)
    return 1


@contextmanager
def _quiet_instance() -> Generator[dg.DagsterInstance]:
    """Dagster's, in which nothing runs. BadInput."""
    with open_instance() as instance, only_ingest_of(instance):
        if instance.get_runs_count(dg.RunsFilter(statuses=OPEN)):
            raise BadInput("runs are under way", "takedown", "let them end, or stop the daemon, then run it again: it goes on")
        yield instance


def main(arguments: list[str] | None = None) -> int:
    """Exit status 0: done; 1: something can still be found; 2: bad input."""
    parser = argparse.ArgumentParser(prog="takedown", description=__doc__)
    parser.add_argument("takedown", help="its id, as `tierline takedown request` gave it")
    parser.add_argument("--key", required=True, metavar="FILE", help="private key of who certifies it, with the role takedown")
    parser.add_argument("--passphrase-file", default="", metavar="FILE", help="file with the passphrase of the key")
    parser.add_argument("--also", action="append", default=[], metavar="FOLDER", help="search this folder too")
    options = parser.parse_args(arguments)
    try:
        configure("takedown")
        return run(options.takedown, options.key, options.passphrase_file, tuple(options.also))
    except TierlineError as error:
        print(f"takedown: {printable(str(error))}", file=sys.stderr)
        return 2
    except Exception as error:
        if not (told := system_error(error)):
            raise
        print(f"takedown: {printable(told)}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
