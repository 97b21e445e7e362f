"""What a training experiment found each tier worth, for `tierline allocate`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tierline.errors import BadInput
from tierline.tables.tiers import Tier
from tierline.training.rows import FINDINGS


def measured_token_values(folder: str | Path) -> list[str]:
    """What a training experiment found each tier worth, as TIER=X. BadInput where the folder holds no finished one."""
    path = Path(folder) / FINDINGS
    try:
        metrics: dict[str, Any] = json.loads(path.read_text("utf-8"))["metrics"]
    except (OSError, ValueError, KeyError, TypeError):
        raise BadInput("holds no findings of a training experiment", str(path), "give the --out of benchmarks.training") from None
    return [f"{tier}={metrics[f'token_value_{tier}']}" for tier in Tier if f"token_value_{tier}" in metrics]
