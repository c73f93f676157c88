"""The simulated Unusual Whales REST interface: tokens, limits, parameters, pages and faults."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from typing import Any

import orjson
import pytest
from aiohttp import ClientResponse

from infra.clock import ManualClock
from infra.vendorsim.scenario import Scenario
from tests.support.simulated_vendor import Client, order_fault, simulated

KEY = "a-token-of-this-test"
SCENARIO = Scenario(date(2026, 11, 20))
START_MS = SCENARIO.span_ms[0] + 150 * 60_000


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(START_MS * 1_000)


@pytest.fixture
async def client(clock: ManualClock, tmp_path: Path) -> AsyncIterator[Client]:
    async with simulated(clock, tmp_path, SCENARIO, unusual_whales={"api_key": KEY}) as opened:
        yield opened


async def get(client: Client, path: str, **parameters: Any) -> ClientResponse:
    answer = await client.get(f"/uw/api{path}", params=parameters, headers={"Authorization": f"Bearer {KEY}"})
    await answer.read()
    return answer


async def rows(client: Client, path: str, **parameters: Any) -> list[dict[str, Any]]:
    answer = await get(client, path, **parameters)
    assert answer.status == 200, await answer.text()
    found: list[dict[str, Any]] = (await answer.json())["data"]
    return found


async def test_a_wrong_or_expired_token_and_a_smaller_plan_are_told_apart(client: Client) -> None:
    for headers in ({}, {"Authorization": "Bearer wrong"}):
        async with client.get("/uw/api/stock/SPY/max-pain", headers=headers) as answer:
            assert answer.status == 401 and not any(name.lower().startswith("x-uw") for name in answer.headers)
    await order_fault(client, "uw", fault="expire")
    assert (await get(client, "/stock/SPY/max-pain")).status == 401
    await order_fault(client, "uw", fault="renew")
    assert (await get(client, "/stock/SPY/max-pain")).status == 200
    await order_fault(client, "uw", fault="downgrade", paths=["/option-trades"])
    assert (await get(client, "/option-trades/flow-alerts")).status == 403
    assert (await get(client, "/stock/SPY/max-pain")).status == 200
    await order_fault(client, "uw", fault="upgrade")
    assert (await get(client, "/option-trades/flow-alerts")).status == 200


async def test_wrong_parameters_get_422_and_unknown_things_404(client: Client) -> None:
    for path, parameters in (
        ("/stock/SPY/max-pain", {"date": "2026-13-01"}),
        ("/stock/SPY/greeks", {}),
        ("/option-trades/flow-alerts", {"limit": "201"}),
        ("/option-trades/flow-alerts", {"limit": "many"}),
        ("/option-trades/flow-alerts", {"date": "2026-11-20"}),
        ("/stock/SPY/historical-risk-reversal-skew", {"expiry": "2026-11-27", "delta": "17"}),
    ):
        answer = await get(client, path, **parameters)
        assert answer.status == 422, (path, parameters)
        assert (await answer.json()).keys() == {"msg", "path", "query", "url"}
    assert (await get(client, "/stock/NONE/max-pain")).status == 404
    assert (await get(client, "/v1/flow")).status == 404
    assert (await get(client, "/option-contract/SPY261120C00001000/flow")).status == 404


async def test_the_121st_request_of_a_minute_is_refused_and_headers_count(client: Client, clock: ManualClock) -> None:
    for number in range(1, 121):
        answer = await get(client, "/market/economic-calendar")
        assert answer.status == 200
        assert answer.headers["x-uw-minute-req-counter"] == str(number)
        assert answer.headers["x-uw-req-per-minute-remaining"] == str(120 - number)
    clock.advance(59)
    refused = await get(client, "/market/economic-calendar")
    assert refused.status == 429 and refused.headers["x-uw-req-per-minute-reset"] == "1000" and "Retry-After" in refused.headers
    clock.advance(1)
    assert (await get(client, "/market/economic-calendar")).status == 200
    calls = await (await client.get("/uw/calls")).json()
    assert calls["calls"] == {"/api/market/economic-calendar": 122}
    assert calls["statuses"] == {"200": 121, "429": 1} and calls["most_in_a_minute"] == 120


async def test_calls_are_counted_by_endpoint_and_ticker(client: Client) -> None:
    for ticker in ("SPY", "SPY", "QQQ"):
        await get(client, f"/stock/{ticker}/greek-exposure")
    await get(client, "/earnings/premarket")
    await get(client, "/earnings/NVDA")
    calls = await (await client.get("/uw/calls")).json()
    assert calls["calls"] == {"/api/stock/{ticker}/greek-exposure": 3, "/api/earnings/premarket": 1, "/api/earnings/{ticker}": 1}
    assert {"path": "/api/stock/{ticker}/greek-exposure", "ticker": "SPY", "calls": 2} in calls["by_ticker"]


async def test_alerts_page_backwards_and_forwards_without_loss_or_repeat(client: Client, clock: ManualClock) -> None:
    """UWE-02, UWE-26: pages of ten by older_than hold the same as one large page; newer_than resumes after the last one seen."""
    for path in ("/option-trades/flow-alerts", "/alerts"):
        whole = await rows(client, path, limit=101)
        assert len(whole) == 101
        paged: list[dict[str, Any]] = []
        while len(paged) < 101:
            older = {"older_than": paged[-1]["created_at"]} if paged else {}
            paged += await rows(client, path, limit=10, **older)
        assert paged[:101] == whole
        assert [row["created_at"] for row in whole] == sorted((row["created_at"] for row in whole), reverse=True)
        clock.advance(300)
        newer = await rows(client, path, newer_than=whole[0]["created_at"], limit=200)
        assert newer and all(row["created_at"] > whole[0]["created_at"] for row in newer)
        assert (await rows(client, path, limit=len(newer) + 5))[: len(newer)] == newer


async def test_nothing_of_the_future_is_shown_and_other_dates_are_empty(client: Client, clock: ManualClock) -> None:
    before = await rows(client, "/stock/SPY/net-prem-ticks")
    clock.advance(120)
    after = await rows(client, "/stock/SPY/net-prem-ticks")
    assert len(after) == len(before) + 2 and after[: len(before)] == before
    assert await rows(client, "/stock/SPY/net-prem-ticks", date="2026-11-19") == []
    clock.advance(-86_400)
    assert await rows(client, "/option-trades") == [] and await rows(client, "/stock/SPY/spot-exposures") == []


async def test_answers_agree_with_each_other(client: Client) -> None:
    """The chain's volumes, the flow by strike, by expiry and by minute are sums of the same trades."""
    contracts: list[dict[str, Any]] = []
    for page in range(4):
        contracts += await rows(client, "/stock/SPY/option-contracts", page=page)
    assert len({row["option_symbol"] for row in contracts}) == len(contracts) > 500
    for row in contracts:
        assert row["ask_volume"] + row["bid_volume"] + row["mid_volume"] + row["no_side_volume"] == row["volume"]
    volume = sum(row["volume"] for row in contracts)
    strikes = await (await get(client, "/stock/SPY/flow-per-strike-intraday")).json()
    assert sum(row["call_volume"] + row["put_volume"] for row in strikes) == volume
    expiries = await rows(client, "/stock/SPY/flow-per-expiry")
    assert sum(row["call_volume"] + row["put_volume"] for row in expiries) == volume
    minutes = await rows(client, "/stock/SPY/net-prem-ticks")  # finished minutes: the clock stands at the beginning of one
    assert sum(row["call_volume"] + row["put_volume"] for row in minutes) == volume
    interest = await rows(client, "/stock/SPY/oi-per-strike")
    assert sum(row["call_oi"] + row["put_oi"] for row in interest) == sum(row["open_interest"] for row in contracts)


