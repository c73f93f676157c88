"""Keeps the session's prices and what each model says, and judges the words of the evening before when a session is over."""

from __future__ import annotations

from math import isnan, nan

from infra.market_calendar import session_bounds, trading_day
from infra.option_expiry import EPOCH_ORDINAL
from processors.calc.gamma_score import DayPrices, judge
from processors.folds.gamma_rows import MODELS, SAID, SESSION, SaidRow, SessionRow
from schemas.records import DealerModel, GammaProfile, GammaScore


def in_session(tick_us: int) -> int | None:
    """Return the date (days since 1970-01-01) of the regular session a moment lies in, its close included; None outside."""
    day = trading_day(tick_us)
    bounds = session_bounds(day)
    if bounds is None or not bounds.regular_open_us <= tick_us <= bounds.regular_close_us:
        return None
    return day.toordinal() - EPOCH_ORDINAL


def with_price(session: bytes, today: int, price: float) -> bytes:
    """Return the running session with a price; another day begins a new one."""
    if session:
        row = SESSION.last(session)
        if row.session == today:
            return SESSION.pack(today, row.open, max(row.high, price), min(row.low, price), price)
    return SESSION.pack(today, price, price, price, price)


def words_of(profile: GammaProfile, today: int) -> bytes:
    """Return what each model says in a profile."""
    if profile.spot is None:
        return b""
    says = {
        DealerModel.NAIVE: (profile.gamma_usd_per_1pct, profile.flip_price, profile.call_wall, profile.put_wall),
        DealerModel.FLOW: (profile.flow_gamma_usd_per_1pct, profile.flow_flip_price, profile.flow_call_wall, profile.flow_put_wall),
        DealerModel.OPENED: (profile.opened_gamma_usd_per_1pct, profile.opened_flip_price, profile.opened_call_wall, profile.opened_put_wall),
    }
    move = _or_nan(profile.move_tomorrow_usd)
    return SAID.pack_all(
        [
            SaidRow(profile.ts_event, today, number, profile.spot, gamma, _or_nan(flip), _or_nan(call_wall), _or_nan(put_wall), move)
            for number, model in enumerate(MODELS)
            for gamma, flip, call_wall, put_wall in [says[model]]
            if gamma is not None
        ]
    )


def scores(symbol: str, session: bytes, said: bytes, tick_us: int) -> list[GammaScore]:
    """Return the verdicts on a session that is over; none without words of a session before it."""
    if not session or not said:
        return []
    day: SessionRow = SESSION.last(session)
    found = []
    for row in SAID.unpack(said):
        flip, call_wall, put_wall, move = (_or_none(value) for value in (row.flip, row.call_wall, row.put_wall, row.move))
        verdict = judge(
            DayPrices(day.open, day.high, day.low, day.close), row.spot, row.gamma, flip=flip, call_wall=call_wall, put_wall=put_wall, move=move
        )
        found.append(
            GammaScore(
                symbol=symbol, session_date=day.session, model=MODELS[row.model], ts_event=tick_us, ts_said=row.ts_event, said_spot=row.spot,
                said_gamma_usd_per_1pct=row.gamma, said_flip_price=flip, said_call_wall=call_wall, said_put_wall=put_wall, said_move_usd=move,
                open=day.open, high=day.high, low=day.low, close=day.close, calm_was_right=verdict.calm_was_right, walls_held=verdict.walls_held,
                flip_side_held=verdict.flip_side_held,
            )
        )  # fmt: skip
    return found


def _or_nan(value: float | None) -> float:
    return nan if value is None else value


def _or_none(value: float) -> float | None:
    return None if isnan(value) else value
