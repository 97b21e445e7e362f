"""The bill of materials holds what the locks hold, and is what CycloneDX says a bill is; the build of PyTorch that was taken is told."""

import json
import os
import re
import subprocess
from email.message import Message
from pathlib import Path

import pytest

from docs.make_sbom import TEXT, Locked, as_json, bill_of, license_of, locked_packages, locks

ROOT = Path(__file__).parents[2]


def test_the_bill_names_what_the_locks_name():
    text = "".join(path.read_text("utf-8") for path in [*ROOT.glob("*.lock"), *(ROOT / "locks").iterdir()])
    packages = locked_packages(locks())
    assert {(one.name, one.version) for one in packages} == set(re.findall(r"^(\S+)==([^\s;]+)", text, re.M))
    assert len(packages) == len({(one.name, one.version) for one in packages}) > 300
    assert {digest for one in packages for digest in one.digests} == set(re.findall(r"sha256:(\w+)", text))
    assert all(one.digests for one in packages)
    assert {lock for one in packages for lock in one.locks} >= {"requirements.lock", "vllm.lock", "locks/build.txt", "locks/model.txt"}


def test_a_line_of_a_lock_that_is_not_understood_is_not_passed_over(tmp_path, monkeypatch):
    monkeypatch.setattr("docs.make_sbom.ROOT", tmp_path)
    (tmp_path / "a.lock").write_text(f"a==1 \\\n    --hash=sha256:{'0' * 64}\ngit+https://example.org/b\n")
    with pytest.raises(SystemExit, match="git"):
        locked_packages([tmp_path / "a.lock"])


@pytest.mark.parametrize(
    ("headers", "license"),
    [
        ([("License-Expression", "MIT"), ("License", "The MIT License")], "MIT"),
        ([("License", "BSD"), ("Classifier", "License :: OSI Approved :: Other")], "BSD"),
        ([("License", "Copyright\nAll of it"), ("Classifier", "License :: OSI Approved :: MIT License")], "MIT License"),
        ([("License", "Copyright\nAll of it")], TEXT),
        ([], ""),
    ],
)
def test_a_license_is_what_the_package_states(headers, license):
    metadata = Message()
    for name, value in headers:
        metadata[name] = value
    assert license_of(metadata) == license


def test_the_bill_is_valid_and_read_back_as_it_was():
    pytest.importorskip("cyclonedx", reason="`make sbom` installs it")
    from cyclonedx.model.bom import Bom

    first, second = "0" * 64, "f" * 64
    packages = [Locked("a-b", "1.0+cpu", {first, second}, {"x.lock", "y.lock"}), Locked("c", "2", {first}, {"x.lock"})]
    written = json.loads(as_json(bill_of(packages, {("c", "2"): "Apache-2.0", ("a-b", "1.0"): "of another version"})))
    one, other = written["components"]
    assert (one["name"], one["version"], one["purl"]) == ("a-b", "1.0+cpu", "pkg:pypi/a-b@1.0%2Bcpu") and "licenses" not in one
    assert [digest["content"] for digest in one["hashes"]] == [first, second]
    assert [lock["value"] for lock in one["properties"]] == ["x.lock", "y.lock"]
    assert other["licenses"] == [{"license": {"id": "Apache-2.0"}}]
    assert {(part.name, part.version) for part in Bom.from_json(written).components} == {("a-b", "1.0+cpu"), ("c", "2")}


@pytest.mark.parametrize(("found", "told"), [("torch-cpu", ""), ("torch-cuda", "its general build is taken\n")])
def test_the_build_of_torch_that_was_taken_is_told(tmp_path, found, told):
    pip = tmp_path / "pip"
    pip.write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/asked\ncase "$*" in *{found}*) exit 0;; esac\necho not found >&2\nexit 1\n')
    pip.chmod(0o755)
    command = ["make", "--silent", f"BIN={tmp_path}", "--eval", "torch-here:\n\t$(TORCH)", "torch-here"]
    done = subprocess.run(command, cwd=ROOT, env=os.environ, capture_output=True, text=True)
    assert done.returncode == 0 and done.stdout.endswith(told) and bool(done.stdout) == bool(told) and not done.stderr, done
    assert (tmp_path / "asked").read_text().splitlines()[-1].endswith(f"locks/{found}.txt")
