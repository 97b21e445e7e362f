"""The lake: Delta tables, one shard replaced at a time, nothing read before its gate has passed."""

from tierline.lake.activity import Activity, Cost, ModelCard
from tierline.lake.past import State, as_of, history, last_promoted
from tierline.lake.result import StageResult, decision_table, ledger_spool
from tierline.lake.spool import Batches, Spool
from tierline.lake.store import ALL, Lake, Manifest
from tierline.lake.verdict import Verdict, Waiver

__all__ = [
    "ALL",
    "Activity",
    "Batches",
    "Cost",
    "Lake",
    "Manifest",
    "ModelCard",
    "Spool",
    "StageResult",
    "State",
    "Verdict",
    "Waiver",
    "as_of",
    "decision_table",
    "history",
    "last_promoted",
    "ledger_spool",
]
