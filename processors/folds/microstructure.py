"""The microstructure fold of one symbol: books, 1-second bars and sweeps are taken in; each tick writes what they say together.

::

    snapshot ─► numbers of the last seconds ─┐
    1 s bar ─► signed flow ─► VPIN, lambda ──┤ tick: at most one BookMetrics
    sweep ──► waits for the book's answer ───┘

A tick says only what lies before it. What is due for every symbol at once (PIN after the close, symbols without a book) is spread over
the following seconds, so that no tick has to do it all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from zlib import crc32

import numpy as np

from infra.errors import Permanent
from infra.microstructure_settings import MicrostructureSettings
from processors.anomaly_model import AnomalyModel
from processors.calc.price_impact import price_impact
from processors.calc.windows import SECOND_US
from processors.fold import Output
from processors.folds import book_seconds, book_window, hedge_watch, signed_flow
from processors.folds.book_metrics import Judgement, metrics_of
from processors.folds.depth import check_book
from processors.folds.signed_flow import DAYS, FLOW, NOTHING, FlowRow
from schemas.record import Record
from schemas.records import Bar, BookSnapshot, FlowAlert, MicrostructureState, Resolution, Tick

_SLOTS = 3_600
_PIN_SPREAD_SECONDS = 1_800
_PIN_AFTER_CLOSE_US = 60 * SECOND_US
_PAIR_BYTES = 16


class MicrostructureFold:
    """Books, bars, sweeps and ticks to `BookMetrics`.

    Parameters
    ----------
    settings
        Lives, windows and thresholds.
    grace_seconds
        How long after a second its bar closes.
    model
        What finds anomalies, if there is a model.
    """

    state_type: type[MicrostructureState] = MicrostructureState

    def __init__(self, settings: MicrostructureSettings, grace_seconds: float, model: AnomalyModel | None = None) -> None:
        self._settings = settings
        self._judgement = Judgement(settings, grace_seconds, model)
        self._book_life_us = round(settings.book_life_seconds * SECOND_US)
        self._grade_life_us = round(settings.grade_life_seconds * SECOND_US)
        self._rolling_us = round(settings.rolling_seconds * SECOND_US)

    def initial(self, key: str) -> MicrostructureState:
        """Return the state of a symbol that was never seen."""
        return MicrostructureState(symbol=key, slot=crc32(key.encode()) % _SLOTS)

    def step(self, state: MicrostructureState, topic: str, record: Record) -> tuple[MicrostructureState, Sequence[Output]]:
        """Fold a snapshot, a bar, an alert or a tick; only ticks have outputs.

        Raises
        ------
        Permanent
            For a book that is crossed or has no generation or sequence.
        """
        if isinstance(record, Bar):
            return self._bar(state, record), ()
        if isinstance(record, BookSnapshot):
            return self._book(state, record), ()
        if isinstance(record, Tick):
            return (state, ()) if record.ts_event <= state.last_tick else self._tick(state, record)
        if isinstance(record, FlowAlert):
            return self._alert(state, record), ()
        raise Permanent(f"{topic}: expected a book, a bar, an alert or a tick, found a {type(record).__name__}")

    def wants_tick(self, state: MicrostructureState, tick: Tick) -> bool:
        """Tell whether something is to be said, ends its life, or is due."""
        if state.sweeps or state.is_fresh or state.has_grade or state.hedge_until:
            return True
        if state.has_news and (state.books or self._is_turn(state, tick)):
            return True
        return bool(state.flow) and self._pin_is_due(state, FLOW.last(state.flow), tick.ts_event)

    def _is_turn(self, state: MicrostructureState, tick: Tick) -> bool:
        every = self._settings.without_book_seconds
        return tick.ts_event // SECOND_US % every == state.slot % every

    def _book(self, state: MicrostructureState, book: BookSnapshot) -> MicrostructureState:
        check_book(book)
        if (book.generation, book.sequence) <= (state.generation, state.sequence):
            return replace(state, dropped=state.dropped + 1)
        row = book_window.row_of(book)
        # A new subscription begins with an empty window: what stood between the two is not known.
        books = state.books if book.generation == state.generation else b""
        return replace(
            state, generation=book.generation, sequence=book.sequence, books=book_window.append(books, row), has_news=True,
            seconds=book_seconds.add_book(state.seconds, row.taken_at // SECOND_US, row.updates, row.imbalance_5),
        )  # fmt: skip

    def _bar(self, state: MicrostructureState, bar: Bar) -> MicrostructureState:
        if bar.resolution is not Resolution.S1 or bar.revision:
            return state  # a late trade changes the bar, not what was said of it
        before = FLOW.last(state.flow) if state.flow else NOTHING
        if bar.window_start <= before.newest_us:
            return state
        row, closed = signed_flow.add_bar(before, bar, self._settings)
        changes: dict[str, object] = {"flow": FLOW.pack(*row)}
        if state.seconds:
            changes["trades"] = book_seconds.add_trades(state.trades, bar.window_start // SECOND_US, float(bar.trade_count or 0))
        if closed.is_new_day and before.day_start and not _has_day(state, before):
            changes["days"] = self._with_day(state.days, before)
        if closed.buckets:
            changes["buckets"] = (state.buckets + np.array(closed.buckets).tobytes())[-8 * self._settings.vpin_buckets :]
        if closed.interval is not None:
            pairs = (state.impact + np.array(closed.interval).tobytes())[-_PAIR_BYTES * self._settings.impact_intervals :]
            changes |= {"impact": pairs, **self._impact(pairs)}
        if closed.buckets or closed.interval is not None:
            changes["has_news"] = True
        return replace(state, **changes)  # type: ignore[arg-type]

    def _impact(self, pairs: bytes) -> dict[str, float | None]:
        rows = np.frombuffer(pairs).reshape(-1, 2)
        line = price_impact(rows[:, 0], rows[:, 1]) if len(rows) >= self._settings.impact_minimum_intervals else None
        if line is None:
            return {"kyle_lambda": None, "kyle_explained": None}
        return {"kyle_lambda": line.kyle_lambda, "kyle_explained": line.explained if np.isfinite(line.explained) else None}

    def _alert(self, state: MicrostructureState, alert: FlowAlert) -> MicrostructureState:
        if not state.seconds or alert.alert_id == state.hedge_alert_id:
            return state  # no book was ever seen that could answer; or it was judged, and comes again over REST
        waiting = hedge_watch.with_sweep(state.sweeps, alert, self._settings)
        return state if waiting is None else replace(state, sweeps=waiting)

    def _tick(self, state: MicrostructureState, tick: Tick) -> tuple[MicrostructureState, Sequence[Output]]:
        moment = tick.ts_event
        state = self._with_hedge(self._with_pin(replace(state, last_tick=moment), moment), moment)
        newest = book_window.newest_before(state.books, moment)
        is_fresh = newest is not None and moment < newest.taken_at + self._book_life_us
        has_grade = newest is not None and moment < newest.taken_at + self._grade_life_us
        changes = state.is_fresh != is_fresh or state.has_grade != has_grade
        if not (changes or (state.has_news and (is_fresh or self._is_turn(state, tick)))):
            return state, ()
        record = metrics_of(state, tick, newest if has_grade else None, is_fresh, self._judgement)
        waits = bool(state.books) and book_window.BOOKS.last(state.books).taken_at >= moment
        state = replace(
            state, books=book_window.forget(state.books, moment, self._rolling_us), is_fresh=is_fresh, has_grade=has_grade, has_news=waits
        )
        return state, (Output("derived.book-metrics", record),)

    def _with_hedge(self, state: MicrostructureState, moment: int) -> MicrostructureState:
        if state.hedge_until and moment >= state.hedge_until:
            state = replace(state, hedge_alert_id=None, hedge_shift=None, hedge_is_seen=False, hedge_until=0, has_news=True)
        for sweep in state.sweeps:
            if hedge_watch.due_us(sweep, self._settings) > moment:
                break
            state = replace(state, sweeps=state.sweeps[1:])
            judged = hedge_watch.judge(sweep, state.seconds, self._settings)
            # One sweep that was answered is not hidden by the next one that was not.
            if judged is not None and (judged.is_hedge or not state.hedge_is_seen):
                until = moment + round(self._settings.hedge_life_seconds * SECOND_US)
                state = replace(
                    state, hedge_alert_id=judged.alert_id, hedge_shift=judged.shift, hedge_is_seen=judged.is_hedge, hedge_until=until, has_news=True
                )
        return state

    def _pin_is_due(self, state: MicrostructureState, row: FlowRow, moment: int) -> bool:
        due = row.close_us + _PIN_AFTER_CLOSE_US + state.slot % _PIN_SPREAD_SECONDS * SECOND_US
        return row.close_us > 0 and moment >= due and not _has_day(state, row)

    def _with_pin(self, state: MicrostructureState, moment: int) -> MicrostructureState:
        row = FLOW.last(state.flow) if state.flow else NOTHING
        if not self._pin_is_due(state, row, moment):
            return state
        packed = self._with_day(state.days, row)
        days = np.frombuffer(packed, DAYS.dtype)
        if len(days) < self._settings.pin_minimum_days:
            return replace(state, days=packed, has_news=True)
        from processors.estimation.informed_trading import informed_trading  # scipy takes a second to import, and only a month of days needs it

        found = informed_trading(days["buys"], days["sells"])
        return replace(state, days=packed, pin=None if found is None else found.pin, has_news=True)

    def _with_day(self, days: bytes, row: FlowRow) -> bytes:
        if not row.buys + row.sells > 0:
            return days
        return (days + DAYS.pack(row.day_start, row.buys, row.sells))[-DAYS.row_size * self._settings.pin_days :]


def _has_day(state: MicrostructureState, row: FlowRow) -> bool:
    return not row.buys + row.sells > 0 or (bool(state.days) and DAYS.last(state.days).day_start >= row.day_start)
