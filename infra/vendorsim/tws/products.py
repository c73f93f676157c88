"""What the fake TWS lists besides the scenario's stocks: indices, futures, currencies, crypto. Prices follow the scenario's SPY and QQQ."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from infra.trading_hours import InstrumentClass, hours_of

_SPY, _QQQ, _IWM = "SPY", "QQQ", "IWM"


@dataclass(frozen=True, slots=True)
class Product:
    """One index, future, pair or coin.

    Attributes
    ----------
    ticker, security_type, exchange, currency, multiplier, trading_class
        The vendor's words.
    tick
        Smallest step of its price.
    price
        Where it stands when its anchor stands at ``at``.
    anchor, at, beta
        Price moves with this symbol of the scenario, to this power.
    months
        Letters of a future's months.
    expiry
        Last trading day of a future's month.
    """

    ticker: str
    security_type: str
    exchange: str
    currency: str
    tick: float
    price: float
    anchor: str = _SPY
    at: float = 620.5
    beta: float = 1.0
    multiplier: str = ""
    trading_class: str = ""
    months: str = ""
    expiry: Callable[[int, int], date] | None = None

    @property
    def moves_always(self) -> bool:
        """It trades while New York sleeps."""
        return self.security_type in ("CASH", "CRYPTO")


def _is_session(day: date) -> bool:
    return hours_of(InstrumentClass.FUTURE, day) is not None


def _sessions_before(day: date, count: int) -> date:
    while count:
        day -= timedelta(days=1)
        count -= _is_session(day)
    return day


def _first_of_next(year: int, month: int) -> date:
    return date(year + month // 12, month % 12 + 1, 1)


def _weekday_of(year: int, month: int, weekday: int, count: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (count - 1))


@lru_cache(maxsize=1_024)
def third_friday(year: int, month: int) -> date:
    """Equity indices."""
    day = _weekday_of(year, month, 4, 3)
    return day if _is_session(day) else _sessions_before(day, 1)


@lru_cache(maxsize=1_024)
def volatility_day(year: int, month: int) -> date:
    """VX: the Wednesday 30 days before the third Friday of the month after."""
    following = _first_of_next(year, month)
    return _weekday_of(following.year, following.month, 4, 3) - timedelta(days=30)


@lru_cache(maxsize=1_024)
def crude_day(year: int, month: int) -> date:
    """CL: three sessions before the 25th of the month before."""
    before = date(year, month, 1) - timedelta(days=1)
    return _sessions_before(before.replace(day=25), 3)


@lru_cache(maxsize=1_024)
def gas_day(year: int, month: int) -> date:
    """NG: three sessions before the first of the month."""
    return _sessions_before(date(year, month, 1), 3)


@lru_cache(maxsize=1_024)
def last_before_month(year: int, month: int) -> date:
    """RB, HO: the last session of the month before."""
    return _sessions_before(date(year, month, 1), 1)


@lru_cache(maxsize=1_024)
def third_last(year: int, month: int) -> date:
    """Metals: the third last session of the month."""
    return _sessions_before(_first_of_next(year, month), 3)


@lru_cache(maxsize=1_024)
def long_bond_day(year: int, month: int) -> date:
    """ZB, ZN: seven sessions before the month's last."""
    return _sessions_before(_first_of_next(year, month), 8)


@lru_cache(maxsize=1_024)
def last_of_month(year: int, month: int) -> date:
    """ZF, ZT: the last session of the month."""
    return _sessions_before(_first_of_next(year, month), 1)


@lru_cache(maxsize=1_024)
def currency_day(year: int, month: int) -> date:
    """Currencies: two sessions before the third Wednesday."""
    return _sessions_before(_weekday_of(year, month, 2, 3), 2)


_ALL_MONTHS = "FGHJKMNQUVXZ"


def _future(
    ticker: str, exchange: str, tick: float, price: float, multiplier: int, months: str, expiry: Callable[[int, int], date],
    anchor: str = _SPY, at: float = 620.5, beta: float = 1.0, trading_class: str = "",
) -> Product:  # fmt: skip
    words = (str(multiplier), trading_class or ticker, months, expiry)
    return Product(ticker, "FUT", exchange, "USD", tick, price, anchor, at, beta, *words)


