"""Who may write the tape: one vendor's prints and quotes for each kind of instrument, and none that come late into a live stack.

Several vendors deliver the same prints. Two of them on market.trades would be folded into the same bars, with twice the volume;
so each instrument has one authority (`TapeSettings`). What another vendor sends stays in raw.payloads, and its bars, which carry
their source in their identity, go to market.bars as ever.
"""

from __future__ import annotations

from infra.settings import Settings
from schemas.instruments import is_crypto_pair
from schemas.record import Record
from schemas.records import Quote, Trade

TAPE = frozenset({"market.trades", "market.quotes"})


class Tape:
    """Tells which prints and quotes of a feed count.

    Parameters
    ----------
    delay_seconds
        By which the feed's plan holds its data back. Late data may not pass for the market of now: a stack whose mode is ``live``
        does without; ``delayed``, ``demo`` and ``replay`` take it.
    """

    def __init__(self, settings: Settings, delay_seconds: int = 0) -> None:
        self._stocks, self._crypto = settings.tape.stocks, settings.tape.crypto
        self._delay_seconds = delay_seconds
        self._withheld = delay_seconds > 0 and settings.stack.mode == "live"

    @property
    def detail(self) -> str | None:
        """What people should know of a feed that comes late."""
        if not self._delay_seconds:
            return None
        late = f"data {self._delay_seconds} s late"
        return f"{late}: trades and quotes withheld, the stack's mode is live" if self._withheld else late

    def admits(self, vendor: str, symbol: str) -> bool:
        """Tell whether this vendor's prints and quotes of the symbol count."""
        if self._withheld:
            return False
        return vendor == (self._crypto if is_crypto_pair(symbol) else self._stocks)

    def admits_record(self, record: Record) -> bool:
        """Tell whether a record may be published: anything but another vendor's print or quote."""
        return not isinstance(record, (Trade, Quote)) or self.admits(record.source, record.symbol)
