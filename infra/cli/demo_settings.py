"""Settings of a demo: the simulated vendors, a scaled clock that every process shares, a fresh stack."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from infra.clock import MICROSECONDS, SystemClock, to_microseconds
from infra.local.stack_layout import POLLED_VENDORS
from infra.market_calendar import NEW_YORK, new_york
from infra.settings import Settings, load
from infra.settings_section import Section

SCENARIO_DAY = date(2026, 11, 20)
SCENARIO_STARTS = time(9, 16)  # pre-market, when the stack has come up; the minutes before are caught up over REST
LONG_DAY_STARTS = time(4, 16)
SCENARIO_FREEZES = time(9, 24)  # the usual freeze is over when the demo begins, and nobody would be on its lists
SCENARIO_HISTORY_MINUTES = 30
START_UP_SECONDS = 20.0  # real; market time is behind SCENARIO_STARTS until then
SIMULATOR_REQUESTS_PER_SECOND = 150.0  # the simulated vendor's budget allows 200
SCENARIO_SPEED = 30.0
EVERY_FEED_SPEED = 8.0
# What two cores carry at EVERY_FEED_SPEED beside the equities: one underlying's options, three symbols' books, a few quotes.
OPTIONS_UNDERLYING = "SPY"
_OF_THE_UNDERLYING = ("option_trades", "gex", "gex_strike", "gex_strike_expiry", "net_flow")
DEMO_CHANNELS = ("flow-alerts", "news", *(f"{name}:{OPTIONS_UNDERLYING}" for name in _OF_THE_UNDERLYING))
BOOKS = 3
QUOTED = ("SPX", "VIX", "VX", "ES", "ZN", "DX", "EUR.USD", "BTC-USD")
TAPE_SPEED = 240.0
TAPE_LEAD_SECONDS = 30
TRADING_DAY_ENDS = time(20, 0)
SETTLE_REAL_SECONDS = 12.0  # after the last event: the free tier's delay passes and every sink catches up


@dataclass(frozen=True, slots=True)
class DemoPlan:
    """What a demo plays.

    Attributes
    ----------
    source
        ``scenario`` or the absolute path of a captured tape.
    symbols
        Tickers to subscribe to.
    start_us, end_us
        Market time of the run, microseconds since the epoch; ``end_us`` is None for the scenario, which nobody waits out.
    speed
        Market seconds a real second.
    long_day
        The scenario is busy for sixteen hours.
    every_feed
        Every vendor, not the equities' alone.
    incidents
        Path of a script of what the vendors do wrong.
    """

    source: str
    symbols: Sequence[str]
    start_us: int
    end_us: int | None
    speed: float
    seed: int
    long_day: bool = False
    every_feed: bool = False
    incidents: str = ""


def plan_scenario(speed: float | None, seed: int, *, long_day: bool = False, every_feed: bool = False) -> DemoPlan:
    """Return the plan of the made-up market day.

    Parameters
    ----------
    long_day
        Sixteen busy hours, from a little after the first print.
    every_feed
        With options and order books.
    """
    from infra.vendorsim.scenario import Scenario

    start_us = to_microseconds(datetime.combine(SCENARIO_DAY, LONG_DAY_STARTS if long_day else SCENARIO_STARTS, NEW_YORK))
    symbols = Scenario(SCENARIO_DAY, seed).symbols
    return DemoPlan("scenario", symbols, start_us, None, speed or (EVERY_FEED_SPEED if every_feed else SCENARIO_SPEED), seed, long_day, every_feed)


def plan_tape(tape: Path, speed: float | None) -> DemoPlan:
    """Return the plan of a captured tape: from half a minute before its first print to the end of its last trading day."""
    from infra.vendorsim.tape_source import TapeSource

    source = TapeSource(tape)
    first_ms, last_ms = source.span_ms
    start_us = (first_ms // 1_000 - TAPE_LEAD_SECONDS) * MICROSECONDS
    speed = speed or TAPE_SPEED
    day_ends = to_microseconds(datetime.combine(new_york((last_ms - 1) * 1_000).date(), TRADING_DAY_ENDS, NEW_YORK))
    end_us = max(day_ends, last_ms * 1_000) + round(SETTLE_REAL_SECONDS * speed) * MICROSECONDS
    return DemoPlan(str(tape.resolve()), source.symbols, start_us, end_us, speed, 0)


def demo_settings(plan: DemoPlan, origin_us: int | None = None) -> Settings:
    """Return the caller's settings changed to play ``plan``, market time starting at this moment."""
    base = load()
    return base.model_copy(
        update={
            "stack": base.stack.model_copy(update={"mode": "demo" if plan.source == "scenario" else "replay"}),
            "clock": base.clock.model_copy(
                update={
                    "kind": "scaled",
                    "start_us": plan.start_us,
                    "origin_us": _origin_us() if origin_us is None else origin_us,
                    "speed": plan.speed,
                }
            ),
            "polygon": base.polygon.model_copy(
                update={
                    "symbols": tuple(plan.symbols),
                    "requests_per_second": SIMULATOR_REQUESTS_PER_SECOND,
                    "first_start_minutes": SCENARIO_HISTORY_MINUTES if plan.source == "scenario" else base.polygon.first_start_minutes,
                }
            ),
            # A recorded day is compared with its replay from prints alone, which knows nothing of how its feed fared.
            "ticks": base.ticks if plan.source == "scenario" else base.ticks.model_copy(update={"tell_bad_feeds": False}),
            "alpaca": base.alpaca.model_copy(update={"symbols": base.alpaca.symbols or tuple(plan.symbols)}),
            "tradier": base.tradier.model_copy(update={"symbols": base.tradier.symbols or tuple(plan.symbols)}),
            **(_other_feeds(base, plan) if plan.every_feed else {}),
            "watchlists": base.watchlists.model_copy(update={"freeze_at": SCENARIO_FREEZES} if _begins_late(plan) else {}),
            # A captured tape holds no quotes: requiring one would refuse every break.
            "setups": base.setups if plan.source == "scenario" else base.setups.model_copy(update={"quote_required": False}),
            "simulator": base.simulator.model_copy(
                update={"source": plan.source, "seed": plan.seed, "long_day": plan.long_day, "incidents_path": plan.incidents}
            ),
        }
    )


