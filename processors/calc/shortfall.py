"""How far a measured number is from passing a gate."""

from __future__ import annotations

from typing import NamedTuple

_ROUNDING = 1e-9


class Gap(NamedTuple):
    """A gate that was not passed."""

    gate: str  # stable code in upper case
    value: float | None  # what was measured; None when it was missing
    limit: float  # what was allowed
    unit: str

    @property
    def shortfall(self) -> float | None:
        """Distance from the value to the limit, in the unit; None when nothing was measured."""
        return None if self.value is None else abs(self.value - self.limit)


def is_near(gap: Gap, share: float) -> bool:
    """Tell whether the shortfall is at most ``share`` of the limit; of what is counted, one is near too."""
    if gap.shortfall is None:
        return False
    return gap.shortfall <= share * abs(gap.limit) + _ROUNDING or (gap.unit == "touches" and gap.shortfall <= 1)
