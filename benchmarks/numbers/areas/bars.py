"""Bars, and the features computed from them, by the folds of the running system on files of real prints."""

from __future__ import annotations

import json
import zipfile
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import talib

from benchmarks.numbers.number import DATA, Compared, number
from infra.cli.bars_of_file import FileBars, bars_of_files
from infra.settings import Settings
from processors.calc.aggregate import merge, of_prints
from processors.calc.indicators import change_bps, channel, relative, seeded_mean_step, simple_mean, true_range, z_score
from processors.calc.price_spread import deviation
from processors.calc.volume_profile import VolumeProfile
from processors.folds.day import add_second, session_vwap
from schemas.records import Resolution

_TICKS = "bars/lean/tick/ibm/20131007_trade.zip"
_SECONDS = "bars/lean/second/spy/20131007_trade.zip"
_MINUTES = "bars/ib_2025_10/min1/SOFI.csv.gz"
_TAPE = "bars/smallcap_ticks_2020/BCRX_2020-04-15_dib.parquet"
_DAYS = "bars/lean/daily/spy.zip"
_RULES = Path(__file__).parents[3] / "producers" / "polygon" / "sale_conditions.json"
_LEAN_FLAGS = {0x20: 14, 0x2000: 12, 0x20000000: 41, 0x80000000: 37}
_EXTENDED_HOURS = 12
_OPENS = "2013-10-07 09:30", "2013-10-07 16:00"


def _proof(needed: str, data: str, reference: str, tolerance: float, *, relative_error: bool = False) -> dict[str, Any]:
    return {"needs": (needed,), "data": data, "reference": reference, "tolerance": tolerance, "relative": relative_error}


_IBM: dict[str, Any] = {"needed": _TICKS, "data": "LEAN ticks, IBM 2013-10-07"}
_SOFI: dict[str, Any] = {"needed": _MINUTES, "data": "IBKR minutes, SOFI October 2025, from 1 to 15 minutes"}


@lru_cache
def _ours(name: str) -> FileBars:
    (found,) = bars_of_files([DATA / name], Settings())
    return found


@lru_cache
def _prints() -> pd.DataFrame:
    """Read the ticks with pandas alone; what a print may change is read from the vendor's own table."""
    with zipfile.ZipFile(DATA / _TICKS) as archive:
        names = ["ms", "price", "size", "exchange", "condition", "suspicious"]
        frame = pd.read_csv(archive.open(archive.namelist()[0]), header=None, names=names, dtype={"condition": str})
    rules = {rule["id"]: rule for rule in json.loads(_RULES.read_text())["results"]}
    flags = frame.condition.fillna("0").map(lambda text: int(text, 16))
    for part in ("open_close", "high_low", "volume"):
        denied = [flag for flag, code in _LEAN_FLAGS.items() if code != _EXTENDED_HOURS and rules.get(code, {}).get(f"updates_{part}", True) is False]
        frame[part] = ~flags.map(lambda bits, denied=denied: any(bits & flag for flag in denied)).astype(bool)
    frame["price"] /= 10_000
    frame.index = pd.Timestamp("2013-10-07", tz="America/New_York") + pd.to_timedelta(frame.ms.astype(float).astype(int), unit="ms")
    return frame


def _reference_bars(offset: str) -> pd.DataFrame:
    frame = _prints()
    opening = frame.price.where(frame.open_close).resample(offset)
    extreme = frame.price.where(frame.high_low | frame.open_close).resample(offset)
    counted = frame["size"].where(frame.volume, 0).resample(offset).sum()
    return pd.DataFrame(
        {"open": opening.first(), "high": extreme.max(), "low": extreme.min(), "close": opening.last(), "volume": counted}
    ).dropna()  # fmt: skip


def _columns(found: FileBars, resolution: Resolution) -> npt.NDArray[np.float64]:
    rows = [(bar.open, bar.high, bar.low, bar.close, bar.volume) for bar, _ in found.of(resolution)]
    return np.array(rows, dtype=np.float64)


def _each(read: Any) -> npt.NDArray[np.float64]:
    """Return what ``read`` makes of the bars of each length of the minutes' file, one after the other."""
    return np.concatenate([np.asarray(read(frame), dtype=np.float64) for frame in _frames()])


