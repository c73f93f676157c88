"""Scores of an isolation forest that was trained elsewhere (DEP-06): plain arrays, so that no pickled code has to be trusted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
_EULER = 0.5772156649015329


@dataclass(frozen=True, slots=True)
class Forest:
    """All trees, one after the other.

    Attributes
    ----------
    roots
        Index of each tree's root.
    left, right
        Index of each node's children; -1 for a leaf.
    feature, threshold
        What a node asks: value of the feature <= threshold goes left.
    depth
        Of a leaf: its depth plus the path length expected of the samples that ended there.
    sample_size
        Samples each tree was grown on.
    cut
        Scores above it are anomalies.
    """

    roots: Ints
    left: Ints
    right: Ints
    feature: Ints
    threshold: Floats
    depth: Floats
    sample_size: int
    cut: float


def mean_path_length(samples: npt.ArrayLike) -> Floats:
    """Return the mean path length of an unsuccessful search in a binary tree of so many samples.

    Source: Liu, Ting and Zhou, "Isolation forest", ICDM 2008, equation 1.
    """
    n = np.asarray(samples, np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        long = 2.0 * (np.log(n - 1.0) + _EULER) - 2.0 * (n - 1.0) / n
    return np.where(n > 2, long, np.where(n == 2, 1.0, 0.0))


def anomaly_scores(forest: Forest, rows: Floats) -> Floats:
    """Return the score of each row, 0 to 1; near 1 is an anomaly, well below one half is not.

    Parameters
    ----------
    rows
        One row an observation, one column a feature. Compared as 32-bit floats, as the forest was grown.

    Source: Liu, Ting and Zhou (2008), equation 2: 2 ** (-mean path / mean_path_length(samples of a tree)).
    """
    values = rows.astype(np.float32)
    nodes = np.tile(forest.roots, (len(rows), 1))
    each = np.arange(len(rows))[:, None]
    while True:
        inner = forest.left[nodes] >= 0
        if not inner.any():
            break
        goes_left = values[each, np.maximum(forest.feature[nodes], 0)] <= forest.threshold[nodes]
        nodes = np.where(inner, np.where(goes_left, forest.left[nodes], forest.right[nodes]), nodes)
    expected = float(mean_path_length(forest.sample_size))
    scores: Floats = np.exp2(-forest.depth[nodes].mean(axis=1) / expected)
    return scores
