"""How people review: which items need two, how many are traps, how long one is held for a reviewer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from tierline.config.bounds import Amount, Count, Natural, PositiveAmount, Seconds, Share


@dataclass(frozen=True, slots=True)
class ReviewingRules:
    """Settings of the queue. They change which items people see and when, and no row of any stage."""

    SECTION: ClassVar[str] = "review"
    # 238 words a minute, silent reading of English non-fiction (Brysbaert 2019, Journal of Memory and Language 109), 6 characters a word.
    characters_per_minute: PositiveAmount = 1_400.0
    seconds_per_answer: PositiveAmount = 4.0  # beside reading; a guess that `tierline review results` measures
    second_reviewer_tokens: Amount = 2_000.0  # expected tokens that are decided wrongly by one reviewer, from which on two have to agree
    second_reviewer_share: Share = 0.1  # of the other items, by a hash of their id: agreement is measured on these
    trap_share: Share = 0.05  # of the items that a reviewer is shown, as long as there are items with a known verdict
    trap_misses_max: Share = 0.3  # of three or more traps; a reviewer who misses more decides nothing alone
    lease_seconds: Seconds = 900.0  # for which an item is held for the reviewer who was shown it
    items_max: Count = 5_000  # of the queue, those of the highest value
    context_characters: Natural = 1_200  # of a document that are shown around what is in question
    more_characters: Natural = 20_000  # behind them that are shown on demand