@lru_cache
def _frames() -> tuple[pd.DataFrame, ...]:
    lengths = (Resolution.M1, Resolution.M2, Resolution.M5, Resolution.M15)
    return tuple(pd.DataFrame(_columns(_ours(_MINUTES), item), columns=["open", "high", "low", "close", "volume"]) for item in lengths)


def _feature(name: str) -> npt.NDArray[np.float64]:
    lengths = (Resolution.M1, Resolution.M2, Resolution.M5, Resolution.M15)
    values = [getattr(item, name) for length in lengths for _, item in _ours(_MINUTES).of(length) if item is not None]
    return np.array(values, dtype=np.float64)


@number(title="Bars of 1 second from prints", unit="US dollars, shares", of=of_prints, **_proof(**_IBM, reference="pandas resample", tolerance=0.0))
def seconds() -> Compared:
    return _columns(_ours(_TICKS), Resolution.S1), _reference_bars("1s").to_numpy()


@number(title="Bars of 1, 2, 5, 15 minutes and 1 hour from prints", unit="US dollars, shares", of=merge,
        **_proof(**_IBM, reference="pandas resample", tolerance=0.0))  # fmt: skip
def longer() -> Compared:
    lengths = {Resolution.M1: "1min", Resolution.M2: "2min", Resolution.M5: "5min", Resolution.M15: "15min", Resolution.H1: "1h"}
    ours = np.concatenate([_columns(_ours(_TICKS), length) for length in lengths])
    return ours, np.concatenate([_reference_bars(offset).to_numpy() for offset in lengths.values()])


@number(title="Bars of 1 minute of a small cap", unit="US dollars, shares", of=merge,
        **_proof(_TAPE, "Polygon tape, BCRX 2020-04-15", "pandas resample", 0.0))  # fmt: skip
def small_cap() -> Compared:
    frame = pd.read_parquet(DATA / _TAPE).iloc[::-1]
    frame.index = pd.DatetimeIndex(frame.bar_end_ts)
    groups = frame.resample("1min")
    bars = groups.close.ohlc().assign(volume=groups.volume.sum()).dropna()
    return _columns(_ours(_TAPE), Resolution.M1), bars.to_numpy()


@number(title="Bars of 1 minute from seconds: high, low", unit="US dollars", of=merge,
        **_proof(_SECONDS, "LEAN seconds, SPY 2013-10-07", "LEAN's own minute file", 0.0))  # fmt: skip
def against_lean() -> Compared:
    theirs = _columns(_ours(_SECONDS.replace("second", "minute")), Resolution.M1)
    return _columns(_ours(_SECONDS), Resolution.M1)[:, 1:3], theirs[:, 1:3]


@number(title="Bars of 1 minute from seconds: the day's volume", unit="shares", of=merge,
        **_proof(_SECONDS, "LEAN seconds, SPY 2013-10-07", "LEAN's own minute file", 0.0))  # fmt: skip
def volume_of_lean() -> Compared:
    theirs = _columns(_ours(_SECONDS.replace("second", "minute")), Resolution.D1)
    return _columns(_ours(_SECONDS), Resolution.D1)[:, 4], theirs[:, 4]


@number(title="Average true range, Wilder's, 14 bars", unit="US dollars", of=seeded_mean_step,
        **_proof(**_SOFI, reference="TA-Lib ATR", tolerance=1e-9))
def atr_wilder() -> Compared:
    return _feature("atr_wilder_14"), _each(lambda bars: talib.ATR(bars.high.to_numpy(), bars.low.to_numpy(), bars.close.to_numpy(), 14))


@number(title="True range", unit="US dollars", of=true_range, **_proof(**_SOFI, reference="TA-Lib TRANGE", tolerance=1e-9))
def ranges() -> Compared:
    ours, theirs = [], []
    for bars in _frames():
        high, low, close = (bars[name].to_numpy() for name in ("high", "low", "close"))
        ours += [np.nan, *(true_range(*values) for values in zip(high[1:], low[1:], close[:-1], strict=True))]
        theirs.append(talib.TRANGE(high, low, close))
    return ours, np.concatenate(theirs)