async def test_spot_exposures_add_up_over_strikes_and_expiries(client: Client) -> None:
    (last,) = (await rows(client, "/stock/SPY/spot-exposures"))[-1:]
    strikes = await rows(client, "/stock/SPY/spot-exposures/strike")
    total = sum(float(row["call_gamma_oi"]) + float(row["put_gamma_oi"]) for row in strikes)
    assert float(last["gamma_per_one_percent_move_oi"]) == pytest.approx(total, rel=1e-9)
    expiries = [row["expiry"] for row in await rows(client, "/stock/SPY/expiry-breakdown")]
    matrix = []
    for expiry in expiries:
        matrix += await rows(client, "/stock/SPY/spot-exposures/expiry-strike", **{"expirations[]": expiry})
    assert sum(float(row["call_gamma_oi"]) + float(row["put_gamma_oi"]) for row in matrix) == pytest.approx(total, rel=1e-6)


async def test_max_pain_is_the_least_that_is_paid(client: Client) -> None:
    pain = await rows(client, "/stock/NVDA/max-pain")
    contracts = await rows(client, "/stock/NVDA/option-contracts", expiry=pain[0]["expiry"])
    held = [(row["option_symbol"][-9], int(row["option_symbol"][-8:]) / 1_000, row["open_interest"]) for row in contracts]

    def paid(price: float) -> float:
        return sum(oi * max(price - strike if right == "C" else strike - price, 0) for right, strike, oi in held)

    assert paid(float(pain[0]["max_pain"])) == min(paid(strike) for _, strike, _ in held)


async def test_faults_of_requests(client: Client) -> None:
    await order_fault(client, "uw", fault="refuse", requests=1, retry_after=False)
    refused = await get(client, "/stock/SPY/max-pain")
    assert refused.status == 429 and "Retry-After" not in refused.headers
    await order_fault(client, "uw", fault="refuse", requests=1)
    assert "Retry-After" in (await get(client, "/stock/SPY/max-pain")).headers
    await order_fault(client, "uw", fault="error", status=502, requests=2, endpoint="max-pain")
    assert (await get(client, "/stock/SPY/iv-rank")).status == 200
    assert [(await get(client, "/stock/SPY/max-pain")).status for _ in range(3)] == [502, 502, 200]
    await order_fault(client, "uw", fault="rename", on="rest", field="max_pain", value="pain")
    assert "pain" in (await rows(client, "/stock/SPY/max-pain"))[0]
    await order_fault(client, "uw", fault="wrong_type", on="rest", field="max_pain", value=[1])
    assert (await rows(client, "/stock/SPY/max-pain"))[0]["max_pain"] == [1]
    await order_fault(client, "uw", fault="truncate", on="rest")
    with pytest.raises(orjson.JSONDecodeError):
        orjson.loads(await (await get(client, "/stock/SPY/max-pain")).read())
    async with client.post("/uw/faults", json={"fault": "earthquake"}) as answer:
        assert answer.status == 400
