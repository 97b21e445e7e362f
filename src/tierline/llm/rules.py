"""When a call is given up, and when the server or the process behind it is: one place, so that no wait is without end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from tierline.config.bounds import Bytes, Count, Seconds, check_bounds


@dataclass(frozen=True, slots=True)
class CallRules:
    """Limits of a call, of the server that answers it and of the process that holds the model. Seconds; each must be above 0."""

    SECTION: ClassVar[str] = "llm.calls"
    tries: Count = 3  # runs in which a failing call is asked again; after that its failure is the record
    attempts: Count = 6  # of one call in one run; a rate limit is waited for as long as the deadline allows
    connect_seconds: Seconds = 10.0
    answer_seconds: Seconds = 120.0  # of one attempt, from the connection to the last byte; a slow model needs more
    deadline_seconds: Seconds = 300.0  # of one call: all attempts and pauses
    pause_seconds: Seconds = 1.0  # before the second attempt; doubles each time, plus up to as much random jitter
    longest_pause_seconds: Seconds = 60.0  # a server's Retry-After may be longer
    outage_after: Count = 16  # failed attempts in a row, over all calls, after which the server is asked whether it answers at all
    answer_bytes: Bytes = 8_388_608  # of one answer; 2,000 tokens with 20 alternatives each are 2 MB
    load_seconds: Seconds = 900.0  # until the model's process has loaded the model
    silent_seconds: Seconds = 60.0  # without a sign of life from the model's process
    lock_seconds: Seconds = 600.0  # for the answers of a shard that another process is asking about

    def __post_init__(self) -> None:
        """ValueError if nothing would ever be asked, or a limit is none."""
        check_bounds(self)
