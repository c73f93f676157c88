"""How large the market is, and when its tape begins."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

START_US = 1_747_231_200_000_000  # 2025-05-14 10:00 New York
SESSION_DAY = 20_222  # the same day, days since 1970-01-01


@dataclass(frozen=True, slots=True)
class MarketSize:
    """What comes in a second.

    Attributes
    ----------
    symbols
        Stocks and funds; their trades follow Zipf's law (0.9), so that the busiest prints every few milliseconds and the last one every ten seconds.
        Each has the vendor's bar of every minute in which it traded.
    watched
        The busiest of them, whose trades come too: as many as the final watchlist has (WCH-03).
    trades
        Of all symbols.
    quotes_a_second
        Of each symbol with an order book; the others have none.
    chains
        Underlyings with an option chain of ``contracts`` each.
    chain_seconds
        Each contract's row comes again after so long.
    option_trades
        On an average day: six million in 6.5 hours; one second a minute has ten times as many.
    """

    symbols: int = 10_000
    watched: int = 100
    trades: int = 5_000
    books: int = 10
    book_updates: int = 10
    quotes_a_second: int = 5
    chains: tuple[str, ...] = ("SPX", "SPY", "QQQ", "IWM")
    contracts: int = 5_000
    chain_seconds: int = 300
    option_trades: int = 256
    off_exchange_prints: int = 50
    flow_alerts: int = 2

    def share(self, share: float) -> Self:
        """Return a smaller market of the same kind: of everything the same share, of books, alerts and contracts at least a few."""
        return replace(
            self,
            symbols=max(round(self.symbols * share), 4),
            watched=max(round(self.watched * share), 4),
            trades=max(round(self.trades * share), 2),
            books=max(round(self.books * share), 1),
            contracts=max(round(self.contracts * share), 50),
            option_trades=max(round(self.option_trades * share), 2),
            off_exchange_prints=max(round(self.off_exchange_prints * share), 1),
            flow_alerts=max(round(self.flow_alerts * share), 1),
        )
