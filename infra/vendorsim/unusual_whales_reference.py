"""Answers that change by the day: calendars, earnings, trades of politicians and insiders, and the account's own alerts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

import numpy as np

from infra.clock import to_microseconds
from infra.market_calendar import NEW_YORK
from infra.vendorsim.unusual_whales_endpoint import Asked, endpoint
from infra.vendorsim.unusual_whales_market import OptionDay
from infra.vendorsim.unusual_whales_wire import market_capitalisation, plain, sector, text, utc

_POLITICIANS = ("Deborah Ross", "Stephen Cohen", "Nancy Pelosi", "Tommy Tuberville", "Ro Khanna", "Michael McCaul")
_AMOUNTS = ("$1,001 - $15,000", "$15,001 - $50,000", "$50,001 - $100,000", "$100,001 - $250,000")
_OFFICERS = ("CEO", "CFO", "Director", "COB and CEO", "10% Owner")
_EVENTS = (
    (0, 8, 30, "Consumer price index", "October", "0.3%", "0.2%"), (0, 14, 0, "FOMC minutes", "November", None, None),
    (0, 10, 0, "Consumer sentiment (final)", "November", "69.4", "69.4"), (1, 8, 30, "Nonfarm payrolls", "November", "150000", "142000"),
    (2, 8, 30, "GDP (second estimate)", "Q3", "2.8%", "2.8%"), (3, 8, 30, "PCE index", "October", None, "0.2%"),
    (4, 8, 30, "Producer price index", "October", "0.2%", "0.0%"), (5, 8, 30, "Initial jobless claims", "Nov 15", "220000", "217000"),
    (6, 14, 0, "FOMC interest-rate decision", "December", None, None),
)  # fmt: skip
_DAYS_BACK = 60


def _random(asked: Asked, purpose: int) -> np.random.Generator:
    return np.random.default_rng((asked.market.seed, asked.market.date.toordinal(), 60_000 + purpose))


def _identity(random: np.random.Generator) -> str:
    return str(UUID(bytes=random.bytes(16), version=4))


def _companies(asked: Asked) -> list[OptionDay]:
    return [asked.market.day(symbol) for symbol, stock in asked.market.underlyings.items() if not stock.is_index]


def _at(day: date, hour: int, minute: int) -> int:
    return to_microseconds(datetime.combine(day, time(hour, minute), NEW_YORK))


@endpoint("/api/market/economic-calendar")
def economic_calendar(asked: Asked) -> Any:
    rows = []
    for days, hour, minute, event, period, forecast, previous in _EVENTS:
        moment = _at(asked.market.date + timedelta(days=days), hour, minute)
        kind = "fomc" if "FOMC" in event else "report"
        rows.append({"event": event, "forecast": forecast, "prev": previous, "reported_period": period, "time": utc(moment), "type": kind})
    return {"data": rows}


@endpoint(
    "/api/market/fda-calendar",
    "announced_date_min:d announced_date_max:d target_date_min:d target_date_max:d drug:s ticker:s limit:i<=200=100",
)
def fda_calendar(asked: Asked) -> Any:
    rows = []
    for number, day in enumerate(_companies(asked)):
        target = asked.market.date + timedelta(days=3 + 9 * number)
        wanted = asked.values
        inside = wanted.get("target_date_min", target) <= target <= wanted.get("target_date_max", target)
        if inside and day.underlying.volatility > 1 and wanted.get("ticker") in (None, day.underlying.symbol):
            rows.append({
                "catalyst": "PDUFA Date", "description": f"FDA decision for {day.underlying.symbol}-{100 + number}",
                "drug": f"{day.underlying.symbol}-{100 + number}", "end_date": target.isoformat(), "has_options": True,
                "indication": "Advanced Melanoma", "marketcap": text(market_capitalisation(day), 0), "notes": "Priority review",
                "outcome": None, "outcome_brief": None, "source_link": "https://www.fda.gov/news-events", "start_date": target.isoformat(),
                "status": "NDA", "ticker": day.underlying.symbol,
            })  # fmt: skip
    return {"data": rows[: asked.values["limit"]]}


@endpoint("/api/congress/recent-trades", "limit:i<=200=100 date:d ticker:s")
def congress_trades(asked: Asked) -> Any:
    random, rows = _random(asked, 1), []
    symbols = list(asked.market.underlyings)
    for back in range(_DAYS_BACK * 2):
        filed = asked.market.date - timedelta(days=back // 2)
        politician, symbol = int(random.integers(0, len(_POLITICIANS))), symbols[int(random.integers(0, len(symbols)))]
        name = _POLITICIANS[politician]
        rows.append({
            "amounts": _AMOUNTS[int(random.integers(0, len(_AMOUNTS)))], "filed_at_date": filed.isoformat(),
            "is_active": bool(politician % 2), "issuer": ("joint", "not-disclosed", "self")[politician % 3],
            "member_type": ("house", "senate")[politician == 3], "name": name, "notes": f"Subholding of a brokerage account {back}",
            "politician_id": str(UUID(int=politician + 1, version=4)), "reporter": name, "ticker": symbol,
            "transaction_date": (filed - timedelta(days=int(random.integers(3, 44)))).isoformat(),
            "txn_type": ("Buy", "Sell", "Sell (partial)")[int(random.integers(0, 3))],
        })  # fmt: skip
    wanted = asked.values
    last = wanted.get("date", asked.market.date).isoformat()
    rows = [row for row in rows if row["filed_at_date"] <= last and wanted.get("ticker") in (None, row["ticker"])]
    return {"data": rows[: wanted["limit"]]}


@endpoint(
    "/api/insider/transactions",
    "ticker_symbol:s min_value:s max_value:s min_price:s max_price:s owner_name:s is_director:b is_officer:b is_s_p_500:b"
    " is_ten_percent_owner:b common_stock_only:b transaction_codes[]:s limit:i<=500=500 page:i group:b start_date:d end_date:d",
)
def insider_transactions(asked: Asked) -> Any:
    random, rows = _random(asked, 2), []
    companies = _companies(asked)
    for back in range(_DAYS_BACK * 3):
        filed = asked.market.date - timedelta(days=back // 3)
        day, code = companies[int(random.integers(0, len(companies)))], ("S", "P", "M", "A")[int(random.integers(0, 4))]
        shares, title = int(random.integers(100, 40_000)), _OFFICERS[int(random.integers(0, len(_OFFICERS)))]
        identity = _identity(random)
        rows.append({
            "amount": -shares if code == "S" else shares, "date_excercisable": None, "director_indirect": None, "expiration_date": None,
            "filing_date": filed.isoformat(), "formtype": "4", "id": identity, "ids": [identity], "is_10b5_1": back % 4 == 0,
            "is_director": title == "Director", "is_officer": title in ("CEO", "CFO", "COB and CEO"),
            "is_s_p_500": day.underlying.volatility < 1, "is_ten_percent_owner": title == "10% Owner",
            "marketcap": text(market_capitalisation(day), 0), "natureofownership": None,
            "next_earnings_date": f"{asked.market.date.year + 1}-01-28", "officer_title": title, "owner_name": f"OWNER {back % 23}",
            "price": text(day.underlying.previous_close), "price_excercisable": None, "sector": sector(day), "security_ad_code": None,
            "security_title": None, "shares_owned_after": None, "shares_owned_before": None, "stock_price": None,
            "ticker": day.underlying.symbol, "transaction_code": code, "transaction_date": (filed - timedelta(days=2)).isoformat(),
            "transactions": 1,
        })  # fmt: skip
    wanted = asked.values
    first, last = wanted.get("start_date", date.min).isoformat(), wanted.get("end_date", date.max).isoformat()
    rows = [
        row
        for row in rows
        if wanted.get("ticker_symbol") in (None, row["ticker"])
        and first <= row["transaction_date"] <= last
        and row["transaction_code"] in wanted.get("transaction_codes[]", [row["transaction_code"]])
    ]
    return {"data": asked.page(rows)}


@endpoint("/api/earnings/{ticker}")
def earnings(asked: Asked) -> Any:
    """Two years of quarters; the next one has no result yet."""
    day = asked.day
    if day.underlying.is_index:
        return {"data": []}
    random = np.random.default_rng((asked.market.seed, 61_000 + day.underlying.number))
    moves = ("long_straddle_1d", "long_straddle_1w", "post_earnings_move_1d", "post_earnings_move_1w", "post_earnings_move_2w",
             "post_earnings_move_3d", "pre_earnings_move_1d", "pre_earnings_move_1w", "pre_earnings_move_2w", "pre_earnings_move_3d",
             "short_straddle_1d", "short_straddle_1w")  # fmt: skip
    rows = []
    for quarter in range(8):
        report = asked.market.date + timedelta(days=60 - 91 * quarter)
        past = report < asked.market.date
        row: dict[str, Any] = {name: text(random.normal(0, 0.08), 4) if past else None for name in moves}
        estimate, surprise, move = random.uniform(0.1, 3), random.normal(0.05, 0.1), random.uniform(0.03, 0.12)
        rows.append(row | {
            "actual_eps": text(estimate + surprise) if past else None, "ending_fiscal_quarter": (report - timedelta(days=40)).isoformat(),
            "expected_move": text(move * day.underlying.previous_close), "expected_move_perc": text(move, 4),
            "report_date": report.isoformat(), "report_time": "postmarket", "source": "company" if past else "estimation",
            "street_mean_est": text(estimate),
        })  # fmt: skip
    return {"data": rows}


@endpoint("/api/earnings/premarket", "date:d limit:i<=100=50 page:i")
def earnings_before_the_bell(asked: Asked) -> Any:
    return {"data": asked.page(list(_reports(asked, "premarket", 0)))}


@endpoint("/api/earnings/afterhours", "date:d limit:i<=100=50 page:i")
def earnings_after_the_bell(asked: Asked) -> Any:
    return {"data": asked.page(list(_reports(asked, "postmarket", 1)))}


def _reports(asked: Asked, report_time: str, half: int) -> Iterator[dict[str, Any]]:
    """Each date has its own quarter of the companies."""
    today = asked.values.get("date", asked.market.date)
    random = np.random.default_rng((asked.market.seed, today.toordinal(), 62_000 + half))
    for day in _companies(asked):
        close, move = day.underlying.previous_close, random.uniform(0.03, 0.12)
        if random.random() > 0.25:
            continue
        reaction = random.normal(0, 0.05)
        out = today < asked.market.date
        yield {
            "actual_eps": text(random.uniform(0.1, 3)) if out else None, "continent": "North America", "country_code": "US",
            "country_name": "UNITED STATES", "ending_fiscal_quarter": (today - timedelta(days=50)).isoformat(),
            "expected_move": text(close * move), "expected_move_perc": text(move, 4), "full_name": f"{day.underlying.symbol} CORP",
            "has_options": True, "is_s_p_500": day.underlying.volatility < 1, "marketcap": text(market_capitalisation(day), 0),
            "post_earnings_close": text(close * (1 + reaction)) if out else None,
            "post_earnings_date": (today + timedelta(days=1)).isoformat(), "pre_earnings_close": text(close),
            "pre_earnings_date": today.isoformat(), "reaction": text(reaction, 4) if out else None, "report_date": today.isoformat(),
            "report_time": report_time, "sector": sector(day), "source": "company", "street_mean_est": text(random.uniform(0.1, 3)),
            "symbol": day.underlying.symbol,
        }  # fmt: skip


def _configurations(asked: Asked) -> list[dict[str, Any]]:
    created = utc(_at(asked.market.date - timedelta(days=90), 9, 0))
    return [
        {"config": {"option_symbols": [], "symbols": "all"}, "created_at": created, "id": str(UUID(int=10 + number, version=4)),
         "name": name, "noti_type": kind, "status": "active"}
        for number, (name, kind) in enumerate((("Trading halts", "trading_state"), ("Repeated hits", "flow_alerts"), ("Dividends", "dividends")))
    ]  # fmt: skip


@endpoint("/api/alerts/configuration")
def alert_configuration(asked: Asked) -> Any:
    return {"data": _configurations(asked)}


@endpoint(
    "/api/alerts",
    "limit:i<=500=50 intraday_only:b=true config_ids[]:s ticker_symbols:s noti_types[]:s newer_than:m older_than:m",
)
def alerts(asked: Asked) -> Any:
    """The account's rule on repeated hits fires at every flow alert."""
    newer, older = asked.between()
    configuration = _configurations(asked)[1]
    wanted = asked.values
    rows: list[dict[str, Any]] = []
    symbols = wanted["ticker_symbols"].split(",") if "ticker_symbols" in wanted else list(asked.market.underlyings)
    fits = configuration["noti_type"] in wanted.get("noti_types[]", ["flow_alerts"])
    for alert in reversed(asked.market.alerts_before(older)) if fits else ():
        if alert.created_us <= newer or len(rows) == wanted["limit"]:
            break
        day = asked.market.day(alert.symbol)
        if alert.symbol in symbols and configuration["id"] in wanted.get("config_ids[]", [configuration["id"]]):
            moment = utc(alert.created_us, fraction=True)
            meta = {"total_premium": plain(float(day.tape.premium[alert.trades].sum())), "total_size": int(day.tape.size[alert.trades].sum())}
            rows.append({
                "created_at": moment, "id": str(UUID(int=UUID(alert.identity).int ^ 1, version=4)), "meta": meta,
                "name": configuration["name"], "noti_type": configuration["noti_type"], "symbol": alert.symbol, "symbol_type": "stock",
                "tape_time": moment, "user_noti_config_id": configuration["id"],
            })  # fmt: skip
    return {"data": rows}
