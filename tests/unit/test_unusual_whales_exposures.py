"""Exposures of REST answers as records: units, signs and sessions."""

from __future__ import annotations

from producers.source import Refused
from schemas.records import ExposureBasis, ExposureScope, ExposureUnit, GammaLevels, GreekExposure
from tests.support.unusual_whales import NOW
from tests.support.uw_answers import OPENED, TODAY_DAYS, one, parse, records, refusal, row


def test_daily_exposure_is_in_shares_and_puts_bring_their_sign() -> None:
    """X-01: greek-exposure is made of daily open interest; the net is the plain sum."""
    record = one(
        GreekExposure, records("greek_exposure", row("greek_exposure", date="2025-06-20", call_gamma="900.5", put_gamma="-1200.25", put_vanna=None))
    )
    assert (record.unit, record.basis, record.scope) == (ExposureUnit.SHARES, ExposureBasis.OPEN_INTEREST, ExposureScope.TOTAL)
    assert (record.call_gamma, record.put_gamma, record.net_gamma) == (900.5, -1200.25, -299.75)
    assert record.put_vanna is None and record.net_vanna is None
    assert record.ts_event == OPENED and record.session_date == TODAY_DAYS
    assert (record.strike, record.expiry, record.underlying_price) == (None, None, None)


def test_exposure_by_strike_expiry_and_both() -> None:
    strike = one(GreekExposure, records("greek_exposure_strike", row("greek_exposure_strike", strike="590", date=None), date="2025-06-18"))
    assert (strike.scope, strike.strike, strike.session_date) == (ExposureScope.STRIKE, 590.0, TODAY_DAYS - 2)
    expiry = one(GreekExposure, records("greek_exposure_expiry", row("greek_exposure_expiry", expiry="2025-06-27")))
    assert (expiry.scope, expiry.expiry) == (ExposureScope.EXPIRY, TODAY_DAYS + 7)
    both = one(GreekExposure, records("greek_exposure_strike_expiry", row("greek_exposure_strike_expiry", strike="590", expiry="2025-06-27")))
    assert (both.scope, both.strike, both.expiry) == (ExposureScope.STRIKE_EXPIRY, 590.0, TODAY_DAYS + 7)
    assert {record.unit for record in (strike, expiry, both)} == {ExposureUnit.SHARES}


def test_spot_exposure_is_in_dollars_one_record_a_basis() -> None:
    body = row(
        "spot_exposures", time="2025-06-20T15:00:41.481Z", price="600.5", gamma_per_one_percent_move_oi="5e9", gamma_per_one_percent_move_dir="-1e6"
    )
    found = records("spot_exposures", body)
    assert [record.basis for record in found] == [ExposureBasis.OPEN_INTEREST, ExposureBasis.VOLUME, ExposureBasis.DIRECTIONAL_VOLUME]
    assert {record.unit for record in found} == {ExposureUnit.USD_PER_PERCENT}
    assert (found[0].net_gamma, found[2].net_gamma, found[0].call_gamma) == (5e9, -1e6, None)
    assert found[0].net_delta is None and found[0].underlying_price == 600.5
    assert found[0].ts_event == 1_750_431_641_481_000


def test_spot_exposure_by_strike_without_a_strike_is_refused() -> None:
    """Bodies shown in the specification lack it; a wall without its place is of no use."""
    assert refusal("spot_exposures_strike", strike=None) == "data[0].strike"
    found = records(
        "spot_exposures_strike", row("spot_exposures_strike", strike="600", time="2025-06-20T15:00:00Z", call_gamma_oi="2", put_gamma_oi="-3")
    )
    assert [record.basis for record in found] == [
        ExposureBasis.OPEN_INTEREST, ExposureBasis.VOLUME, ExposureBasis.ASK_VOLUME, ExposureBasis.BID_VOLUME,
    ]  # fmt: skip
    assert found[0].net_gamma == -1.0 and found[0].scope is ExposureScope.STRIKE


def test_rows_of_several_expiries_need_their_own() -> None:
    body = row("spot_exposures_expiry_strike", time="2025-06-20T15:00:00Z", expiry=None)
    assert {record.expiry for record in records("spot_exposures_expiry_strike", body, **{"expirations[]": "2025-06-27"})} == {TODAY_DAYS + 7}
    (item,) = parse("spot_exposures_expiry_strike", {"data": [body]}, **{"expirations[]": "2025-06-27,2025-07-03"})
    assert isinstance(item, Refused) and item.error.field_path == "data[0].expiry"


def test_gamma_levels_hold_now_and_may_be_missing() -> None:
    """GEX-04: the vendor's flip is that of the sum strike by strike."""
    levels = one(GammaLevels, records("gex_levels", {"call_wall": "600", "put_wall": None, "gamma_flip": "560.5", "gamma_magnet": "575"}))
    assert (levels.call_wall, levels.put_wall, levels.gamma_flip, levels.gamma_magnet) == (600.0, None, 560.5, 575.0)
    assert (levels.symbol, levels.ts_event, levels.session_date) == ("XYZ", NOW, TODAY_DAYS)
    assert parse("gex_levels", {"data": dict.fromkeys(("call_wall", "put_wall", "gamma_flip", "gamma_magnet"))}) == []