def _begins_late(plan: DemoPlan) -> bool:
    return plan.source == "scenario" and not plan.long_day


def _other_feeds(base: Settings, plan: DemoPlan) -> dict[str, Any]:
    """Return the sections by which the feeds are on; a stack without vendors of its own replaces key and host."""
    others, key = [symbol for symbol in plan.symbols if symbol != OPTIONS_UNDERLYING], SecretStr("simulated")
    return {
        "unusual_whales": base.unusual_whales.model_copy(
            update={"api_key": key, "symbols": (OPTIONS_UNDERLYING,), "channels": DEMO_CHANNELS}
        ),
        "ibkr": base.ibkr.model_copy(
            update={"host": "simulated", "symbols": (OPTIONS_UNDERLYING, *others)[:BOOKS], "quotes": (OPTIONS_UNDERLYING, *QUOTED)}
        ),
        # Polygon is the authority of the tape: what the brokers print stays raw, their bars and the pairs of crypto go out.
        "alpaca": base.alpaca.model_copy(update={"api_key": key, "api_secret": key, "symbols": (OPTIONS_UNDERLYING,)}),
        "tradier": base.tradier.model_copy(update={"access_token": key, "symbols": (OPTIONS_UNDERLYING,)}),
        **{name: _switched_on(getattr(base, name), key) for name in POLLED_VENDORS},
    }


def _switched_on(section: Section, key: SecretStr) -> Section:
    return section.model_copy(update={"api_key": key} if "api_key" in type(section).model_fields else {"enabled": True})


def _origin_us() -> int:
    """Return the wall-clock moment at which market time is the plan's start: when the stack has come up, or nearly."""
    return SystemClock().now_us() + round(START_UP_SECONDS * MICROSECONDS)
