"""The page on security tells the truth: each test that it names exists, nothing runs a shell, no license binds those who use it."""

import ast
import importlib.metadata
import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NAMED = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", (ROOT / "docs" / "security.md").read_text("utf-8"))
SOURCES = [
    *(path for folder in ("src", "resources", "tier_assets", "sensors") for path in (ROOT / folder).rglob("*.py")),
    *ROOT.glob("*.py"),
]
UNSAFE_CALLS = {"os.system", "os.popen", "pickle.load", "pickle.loads", "eval", "exec", "yaml.unsafe_load", "torch.load"}
BINDING = re.compile(r"\b(A?GPL|Affero|GNU General Public)", re.I)


@pytest.mark.parametrize(("file", "name"), NAMED, ids=[name for _, name in NAMED])
def test_a_test_that_the_page_names_exists(file, name):
    assert re.search(rf"^def {name}\(", (ROOT / file).read_text("utf-8"), re.M)


def test_every_threat_of_the_page_names_a_test():
    rows = [line for line in (ROOT / "docs" / "security.md").read_text("utf-8").splitlines() if line.startswith("| ")]
    assert len(rows) > 15 and all("::test_" in row for row in rows if not row.startswith("| threat"))


def calls(path: Path) -> set[str]:
    """Unsafe calls of a file: by name, or with an argument that makes them so."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            options = {option.arg for option in node.keywords if isinstance(option.value, ast.Constant) and option.value.value is True}
            if name in UNSAFE_CALLS or options & {"shell", "allow_pickle"}:
                found.add(name)
    return found


def test_nothing_runs_a_shell_or_unpickles():
    """But for batches that pass between the workers of one cluster, as Ray's own do."""
    found = {path.relative_to(ROOT).as_posix(): found for path in SOURCES if (found := calls(path))}
    assert found == {"src/tierline/compute/packed.py": {"pickle.loads"}}


def test_the_ui_listens_on_loopback_unless_told():
    plan = {**os.environ, "HOST": "elsewhere"}
    told = [
        subprocess.run(["make", "--dry-run", "-o", "install", "ui", *options], cwd=ROOT, env=plan, capture_output=True, text=True).stdout
        for options in ((), ("HOST=192.0.2.1",))
    ]
    assert "-m ui --host 127.0.0.1 --port" in told[0] and "-m ui --host 192.0.2.1 --port" in told[1]


@pytest.mark.parametrize("name", ["x$(shell touch pwned).jsonl", "cost $5.jsonl", "it's `here`.jsonl"])
def test_the_name_of_a_crawl_file_is_no_word_of_make_or_a_shell(tmp_path, name):
    shown = tmp_path / "python"
    shown.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" > "{tmp_path}/given"\n')
    shown.chmod(0o755)
    state = tmp_path / "my state"
    command = ["make", "-C", str(ROOT), "--silent", "-o", "install", "ingest", f"CRAWL={name}", f"BIN={tmp_path}"]
    subprocess.run(command, env=os.environ | {"TIERLINE_STATE": str(state)}, check=True)
    assert (tmp_path / "given").read_text().splitlines() == ["-m", "ingest", "--", name]
    assert state.is_dir() and not (ROOT / "pwned").exists()


def test_no_value_that_passes_between_assets_is_pickled():
    from definitions import defs
    from resources.small_tables import SmallTables

    definitions = defs.get_repository_def()
    keys = {
        output.io_manager_key
        for asset in definitions.asset_graph.assets_defs
        for output in asset.node_def.output_defs
        if asset.is_executable
    }
    assert keys == {"io_manager"} and isinstance(defs.resources["io_manager"], SmallTables)


LOCKS = [*ROOT.glob("*.lock"), *(ROOT / "locks").glob("*.txt")]
PINNED = re.compile(r"^([a-z0-9][a-z0-9.-]*)==[^\s;]+(?: ;[^\\]+)? \\\n((?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)", re.M)


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_every_locked_package_has_hashes(lock):
    text = lock.read_text("utf-8")
    assert PINNED.search(text) and not PINNED.sub("", text), "a line that is neither a pinned package nor a hash of it"


def test_nothing_is_installed_without_a_lock():
    makefile = (ROOT / "Makefile").read_text("utf-8")
    installing = [line.strip() for line in makefile.splitlines() if re.search(r"\bpip\b.* install|\$\((PIP|LOCKED)\)", line)]
    rest = [line for line in installing if "$(LOCKED) " not in line]
    assert rest == [
        "PIP := pip --quiet --disable-pip-version-check --require-virtualenv install --no-deps --no-compile",
        "LOCKED := $(PIP) --require-hashes --no-build-isolation --requirement",
        "$(BIN)/$(PIP) --no-build-isolation --editable .",
    ]


def locked(lock: Path) -> set[str]:
    return {re.sub(r"[-_.]+", "-", name).lower() for name, _ in PINNED.findall(lock.read_text("utf-8"))}


@pytest.mark.parametrize(
    ("lock", "folder"), [("requirements.lock", ".venv"), ("vllm.lock", ".venv-vllm"), ("locks/engines.txt", ".venv-engines")]
)
def test_no_installed_package_has_a_license_that_binds_its_users(lock, folder):
    places = [str(place) for place in (ROOT / folder).glob("lib/python*/site-packages")]
    if not places:
        pytest.skip(f"{folder} is not installed here")
    bound, names = [], locked(ROOT / lock)
    for package in importlib.metadata.distributions(path=places):
        name = re.sub(r"[-_.]+", "-", package.metadata["Name"] or "").lower()
        classifiers = [one for one in package.metadata.get_all("Classifier") or [] if one.startswith("License")]
        stated = package.metadata.get("License-Expression") or " ".join(classifiers) or (package.metadata.get("License") or "")[:200]
        lesser = re.sub(r"LGPL|Lesser General Public", "", stated)
        if name in names and BINDING.search(lesser) and " OR " not in stated:
            bound.append(f"{name}: {stated}")
    assert not bound