@number(title="Average true range, simple, 14 bars", unit="US dollars", of=simple_mean,
        **_proof(**_SOFI, reference="TA-Lib SMA of TRANGE", tolerance=1e-9))  # fmt: skip
def atr_simple() -> Compared:
    return _feature("atr_simple_14"), _each(
        lambda bars: talib.SMA(talib.TRANGE(bars.high.to_numpy(), bars.low.to_numpy(), bars.close.to_numpy()), 14)
    )


@number(title="Exponential mean, 20 bars", unit="US dollars", of=seeded_mean_step, **_proof(**_SOFI, reference="TA-Lib EMA", tolerance=1e-9))
def ema_20() -> Compared:
    return _feature("ema_20"), _each(lambda bars: talib.EMA(bars.close.to_numpy(), 20))


@number(title="Exponential mean, 50 bars", unit="US dollars", of=seeded_mean_step, **_proof(**_SOFI, reference="TA-Lib EMA", tolerance=1e-9))
def ema_50() -> Compared:
    return _feature("ema_50"), _each(lambda bars: talib.EMA(bars.close.to_numpy(), 50))


@number(title="Exponential mean of days, 20 and 50 bars", unit="US dollars", of=seeded_mean_step,
        **_proof(_DAYS, "LEAN days, SPY from 2005", "TA-Lib EMA", 1e-9))  # fmt: skip
def ema_of_days() -> Compared:
    rows = [(bar.close, item.ema_20, item.ema_50) for bar, item in _ours(_DAYS).of(Resolution.D1) if item is not None]
    close, fast, slow = (np.array(values, dtype=np.float64) for values in zip(*rows, strict=True))
    return np.concatenate([fast, slow]), np.concatenate([talib.EMA(close, 20), talib.EMA(close, 50)])


@number(title="Momentum", unit="basis points", of=change_bps, **_proof(**_SOFI, reference="TA-Lib ROCP", tolerance=1e-7))
def momentum() -> Compared:
    return _feature("momentum_bps"), _each(lambda bars: talib.ROCP(bars.close.to_numpy(), 1) * 10_000)


@number(title="Relative volume, against 20 bars", unit="ratio", of=relative, **_proof(**_SOFI, reference="pandas rolling mean", tolerance=1e-9))
def relative_volume() -> Compared:
    return _feature("relative_volume"), _each(lambda bars: bars.volume / bars.volume.shift().rolling(20).mean())


@number(title="Donchian channel of the 20 bars before", unit="US dollars", of=channel,
        **_proof(**_SOFI, reference="TA-Lib MAX and MIN", tolerance=0.0))
def donchian() -> Compared:
    high = _each(lambda bars: pd.Series(talib.MAX(bars.high.to_numpy(), 20)).shift())
    low = _each(lambda bars: pd.Series(talib.MIN(bars.low.to_numpy(), 20)).shift())
    return np.concatenate([_feature("donchian_high"), _feature("donchian_low")]), np.concatenate([high, low])


@number(title="Z-score of the close, 20 bars", unit="standard deviations", of=z_score,
        **_proof(**_SOFI, reference="pandas rolling mean and std", tolerance=1e-6))
def close_z_score() -> Compared:
    def reference(bars: pd.DataFrame) -> pd.Series[float]:
        # TA-Lib's STDDEV subtracts squares and loses half the digits where prices hardly move.
        rows = np.lib.stride_tricks.sliding_window_view(bars.close.to_numpy(), 20)
        scores = (rows[:, -1] - rows.mean(axis=1)) / np.where(np.ptp(rows, axis=1) > 0, rows.std(axis=1), np.nan)
        return pd.Series(np.concatenate([np.full(19, np.nan), scores]))

    return _feature("close_z_score"), _each(reference)


@number(title="Relative volume, against the same five minutes of earlier days", unit="ratio", of=VolumeProfile,
        **_proof(_MINUTES, "IBKR minutes, SOFI October 2025", "pandas expanding and exponential means", 2e-6, relative_error=True))  # fmt: skip
