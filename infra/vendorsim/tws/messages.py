"""Texts and layouts of the fake TWS's longer answers, as version 176 has them."""

from __future__ import annotations

from collections.abc import Iterator

from infra.vendorsim.tws.listings import Listed

MESSAGES = {
    101: "Max number of tickers has been reached",
    102: "Duplicate ticker ID",
    162: "Historical Market Data Service error message:HMDS query returned no data",
    200: "No security definition has been found for the request",
    300: "Can't find EId with tickerId",
    309: "Max number (3) of market depth requests has been reached",
    310: "Can't find the subscribed market depth with tickerId",
    316: "Market depth data has been HALTED. Please re-subscribe",
    317: "Market depth data has been RESET. Please empty deep book contents before applying any new entries",
    320: "Server error when reading an API client request.",
    321: "Server error when validating an API client request",
    326: "Unable to connect as the client id is already in use. Retry with a unique client id.",
    354: "Requested market data is not subscribed.",
    1100: "Connectivity between IBKR and Trader Workstation has been lost.",
    1101: "Connectivity between IBKR and Trader Workstation has been restored - data lost.",
    1102: "Connectivity between IBKR and Trader Workstation has been restored - data maintained.",
    1300: "TWS socket port has been reset and this connection is being dropped.",
    2103: "Market data farm connection is broken:usfarm",
    2104: "Market data farm connection is OK:usfarm",
    2106: "HMDS data farm connection is OK:ushmds",
    2108: "Market data farm connection is inactive but should be available upon demand.usfarm",
    2110: "Connectivity between Trader Workstation and server is broken. It will be restored automatically.",
    2158: "Sec-def data farm connection is OK:secdefil",
    10167: "Requested market data is not subscribed. Displaying delayed market data.",
    10190: "Max number of tick-by-tick requests has been reached",
    10197: "No market data during competing live session",
}


def contract_details(request_id: int, each: Listed, exchange: str) -> list[object]:
    """Return the answer to a request for contract details."""
    expiry = f"{each.expiry:%Y%m%d}" if each.expiry else ""
    is_stock = each.security_type == "STK"
    return [
        10, request_id, each.ticker, each.security_type, expiry, each.strike, each.right, exchange or each.venues[0], each.currency, each.name,
        each.trading_class, each.trading_class, each.number, each.tick, each.multiplier, "ACTIVETIM,LMT,MKT", ",".join(each.venues), 1, 0,
        each.ticker, "NASDAQ" if is_stock else "", each.month, "", "", "", "US/Eastern", "20250603:0400-20250603:2000",
        "20250603:0930-20250603:1600", "", "", 0, 1, "", "", "26", expiry, "COMMON" if is_stock else "", 0.0001, 0.0001, 100,
    ]  # fmt: skip


def account_values(account: str) -> Iterator[tuple[object, ...]]:
    """Return the answer to a subscription to account updates."""
    for key, value in (("NetLiquidation", "100000.00"), ("BuyingPower", "400000.00"), ("TotalCashValue", "100000.00")):
        yield (6, 2, key, value, "USD", account)
    yield (8, 1, "09:30")
    yield (54, 1, account)
