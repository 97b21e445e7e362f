"""What `make` hands to the programs that it starts."""

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DEFAULTS = {
    "TIERLINE_LAKE": ".tierline/lake",
    "TIERLINE_INBOX": ".tierline/inbox",
    "TIERLINE_STATE": str(ROOT / ".tierline" / "dagster"),
    "DAGSTER_HOME": str(ROOT),
}


@pytest.mark.parametrize(
    ("given", "handed"), [(None, None), ("", None), ("  ", None), ("/data/my lake $HOME", "/data/my lake $HOME")], ids=str
)
def test_a_variable_that_is_empty_is_not_set(given, handed):
    bare = {name: value for name, value in os.environ.items() if name not in DEFAULTS}
    environment = bare if given is None else bare | dict.fromkeys(DEFAULTS, given)
    command = ["make", "--silent", "--eval", f"show: ; @printenv {' '.join(DEFAULTS)}", "show"]
    shown = subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True).stdout.splitlines()
    assert shown == [handed or default for default in DEFAULTS.values()]


@pytest.mark.parametrize(
    ("address", "folder"), [(None, ROOT), (" ", ROOT), ("postgresql+psycopg2://host/runs", ROOT / "deploy" / "postgres")]
)
def test_a_database_for_the_history_of_runs_brings_its_settings(address, folder):
    bare = {name: value for name, value in os.environ.items() if name not in (*DEFAULTS, "TIERLINE_POSTGRES")}
    environment = bare if address is None else bare | {"TIERLINE_POSTGRES": address}
    command = ["make", "--silent", "--eval", "show: ; @printenv DAGSTER_HOME", "show"]
    assert subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True).stdout.strip() == str(folder)
