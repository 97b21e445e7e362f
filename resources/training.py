"""Settings of the training experiment: its recipe, the folder of its runs, the questions for its models."""

from collections.abc import Callable
from pathlib import Path

import dagster as dg
import pyarrow as pa

from tierline.training.recipe import TrainingRecipe


class TrainingRuns(dg.ConfigurableResource):
    """`folder` gets registration, runs, models and the report; an existing run is not repeated. `questions` is a data folder with
    bench/ and text/; if empty, only held-out text of the lake is measured. `workers` are processes, if there is no GPU."""

    recipe: str
    folder: str
    questions: str = ""
    workers: int = 1

    def load(self) -> TrainingRecipe:
        """Read again for every run."""
        return TrainingRecipe.load(self.recipe)

    def compare(self, rows: pa.Table, progress: Callable[[int, int], None]):
        """Pilot, registration and what is missing of the runs; returns tierline.training.findings.Findings, and writes report.html and
        report.png. BadInput if another experiment is registered in the folder."""
        from tierline.training.prepare import prepare  # torch takes seconds to import: no other step needs it
        from tierline.training.report import write_report
        from tierline.training.session import Session

        recipe = self.load()
        session = Session(prepare(rows, recipe, self.questions or None), Path(self.folder), self.workers, progress=progress)
        session.pilot()
        session.register()
        findings = session.run()
        write_report(findings, self.folder, "dagster asset materialize -m definitions --select training_report")
        return findings

    @property
    def page(self) -> Path:
        """The report."""
        return Path(self.folder).absolute() / "report.html"
