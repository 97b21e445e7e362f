"""A signal that comes where Python can raise nothing still ends the program, at once and without a traceback."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PROGRAM = """
import hashlib, os, signal, sys, time, weakref
import dagster as dg
from dagster._utils.interrupts import raise_interrupts_as
from tier_assets.interruption import Interrupted, Interruption

class Kept:
    pass

def drop():
    kept = Kept()
    reference = weakref.ref(kept, lambda _: os.kill(os.getpid(), signal.SIGTERM))
    del kept  # the signal comes within the callback
    print("going on", flush=True)
    time.sleep(60)

try:
    with Interruption(1.0 if sys.argv[1] == "stuck" else 60.0) as interruption:
        if sys.argv[1] == "stuck":
            print("going on", flush=True)
            hashlib.pbkdf2_hmac("sha256", b"", b"", 1 << 30)  # minutes in which nothing is raised
        elif sys.argv[1] == "step":
            try:
                with raise_interrupts_as(dg.DagsterExecutionInterruptedError):
                    drop()
            except dg.DagsterExecutionInterruptedError:
                interruption.check()
        else:
            drop()
except Interrupted as stop:
    stop.end()
"""


LINE = "program: stopped; finished work is kept, run it again to continue\n"


@pytest.fixture
def start(tmp_path):
    """Starts the program in a place where the signal comes; it has said that it goes on."""
    (tmp_path / "program.py").write_text(PROGRAM)

    def begin(place: str) -> subprocess.Popen:
        environment = os.environ | {"PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'src'}"}
        command = [sys.executable, str(tmp_path / "program.py"), place]
        program = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)
        assert program.stdout.readline() == "going on\n"
        return program

    return begin


@pytest.mark.parametrize("place", ["step", "between"])
def test_a_signal_within_a_weak_references_callback_ends_the_program_at_once_and_in_one_line(start, place):
    program, began = start(place), time.monotonic()
    _, said = program.communicate(timeout=60)
    assert (program.returncode, said) == (128 + signal.SIGTERM, LINE)
    assert time.monotonic() - began < 20, "it was cut off"


def test_what_cannot_be_interrupted_is_cut_off_with_the_same_line(start):
    program = start("stuck")
    program.send_signal(signal.SIGTERM)
    _, said = program.communicate(timeout=60)
    assert (program.returncode, said) == (128 + signal.SIGTERM, LINE)
