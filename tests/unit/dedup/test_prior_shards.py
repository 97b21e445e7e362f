"""The one input that stands for all prior shards: whatever their order, and with each further one."""

import random
from types import SimpleNamespace

from tierline.dedup.prior_shards import EARLIER, PriorStates
from tierline.tables import content_id


def test_an_input_stands_for_the_states_of_all_prior_shards():
    named = [SimpleNamespace(shard=f"crawl-{number}é", digest=f"dig_{number % 7}") for number in range(40)]
    random.Random(5).shuffle(named)
    states = PriorStates()
    assert states.inputs == {}
    for number, one in enumerate(named, 1):
        states.add(one)  # pyright: ignore[reportArgumentType] - of a manifest, shard and digest count
        expected = content_id("dig", *sorted(f"{other.shard}={other.digest}" for other in named[:number]))
        assert states.inputs == {EARLIER: expected}
