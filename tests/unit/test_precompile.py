"""After precompiling, nothing that a run calls is compiled again; a changed constant of another module makes cached code stale."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tierline import precompile
from tierline.text.kernels.compiled import ROOT, sources

CHECKOUT = Path(__file__).parents[2]
RUN_ALL = """
import gc
from numba.core.dispatcher import Dispatcher
from tierline import precompile
for group in precompile.GROUPS.values():
    group()
missed = {one.py_func.__qualname__: dict(one.stats.cache_misses) for one in gc.get_objects() if isinstance(one, Dispatcher) if one.stats.cache_misses}
unused = {
    f"{one.py_func.__module__}.{one.py_func.__qualname__}"
    for one in gc.get_objects()
    if isinstance(one, Dispatcher) and one.py_func.__module__.startswith("tierline") and not one.targetoptions.get("no_cpython_wrapper")
    if not one.signatures
}
print("missed", missed, "unused", sorted(unused))
"""


def run(folder: Path, *arguments: str) -> str:
    path = os.pathsep.join([str(CHECKOUT / "src"), str(CHECKOUT)])
    environment = os.environ | {"NUMBA_CACHE_DIR": str(folder), "PYTHONPATH": path}
    done = subprocess.run([sys.executable, *arguments], env=environment, check=True, timeout=1200, capture_output=True, text=True)
    return done.stdout


def test_precompiling_leaves_nothing_to_compile(tmp_path):
    """Two processes fill one empty cache; then every kernel that Python calls is loaded from it."""
    assert "Compiling text kernels" in run(tmp_path, "-m", "tierline.precompile")
    assert run(tmp_path, "-m", "tierline.precompile") == "", "the second time it looks at a mark only"
    assert run(tmp_path, "-c", RUN_ALL) == "missed {} unused []\n"


def test_every_group_has_its_share():
    shared = [name for share in precompile.SHARES for name in share]
    assert sorted(shared) == sorted(precompile.GROUPS)


def test_machine_code_rests_on_what_its_source_imports():
    """numba alone looks at the one file in which a function stands."""
    walk = {str(path.relative_to(ROOT)) for path in sources(ROOT / "crawl/walk.py")}
    assert {"crawl/walk.py", "crawl/walk_text.py", "crawl/lexbor_memory.py", "crawl/hiding.py", "text/kernels/compiled.py"} <= walk
    assert "crawl/read.py" not in walk


def test_a_changed_helper_is_compiled_again(tmp_path):
    package = tmp_path / "tierline_copy"
    for name in ("__init__.py", "text/__init__.py", "text/kernels/__init__.py"):
        (package / "tierline" / name).parent.mkdir(parents=True, exist_ok=True)
        (package / "tierline" / name).write_text("")
    kernels = package / "tierline/text/kernels"
    (kernels / "compiled.py").write_bytes((ROOT / "text/kernels/compiled.py").read_bytes())
    (kernels / "calls.py").write_text(
        "from tierline.text.kernels.compiled import compiled\nfrom tierline.text.kernels.called import step\n\n"
        "@compiled\ndef call(x):\n    return step(x)\n"
    )
    environment = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path / "cache"), "PYTHONPATH": str(package), "PYTHONDONTWRITEBYTECODE": "1"}
    said: list[str] = []
    for added in (1, 100, 100):
        (kernels / "called.py").write_text(
            f"from tierline.text.kernels.compiled import helper\n\n@helper\ndef step(x):\n    return x + {added}\n"
        )
        code = "from tierline.text.kernels.calls import call; print(call(1), sum(call.stats.cache_hits.values()))"
        done = subprocess.run([sys.executable, "-c", code], env=environment, check=True, timeout=300, capture_output=True, text=True)
        said.append(done.stdout.strip())
    assert said == ["2 0", "101 0", "101 1"]


def test_a_group_that_fails_is_one_line(monkeypatch, tmp_path):
    monkeypatch.setattr(precompile, "SHARES", (("no such group",),))
    monkeypatch.setattr(precompile, "_mark", lambda: tmp_path / "mark")
    with pytest.raises(precompile.TierlineError, match="do not compile"):
        precompile.precompile()
    assert not (tmp_path / "mark").exists()


def test_a_busy_machine_is_told_that_it_still_compiles(monkeypatch, tmp_path, capsys):
    ending = tmp_path / "ending"
    waiting = f"import os, time\nwhile not os.path.exists({str(ending)!r}): time.sleep(0.01)"
    start, said = subprocess.Popen, print

    def end_when_told(line: str, **options: bool) -> None:
        said(line, **options)
        if "still compiling" in line:
            ending.touch()

    monkeypatch.setattr(precompile.subprocess, "Popen", lambda command, **options: start([sys.executable, "-c", waiting]))
    monkeypatch.setattr(precompile, "print", end_when_told, raising=False)
    monkeypatch.setattr(precompile, "PERIOD", 0.05)
    monkeypatch.setattr(precompile, "_mark", lambda: tmp_path / "mark")
    precompile.precompile()
    first, *_, still, last = capsys.readouterr().out.splitlines()
    assert first.startswith("Compiling") and still.startswith("  still compiling after 0 s") and last.startswith("Compiled in")
