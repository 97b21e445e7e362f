"""Lakes to audit: those of the tests of lineage."""

import pytest

from tests.unit.lineage.conftest import House, build


@pytest.fixture
def house(tmp_path) -> House:
    """A row of every kind that has ancestors; for a test that changes it."""
    return build(tmp_path)
