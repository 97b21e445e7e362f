"""What tests of commands share: a lake of two crawled pages, and a command run in this process."""

import gzip
from pathlib import Path

import pytest

from tests.unit.crawl.test_read import page_record
from tierline.cli import main
from tierline.crawl.read import read_shard
from tierline.crawl.registry import CrawlRegistry, PackRules
from tierline.crawl.rules import ReadRules
from tierline.gates import judge_stage
from tierline.lake import Activity


@pytest.fixture
def crawled(lake, tmp_path):
    """A lake with one promoted L0 shard of two records."""
    file = tmp_path / "crawl.warc.gz"
    file.write_bytes(b"".join(gzip.compress(page_record(number)) for number in range(2)))
    (shard,) = CrawlRegistry(lake).register([str(file)], PackRules())
    lake.commit(Activity.begin("l0_raw", shard, "1", (), {}), read_shard([str(file)], ReadRules()))
    judge_stage(lake, "l0_raw", shard)
    return lake, shard, file


@pytest.fixture
def run(lake, capsys):
    """Runs a command on the lake; gives its status, standard output and standard error."""

    def run_command(*arguments: str, root: str = lake.root) -> tuple[int, str, str]:
        Path(lake.root).mkdir(exist_ok=True)
        status = main(["--lake", root, *arguments])
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return run_command
