"""Settings of the training experiment: its recipe, the folder of its runs, the questions for its models."""

from collections.abc import Callable
from pathlib import Path

import dagster as dg
import pyarrow as pa

from tierline.training.recipe import TrainingRecipe


class TrainingRuns(dg.ConfigurableResource):
    """`folder` gets runs, models and the report; an existing run is not repeated. `questions` is a folder of benchmark files;
    if empty, only questions about held-out facts are asked. `workers` are processes, if there is no GPU."""

    recipe: str
    folder: str
    questions: str = ""
    workers: int = 1

    def load(self) -> TrainingRecipe:
        """Read again for every run."""
        return TrainingRecipe.load(self.recipe)

    def compare(self, rows: pa.Table, progress: Callable[[int, int], None]):
        """Runs what is missing; returns tierline.training.findings.Findings, and writes report.html and report.png."""
        from tierline.training.experiment import run_experiment  # torch takes seconds to import: no other step needs it
        from tierline.training.findings import find
        from tierline.training.report import write_report

        out = run_experiment(rows, self.load(), self.folder, self.questions or None, workers=self.workers, progress=progress)
        findings = find(out)
        write_report(findings, self.folder, "dagster asset materialize -m definitions --select training_report")
        return findings

    @property
    def page(self) -> Path:
        """The report."""
        return Path(self.folder).absolute() / "report.html"
