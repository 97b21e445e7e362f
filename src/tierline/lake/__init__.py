"""The lake: Delta tables, one shard replaced at a time, nothing read before its gate has passed."""

import os

os.environ.setdefault("RUST_LOG", "off")  # delta-rs would warn on standard error of what its caller is told as an exception

from tierline.lake.activity import Activity, Cost, ModelCard, recorded
from tierline.lake.external_sort import Batches, SortingBuffer
from tierline.lake.result import StageResult, decision_table, ledger_buffer
from tierline.lake.store import Lake, Manifest
from tierline.lake.time_travel import State, as_of, history, last_promoted
from tierline.lake.verdict import Verdict, Waiver
from tierline.lake.waivers import Standing, list_waivers, standing, waive_refused
from tierline.stages import WHOLE_LAKE

__all__ = [
    "WHOLE_LAKE",
    "Activity",
    "Batches",
    "Cost",
    "Lake",
    "Manifest",
    "ModelCard",
    "SortingBuffer",
    "StageResult",
    "Standing",
    "State",
    "Verdict",
    "Waiver",
    "as_of",
    "decision_table",
    "history",
    "last_promoted",
    "ledger_buffer",
    "list_waivers",
    "recorded",
    "standing",
    "waive_refused",
]