def same_time() -> Compared:
    rows = [(bar.window_start, bar.volume, item.relative_volume_same_time) for bar, item in _ours(_MINUTES).of(Resolution.M5) if item is not None]
    frame = pd.DataFrame(rows, columns=["start", "volume", "ours"])
    frame["time"] = pd.to_datetime(frame.start, unit="us", utc=True).dt.tz_convert("America/New_York").dt.time
    days, least = 20, 5

    def usual(volume: pd.Series[float]) -> pd.Series[float]:
        begun = volume.expanding().mean()
        tail = pd.concat([begun.iloc[days - 1 : days], volume.iloc[days:]]).ewm(alpha=1 / days, adjust=False).mean()
        means: pd.Series[float] = pd.concat([begun.iloc[: days - 1], tail]).shift().where(np.arange(len(volume)) >= least)
        return means

    frame["usual"] = frame.groupby("time").volume.transform(usual)
    return frame.ours.astype(float), frame.volume / frame.usual


def _session_features(name: str) -> npt.NDArray[np.float64]:
    values = [(item.window_end, getattr(item, name)) for _, item in _ours(_TICKS).of(Resolution.M1) if item is not None]
    first, last = (pd.Timestamp(text, tz="America/New_York").value // 1_000 for text in _OPENS)
    return np.array([value for moment, value in values if first < moment <= last], dtype=np.float64)


def _sessions() -> list[pd.DataFrame]:
    """Return the regular session's prints that count in the volume, up to each minute that has a bar."""
    frame = _prints().loc[_OPENS[0] : _OPENS[1]]
    frame = frame[(frame.index < pd.Timestamp(_OPENS[1], tz="America/New_York")) & frame.volume]
    first, last = (pd.Timestamp(text, tz="America/New_York").value // 1_000 for text in _OPENS)
    ends = [bar.window_end for bar, _ in _ours(_TICKS).of(Resolution.M1) if first < bar.window_end <= last]
    return [frame[frame.index < pd.Timestamp(end, unit="us", tz="UTC")] for end in ends]


@number(title="VWAP of the session", unit="US dollars", of=session_vwap,
        **_proof(**_IBM, reference="numpy average, minute by minute", tolerance=1e-9))
def vwap() -> Compared:
    return _session_features("session_vwap"), [np.average(prints.price, weights=prints["size"]) for prints in _sessions()]


@number(title="Deviation of the session's prices about VWAP, for its bands", unit="US dollars", of=deviation,
        **_proof(**_IBM, reference="numpy average of squares, minute by minute", tolerance=1e-9))  # fmt: skip
def sigma() -> Compared:
    theirs = []
    for prints in _sessions():
        mean = np.average(prints.price, weights=prints["size"])
        theirs.append(np.sqrt(np.average((prints.price - mean) ** 2, weights=prints["size"])))
    return _session_features("vwap_sigma"), theirs


@number(title="Distance from VWAP", unit="basis points", of=change_bps, **_proof(**_IBM, reference="numpy, minute by minute", tolerance=1e-7))
def distance() -> Compared:
    means = np.array([np.average(prints.price, weights=prints["size"]) for prints in _sessions()])
    closes = np.array([prints.price[prints.open_close].iloc[-1] for prints in _sessions()])
    return _session_features("vwap_distance_bps"), (closes / means - 1) * 10_000


@number(title="High and low of the day, and the second each was traded in", unit="US dollars; seconds since 1970", of=add_second,
        **_proof(**_IBM, reference="pandas idxmax and idxmin, minute by minute", tolerance=0.0))  # fmt: skip
def extremes() -> Compared:
    frame = _prints()[_prints().high_low]
    ours, theirs = [], []
    for bar, item in _ours(_TICKS).of(Resolution.M1):
        assert item is not None and item.day_high_at is not None and item.day_low_at is not None
        known = frame[frame.index < pd.Timestamp(bar.window_end, unit="us", tz="UTC")].price
        ours += [item.day_high, item.day_high_at / 1e6, item.day_low, item.day_low_at / 1e6]
        high_at, low_at = (int(pd.Timestamp(str(moment)).timestamp()) for moment in (known.idxmax(), known.idxmin()))
        theirs += [known.max(), high_at, known.min(), low_at]
    return ours, theirs
