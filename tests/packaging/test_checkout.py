"""A plain checkout: Dagster starts from it with no variable set, and what the shell exports still counts."""

from pathlib import Path

import dagster as dg
import pytest
from dagster._core.instance.ref import InstanceRef
from dotenv import dotenv_values

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(("exported", "state"), [(None, ".tierline/dagster"), ("elsewhere", "elsewhere")])
def test_dagster_keeps_its_state_where_the_shell_or_the_env_file_says(exported, state, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    monkeypatch.delenv("TIERLINE_STATE", raising=False)
    if exported:
        monkeypatch.setenv("TIERLINE_STATE", exported)
    for name, value in dotenv_values(ROOT / ".env").items():
        monkeypatch.setenv(name, value)
    with dg.DagsterInstance.from_ref(InstanceRef.from_dir(str(tmp_path), config_dir=str(ROOT))) as instance:
        instance.add_dynamic_partitions("crawl_shards", ["s"])
    assert list((tmp_path / state).rglob("*.db"))
