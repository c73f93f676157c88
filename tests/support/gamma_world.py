"""An option chain that stands still, its records, and stage.gamma driven by hand."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time
from typing import Any

from infra.clock import to_microseconds
from infra.gamma_settings import GammaSettings
from infra.market_calendar import NEW_YORK, session_bounds
from processors.fold import Output
from processors.folds.gamma import GammaFold
from schemas.record import Record
from schemas.records import (
    Bar,
    ExposureBasis,
    ExposureScope,
    ExposureUnit,
    GammaProfile,
    GammaState,
    GreekExposure,
    Licence,
    OptionContract,
    OptionRight,
    OptionTrade,
    Resolution,
    Tick,
    TradeSide,
)  # fmt: skip

DAY = date(2025, 5, 14)
SECOND = 1_000_000
SYMBOL = "SPY"
SPOT = 590.0
EXPIRIES = (date(2025, 5, 14), date(2025, 5, 16), date(2025, 6, 20))
EPOCH = date(1970, 1, 1).toordinal()


def at(clock: str, day: date = DAY) -> int:
    """Return a New York time of a day in microseconds, e.g. ``at("10:00:05")``."""
    return to_microseconds(datetime.combine(day, time.fromisoformat(clock), NEW_YORK))


def days(day: date) -> int:
    return day.toordinal() - EPOCH


def stamps(moment: int) -> dict[str, Any]:
    return {"ts_event": moment, "ts_received": moment, "ts_published": moment, "source": "unusual_whales", "licence": Licence.INTERNAL}


def contract(
    moment: int, strike: float, right: OptionRight, *, expiry: date = date(2025, 5, 16), interest: int | None = 1_000, volatility: float | None = 0.2,
    **more: Any,
) -> OptionContract:  # fmt: skip
    name = f"{SYMBOL}{expiry:%y%m%d}{right.value[0]}{round(strike * 1_000):08d}"
    return OptionContract(
        symbol=SYMBOL, **stamps(moment), option_symbol=name, expiry=days(expiry), strike=strike, right=right, open_interest=interest,
        implied_volatility=volatility, **more,
    )  # fmt: skip


def trade(moment: int, strike: float, right: OptionRight, *, bought: int = 0, sold: int = 0, spot: float | None = SPOT, **more: Any) -> OptionTrade:
    """Return a trade that brings the day's counts to so many."""
    expiry = date(2025, 5, 16)
    return OptionTrade(
        symbol=SYMBOL, **stamps(moment), trade_id=f"{moment}-{strike}", option_symbol=f"{SYMBOL}250516{right.value[0]}{round(strike * 1_000):08d}",
        expiry=days(expiry), strike=strike, right=right, price=1.0, size=1, premium=100.0, side=TradeSide.ASK, underlying_price=spot,
        ask_volume=bought, bid_volume=sold, mid_volume=0, no_side_volume=0, **more,
    )  # fmt: skip


def bar(end: int, close: float) -> Bar:
    return Bar(
        symbol=SYMBOL, resolution=Resolution.S1, window_start=end - SECOND, window_end=end, open=close, high=close, low=close, close=close,
        volume=1.0, revision=0, source="tapewire", ts_event=end + 2 * SECOND, backfilled=False, delay_seconds=0,
    )  # fmt: skip


def vendor_total(moment: int, gamma: float, *, in_usd: bool = True) -> GreekExposure:
    return GreekExposure(
        symbol=SYMBOL, **stamps(moment), scope=ExposureScope.TOTAL, unit=ExposureUnit.USD_PER_PERCENT if in_usd else ExposureUnit.SHARES,
        basis=ExposureBasis.OPEN_INTEREST, net_gamma=gamma,
    )  # fmt: skip


def whole_chain(moment: int, expiries: Iterable[date] = EXPIRIES, **more: Any) -> list[OptionContract]:
    """Return calls held above and puts below the spot, with a smile, three expiries."""
    rows = []
    for expiry in expiries:
        for strike in range(540, 641, 2):
            smile = 0.18 + 0.4 * abs(strike / SPOT - 1)
            for right, peak, slope in ((OptionRight.CALL, 604, 70), (OptionRight.PUT, 574, 60)):
                interest = max(0, 3_000 - slope * abs(strike - peak))
                rows.append(contract(moment, strike, right, expiry=expiry, interest=interest, volatility=smile, **more))
    return rows


class GammaWorld:
    """The fold and one symbol's state."""

    def __init__(self, **settings: Any) -> None:
        self.settings = GammaSettings(**settings)
        self.fold = GammaFold(self.settings)
        self.state: GammaState = self.fold.initial(SYMBOL)
        self.outputs: list[Output] = []

    def take(self, *records: Record) -> list[Record]:
        """Fold records; return what is written."""
        written = []
        for record in records:
            self.state, outputs = self.fold.step(self.state, "", record)
            self.outputs += outputs
            written += [output.record for output in outputs]
        return written

    def tick(self, moment: int) -> list[Record]:
        return self.take(Tick(ts_event=moment, barriers={}))


def session_close(day: date = DAY) -> int:
    bounds = session_bounds(day)
    assert bounds is not None
    return bounds.regular_close_us


OPEN = at("10:00:00")


def profile_of(written: list[Record]) -> GammaProfile:
    [found] = [record for record in written if isinstance(record, GammaProfile)]
    return found


def started(**more: Any) -> GammaWorld:
    world = GammaWorld(**more)
    world.take(*whole_chain(OPEN - 5 * SECOND), bar(OPEN - SECOND, SPOT))
    return world
