"""How many GPUs a model needs: enough memory and never more, faster with more of them, and unknown names in one line."""

from itertools import pairwise

import pytest

from tierline.cost.plan import gpus_needed
from tierline.cost.sizing import GPUS, LEAST_SEQUENCES, MODELS, USABLE, gpu_seconds, size
from tierline.errors import BadInput


@pytest.mark.parametrize("gpu", GPUS)
@pytest.mark.parametrize("model", MODELS)
def test_weights_and_sequences_fit_and_half_the_gpus_would_not_do(model, gpu):
    found, shape, card = size(model, gpu, 2048, 64), MODELS[model], GPUS[gpu]
    one = 2048 * shape.cache_per_token
    assert found.gpus & (found.gpus - 1) == 0, "a power of two"
    assert found.weights + found.sequences * one <= found.gpus * card.memory * USABLE and 1 <= found.sequences <= 64
    if found.gpus > 1:
        assert found.gpus / 2 * card.memory * USABLE < found.weights + LEAST_SEQUENCES * one
    assert found.hourly == found.gpus * card.hourly


@pytest.mark.parametrize("model", MODELS)
def test_a_longer_context_never_needs_fewer_gpus_nor_holds_more_sequences_on_as_many(model):
    sizes = [size(model, "l40s", context, 256) for context in (512, 2048, 8192, 32_768)]
    assert [one.gpus for one in sizes] == sorted(one.gpus for one in sizes)
    for short, long in pairwise(sizes):
        assert long.gpus > short.gpus or long.sequences <= short.sequences


def test_more_sequences_write_more_tokens_a_second_and_read_as_many():
    few, many = size("qwen2.5-7b", "h100-sxm", 1024, 1), size("qwen2.5-7b", "h100-sxm", 1024, 256)
    assert few.written.value < many.written.value and few.read == many.read


def test_time_adds_up_over_reading_and_writing():
    sized = size("qwen2.5-7b", "h100-sxm", 1024, 64)
    both, read, written = gpu_seconds(sized, 1e6, 1e4), gpu_seconds(sized, 1e6, 0), gpu_seconds(sized, 0, 1e4)
    for end in ("value", "low", "high"):
        assert getattr(both, end) == pytest.approx(getattr(read, end) + getattr(written, end))
    assert read.low < read.value < read.high


@pytest.mark.parametrize(("seconds", "deadline", "gpus"), [(0, 10, 0), (1, 10, 2), (10, 10, 2), (10.1, 10, 4), (95, 10, 20)])
def test_whole_replicas_meet_a_deadline(seconds, deadline, gpus):
    sized = size("llama-3.1-70b", "a100-80gb", 512, 1)
    assert gpus_needed(seconds, sized, deadline) == gpus // 2 * sized.gpus


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("oracle", "l40s", 1, 1), "--model: 'oracle' is not known; give one of smollm2-135m"),
        (("qwen2.5-7b", "abacus", 1, 1), "--gpu: 'abacus' is not known; give one of l40s"),
        (("qwen2.5-7b", "l40s", 0, 1), "--context, --sequences: must be at least 1"),
        (("qwen2.5-7b", "l40s", 1, 0), "--context, --sequences: must be at least 1"),
    ],
)
def test_what_cannot_be_sized_is_one_line(arguments, message):
    with pytest.raises(BadInput, match=message):
        size(*arguments)
