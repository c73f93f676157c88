"""Near misses and postures for the pages."""

from __future__ import annotations

from schemas.ids import deterministic_id
from schemas.record import Record
from schemas.records import Posture, Resolution, SignalRefusal, TrendPosture

MINUTE = 60_000_000


def decisions(now_us: int) -> dict[str, list[Record]]:
    """Return an hour of SRNE's postures that turn LONG, and two symbols that are nearly boxes."""
    since = now_us - 20 * MINUTE
    return {
        "postures": [_posture(now_us - age * MINUTE, age, since) for age in range(59, -1, -1)],
        "signals.refusals": [
            _near_miss(now_us - 2 * MINUTE, "AYTU", "BOX_RANGE", 158.0, 150.0, "bps"),
            _near_miss(now_us - 2 * MINUTE, "AYTU", "BOX_TOUCHES", 1.0, 2.0, "touches"),
            _near_miss(now_us - 9 * MINUTE, "CODX", "BOX_COMPRESSION", 0.74, 0.7, "ratio"),
        ],
    }


def _posture(moment: int, age: int, since: int) -> TrendPosture:
    long = moment >= since
    before = Posture.LONG if moment > since else Posture.FLAT
    p_up = 0.46 + (60 - age) * 0.005
    return TrendPosture(
        symbol="SRNE", ts_event=moment, resolution=Resolution.M1, window_end=moment - 2_000_000, posture=Posture.LONG if long else Posture.FLAT,
        previous=before, since=since if long else moment, p_up=p_up, score=(p_up - 0.5) * 4.2, scores={"M1": 0.9, "M5": 0.4},
        contributions={"ema_trend": 0.62, "momentum": -0.11, "range_place": 0.27}, wanted=Posture.LONG if long else Posture.FLAT, persisted=0,
    )  # fmt: skip


def _near_miss(moment: int, symbol: str, gate: str, value: float, limit: float, unit: str) -> SignalRefusal:
    return SignalRefusal(
        refusal_id=deterministic_id("refusal", symbol, gate, moment), strategy="box-scan", symbol=symbol, side=None, ts_event=moment,
        candidate_id=deterministic_id("box-scan", symbol), gate=gate, value=value, limit=limit, unit=unit,
        shortfall=abs(value - limit), near_miss=True,
        message=f"The newest minutes measure {value:g} {unit}, a box needs {limit:g}.",
    )  # fmt: skip
