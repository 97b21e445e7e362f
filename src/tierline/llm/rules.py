"""When a call is given up, and when the server or the process behind it is: one place, so that no wait is without end."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class CallRules:
    """Limits of a call, of the server that answers it and of the process that holds the model. Seconds; each must be above 0."""

    SECTION: ClassVar[str] = "llm.calls"
    tries: int = 3  # runs in which a failing call is asked again; after that its failure is the record
    attempts: int = 6  # of one call in one run; a rate limit is waited for as long as the deadline allows
    connect_seconds: float = 10.0
    answer_seconds: float = 120.0  # of one attempt, from the connection to the last byte; a slow model needs more
    deadline_seconds: float = 300.0  # of one call: all attempts and pauses
    pause_seconds: float = 1.0  # before the second attempt; doubles each time, plus up to as much random jitter
    longest_pause_seconds: float = 60.0  # a server's Retry-After may be longer
    outage_after: int = 16  # failed attempts in a row, over all calls, after which the server is asked whether it answers at all
    answer_bytes: int = 8_388_608  # of one answer; 2,000 tokens with 20 alternatives each are 2 MB
    load_seconds: float = 900.0  # until the model's process has loaded the model
    silent_seconds: float = 60.0  # without a sign of life from the model's process
    lock_seconds: float = 600.0  # for the answers of a shard that another process is asking about

    def __post_init__(self) -> None:
        """ValueError if nothing would ever be asked, or a limit is none."""
        for one in fields(self):
            value, least = getattr(self, one.name), 1 if one.type == "int" else math.ulp(0.0)
            if not value >= least:
                raise ValueError(f"{one.name} is {value}: give {'at least 1' if least == 1 else 'more than 0'}")
