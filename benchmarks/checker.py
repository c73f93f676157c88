"""Compares a contestant's bars with the right ones: a figure is worth printing only for the right answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

EXACT = ("open", "high", "low", "close", "volume", "trade_count")
VWAP_TOLERANCE = 1e-9  # relative: sums may be taken in another order


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found in the output topic.

    Attributes
    ----------
    duplicates
        Repeats of a bar that are equal to it: at-least-once delivery allows them.
    wrong
        Bars that differ from the right one, or from an earlier copy of themselves.
    unexpected
        Bars that the tape does not close.
    example
        The first fault in words; empty when there is none.
    """

    expected: int
    found: int
    duplicates: int
    wrong: int
    missing: int
    unexpected: int
    example: str = ""

    @property
    def is_right(self) -> bool:
        return not (self.wrong or self.missing or self.unexpected)

    def __str__(self) -> str:
        if self.is_right:
            return f"{self.expected:,} bars equal" + (f", {self.duplicates:,} repeats" if self.duplicates else "")
        return f"WRONG: {self.wrong:,} wrong, {self.missing:,} missing, {self.unexpected:,} unexpected of {self.expected:,}; {self.example}"


def check(bars: Iterable[Mapping[str, Any]], truth: pd.DataFrame, *, closes_by_partition: bool = False) -> Verdict:
    """Compare decoded bars, in the order of the topic, with those of `right_bars`.

    Parameters
    ----------
    closes_by_partition
        Allow, but do not ask for, bars of a symbol's last minute that other trades of the partition have passed.
    """
    allowed = truth["closed"] | truth["passed"] if closes_by_partition else truth["closed"]
    found = pd.DataFrame(list(bars), columns=["symbol", "window_start", *EXACT, "vwap"])
    keys = ["symbol", "window_start"]
    # A NaN equals nothing, so it counts as wrong below without a case of its own.
    different = found.drop_duplicates([*keys, *EXACT, "vwap"])
    contradicted = different[different.duplicated(keys, keep="first")]
    first = different.drop_duplicates(keys).set_index(keys)
    both = first.merge(truth, how="inner", left_index=True, right_index=True, suffixes=("", "_right"))
    wrong = (both["vwap"] - both["vwap_right"]).abs() > VWAP_TOLERANCE * both["vwap_right"].abs()
    wrong |= both["vwap"].isna()
    for name in EXACT:
        wrong |= both[name] != both[f"{name}_right"]
    missing = truth.index[truth["closed"]].difference(first.index)
    unexpected = first.index.difference(truth.index[allowed])
    example = ""
    if wrong.any():
        row = both[wrong].iloc[0]
        pairs = ", ".join(f"{name} {row[name]!r} for {row[f'{name}_right']!r}" for name in (*EXACT, "vwap") if row[name] != row[f"{name}_right"])
        example = f"{both[wrong].index[0]}: {pairs}"
    elif len(contradicted):
        example = f"{tuple(contradicted.iloc[0][keys])} came twice and differed"
    elif len(missing):
        example = f"{missing[0]} never came"
    elif len(unexpected):
        example = f"{unexpected[0]} has not closed"
    return Verdict(
        expected=int(truth["closed"].sum()),
        found=len(found),
        duplicates=len(found) - len(different),
        wrong=int(wrong.sum()) + len(contradicted),
        missing=len(missing),
        unexpected=len(unexpected),
        example=example,
    )
