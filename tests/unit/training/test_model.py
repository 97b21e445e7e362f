"""The decoder's mathematics: positions, causality, and what an untrained model knows."""

import math

import torch

from tierline.training.model import Decoder, rotate, rotations
from tierline.training.recipe import ModelShape, Optimization
from tierline.training.schedule import learning_rates

SHAPE = ModelShape(width=32, layers=2, heads=2, hidden=88, vocabulary=300, context=16)


def test_rotary_products_depend_on_distance_alone():
    cosine, sine = rotations(16, 8, 10_000.0)
    query, key = torch.randn(8, generator=torch.Generator().manual_seed(1)), torch.randn(8, generator=torch.Generator().manual_seed(2))
    queries, keys = rotate(query.expand(16, 8), cosine, sine), rotate(key.expand(16, 8), cosine, sine)
    products = queries @ keys.T
    for distance in range(-15, 16):
        along = torch.diagonal(products, distance)
        assert torch.allclose(along, along[0].expand_as(along), atol=1e-4)
    assert not torch.allclose(products[0, 0], products[0, 5], atol=1e-2)
    assert torch.allclose(queries.norm(dim=1), query.norm().expand(16), atol=1e-5)


def test_an_untrained_model_is_as_surprised_as_a_die():
    windows = torch.randint(0, SHAPE.vocabulary, (8, 17), generator=torch.Generator().manual_seed(0))
    assert abs(Decoder(SHAPE, 0).loss(windows).item() - math.log(SHAPE.vocabulary)) < 0.1


def test_no_position_sees_what_comes_after_it():
    model = Decoder(SHAPE, 0)
    tokens = torch.randint(0, SHAPE.vocabulary, (1, 16), generator=torch.Generator().manual_seed(0))
    changed = tokens.clone()
    changed[0, 9:] = (changed[0, 9:] + 1) % SHAPE.vocabulary
    one, other = model(tokens), model(changed)
    assert torch.equal(one[0, :9], other[0, :9])
    assert not torch.allclose(one[0, 9:], other[0, 9:])


def test_what_was_seen_is_not_read_again():
    model, seen = Decoder(SHAPE, 0), Decoder(SHAPE, 0).unread()
    tokens = torch.randint(0, SHAPE.vocabulary, (3, 16), generator=torch.Generator().manual_seed(0))
    pieces = [model.states(tokens[:, :9], seen), *(model.states(tokens[:, place : place + 1], seen) for place in range(9, 16))]
    assert torch.allclose(torch.cat(pieces, 1), model.states(tokens), atol=1e-5) and [own.length for own in seen] == [16, 16]


def test_weights_come_from_the_seed_alone():
    torch.manual_seed(5)
    one = Decoder(SHAPE, 3)
    torch.manual_seed(6)
    same, other = Decoder(SHAPE, 3), Decoder(SHAPE, 4)
    assert all(torch.equal(a, b) for a, b in zip(one.parameters(), same.parameters(), strict=True))
    assert not torch.equal(one.model.embed_tokens.weight, other.model.embed_tokens.weight)


def test_the_rate_warms_up_stays_and_decays():
    rules = Optimization(learning_rate=1.0, warm_share=0.1, decay_share=0.3, floor=0.1)
    rates = learning_rates(100, 100, rules)
    assert rates[0] == 0.1 and rates[9] == 1.0
    assert (rates[9:70] == 1.0).all()
    assert (rates[70:].tolist() == sorted(rates[70:].tolist(), reverse=True)) and 0.1 < rates[-1] < 0.14


def test_a_shorter_run_is_the_beginning_of_a_longer_one_until_it_decays():
    rules = Optimization(warm_share=0.1, decay_share=0.3)
    whole, half = learning_rates(100, 100, rules), learning_rates(50, 100, rules)
    assert (half[:35] == whole[:35]).all() and (half[36:] < whole[36:50]).all()
