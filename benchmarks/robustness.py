"""Damages crawl files of every format in every way that a seed draws, and takes each through reading, L1 and claims: nothing may end.

A process takes one input after the other and is replaced where it dies or does not come back. Beside that, pages in many encodings whose
text is known are read: what is read wrongly may not have status ok.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from benchmarks.robust.trial import Outcome, charset_set, make_input, mojibake, run_input

BUDGETS = {"smoke": 60, "small": 500, "full": 10_000}  # inputs
SEED = 19
SECONDS = 30.0  # of one input; the slowest takes two on an idle machine
HUNG = f"no result within {SECONDS:.0f} s"
SHOWN = 12  # findings of a kind that are printed
WIDTHS = (8, 9, 8, 9, 7, 13, 12)


@dataclass(frozen=True, slots=True)
class Settings:
    """What every worker is told."""

    data: Path
    seed: int
    kept: Path | None  # where inputs with findings are left


def main(arguments: list[str] | None = None) -> int:
    """Prints a table and one JSON line."""
    parser = argparse.ArgumentParser(prog="benchmarks.robustness", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="a folder with crawl/*.warc.gz and crawl/native/, both read if there")
    parser.add_argument("--budget", choices=BUDGETS, default="full")
    parser.add_argument("--workers", type=int, default=2, help="inputs at a time")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--only", type=int, help="one input, by its number")
    parser.add_argument("--keep", type=Path, help="a folder where inputs with findings are left")
    options = parser.parse_args(arguments)
    settings = Settings(options.data, options.seed, options.keep)
    numbers = range(BUDGETS[options.budget]) if options.only is None else range(options.only, options.only + 1)
    outcomes = run(numbers, settings, options.workers)
    with tempfile.TemporaryDirectory(prefix="tierline-robustness-") as folder:
        wrong = mojibake(Path(folder), charset_set())
    encodings = len({page.label.partition(",")[0] for page in charset_set()})
    print(table(outcomes))
    for number, kind, what in findings(outcomes):
        print(f"input {number}, {outcomes[number].name}: {kind}: {what}")
    for one in wrong:
        print(f"mojibake: {one}")
    metrics = {
        "inputs": len(outcomes),
        "crashes": sum(bool(one.crash) and one.crash != HUNG for one in outcomes.values()),
        "hangs": sum(one.crash == HUNG for one in outcomes.values()),
        "unaccounted_records": sum(len(one.unaccounted) for one in outcomes.values()),
        "unforeseen_records": sum(len(one.unforeseen) for one in outcomes.values()),
        "mojibake_ok_rows": len(wrong),
        "encodings": encodings,
    }
    print(json.dumps({"benchmark": "robustness", "data": str(options.data), "metrics": metrics}))
    return 0


def run(numbers: range, settings: Settings, workers: int) -> dict[int, Outcome]:
    """The outcome of every input."""
    parts = [numbers[start::workers] for start in range(workers)]
    with ThreadPoolExecutor(workers) as pool:
        found = [outcome for part in pool.map(lambda part: list(_run_part(part, settings)), parts) for outcome in part]
    return dict(sorted(found))


def _run_part(numbers: range, settings: Settings) -> Iterator[tuple[int, Outcome]]:
    """Inputs one after the other in a process that is replaced when it is lost."""
    worker = _Worker(settings)
    try:
        for number in numbers:
            outcome = worker.run(number)
            if isinstance(outcome, str):
                worker.close()
                worker = _Worker(settings)
                with tempfile.TemporaryDirectory() as scratch:
                    outcome = Outcome(make_input(number, settings.seed, settings.data, Path(scratch)).format, outcome)
            yield number, outcome
    finally:
        worker.close()


class _Worker:
    """A process that runs inputs by their numbers."""

    def __init__(self, settings: Settings) -> None:
        context = multiprocessing.get_context("spawn")
        self._here, there = context.Pipe()
        self._process = context.Process(target=_serve, args=(there, settings), daemon=True)
        self._process.start()
        there.close()
        self._here.recv()  # it has imported and compiled everything

    def run(self, number: int) -> Outcome | str:
        """The outcome, or what became of the process."""
        self._here.send(number)
        try:
            return self._here.recv() if self._here.poll(SECONDS) else HUNG
        except EOFError:
            self._process.join()
            return f"the process died: exit code {self._process.exitcode}"

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.join()


def _serve(connection: Connection, settings: Settings) -> None:
    with tempfile.TemporaryDirectory(prefix="tierline-robustness-") as scratch:
        folder = Path(scratch) / "crawl"
        folder.mkdir()
        for number in range(40):  # kernels are compiled where no clock runs
            run_input(make_input(number, -1, settings.data, Path(scratch)), folder)
        connection.send("ready")
        while True:
            try:
                number = connection.recv()
            except EOFError:
                return
            made = make_input(number, settings.seed, settings.data, Path(scratch))
            outcome = run_input(made, folder)
            if settings.kept and (outcome.crash or outcome.unaccounted or outcome.unforeseen):
                settings.kept.mkdir(parents=True, exist_ok=True)
                (settings.kept / f"{number}-{made.name[-40:]}").write_bytes(made.data)
            connection.send(outcome)


def findings(outcomes: dict[int, Outcome]) -> Iterator[tuple[int, str, str]]:
    """The first of each kind."""
    for kind in ("crash", "unaccounted", "unforeseen"):
        found = [(number, one) for number, one in outcomes.items() if getattr(one, kind)]
        for number, one in found[:SHOWN]:
            said: Any = getattr(one, kind)
            yield number, kind, said if isinstance(said, str) else said[0]


def table(outcomes: dict[int, Outcome]) -> str:
    """A line for each format."""
    groups: dict[str, list[Outcome]] = defaultdict(list)
    for one in outcomes.values():
        groups[one.name].append(one)
    heads = ("inputs", "crashes", "hangs", "rows", "ok", "unaccounted", "unforeseen")
    lines = [f"{'format':16}" + "".join(f"{head:>{width}}" for head, width in zip(heads, WIDTHS, strict=True))]
    for name, own in sorted(groups.items()):
        counts = (
            len(own),
            sum(bool(one.crash) and one.crash != HUNG for one in own),
            sum(one.crash == HUNG for one in own),
            sum(one.rows for one in own),
            sum(one.ok for one in own),
            sum(len(one.unaccounted) for one in own),
            sum(len(one.unforeseen) for one in own),
        )
        lines.append(f"{name:16}" + "".join(f"{count:>{width}}" for count, width in zip(counts, WIDTHS, strict=True)))
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
