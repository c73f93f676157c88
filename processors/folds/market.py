"""The market fold of one symbol: trades and quotes wait, each tick closes what is due and says what it means.

::

    trade ─► pending prints ─┐
    quote ─► pending quotes ─┤ tick T: seconds that end by T - grace close, in order;
    vendor's bar ─► bars ────┤         a bar stands in where there are no trades
                             ▼
       1 s bar ─► day sums ─► open windows ─► bars ─► features ─► boxes ─► one MarketView

What is written at tick T depends on the prints and quotes before T alone, not on the order they came in; and on the derived numbers (depth,
gamma, flow, regime) that the tick covers, which the stage holds back until then.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from infra.errors import Permanent
from infra.feature_settings import FeatureSettings
from infra.settings import BarSettings, BoxSettings, TapeSettings
from infra.view_settings import ViewSettings
from processors.calc.windows import SECOND_US
from processors.fold import Output
from processors.folds import facts, quotes, trades, vendor_bars
from processors.folds.closing import Closing
from processors.folds.vendor_bars import VendorBars, is_fed_by_bars
from schemas.record import Record
from schemas.records import Bar, MarketHistory, MarketState, Quote, Tick, Trade

Rows = tuple[npt.NDArray[Any], ...]
EARLIEST_US = 1_104_624_000_000_000  # 2005-01-02 UTC: without a session, each later tick of the symbol would fail


class MarketFold:
    """Trades, quotes, vendors' bars, derived numbers and ticks to bars, features, boxes and views.

    Parameters
    ----------
    bars
        Grace, horizon and intervals.
    boxes
        When bars count as a compression box.
    feature
        What is computed from bars, and over how many.
    views
        How long derived numbers stay in views.
    tape
        Whose bars stand in for trades.
    """

    state_type: type[MarketState] = MarketState

    def __init__(
        self, bars: BarSettings, boxes: BoxSettings, feature: FeatureSettings, views: ViewSettings | None = None, tape: TapeSettings | None = None
    ) -> None:
        self._views = views or ViewSettings()
        self._bars = bars
        self._vendor_bars = VendorBars(bars, tape or TapeSettings())
        self._feature = feature
        self._boxes = boxes
        self._grace_us = round(bars.grace_seconds * SECOND_US)
        self._view_every_us = bars.view_interval_seconds * SECOND_US
        self._idle_us = bars.view_idle_seconds * SECOND_US

    def initial(self, key: str) -> MarketState:
        """Return the state of a symbol that was never seen."""
        return MarketState(symbol=key, history=MarketHistory())

    def step(self, state: MarketState, topic: str, record: Record) -> tuple[MarketState, Sequence[Output]]:
        """Fold a trade, a quote, a vendor's bar, a derived number or a tick; only ticks have outputs.

        Raises
        ------
        Permanent
            For a price or size that is not above 0, for a crossed quote, a bar that is none, and a time no exchange calendar reaches back to.
        """
        if isinstance(record, Trade | Quote | Bar) and record.ts_event < EARLIEST_US:
            raise Permanent(f"{topic}: expected a time from 2005 on, found {record.ts_event} us since 1970", "ts_event")
        if isinstance(record, Trade):
            if not (record.price > 0 and record.size > 0):
                raise Permanent(f"trade: expected price and size above 0, found {record.price} and {record.size}", "price")
            pending = trades.append(state.pending_prints, record)
            return _with(state, pending, state.pending_quotes), ()
        if isinstance(record, Quote):
            if record.bid_price is not None and record.ask_price is not None and record.bid_price > record.ask_price:
                raise Permanent(f"quote: expected bid <= ask, found {record.bid_price} > {record.ask_price}", "bid_price")
            pending = quotes.keep_last(state.pending_quotes, record)
            return _with(state, state.pending_prints, pending), ()
        if isinstance(record, Bar):
            return (replace(state, pending_bars=vendor_bars.append(state.pending_bars, record)) if self._vendor_bars.wants(record) else state), ()
        if topic in facts.KINDS:
            return replace(state, facts=facts.known(state.facts, topic, record)), ()
        if isinstance(record, Tick):
            if record.ts_event <= state.history.last_tick:
                return state, ()
            return self._tick(state, record)
        raise Permanent(f"{topic}: expected a trade, a quote, a bar, a derived number or a tick, found a {type(record).__name__}")

    def columns_of(self, topic: str) -> Sequence[str]:
        """Return the fields it reads of trades and quotes."""
        return trades.FIELDS if topic == "market.trades" else quotes.FIELDS

    def pack(self, topic: str, columns: Any) -> Rows:
        """Return trades or quotes as rows of what waits for a tick."""
        return (trades.pack(columns) if topic == "market.trades" else quotes.pack(columns),)

    def acceptable(self, topic: str, values: Rows) -> npt.NDArray[np.bool_]:
        """Tell which of them `step` would not refuse."""
        (rows,) = values
        good: npt.NDArray[np.bool_] = rows["ts_event"] >= EARLIEST_US
        if topic == "market.trades":
            return good & (rows["price"] > 0) & (rows["size"] > 0)
        return good & ~(rows["bid_price"] > rows["ask_price"])  # NaN, a missing side, is above nothing

    def step_columns(self, state: MarketState, topic: str, values: Rows) -> tuple[MarketState, Sequence[Output]]:
        """Fold trades or quotes of one symbol, in offset order."""
        (rows,) = values
        if topic == "market.trades":
            return _with(state, state.pending_prints + rows.tobytes(), state.pending_quotes), ()
        return _with(state, state.pending_prints, quotes.keep_newest(state.pending_quotes, rows)), ()

    def wants_tick(self, state: MarketState, tick: Tick) -> bool:
        """Tell whether something waits, a window is due, or a view is."""
        if state.pending_prints or state.pending_quotes or state.pending_trades:
            return True
        if state.pending_bars and self._vendor_bars.are_due(state, tick.ts_event):
            return True
        history = state.history
        due_us = tick.ts_event - self._grace_us
        if 0 < history.next_close <= due_us and history.next_close <= due_us - self._vendor_bars.behind_us(state):
            return True
        return tick.ts_event % self._view_every_us == 0 and self._view_is_due(history, tick.ts_event)

    def _view_is_due(self, history: MarketHistory, tick_us: int) -> bool:
        quote = quotes.newest_row(history.newest_quote)
        # Between two of its bars nothing is known of a symbol that has no trades: a view would say the same again.
        newest = max(0 if is_fed_by_bars(history) else history.last_trade_end, quote.ts_event if quote else 0)
        return newest > 0 and tick_us - newest <= self._idle_us

    def _tick(self, state: MarketState, tick: Tick) -> tuple[MarketState, Sequence[Output]]:
        tick_us = tick.ts_event
        waiting_quotes, newest_quote = quotes.pass_tick(state.pending_quotes, state.history.newest_quote, tick_us)
        closing = Closing(state.symbol, state.history, newest_quote, tick, self._bars, self._boxes, self._feature,
                          self._vendor_bars.behind_us(state))  # fmt: skip
        waiting = state.pending_prints
        if state.pending_trades:
            waiting = trades.from_shorter_rows(state.pending_trades) + waiting
        closable = trades.split(waiting, closing.closed_until, closing.boundary)
        closing.take_late(closable.late)
        closing.take_on_time(closable.on_time)
        bars, waiting_bars = vendor_bars.due(state.pending_bars, self._vendor_bars.until_us(state.symbol, tick_us))
        closing.take_bars(bars, self._vendor_bars.oldest_us(state.symbol, tick_us))
        closing.close_due()
        on_time = tick_us % self._view_every_us == 0 and self._view_is_due(state.history, tick_us)
        closing.view(even_unchanged=on_time)
        return (
            MarketState(
                symbol=state.symbol, history=closing.history(), pending_prints=closable.waiting, pending_quotes=waiting_quotes, facts=state.facts,
                pending_bars=waiting_bars,
            ),
            facts.with_facts(closing.outputs, state.facts, tick_us, self._views),
        )


def _with(state: MarketState, pending_prints: bytes, pending_quotes: bytes) -> MarketState:
    return MarketState(
        symbol=state.symbol, history=state.history, pending_prints=pending_prints, pending_quotes=pending_quotes, pending_trades=state.pending_trades,
        facts=state.facts, pending_bars=state.pending_bars,
    )  # fmt: skip
