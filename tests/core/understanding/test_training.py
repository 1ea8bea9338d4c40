"""The step of the training: as long as it may be, and never longer."""

import numpy as np
import pytest

from core.understanding.training import STEPS, C, class_weights, largest, softmaxed, solved


@pytest.mark.parametrize("left_out", [0, 1, 7])
def test_step_is_bounded_by_the_largest_eigenvalue_of_each_kernel(left_out: int) -> None:
    rng = np.random.default_rng(5)
    vectors = rng.random((40, 60)) * (rng.random((40, 60)) < 0.2)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    kernel = vectors @ vectors.T + 1.0
    kernel[:left_out] = 0.0
    kernel[:, :left_out] = 0.0
    exact = np.linalg.eigvalsh(kernel)[-1]

    found = largest(np.stack([kernel, 3 * kernel]))

    assert np.all(found >= np.array([exact, 3 * exact]) * (1 - 1e-9))
    assert found == pytest.approx(np.array([exact, 3 * exact]), rel=1e-3)


def test_negative_parts_of_a_kernel_make_the_step_shorter_never_longer() -> None:
    vectors = np.random.default_rng(6).normal(size=(30, 5))
    kernel = vectors @ vectors.T

    assert largest(kernel) >= np.linalg.eigvalsh(kernel)[-1] * (1 - 1e-9)


def test_bounded_step_gives_the_confidences_of_the_exact_one() -> None:
    rng = np.random.default_rng(7)
    vectors = rng.random((40, 60)) * (rng.random((40, 60)) < 0.2)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    kernel = vectors @ vectors.T + 1.0
    labels = np.arange(40) % 5
    targets, weights = np.eye(5)[labels], class_weights(labels, 5)

    step = 1.0 / (0.5 * C * weights.max() * np.linalg.eigvalsh(kernel)[-1] + 1.0)
    now = before = np.zeros_like(targets)
    for t in range(STEPS):
        ahead = now + t / (t + 3) * (now - before)
        before = now
        slope = ahead + C * weights[:, None] * (softmaxed(kernel @ ahead) - targets)
        now = ahead - step * slope

    found = solved(kernel, targets, weights)
    assert softmaxed(kernel @ found) == pytest.approx(softmaxed(kernel @ now), abs=1e-3)
