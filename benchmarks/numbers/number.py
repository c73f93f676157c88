"""A number and how it is proven: `@number` on a function that returns ours and the reference's values."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from infra.plugins import load_all

DATA = Path(__file__).parents[3] / "shared" / "data"  # real captures; never part of the project
_MARK = "Source:"

Compared = tuple[npt.ArrayLike, npt.ArrayLike]
_numbers: dict[str, Number] = {}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a comparison showed.

    Attributes
    ----------
    rows
        Pairs of values that both sides have.
    largest_error
        Largest absolute, or relative, difference; infinite where one side has a value and the other has none.
    """

    rows: int
    largest_error: float


@dataclass(frozen=True, slots=True)
class Number:
    """One number.

    Attributes
    ----------
    title
        What it is, with its parameters.
    unit
        Unit and range.
    of
        The function that computes it; its docstring, or that of its module, has a paragraph ``Source: ...``.
    reference
        Library and call, or the publication's table, it is compared with.
    data
        What it was checked on.
    tolerance
        Largest error that is taken.
    relative
        Whether the error is a share of the reference's value.
    needs
        Files below `DATA` without which the comparison cannot run.
    compare
        Returns our values and the reference's, equally long; NaN where there is none.
    """

    title: str
    unit: str
    of: Callable[..., Any]
    reference: str
    data: str
    tolerance: float
    relative: bool
    needs: tuple[str, ...]
    compare: Callable[[], Compared]

    @property
    def formula(self) -> str:
        """Module and name of the function."""
        return f"{self.of.__module__}.{self.of.__qualname__}"

    @property
    def source(self) -> str:
        """Where the formula is from: the paragraph that begins with ``Source:``.

        Raises
        ------
        ValueError
            If neither the function nor its module says so.
        """
        for text in (inspect.getdoc(self.of) or "", inspect.getdoc(inspect.getmodule(self.of)) or ""):
            _, mark, rest = text.partition(_MARK)
            if mark:
                return " ".join(rest.split("\n\n")[0].split())
        raise ValueError(f"{self.formula}: expected a paragraph {_MARK!r} in its docstring or its module's")

    def missing(self) -> tuple[str, ...]:
        """Return the needed files that are not on this machine."""
        return tuple(name for name in self.needs if not (DATA / name).exists())

    def outcome(self) -> Outcome:
        """Compare."""
        ours, theirs = (np.asarray(values, dtype=np.float64).ravel() for values in self.compare())
        if len(ours) != len(theirs):
            raise ValueError(f"{self.title}: expected {len(theirs)} values as the reference has, found {len(ours)}")
        both = np.isfinite(ours) & np.isfinite(theirs)
        if not both.any():
            raise ValueError(f"{self.title}: expected values to compare, found none")
        errors = np.abs(ours - theirs)[both]
        if self.relative:
            errors = errors / np.maximum(np.abs(theirs[both]), np.finfo(float).tiny)
        one_sided = bool((np.isfinite(ours) != np.isfinite(theirs)).any())
        return Outcome(int(both.sum()), float("inf") if one_sided else float(errors.max()))


def number(
    *, title: str, unit: str, of: Callable[..., Any], reference: str, data: str, tolerance: float, relative: bool = False, needs: tuple[str, ...] = ()
) -> Callable[[Callable[[], Compared]], Callable[[], Compared]]:
    """Register a comparison; the attributes of `Number` say what the arguments mean."""

    def register(compare: Callable[[], Compared]) -> Callable[[], Compared]:
        if title in _numbers:
            raise ValueError(f"expected one number named {title!r}, found two")
        _numbers[title] = Number(title, unit, of, reference, data, tolerance, relative, needs, compare)
        return compare

    return register


def numbers() -> Mapping[str, Number]:
    """Return every number by its title, area by area."""
    load_all("benchmarks.numbers.areas")
    return _numbers