PRODUCTS: tuple[Product, ...] = (
    Product("SPX", "IND", "CBOE", "USD", 0.01, 6_205.0),
    Product("NDX", "IND", "NASDAQ", "USD", 0.01, 22_679.0, _QQQ, 551.8),
    Product("RUT", "IND", "RUSSELL", "USD", 0.01, 2_468.0, _IWM, 246.8),
    Product("VIX", "IND", "CBOE", "USD", 0.01, 17.2, beta=-8.0),
    Product("DAX", "IND", "EUREX", "EUR", 0.01, 24_050.0, beta=0.8),
    Product("Z", "IND", "ICEEU", "GBP", 0.01, 8_780.0, beta=0.6),
    Product("CAC40", "IND", "MONEP", "EUR", 0.01, 7_750.0, beta=0.8),
    Product("ESTX50", "IND", "EUREX", "EUR", 0.01, 5_360.0, beta=0.8),
    Product("IBEX", "IND", "MEFFRV", "EUR", 0.1, 14_150.0, beta=0.7),
    Product("N225", "IND", "OSE.JPN", "JPY", 0.01, 37_450.0, beta=0.5),
    Product("HSI", "IND", "HKFE", "HKD", 0.01, 23_510.0, beta=0.4),
    Product("AP", "IND", "ASX", "AUD", 0.1, 8_460.0, beta=0.4),
    Product("K200", "IND", "KSE", "KRW", 0.01, 360.5, beta=0.5),
    Product("TOPX", "IND", "OSE.JPN", "JPY", 0.01, 2_771.0, beta=0.5),
    Product("IBOV", "IND", "BVMF", "BRL", 0.01, 137_500.0, beta=0.5),
    Product("TX60", "IND", "CDE", "CAD", 0.01, 1_580.0, beta=0.7),
    _future("ES", "CME", 0.25, 6_215.0, 50, "HMUZ", third_friday),
    _future("NQ", "CME", 0.25, 22_720.0, 20, "HMUZ", third_friday, _QQQ, 551.8),
    _future("YM", "CBOT", 1.0, 42_600.0, 5, "HMUZ", third_friday, beta=0.9),
    _future("RTY", "CME", 0.1, 2_471.0, 50, "HMUZ", third_friday, _IWM, 246.8),
    _future("VIX", "CFE", 0.05, 18.4, 1_000, _ALL_MONTHS, volatility_day, beta=-5.0, trading_class="VX"),
    _future("CL", "NYMEX", 0.01, 62.9, 1_000, _ALL_MONTHS, crude_day, beta=0.4),
    _future("NG", "NYMEX", 0.001, 3.69, 10_000, _ALL_MONTHS, gas_day, beta=0.2),
    _future("RB", "NYMEX", 0.0001, 2.06, 42_000, _ALL_MONTHS, last_before_month, beta=0.4),
    _future("HO", "NYMEX", 0.0001, 2.08, 42_000, _ALL_MONTHS, last_before_month, beta=0.4),
    _future("GC", "COMEX", 0.1, 3_377.0, 100, "GJMQVZ", third_last, beta=-0.3),
    _future("SI", "COMEX", 0.005, 34.6, 5_000, "HKNUZ", third_last, beta=0.3),
    _future("HG", "COMEX", 0.0005, 4.83, 25_000, "HKNUZ", third_last, beta=0.5),
    _future("PL", "NYMEX", 0.1, 1_073.0, 50, "FJNV", third_last, beta=0.2),
    _future("ZB", "CBOT", 0.03125, 112.5, 1_000, "HMUZ", long_bond_day, beta=-0.2),
    _future("ZN", "CBOT", 0.015625, 110.7, 1_000, "HMUZ", long_bond_day, beta=-0.1),
    _future("ZF", "CBOT", 0.0078125, 108.0, 1_000, "HMUZ", last_of_month, beta=-0.08),
    _future("ZT", "CBOT", 0.00390625, 103.6, 2_000, "HMUZ", last_of_month, beta=-0.03),
    _future("EUR", "CME", 0.00005, 1.1415, 125_000, "HMUZ", currency_day, beta=0.1, trading_class="6E"),
    _future("GBP", "CME", 0.0001, 1.3521, 62_500, "HMUZ", currency_day, beta=0.1, trading_class="6B"),
    _future("JPY", "CME", 0.0000005, 0.006968, 12_500_000, "HMUZ", currency_day, beta=-0.1, trading_class="6J"),
    _future("AUD", "CME", 0.00005, 0.6461, 100_000, "HMUZ", currency_day, beta=0.2, trading_class="6A"),
    _future("DX", "NYBOT", 0.005, 99.2, 1_000, "HMUZ", currency_day, beta=-0.1),
    Product("EUR", "CASH", "IDEALPRO", "USD", 0.00005, 1.1372, beta=0.1),
    Product("GBP", "CASH", "IDEALPRO", "USD", 0.00005, 1.3519, beta=0.1),
    Product("USD", "CASH", "IDEALPRO", "JPY", 0.005, 143.97, beta=0.1),
    Product("AUD", "CASH", "IDEALPRO", "USD", 0.00005, 0.6459, beta=0.2),
    Product("EUR", "CASH", "IDEALPRO", "GBP", 0.00005, 0.8412, beta=0.05),
    Product("EUR", "CASH", "IDEALPRO", "JPY", 0.005, 163.72, beta=0.15),
    Product("GBP", "CASH", "IDEALPRO", "JPY", 0.005, 194.63, beta=0.15),
    Product("USD", "CASH", "IDEALPRO", "MXN", 0.0001, 19.23, beta=-0.2),
    Product("USD", "CASH", "IDEALPRO", "ZAR", 0.0001, 17.86, beta=-0.2),
    Product("USD", "CASH", "IDEALPRO", "TRY", 0.0001, 39.15, beta=-0.05),
    Product("BTC", "CRYPTO", "PAXOS", "USD", 0.25, 105_400.0, beta=1.5),
    Product("ETH", "CRYPTO", "PAXOS", "USD", 0.01, 2_600.0, beta=1.8),
)
