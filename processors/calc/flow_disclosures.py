"""What members of congress and insiders reported: who bought, who sold, and whether they agree."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

CONGRESS_ABOVE_USD = 500_000.0
INSIDER_SELLERS = 3
BUY, SELL = 1, -1


class CongressSums(NamedTuple):
    """Reported trades of congress over the look-back.

    Attributes
    ----------
    bought_usd, sold_usd
        Sums of the *lower* ends of the reported ranges: at least so much.
    trades
        How many there were, of both directions.
    """

    bought_usd: float
    sold_usd: float
    bought: int
    sold: int

    @property
    def trades(self) -> int:
        return self.bought + self.sold


def direction_of(transaction: str) -> int:
    """Return 1 for a purchase, -1 for a sale, 0 for an exchange or anything else, from the words of the report.

    Source: the words of US House and Senate periodic transaction reports: Purchase or Buy, Sale or Sell (also partial), Exchange.
    """
    word = transaction.strip().lower()
    if word.startswith(("buy", "purchase")):
        return BUY
    return SELL if word.startswith(("sell", "sale")) else 0


def congress_sums(trades: Iterable[tuple[int, float]]) -> CongressSums:
    """Add up (direction, lower end of the amount in US dollars) pairs.

    Source: sums; the lower end because the range's is all that is reported.
    """
    bought = sold = 0.0
    buys = sells = 0
    for direction, amount in trades:
        if direction > 0:
            bought, buys = bought + amount, buys + 1
        elif direction < 0:
            sold, sells = sold + amount, sells + 1
    return CongressSums(bought, sold, buys, sells)


def congress_signal(sums: CongressSums, above_usd: float = CONGRESS_ABOVE_USD) -> int | None:
    """Return 1 when congress bought more than the threshold and nobody sold, -1 for the mirror of it, 0 otherwise; None without trades (FLW-08).

    Source: the strategy's rule "congress trades in the same direction or no opposing trades, buying above 500,000 dollars".
    """
    if not sums.trades:
        return None
    if sums.sold == 0 and sums.bought_usd > above_usd:
        return BUY
    if sums.bought == 0 and sums.sold_usd > above_usd:
        return SELL
    return 0


def is_cluster(sellers: int, least: int = INSIDER_SELLERS) -> bool:
    """Tell whether so many different insiders are a cluster: two are none, three are one (FLW-09)."""
    return sellers >= least
