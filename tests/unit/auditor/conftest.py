"""What tests of the page for auditors share: a small lake, copied for each test that changes it, and a browser of it."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from tests.unit.auditor.lakes import Audited, audited_lake
from tierline.audit.find import Texts
from tierline.auditor.desk import AuditDesk
from tierline.auditor.routes import audit_routes
from tierline.lake import Lake
from tierline.review.app import build_app
from tierline.review.desk import Desk
from tierline.review.identity import ByToken
from tierline.review.reviewers import Reviewers
from tierline.review.rules import ReviewingRules

HOST = "localhost"


@pytest.fixture(scope="session")
def audited(tmp_path_factory) -> Audited:
    """Indexed; not to be changed."""
    made = audited_lake(tmp_path_factory.mktemp("audited"))
    Texts(made.lake)
    return made


@pytest.fixture
def copied(audited, tmp_path) -> Lake:
    """To be changed; its crawl file is the same."""
    return Lake(str(shutil.copytree(audited.lake.root, tmp_path / "lake")))


@pytest.fixture
def browse(tmp_path) -> Callable[..., TestClient]:
    """A browser of a lake's pages, by default on the machine that serves them."""

    def browser(lake: Lake, is_open: bool = True) -> TestClient:
        desk = AuditDesk.of(lake, str(tmp_path / "mixes"), str(tmp_path / "training"))
        identity = ByToken(Reviewers(Path(tmp_path / "reviewers.json")))
        app = build_app(Desk(lake, ReviewingRules()), identity, [HOST], is_open=is_open, audit=audit_routes(desk))
        return TestClient(app, f"http://{HOST}", follow_redirects=True)

    return browser
