"""The wheel alone, in an empty environment: it reads a lake with few packages and names the extra that anything else needs."""

import gzip
import os
import re
import subprocess
import sys
import tomllib
import venv
import zipfile
from pathlib import Path

import pytest

from tests.unit.crawl.test_read import page_record
from tierline.crawl import CrawlRegistry, PackRules, ReadRules
from tierline.crawl.read import read_shard
from tierline.gates import judge_stage
from tierline.lake import Activity, Lake

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
UNREACHABLE = re.compile(r"No matching distribution|Could not find a version|Connection|Temporary failure|Network is unreachable")


def pip(python: str | Path, *arguments: str) -> None:
    """Run pip; skip the test where it reaches no index, fail where anything else is wrong."""
    done = subprocess.run([str(python), "-m", "pip", "--disable-pip-version-check", *arguments], capture_output=True, text=True)
    if done.returncode and UNREACHABLE.search(done.stderr):
        pytest.skip(f"pip reaches no index that has what the wheel needs: {done.stderr.strip().splitlines()[-1]}")
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """The wheel of this checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    pip(sys.executable, "wheel", "--no-deps", "--wheel-dir", str(folder), str(ROOT))
    (found,) = folder.glob("tierline-*.whl")
    return found


@pytest.fixture(scope="module")
def home(wheel, tmp_path_factory) -> Path:
    """A folder with an empty environment that got the bare wheel, and a lake of one promoted crawl file."""
    found = tmp_path_factory.mktemp("bare")
    venv.create(found / "env", with_pip=True)
    pip(found / "env/bin/python", "install", "--no-compile", str(wheel))
    file, lake = found / "crawl.warc.gz", Lake(str(found / "lake"))
    file.write_bytes(b"".join(gzip.compress(page_record(number)) for number in range(2)))
    (shard,) = CrawlRegistry(lake).register([str(file)], PackRules())
    lake.commit(Activity.begin("l0_raw", shard, "1", (), {}), read_shard([str(file)], ReadRules()))
    judge_stage(lake, "l0_raw", shard)
    return found


def run(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """`tierline` of the empty environment; nothing of this checkout is on its path."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("TIERLINE_", "PYTHON"))}
    command = [str(home / "env/bin/tierline"), "--lake", "lake", *arguments]
    return subprocess.run(command, cwd=home, env=environment, capture_output=True, text=True)


def test_the_wheel_is_typed_and_carries_recipes_and_sql(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {"tierline/py.typed", "tierline/recipes/tiers.yaml", "tierline/recipes/mixes/pretrain.yaml"} <= names
    assert {f"tierline/{path.relative_to(ROOT)}" for path in (ROOT / "dbt_like_sql").rglob("*.sql")} <= names


def test_the_version_is_that_of_the_project(home):
    code = "import tierline; print(tierline.__version__)"
    done = subprocess.run([home / "env/bin/python", "-c", code], cwd=home, capture_output=True, text=True)
    assert done.stdout.strip() == PROJECT["version"]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("--version",), PROJECT["version"]),
        (("recipe",), "l1.filter"),
        (("flow",), "l0_raw"),
        (("shards",), "crawl.warc.gz"),
        (("verify",), "0 mismatches"),
        (("sql",), "tier_flow"),
        (("sql", "tier_flow"), "l0_raw"),
        (("cost",), "tier"),
        (("diff",), ""),
        (("review",), ""),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_reading_a_lake_needs_no_extra(home, arguments, expected):
    done = run(home, *arguments)
    assert done.returncode == 0 and expected in done.stdout, done.stderr


def test_a_row_is_traced_to_its_bytes(home):
    (row, *_) = Lake(str(home / "lake")).read("l0_raw", Lake(str(home / "lake")).promoted("l0_raw")[0].shard).to_pylist()
    done = run(home, "trace", row["doc_id"])
    assert done.returncode == 0 and row["payload_sha256"][:12] in done.stdout, done.stderr


def test_an_absent_extra_is_one_line_that_names_it(home):
    done = run(home, "export", "pretrain")
    assert done.returncode == 2
    (line,) = done.stderr.strip().splitlines()
    assert "needs the package" in line and "pip install 'tierline[mixes]'" in line
