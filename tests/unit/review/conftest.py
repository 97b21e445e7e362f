"""What tests of review share: a lake with something of every kind, copied for each test."""

import shutil

import pytest

from tests.unit.review.lakes import reviewed_lake
from tierline.lake import Lake
from tierline.review.desk import Desk
from tierline.review.rules import ReviewingRules

ALONE = ReviewingRules(second_reviewer_share=0.0, second_reviewer_tokens=1e9, trap_share=0.0)


@pytest.fixture(scope="session")
def made(tmp_path_factory) -> Lake:
    """Not to be changed."""
    return reviewed_lake(str(tmp_path_factory.mktemp("made") / "lake"))


@pytest.fixture
def lake(made, tmp_path) -> Lake:
    return Lake(str(shutil.copytree(made.root, tmp_path / "lake")))


@pytest.fixture
def desk(lake) -> Desk:
    """Where one reviewer decides."""
    return Desk(lake, ALONE)
