"""The file of a trained model of book anomalies: arrays and a description, nothing that runs."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from infra.errors import Permanent
from processors.calc.isolation_forest import Forest

FEATURES = ("pressure", "spread_bps", "imbalance_5")
_FORMAT = "tapewire depth anomaly model 1"
_ARRAYS = tuple(entry.name for entry in fields(Forest) if entry.name not in ("sample_size", "cut"))


@dataclass(frozen=True, slots=True)
class AnomalyModel:
    """A forest with its papers.

    Attributes
    ----------
    version
        First 12 digits of the SHA-256 of forest and papers.
    trained_on
        What the training data were, in words.
    data_hash
        SHA-256 of the training rows.
    rows
        How many there were.
    contamination
        Share of them above the cut.
    """

    forest: Forest
    version: str
    trained_on: str
    data_hash: str
    rows: int
    contamination: float


def model_of(forest: Forest, *, trained_on: str, data_hash: str, rows: int, contamination: float) -> AnomalyModel:
    """Return the model with its version."""
    papers = _papers(forest, trained_on, data_hash, rows, contamination)
    return AnomalyModel(forest, _version(forest, papers), trained_on, data_hash, rows, contamination)


def write_model(model: AnomalyModel, path: Path) -> None:
    """Write the model; the file ends in .npz."""
    papers = _papers(model.forest, model.trained_on, model.data_hash, model.rows, model.contamination)
    arrays: dict[str, Any] = {name: getattr(model.forest, name) for name in _ARRAYS}
    with path.open("wb") as file:
        np.savez_compressed(file, papers=np.frombuffer(json.dumps(papers).encode(), np.uint8), **arrays)


def read_model(path: Path) -> AnomalyModel:
    """Read a model.

    Raises
    ------
    Permanent
        If the file is not there, or is not a model of this kind.
    """
    try:
        with np.load(path, allow_pickle=False) as stored:
            papers = json.loads(stored["papers"].tobytes())
            arrays = {name: stored[name] for name in _ARRAYS}
    except (OSError, ValueError, KeyError) as error:
        raise Permanent(f"{path}: expected a model written by `tapewire depth train`, found {type(error).__name__}: {error}") from error
    if papers.get("format") != _FORMAT or tuple(papers.get("features", ())) != FEATURES:
        raise Permanent(f"{path}: expected {_FORMAT!r} of {', '.join(FEATURES)}, found {papers.get('format')!r} of {papers.get('features')}")
    forest = Forest(**arrays, sample_size=papers["sample_size"], cut=papers["cut"])
    return AnomalyModel(forest, _version(forest, papers), papers["trained_on"], papers["data_hash"], papers["rows"], papers["contamination"])


def _papers(forest: Forest, trained_on: str, data_hash: str, rows: int, contamination: float) -> dict[str, Any]:
    return {
        "format": _FORMAT, "features": list(FEATURES), "trained_on": trained_on, "data_hash": data_hash, "rows": rows,
        "contamination": contamination, "sample_size": forest.sample_size, "cut": forest.cut,
    }  # fmt: skip


def _version(forest: Forest, papers: dict[str, Any]) -> str:
    digest = hashlib.sha256(json.dumps(papers, sort_keys=True).encode())
    for name in _ARRAYS:
        digest.update(getattr(forest, name).tobytes())
    return digest.hexdigest()[:12]
