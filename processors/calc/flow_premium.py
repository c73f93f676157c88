"""Sums of option premium: what was bought and sold of calls and puts, and how one-sided it is."""

from __future__ import annotations

from typing import NamedTuple

ASYMMETRY_ABOVE = 0.60
"""A share of calls or puts above this stands out (FLW-04)."""


class PremiumSums(NamedTuple):
    """US dollars of option premium over some time.

    Attributes
    ----------
    calls, puts
        All that traded.
    net_calls, net_puts
        Bought minus sold; prints whose side is unknown count in neither.
    unknown
        Premium of prints whose side is unknown, calls and puts.
    """

    calls: float = 0.0
    puts: float = 0.0
    net_calls: float = 0.0
    net_puts: float = 0.0
    unknown: float = 0.0

    def plus(self, premium: float, is_call: bool, side: int) -> PremiumSums:
        """Return the sums with one more print; a negative premium takes one out again."""
        calls, puts, net_calls, net_puts, unknown = self
        if is_call:
            calls += premium
            net_calls += side * premium
        else:
            puts += premium
            net_puts += side * premium
        return PremiumSums(calls, puts, net_calls, net_puts, unknown + (premium if side == 0 else 0.0))


def net_premium(net_calls: float, net_puts: float) -> float:
    """Return net premium, US dollars: above 0 when more was paid for a rise than for a fall.

    Source: Unusual Whales, net premium ticks: (calls at the ask - calls at the bid) - (puts at the ask - puts at the bid).
    """
    return net_calls - net_puts


def asymmetry(calls: float, puts: float) -> float | None:
    """Return the share of the stronger side in all premium, 0.5 to 1, negative when puts are stronger; None when nothing traded.

    Source: a ratio: max(calls, puts) / (calls + puts), signed by which of them is larger.
    """
    total = calls + puts
    if total <= 0:
        return None
    return calls / total if calls >= puts else -puts / total


def is_one_sided(share: float | None, above: float = ASYMMETRY_ABOVE) -> bool:
    """Tell whether calls or puts have more than a share of the premium: 60.1 % passes, 60.0 % does not (FLW-04)."""
    return share is not None and abs(share) > above
