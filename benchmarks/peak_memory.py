"""Reads the peak memory of this process, for every benchmark and test that bounds memory."""

from pathlib import Path


def peak_mb() -> float:
    """MB. Linux alone: `ru_maxrss` counts what the parent held when it started this process, so that a small child seems large."""
    status = Path("/proc/self/status").read_text("ascii")
    return int(status.split("VmHWM:")[1].split()[0]) / 1024
