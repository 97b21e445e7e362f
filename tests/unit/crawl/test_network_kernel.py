"""The compiled network gives what the matrix products give, and the context of a block is what its description says."""

import numpy as np

from tierline.crawl.features import LEVELS
from tierline.crawl.model import shipped_model
from tierline.crawl.network_kernel import write_context


def test_a_network_is_two_matrix_products():
    net, chance = shipped_model().second, np.random.default_rng(1)
    features = (chance.normal(size=(300, len(net.hidden))) * (chance.random((300, len(net.hidden))) < 0.3)).astype(np.float32)
    logits = np.maximum(features @ net.hidden + net.hidden_bias, 0) @ net.output + net.output_bias
    expected = (1 / (1 + np.exp(-logits.astype(np.float64)))).mean(axis=1)
    assert np.abs(net(features) - expected).max() < 1e-5 and expected.std() > 0.1


def test_an_extreme_row_is_certain_and_not_infinite():
    net = shipped_model().first
    rows = np.full((2, len(net.hidden)), 1e6, dtype=np.float32)
    rows[1] = -1e6
    assert set(net(rows).tolist()) <= {0.0, 0.25, 0.5, 0.75, 1.0}, "each member says yes or no"


def test_the_context_of_a_block_is_its_neighbors_the_elements_around_it_and_the_page():
    first, weights = np.array([0.25, 0.5, 1.0, 0.75], np.float32), np.array([1.0, 1.0, 2.0, 1.0])
    starts, ends = np.array([0, 1]), np.array([4, 3])  # the page, and an element of the two blocks in the middle
    chain = np.zeros((LEVELS, 4), np.int64)
    chain[0] = [0, 1, 1, 0]
    out = np.full((4, 2 + 15), np.nan, np.float32)
    write_context(out, first, weights, starts, ends, chain, 2)
    assert np.isnan(out[:, :2]).all()
    page, middle = 3.5 / 5, 2.5 / 3
    assert (
        out[1, 2:].tolist()
        == np.float32([0.5, 0.25, 0, 0, 1, 0.75, 0, middle, page, page, page, page, page, 0.25 / 5, (3.5 - 0.75) / 5]).tolist()
    )
    assert out[3, 2:9].tolist() == [0.75, 1, 0.5, 0.25, 0, 0, 0]
