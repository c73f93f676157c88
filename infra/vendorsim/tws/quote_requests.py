"""What a client of the fake TWS has subscribed to besides books: quotes field by field, and the tape tick by tick."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from infra.vendorsim.market_events import TapeTrade
from infra.vendorsim.tws.book_source import BookSource
from infra.vendorsim.tws.listings import Listed
from infra.vendorsim.tws.market import Level1

_BID, _ASK, _LAST, _CLOSE, _HALTED, _LAST_TIME = 1, 2, 4, 9, 49, 45
_SIZES = {_BID: 0, _ASK: 3, _LAST: 5}
_DELAYED = {_BID: 66, _ASK: 67, _LAST: 68, _CLOSE: 75, 0: 69, 3: 70, 5: 71, _LAST_TIME: 88}
_MODEL = 13
Send = Callable[..., None]


@dataclass(slots=True)
class _Quote:
    each: Listed
    sent: dict[int, float] = field(default_factory=dict)


@dataclass(slots=True)
class _Ticks:
    each: Listed
    is_trades: bool
    since_ms: int


@dataclass(slots=True)
class QuoteRequests:
    """One client's quotes and ticks."""

    books: BookSource
    send: Send
    quotes: dict[int, _Quote] = field(default_factory=dict)
    ticks: dict[int, _Ticks] = field(default_factory=dict)
    crossed: set[str] = field(default_factory=set)
    silent: set[str] = field(default_factory=set)

    def clear(self) -> None:
        """Forget everything."""
        self.quotes.clear()
        self.ticks.clear()

    def open_quote(self, request_id: int, each: Listed, snapshot: bool, delayed: bool, now_ms: int) -> None:
        """Begin to tell a quote, or tell it once."""
        if delayed:
            self.send(4, 2, request_id, 10167, "Requested market data is not subscribed. Displaying delayed market data.", "")
        self.send(58, 1, request_id, 3 if delayed else 1)
        self.quotes[request_id] = _Quote(each)
        if snapshot:
            self._tell(request_id, self.quotes.pop(request_id), delayed, now_ms)
            self.send(57, 1, request_id)

    def open_ticks(self, request_id: int, each: Listed, kind: str, now_ms: int) -> None:
        """Begin to tell every trade or every change of bid and offer."""
        self.ticks[request_id] = _Ticks(each, kind in ("AllLast", "Last"), now_ms)

    def tell(self, delayed: bool, now_ms: int) -> None:
        """Send what changed."""
        for request_id, quote in self.quotes.items():
            if quote.each.name not in self.silent:
                self._tell(request_id, quote, delayed, now_ms)
        for request_id, ticks in self.ticks.items():
            trades = self.books.trades(ticks.each, ticks.since_ms, now_ms)
            if ticks.is_trades:
                for trade in trades:
                    self.send(99, request_id, 2, trade.ts_ms // 1_000, trade.price, trade.size, 0, "ISLAND", "")
            else:
                self._tell_bid_ask(request_id, ticks.each, trades)
            ticks.since_ms = now_ms

    def _tell_bid_ask(self, request_id: int, each: Listed, trades: Sequence[TapeTrade]) -> None:
        for trade in trades:
            now = self.books.level1(each, trade.ts_ms)
            if now is not None and now.bid_price is not None:
                self.send(99, request_id, 3, trade.ts_ms // 1_000, now.bid_price, now.ask_price, now.bid_size, now.ask_size, 0)

    def _tell(self, request_id: int, quote: _Quote, delayed: bool, now_ms: int) -> None:
        now = self.books.level1(quote.each, now_ms)
        if now is None:
            return
        if quote.each.name in self.crossed and now.bid_price is not None and now.ask_price is not None:
            now = now._replace(bid_price=now.ask_price + quote.each.tick)
        changed = False
        for kind, price, size in _prices(now):
            if quote.sent.get(kind) != price:
                self.send(1, 6, request_id, _DELAYED[kind] if delayed else kind, price, size, 0)
                changed = True
            elif quote.sent.get(100 + kind) != size and kind in _SIZES:
                self.send(2, 6, request_id, _DELAYED[_SIZES[kind]] if delayed else _SIZES[kind], size)
                changed = True
            quote.sent[kind], quote.sent[100 + kind] = price, size
        if now.last_ms // 1_000 != quote.sent.get(_LAST_TIME):
            quote.sent[_LAST_TIME] = now.last_ms // 1_000
            self.send(46, 6, request_id, _DELAYED[_LAST_TIME] if delayed else _LAST_TIME, now.last_ms // 1_000)
        if _HALTED not in quote.sent:
            quote.sent[_HALTED] = 0
            self.send(45, 6, request_id, _HALTED, 0)
        if changed and quote.each.security_type == "OPT":
            model = self.books.computed(quote.each, now_ms)
            if model is not None:
                self.send(
                    21, request_id, _MODEL, 0, model.volatility, model.delta, (now.bid_price or 0) / 2 + (now.ask_price or 0) / 2, 0.0,
                    model.gamma, model.vega, model.theta, model.spot,
                )  # fmt: skip


def _prices(now: Level1) -> Iterator[tuple[int, float, float]]:
    for kind, price, size in (
        (_BID, now.bid_price, now.bid_size), (_ASK, now.ask_price, now.ask_size), (_LAST, now.last_price, now.last_size),
        (_CLOSE, now.close_price, 0.0),
    ):  # fmt: skip
        if price is not None:
            yield kind, price, size or 0.0
