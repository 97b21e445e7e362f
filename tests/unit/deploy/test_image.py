"""The image of the service holds what the locks hold and the service needs, runs as nobody in particular, and keeps no secret."""

import re
import subprocess
import sys
from importlib.metadata import distributions
from pathlib import Path

from packaging.utils import canonicalize_name

from deploy.kubernetes.prune import MODEL, SERVICE, needed

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / "deploy" / "kubernetes"
TEXT = re.sub(r"^#.*\n", "", (FOLDER / "Containerfile").read_text("utf-8"), flags=re.M)
INSTRUCTIONS = [re.split(r"\s+", line.strip(), maxsplit=1) for line in TEXT.replace("\\\n", " ").splitlines() if line.strip()]
UNLESS_KEPT = """
import sys
from importlib.abc import MetaPathFinder
class Refuse(MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in dropped:
            raise ModuleNotFoundError(f"{name} is not in the image", name=name)
dropped = set(sys.argv[1].split(","))
sys.meta_path.insert(0, Refuse())
import definitions
import ingest, ui, takedown
from tierline.cli.main import build_app
print(len(definitions.defs.get_repository_def().get_all_jobs()), build_app() is not None)
"""


def of(instruction: str) -> list[str]:
    """The arguments of every such instruction."""
    return [rest for kind, rest in INSTRUCTIONS if kind == instruction]


def test_everything_is_installed_from_a_lock_with_hashes():
    installs = [part for run in of("RUN") for part in run.split("&&") if "pip install" in part]
    assert [("--require-hashes" in one, "--no-deps" in one) for one in installs] == [(True, True), (False, True)]
    assert installs[1].strip().endswith("--editable .")
    assert set(re.findall(r"-r (\S+)", installs[0])) == {"requirements.lock", "locks/build.txt", "locks/model.txt"}


def test_it_runs_as_a_number_that_is_not_root_and_owns_none_of_its_code():
    last = max(index for index, (kind, _) in enumerate(INSTRUCTIONS) if kind == "FROM")
    final = INSTRUCTIONS[last:]
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", [rest for kind, rest in final if kind == "USER"][-1])
    assert not [rest for kind, rest in final if kind == "COPY" and "--chown" in rest] and not of("ADD") and len(of("FROM")) == 2


def test_the_image_of_one_machine_names_its_user_by_number_so_that_a_cluster_can_check_it():
    text = (ROOT / "deploy" / "image" / "Dockerfile").read_text("utf-8")
    (number,) = re.findall(r"--uid (\d+)", text)
    assert number != "0" and re.findall(r"^USER (.+)$", text, re.M) == [number]


def test_the_image_of_one_machine_has_the_code_that_its_installation_runs():
    before, _, _ = (ROOT / "deploy" / "image" / "Dockerfile").read_text("utf-8").partition("RUN make install")
    copied = {source for rest in re.findall(r"^COPY --chown=\S+ (.+)$", before, re.M) for source in rest.split()[:-1]}
    recipe = re.search(r"^\$\(READY\): (.+)\n((?:\t.+\n)+)", (ROOT / "Makefile").read_text("utf-8"), re.M)
    assert recipe and "-m tierline." in recipe[2]
    assert {"src", "Makefile", *(name.split("/")[0] for name in recipe[1].split())} <= copied


def test_no_secret_can_come_in_with_it():
    assert not [rest for kind in ("ARG", "ENV") for rest in of(kind) if re.search(r"KEY|SECRET|PASSWORD|TOKEN", rest, re.I)]
    sources = [source for rest in of("COPY") if not rest.startswith("--from") for source in rest.split()[:-1]]
    assert "." not in sources and not [source for source in sources if not list(ROOT.glob(source))]
    ignored = (FOLDER / "Containerfile.dockerignore").read_text("utf-8").split()
    assert {".git", ".tierline", ".venv"} <= set(ignored)


def test_what_stays_is_enough_for_the_service_and_holds_no_test_tool():
    kept = needed(SERVICE) | {MODEL}
    modules: dict[bool, set[str]] = {True: set(), False: set()}
    for package in distributions():
        name = canonicalize_name(package.metadata["Name"])
        tops = {path.parts[0].removesuffix(".py") for path in package.files or [] if path.suffix == ".py" and ".." not in path.parts}
        modules[name in kept] |= tops
    assert {"dagster", "dagster-k8s", "dagster-postgres", "duckdb", "s3fs", MODEL} <= kept
    assert not kept & {"pytest", "moto", "selenium", "datatrove", "torch", "transformers", "pip", "kubernetes-validate"}
    dropped = modules[False] - modules[True] - set(sys.stdlib_module_names)
    command = [sys.executable, "-c", UNLESS_KEPT, ",".join(sorted(dropped))]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0 and done.stdout.split()[1] == "True", done.stderr


def test_the_daemon_logs_in_the_form_that_is_asked_for(tmp_path):
    told = tmp_path / "told"
    told.write_text('#!/bin/sh\necho "$@"\n')
    told.chmod(0o755)
    script = tmp_path / "dagster-daemon"
    script.write_text((FOLDER / "dagster-daemon").read_text("utf-8").replace("/opt/venv/bin/dagster-daemon", str(told)))

    def started(form: str, *arguments: str) -> str:
        return subprocess.run(
            ["sh", str(script), *arguments], env={"TIERLINE_LOG_FORMAT": form}, capture_output=True, text=True
        ).stdout.strip()

    assert started("json", "run", "-w", "workspace.yaml") == "run -w workspace.yaml --log-format json"
    assert started("", "run", "-w", "workspace.yaml") == "run -w workspace.yaml"
    assert started("json", "liveness-check") == "liveness-check"
