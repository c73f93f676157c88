"""Dealers' gamma of one underlying: chains, trades and prices wait, a due tick computes one profile.

::

    chain row ─► waiting updates ─┐
    trade     ─► waiting updates ─┤ tick T, 60 s after the last profile or when the chain changed:
    bar       ─► waiting prices  ─┤ what happened before T is taken in
    exposure  ─► waiting totals  ─┘        ▼
                      contract table ─► summary ─► GammaProfile, at a session's end GammaScores, on a change of drift an Alert
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import isnan, nan
from typing import Any

import numpy as np
import numpy.typing as npt

from infra.errors import Permanent
from infra.gamma_settings import GammaSettings
from processors.calc.contract_table import CONTRACT, UPDATES, contract_key, updated
from processors.calc.windows import SECOND_US
from processors.fold import Output
from processors.folds import gamma_inputs as inputs
from processors.folds.gamma_rows import DAILY, INDEX, PRICES, SESSION, TOTALS, DailyRow, VendorRow
from processors.folds.gamma_scores import in_session, scores, with_price, words_of
from processors.folds.gamma_tick import GammaTick
from schemas.record import Record
from schemas.records import (
    Bar,
    ExposureBasis,
    ExposureScope,
    ExposureUnit,
    GammaState,
    GreekExposure,
    OptionContract,
    OptionTrade,
    Tick,
    VolatilityMeasure,
    VolatilityPoint,
)  # fmt: skip

Rows = tuple[npt.NDArray[Any], ...]
PROFILES, SCORES, ALERTS = "derived.gamma-profiles", "derived.gamma-scores", "ops.alerts"
_YEAR_SESSIONS = 252
_MANY_WAITING_BYTES = 1_000_000  # any tick takes them in, without a profile
# One tick may cover an hour. Beyond this they are taken in before it comes: a larger state could not be stored.
_MOST_WAITING_BYTES = 50_000 * UPDATES.row_size


class GammaFold:
    """Chains, trades, bars, vendor exposures and ticks to gamma profiles.

    Symbols without a chain cost nothing: their trades and bars leave the state as it is.

    Parameters
    ----------
    settings
        Intervals, rates, sizes and limits.
    """

    state_type: type[GammaState] = GammaState

    def __init__(self, settings: GammaSettings) -> None:
        self._settings = settings
        self._interval_us = settings.interval_seconds * SECOND_US
        self._chain_interval_us = settings.chain_interval_seconds * SECOND_US
        self._idle_us = settings.idle_seconds * SECOND_US

    def compile(self) -> None:
        """Run every compiled loop once, on a chain of one contract."""
        now = 1_747_231_200_000_000
        row = UPDATES.pack(now - 1, contract_key(inputs.session_of(now) + 1, 100.0, True), inputs.session_of(now), 1, 1.0, 0.2, 0.0, 0.0, 0.0)
        state = GammaState(
            symbol="", contracts=self._table(b"", row, 0).tobytes(), price=PRICES.pack(now - 1, 0, 100.0), newest_chain=now - 1, newest_input=now - 1
        )
        self.step(state, "", Tick(ts_event=now, barriers={}))

    def initial(self, key: str) -> GammaState:
        """Return the state of a symbol that was never seen."""
        return GammaState(symbol=key)

    def step(self, state: GammaState, topic: str, record: Record) -> tuple[GammaState, Sequence[Output]]:
        """Fold one record; only ticks have outputs.

        Raises
        ------
        Permanent
            For a record of another type.
        """
        if isinstance(record, Tick):
            return self._tick(state, record) if self.wants_tick(state, record) else (state, ())
        if isinstance(record, OptionContract):
            return self._with_chain_row(state, record), ()
        if isinstance(record, OptionTrade):
            return self._with_rows(state, inputs.update_of(record), inputs.price_of(record), record.ts_event), ()
        if isinstance(record, Bar):
            return self._with_rows(state, b"", inputs.price_of(record), record.window_end), ()
        if isinstance(record, GreekExposure):
            return self._with_total(state, record), ()
        if isinstance(record, VolatilityPoint):
            return _with_volatility(state, record), ()
        raise Permanent(f"{topic}: expected a contract, a trade, a bar, an exposure, a volatility or a tick, found a {type(record).__name__}")

    def columns_of(self, topic: str) -> Sequence[str]:
        """Return the fields it reads of trades and bars."""
        return inputs.TRADE_FIELDS if topic == "options.trades" else inputs.BAR_FIELDS

    def pack(self, topic: str, columns: Any) -> Rows:
        """Return trades or bars as rows that wait for a tick."""
        return inputs.trades_packed(columns) if topic == "options.trades" else inputs.bars_packed(columns)

    def acceptable(self, topic: str, values: Rows) -> npt.NDArray[np.bool_]:
        """Accept all: a price that is missing is left out later."""
        return np.ones(len(values[0]), np.bool_)

    def step_columns(self, state: GammaState, topic: str, values: Rows) -> tuple[GammaState, Sequence[Output]]:
        """Fold trades or bars of one symbol, in offset order."""
        if _has_no_chain(state):
            return state, ()
        prices = inputs.newest_of_seconds(values[-1])
        updates = values[0].tobytes() if topic == "options.trades" else b""
        return self._with_rows(state, updates, prices, int(values[-1]["ts_event"].max())), ()

    def wants_tick(self, state: GammaState, tick: Tick) -> bool:
        """Tell whether a profile is due, or much waits."""
        return len(state.waiting_updates) > _MANY_WAITING_BYTES or self._is_due(state, tick)

    def _is_due(self, state: GammaState, tick: Tick) -> bool:
        if _has_no_chain(state) or tick.ts_event - state.newest_input > self._idle_us:
            return False
        since = tick.ts_event - state.last_profile
        return since >= self._interval_us or (state.chain_waits and since >= self._chain_interval_us)

    def _with_chain_row(self, state: GammaState, record: OptionContract) -> GammaState:
        state = self._with_rows(replace(state, chain_waits=True), inputs.update_of(record), inputs.price_of(record), record.ts_event)
        return replace(state, newest_chain=max(state.newest_chain, record.ts_event))

    def _with_rows(self, state: GammaState, updates: bytes, prices: bytes, moment_us: int) -> GammaState:
        if _has_no_chain(state):
            return state
        waiting, contracts = state.waiting_updates, state.contracts
        # Cut at the same row whether rows come one by one or many at once: whoever folds the log again has the same table.
        while len(waiting) + len(updates) >= _MOST_WAITING_BYTES:
            room = _MOST_WAITING_BYTES - len(waiting)
            contracts, waiting, updates = self._table(contracts, waiting + updates[:room], 0).tobytes(), b"", updates[room:]
        return replace(
            state, contracts=contracts, waiting_updates=waiting + updates, waiting_prices=state.waiting_prices + prices,
            newest_input=max(state.newest_input, moment_us),
        )  # fmt: skip

    def _with_total(self, state: GammaState, record: GreekExposure) -> GammaState:
        state = self._with_rows(state, b"", inputs.price_of(record), record.ts_event)
        wanted = record.scope is ExposureScope.TOTAL and record.basis is ExposureBasis.OPEN_INTEREST and record.net_gamma is not None
        if _has_no_chain(state) or not wanted or record.net_gamma is None:
            return state
        row = VendorRow(record.ts_event, int(record.unit is ExposureUnit.USD_PER_PERCENT), record.net_gamma)
        return replace(state, waiting_totals=state.waiting_totals + TOTALS.pack(*row))

    def _table(self, contracts: bytes, updates: bytes, first_expiry: int) -> npt.NDArray[np.void]:
        rows = np.frombuffer(contracts, CONTRACT)
        return updated(rows, np.frombuffer(updates, UPDATES.dtype), first_expiry=first_expiry, most=self._settings.most_contracts)

    def _tick(self, state: GammaState, tick: Tick) -> tuple[GammaState, Sequence[Output]]:
        now = tick.ts_event
        updates, waiting_updates = UPDATES.part(state.waiting_updates, now)
        if not self._is_due(state, tick):
            if not updates:
                return state, ()
            return replace(state, contracts=self._table(state.contracts, updates, 0).tobytes(), waiting_updates=waiting_updates), ()
        prices, waiting_prices = PRICES.part(state.waiting_prices, now + 1)  # a bar's price is that of the window's end
        totals, waiting_totals = TOTALS.part(state.waiting_totals, now)
        table = self._table(state.contracts, updates, inputs.session_of(now))
        if not len(table) and waiting_updates:
            return state, ()  # a chain that is stamped at the tick or ahead of it waits for the next one
        price = PRICES.pack_all(sorted(PRICES.unpack(state.price + prices))[-1:])  # by moment, rank and price
        vendor = TOTALS.pack_all(list({row.in_usd: row for row in sorted(TOTALS.unpack(state.vendor + totals))}.values()))
        state = replace(
            state, contracts=table.tobytes(), waiting_updates=waiting_updates, waiting_prices=waiting_prices, waiting_totals=waiting_totals,
            price=price, vendor=vendor, chain_waits=False, last_profile=now,
        )  # fmt: skip
        if not len(table):
            return state, ()
        today = in_session(now)
        past = [row for row in DAILY.unpack(state.daily) if row.session < (today or inputs.session_of(now))]
        made = GammaTick(state, table, now, self._settings)
        profile = made.profile(past)
        outputs = [Output(PROFILES, profile)]
        alert = made.alert(profile)
        if alert is not None:
            outputs.append(Output(ALERTS, alert))
        state = replace(state, drift_level=profile.drift_level)
        over = bool(state.session) and SESSION.last(state.session).session != today
        if over:
            outputs += [Output(SCORES, score) for score in scores(state.symbol, state.session, state.said, now)]
            state = replace(state, session=b"", said=state.saying, saying=b"")
        if today is not None and profile.spot is not None:
            row = DailyRow(today, 1, _or_nan(profile.volatility_30d), _or_nan(profile.skew))
            state = replace(
                state, session=with_price(state.session, today, profile.spot), saying=words_of(profile, today), daily=_with_day(state.daily, row)
            )
        return state, outputs


def _has_no_chain(state: GammaState) -> bool:
    return not state.contracts and not state.chain_waits


def _with_volatility(state: GammaState, record: VolatilityPoint) -> GammaState:
    """Take a vendor's volatility of a past session, for the rank of the days before this stage ran; and the newest close of the index."""
    if record.implied_volatility is None:
        return state
    if record.measure is VolatilityMeasure.VOLATILITY_INDEX:
        if state.index and INDEX.last(state.index).session > record.session_date:
            return state
        index = INDEX.pack(record.session_date, record.implied_volatility * 100)  # also before the chain: it comes once a day
        return state if index == state.index else replace(state, index=index)
    if _has_no_chain(state) or record.measure is not VolatilityMeasure.IV_RANK:
        return state
    daily = _with_day(state.daily, DailyRow(record.session_date, 0, record.implied_volatility, nan))
    return state if daily == state.daily else replace(state, daily=daily)


def _with_day(daily: bytes, row: DailyRow) -> bytes:
    """Put a session's numbers into the year's; ours stay against a vendor's."""
    rows = {known.session: known for known in DAILY.unpack(daily)}
    known = rows.get(row.session)
    if known is None or row.own >= known.own:
        rows[row.session] = row if known is None or not isnan(row.volatility) else known
    return DAILY.pack_all([rows[session] for session in sorted(rows)[-_YEAR_SESSIONS:]])


def _or_nan(value: float | None) -> float:
    return nan if value is None else value
