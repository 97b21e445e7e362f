"""What each format of a lake changed against the one before: operations that `tierline upgrade` carries out.

A migration never reads the schemas of today to know those of then: what it renames is written down here once and stays.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RenameColumn:
    """Of a table's rows. `field` renames a field of the structs that the column `old` lists, and the column keeps its name."""

    table: str  # by its old name
    old: str
    new: str
    field: str = ""


@dataclass(frozen=True, slots=True)
class RenameTable:
    """A table, which may be named in the inputs of activities."""

    old: str
    new: str


@dataclass(frozen=True, slots=True)
class RenameStage:
    """A stage: in activities, verdicts, waivers, and the name of its ledger."""

    old: str
    new: str


@dataclass(frozen=True, slots=True)
class RenameParameter:
    """A key, at any depth, of the parameters that activities of a stage (by its new name) recorded."""

    stage: str
    old: str
    new: str


Operation = RenameColumn | RenameTable | RenameStage | RenameParameter


@dataclass(frozen=True, slots=True)
class Migration:
    """From format `to - 1` to format `to`."""

    to: int
    operations: tuple[Operation, ...]

    def table(self, old: str) -> str:
        """The new name of a table; also of a ledger, as activities name them ("decisions/STAGE")."""
        if old.startswith("decisions/"):
            return f"decisions/{self.stage(old.removeprefix('decisions/'))}"
        return next((done.new for done in self.operations if isinstance(done, RenameTable) and done.old == old), old)

    def stage(self, old: str) -> str:
        """The new name of a stage."""
        return next((done.new for done in self.operations if isinstance(done, RenameStage) and done.old == old), old)

    def columns(self, table: str) -> list[RenameColumn]:
        """What is renamed in the rows of a table, by its old name."""
        return [done for done in self.operations if isinstance(done, RenameColumn) and done.table == table]

    def parameters(self, stage: str) -> dict[str, str]:
        """Keys to rename in the parameters of a stage, by its new name: old to new."""
        return {done.old: done.new for done in self.operations if isinstance(done, RenameParameter) and done.stage == stage}


LICENSED = ("l0_raw", "l1_filtered", "l2_anchors", "l2_selected", "l3_refined", "l4_manuals")

# Format 2: American spelling and plain names; content digests without the writing activity (tierline/lake/digest.py); activities tell
# which bundled weights they used, which older ones do not know.
MIGRATIONS = (
    Migration(
        2,
        (
            *(RenameColumn(table, "licence", "license") for table in LICENSED),
            RenameColumn("l2_student", "calibration_error_surely", "calibration_error_lo95"),
            RenameColumn("l2_student", "calibration", "lo95", field="surely"),
            RenameTable("l2_moved", "l2_selection_diff"),
            RenameTable("l2_moved_shards", "l2_selection_diff_shards"),
            RenameStage("l2_moved", "l2_selection_diff"),
            RenameParameter("l4_manuals", "licence", "license"),
        ),
    ),
)
