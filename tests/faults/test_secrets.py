"""A key is nowhere but in the header that it is for: not in the lake, Dagster's storage, a log or a traceback, whatever a server does."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from benchmarks.faulting.model_server import chat_answer
from benchmarks.faulting.places import PAGES, ROOT, Crawl, Place
from tests.unit.llm.served import served

MODEL_KEY, STORAGE_KEY, WEBHOOK = "sk-marker-of-the-model-key", "marker-of-the-storage-key", "marker-of-the-webhook"
IN_THE_CRAWL = b"fieldlore"  # a word of the pages: what finds it everywhere would find a key


class Repeating(ThreadingHTTPServer):
    """A model server that answers, or gives the key back in one way or another."""

    daemon_threads = True

    def __init__(self, elsewhere: str = "") -> None:
        super().__init__(("127.0.0.1", 0), _Answering)
        self.elsewhere, self.way, self.keys = elsewhere, "", list[str | None]()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"


class _Answering(BaseHTTPRequestHandler):
    server: Repeating

    def do_GET(self) -> None:
        self._answer(200, {"data": [{"id": "stand-in"}]})

    def do_POST(self) -> None:
        request, given = json.loads(self.rfile.read(int(self.headers["Content-Length"]))), self.headers["Authorization"]
        self.server.keys.append(given)
        answer = chat_answer(request)
        way = self.server.way
        if way == "in an error or answer":
            way = ("in an error", "in an answer")[len(self.server.keys) % 2]
        if way == "in an error":
            self._answer(500, {"error": {"message": f"bad header: Authorization: {given}"}})
        elif way == "in an answer":
            answer["choices"][0]["message"]["content"] = f"A {given}"
            self._answer(200, answer)
        elif way == "by a redirect":
            self._answer(307, {}, Location=f"{self.server.elsewhere}/chat/completions?key={given.partition(' ')[2]}")
        elif way == "in a refusal":
            self._answer(401, {"error": {"message": f"{given} is no key"}}, **{"WWW-Authenticate": given})
        else:
            self._answer(200, answer)

    def _answer(self, status: int, body: dict, **headers: str) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        for name, value in {"Content-Length": str(len(content)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def elsewhere() -> Iterator[Repeating]:
    with served(Repeating()) as server:
        yield server


@pytest.fixture
def server(elsewhere) -> Iterator[Repeating]:
    with served(Repeating(elsewhere.url)) as server:
        yield server


def written(folder: Path) -> Iterator[tuple[Path, bytes]]:
    """What stands in each file: that of Parquet uncompressed."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield path, path.read_bytes()
            if path.suffix == ".parquet":
                yield path, json.dumps(pq.ParquetFile(path).read().to_pylist(), default=str).encode()


def test_a_key_is_in_its_header_and_nowhere_else(tmp_path, server, elsewhere):
    crawl, place = Crawl.write(tmp_path / "crawl", tmp_path), Place(tmp_path / "place").prepare()
    secrets = {
        "TIERLINE_MODEL_KEY": MODEL_KEY,
        "AWS_SECRET_ACCESS_KEY": STORAGE_KEY,
        "TIERLINE_ALERT_WEBHOOK": f"http://127.0.0.1:9/{WEBHOOK}",
    }
    environment = os.environ | place.environment(server.url) | secrets
    said = ""
    for way in ("in an error or answer", "by a redirect", "in a refusal", ""):
        server.way = way
        command = [sys.executable, "-W", "ignore", "-m", "ingest", str(crawl.first)]
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=500)
        said += done.stdout + done.stderr
    assert done.returncode == 0 and "Traceback" not in said, said
    assert set(server.keys) == {f"Bearer {MODEL_KEY}"} and len(server.keys) > PAGES
    assert elsewhere.keys == [], "a redirect takes no question, and so no key, to another host"
    found = {path for path, content in written(place.root) if IN_THE_CRAWL in content}
    assert any(path.is_relative_to(place.lake) for path in found) and any(path.is_relative_to(place.state) for path in found)
    for secret in (MODEL_KEY, STORAGE_KEY, WEBHOOK):
        assert secret not in said
        assert not [path for path, content in written(place.root) if secret.encode() in content]
