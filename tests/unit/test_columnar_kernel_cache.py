"""Compiled kernels are kept on disk; whatever is there, a start succeeds."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from numba import int64

from infra.columnar.kernel_cache import CACHE_FOLDER_VARIABLE, cache_folder, kernel

SOURCE = "def twice(number):\n    return 2 * number\n"


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "cache"
    monkeypatch.setenv(CACHE_FOLDER_VARIABLE, str(folder))
    return folder


def compiled(folder: Path, source: str = SOURCE) -> Callable[..., Any]:
    """Compile a function of a module of its own, as a new process would."""
    path = folder / "kernels" / "doubling.py"
    path.parent.mkdir(exist_ok=True)
    if not path.exists() or path.read_text() != source:
        path.write_text(source)
    spec = importlib.util.spec_from_file_location("doubling", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["doubling"] = module  # numba keeps functions of modules that cannot be imported in a way it cannot always read
    spec.loader.exec_module(module)
    return kernel(int64(int64))(module.twice)


def hits(function: Any) -> int:
    return sum(function.stats.cache_hits.values())


def test_a_second_start_compiles_nothing(tmp_path: Path, cache: Path) -> None:
    first = compiled(tmp_path)
    again = compiled(tmp_path)
    assert (first(21), again(21)) == (42, 42)
    assert (hits(first), hits(again)) == (0, 1)
    assert cache_folder() == cache


def test_a_damaged_cache_is_made_anew(tmp_path: Path, cache: Path) -> None:
    compiled(tmp_path)
    for pattern in ("*.nbi", "*.nbc"):
        for file in cache.rglob(pattern):
            file.write_bytes(b"damaged")
        assert compiled(tmp_path)(4) == 8
        assert hits(compiled(tmp_path)) == 1, "and kept again"


def test_changed_sources_are_compiled(tmp_path: Path, cache: Path) -> None:
    compiled(tmp_path)
    assert compiled(tmp_path, SOURCE.replace("2", "3"))(4) == 12


def test_a_folder_that_cannot_be_written_costs_only_time(tmp_path: Path, cache: Path) -> None:
    cache.write_text("a file where the folder should be")
    assert compiled(tmp_path)(4) == 8
