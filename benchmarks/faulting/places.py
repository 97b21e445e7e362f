"""What a trial reads and where it happens: three small crawl files, and folders on a disk of their own that can be filled up."""

from __future__ import annotations

import os
import shutil
import subprocess
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from examples.write_crawl import write_crawl

ROOT = Path(__file__).parents[2]
FIRST, SECOND, THIRD = "fieldlore", "society", "journeys"  # groups of the bundled crawl: facts of one agree with facts of the others
PAGES = 10  # of each
SAMPLED = 4  # records of a crawl found below --data
READ_OF_IT = 4 << 20  # bytes of a crawl file
PATIENCE = {"attempts": 3, "answer_seconds": 8.0, "deadline_seconds": 20.0, "pause_seconds": 0.2, "outage_after": 4, "lock_seconds": 60.0}
DISK = "size=96m,nr_inodes=20k"  # of a trial's own


@dataclass(frozen=True, slots=True)
class Crawl:
    """Three crawl files: one is promoted before most faults, one is under way when they come, one is what somebody else ingests."""

    first: Path
    second: Path
    third: Path

    @classmethod
    def write(cls, folder: Path, data: Path) -> Crawl:
        """Pages of the bundled crawl, a folder each; the second file also has some records of a real crawl, if `data` has one."""
        bundled = {path.name.partition(".")[0]: path for path in write_crawl(folder / "bundled")}
        crawl = cls(*(folder / group / f"{group}.warc.gz" for group in (FIRST, SECOND, THIRD)))
        for path in (crawl.first, crawl.second, crawl.third):
            path.parent.mkdir(parents=True)
            path.write_bytes(b"".join(first_records(bundled[path.parent.name], PAGES)))
        real = sorted([*data.glob("crawl/*.warc.gz"), *data.glob("*.warc.gz")])
        with crawl.second.open("ab") as file:
            file.writelines(first_records(real[0], SAMPLED) if real else [])
        return crawl


def first_records(path: Path, count: int) -> list[bytes]:
    """As they are stored: each is a gzip member of its own."""
    with path.open("rb") as file:
        rest = file.read(READ_OF_IT)
    members: list[bytes] = []
    while rest and len(members) < count:
        reader = zlib.decompressobj(zlib.MAX_WBITS | 16)
        reader.decompress(rest)
        if not reader.eof:
            break
        members.append(rest[: len(rest) - len(reader.unused_data)])
        rest = reader.unused_data
    return members


@dataclass(frozen=True, slots=True)
class Place:
    """The folders of one lake and of Dagster's state beside it; `mounted`: on a small disk of their own."""

    root: Path
    mounted: bool = False

    @property
    def lake(self) -> Path:
        """The lake."""
        return self.root / "lake"

    @property
    def state(self) -> Path:
        """Dagster's."""
        return self.root / "dagster"

    @property
    def temporary(self) -> Path:
        """What the processes of this place take for TMPDIR."""
        return self.root / "tmp"

    def environment(self, model_url: str, state: str = "dagster") -> dict[str, str]:
        """What makes a process work in this place."""
        return {
            "DAGSTER_HOME": str(ROOT),
            "TIERLINE_STATE": str(self.root / state),
            "TIERLINE_LAKE": str(self.lake),
            "TIERLINE_TABLES": str(self.root / "tables"),
            "TIERLINE_EXPORTS": str(self.root / "mixes"),
            "TIERLINE_INBOX": str(self.root / "inbox"),
            "TIERLINE_RECIPE": str(self.root / "tiers.yaml"),
            "TIERLINE_ENGINE": "endpoint",
            "TIERLINE_MODEL_URL": model_url,
            "TIERLINE_BENCHMARKS": "",
            "TIERLINE_ANCHORS": "",
            "TMPDIR": str(self.temporary),
        }

    def shard_of(self, crawl: Path) -> str:
        """The shard that holds a registered crawl file, which is alone in it."""
        return next(self.lake.glob(f"crawl_files/_files/shard={crawl.name.partition('.')[0]}*")).name.partition("=")[2]

    def prepare(self) -> Place:
        """Folders, and a recipe that asks the language model a few questions only."""
        for folder in (self.state, self.temporary, self.root / "inbox"):
            folder.mkdir(parents=True)
        recipe = yaml.safe_load((ROOT / "recipes" / "tiers.yaml").read_text("utf-8"))
        recipe["l0"]["shards"] = {"shard_bytes": 1}  # a shard for each file
        recipe["l2"]["anchors"]["per_set"] = 20
        recipe["l2"]["annotate"] |= {"scales": ["usefulness"], "probe": False, "sample_per_shard": 4}
        recipe["l2"]["student"]["growth"] = 100.0  # trained once, so that its rows do not depend on who came first
        recipe["l2"]["score"]["perplexity_languages"] = []
        recipe["l3"]["edit"] |= {"edits_per_shard": 4, "questions_per_shard": 2}
        recipe["llm"]["calls"] |= PATIENCE
        (self.root / "tiers.yaml").write_text(yaml.safe_dump(recipe))
        return self

    def copied_to(self, root: Path) -> Place:
        """A copy with the files' times, by which the lake's cache knows them; on a disk of its own where that can be had."""
        mounted = mount(root, DISK)
        shutil.copytree(self.root, root, symlinks=True, dirs_exist_ok=True)
        return Place(root, mounted)

    def remove(self) -> None:
        """Everything in it."""
        for folder in (self.temporary, self.root):
            unmount(folder)
        shutil.rmtree(self.root, ignore_errors=True)


def mount(folder: Path, options: str) -> bool:
    """Give the folder a disk in memory; False where nobody may."""
    folder.mkdir(parents=True, exist_ok=True)
    return _command("mount", "-t", "tmpfs", "-o", options, "tierline-faults", str(folder))


def remount(folder: Path, options: str) -> bool:
    """Change the options of its disk."""
    return _command("mount", "-o", f"remount,{options}", str(folder))


def unmount(folder: Path) -> None:
    """Take its disk away, if it has one."""
    if folder.is_mount():
        _command("umount", "-l", str(folder))


def _command(*words: str) -> bool:
    if os.geteuid() or shutil.which(words[0]) is None:
        return False
    return subprocess.run(words, capture_output=True, check=False).returncode == 0


def files_below(folders: Sequence[Path]) -> list[Path]:
    """Every file."""
    return sorted(path for folder in folders for path in folder.rglob("*") if path.is_file())
