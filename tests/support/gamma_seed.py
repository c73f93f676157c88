"""What the gamma page shows in tests: profiles that the stage itself made, and verdicts of a few sessions."""

from __future__ import annotations

from dataclasses import replace

from schemas.record import Record
from schemas.records import DealerModel, GammaProfile, GammaScore, Licence, OptionRight, VolatilityMeasure, VolatilityPoint
from tests.support.gamma_world import DAY, SECOND, SPOT, SYMBOL, GammaWorld, bar, contract, days, trade, vendor_total, whole_chain


def _vix(close: float, *, session: int) -> VolatilityPoint:
    told = (session + 1) * 86_400 * SECOND
    return VolatilityPoint(
        symbol=SYMBOL, ts_event=session * 86_400 * SECOND, ts_received=told, ts_published=told, source="fred", licence=Licence.INTERNAL,
        session_date=session, measure=VolatilityMeasure.VOLATILITY_INDEX, implied_volatility=close / 100,
    )  # fmt: skip


def gamma_seed(now_us: int) -> dict[str, list[Record]]:
    """Return records by topic; the newest profile is two seconds old."""
    world = GammaWorld()
    moment = now_us - 2 * SECOND
    world.take(*whole_chain(moment - 86_400 * SECOND), bar(moment - 86_400 * SECOND, SPOT))
    world.take(trade(moment - 86_390 * SECOND, 590, OptionRight.CALL, bought=4_000, sold=900), _vix(19.4, session=days(DAY) - 1))
    world.tick(moment - 86_380 * SECOND)
    world.take(
        *(contract(moment - 20 * SECOND, strike, OptionRight.CALL, interest=2_600, volatility=0.19) for strike in range(580, 601, 2)),
        trade(moment - 9 * SECOND, 586, OptionRight.PUT, bought=300, sold=2_600), bar(moment - SECOND, SPOT + 1.27),
        vendor_total(moment - 30 * SECOND, 210_000_000.0),
    )  # fmt: skip
    profiles = [record for record in world.tick(moment) if isinstance(record, GammaProfile)]
    verdicts = [
        GammaScore(
            symbol=SYMBOL, session_date=days(DAY) - back, model=model, ts_event=now_us - back * 86_400 * SECOND,
            ts_said=now_us - (back + 1) * 86_400 * SECOND, said_spot=SPOT, said_gamma_usd_per_1pct=1e9, open=SPOT, high=SPOT + 4, low=SPOT - 3,
            close=SPOT + 1, calm_was_right=(back + place) % 3 > 0, walls_held=back % 2 == 0, flip_side_held=None if place == 2 else True,
        )
        for back in range(1, 6)
        for place, model in enumerate(DealerModel)
    ]  # fmt: skip
    another = replace(profiles[0], symbol="QQQ")
    return {"derived.gamma-profiles": [*profiles, another], "derived.gamma-scores": list(verdicts)}
