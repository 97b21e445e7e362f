"""The ensemble: a teacher is what weighs anything, and without weights the mean of all."""

from dataclasses import replace

import numpy as np
import pytest

from tests.judged_documents import judged_documents, measurement
from tierline.reliability.ensemble import teacher_scores


@pytest.fixture(scope="module")
def documents():
    return judged_documents()


def test_a_teacher_is_what_weighs_anything_and_without_weights_the_mean(documents):
    half = documents.num_rows // 2
    said = {"good": np.repeat([0.8, 0.2], half), "coin": np.tile([0.9, 0.1], half)}
    weighed = measurement(documents, said)
    weights = {"own": {"good": 1.0, "coin": 0.0}}
    taught_by = teacher_scores(replace(weighed, weights=weights), said, np.full(2 * half, 30.0), {"own": np.ones(2 * half)})
    assert len(set(taught_by.tolist())) == 2 and taught_by[0] > 0.5 > taught_by[-1]
    plain = teacher_scores(
        replace(weighed, weights={"own": dict.fromkeys(said, 0.0)}), said, np.full(2 * half, 30.0), {"own": np.ones(2 * half)}
    )
    assert plain == pytest.approx((said["good"] + said["coin"]) / 2)
    partly = {"good": np.where(np.arange(2 * half) == 0, np.nan, said["good"])}
    assert np.isnan(teacher_scores(weighed, partly, np.full(2 * half, 30.0), {"own": np.ones(2 * half)})).sum() == 1
    assert np.isnan(teacher_scores(weighed, {}, np.ones(3), {})).all()
