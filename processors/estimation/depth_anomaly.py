"""Trains the isolation forest that finds books unlike the others (DEP-06)."""

from __future__ import annotations

import hashlib
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from sklearn.ensemble import IsolationForest

from processors.calc.isolation_forest import Forest, mean_path_length

Floats = npt.NDArray[np.float64]


class TrainedForest(NamedTuple):
    """A forest and what it was trained on."""

    forest: Forest
    rows: int
    data_hash: str  # SHA-256 of the training rows as little-endian binary64


def train_forest(rows: Floats, *, contamination: float, trees: int = 100, sample_size: int = 256, seed: int = 7) -> TrainedForest:
    """Return a forest grown on the rows; the same rows and seed give the same forest.

    Parameters
    ----------
    rows
        One row a book; columns pressure, spread in basis points, volume imbalance. Rows with NaN are left out.
    contamination
        Share of the rows whose scores lie above the cut, above 0 and below one half.
    seed
        Of the random splits.

    Raises
    ------
    ValueError
        With fewer complete rows than a tree samples.

    Source: Liu, Ting and Zhou, "Isolation forest", ICDM 2008; grown by scikit-learn's IsolationForest.
    """
    complete = np.ascontiguousarray(rows[np.isfinite(rows).all(axis=1)], "<f8")
    if len(complete) < sample_size:
        raise ValueError(f"expected at least {sample_size} complete rows to train on, found {len(complete)}")
    grown = IsolationForest(n_estimators=trees, max_samples=sample_size, contamination=contamination, random_state=seed).fit(complete)
    parts: dict[str, list[npt.NDArray[np.generic]]] = {name: [] for name in ("left", "right", "feature", "threshold", "depth")}
    roots, placed = [], 0
    for estimator in grown.estimators_:
        tree = estimator.tree_
        inner = tree.children_left >= 0
        roots.append(placed)
        parts["left"].append(np.where(inner, tree.children_left + placed, -1))
        parts["right"].append(np.where(inner, tree.children_right + placed, -1))
        parts["feature"].append(np.where(inner, tree.feature, -1))
        parts["threshold"].append(tree.threshold)
        parts["depth"].append(_depths(tree) + mean_path_length(tree.n_node_samples))
        placed += tree.node_count
    arrays = {name: np.concatenate(pieces) for name, pieces in parts.items()}
    forest = Forest(
        roots=np.array(roots, np.int64), left=arrays["left"].astype(np.int64), right=arrays["right"].astype(np.int64),
        feature=arrays["feature"].astype(np.int64), threshold=arrays["threshold"].astype(np.float64), depth=arrays["depth"].astype(np.float64),
        sample_size=sample_size, cut=float(-grown.offset_),
    )  # fmt: skip
    return TrainedForest(forest, len(complete), hashlib.sha256(complete.tobytes()).hexdigest())


def _depths(tree: object) -> Floats:
    left, right = tree.children_left, tree.children_right  # type: ignore[attr-defined]
    depths = np.zeros(len(left))
    for node in range(len(left)):  # a parent's number is below its children's
        if left[node] >= 0:
            depths[left[node]] = depths[right[node]] = depths[node] + 1
    return depths
