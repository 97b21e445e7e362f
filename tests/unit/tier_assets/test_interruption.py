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
import os, signal, sys, time, weakref
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
    with Interruption() as interruption:
        if sys.argv[1] == "step":
            try:
                with raise_interrupts_as(dg.DagsterExecutionInterruptedError):
                    drop()
            except dg.DagsterExecutionInterruptedError:
                interruption.check()
        else:
            drop()
except Interrupted as stop:
    stop.end("program")
"""


@pytest.mark.parametrize("place", ["step", "between"])
def test_a_signal_within_a_weak_references_callback_ends_the_program_at_once_and_in_one_line(place):
    environment = os.environ | {"PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'src'}"}
    program = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, place], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    )
    assert program.stdout.readline() == "going on\n"
    began = time.monotonic()
    _, said = program.communicate(timeout=60)
    assert (program.returncode, said) == (128 + signal.SIGTERM, "program: stopped; finished work is kept, run it again to continue\n")
    assert time.monotonic() - began < 5, "it was cut off"
