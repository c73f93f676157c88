"""Checks a finished live run of a tape: stored bars against pandas, stored boxes and setups against the offline replay."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from infra.cli.replay import play
from infra.market_calendar import NEW_YORK
from producers.polygon.sale_conditions import EXTENDED_HOURS, RULES_FILE

if TYPE_CHECKING:
    import pandas as pd

    from infra.cli.demo_run import DemoRun

RELATIVE_VWAP_TOLERANCE = 1e-9
_FLOORS = {"S1": "1s", "M1": "1min", "M2": "2min", "M5": "5min", "M15": "15min", "H1": "1h"}
_BARS = """
SELECT symbol, resolution, toUnixTimestamp64Micro(window_start), open, high, low, close, volume, vwap, trade_count
FROM derived_bars_latest
"""
_BOXES = "SELECT box_id, toUnixTimestamp64Micro(ts_event), state, bar_count, low, high FROM derived_boxes_latest"
_RULES = ("updates_open_close", "updates_high_low", "updates_volume")
_SETUPS = """
SELECT setup_id, sequence, state, ifNull(toString(outcome), ''), toUnixTimestamp64Micro(ts_event), stop_price, targets
FROM setups_events_latest
"""


def compare_with_replay(run: DemoRun) -> dict[str, Any]:
    """Compare what ClickHouse holds with what the tape's file says.

    Returns
    -------
    dict
        Counts, the first differences of each kind, and ``equal``.
    """
    from infra.vendorsim.tape_source import TapeSource

    source = TapeSource(Path(run.plan.source))
    replayed = play(source, run.layout.settings, tuple(source.symbols))
    history = run.history()
    bars = _bar_differences(pandas_bars(source), history.rows(_BARS))
    boxes = _set_difference(
        ((box.box_id, box.ts_event, str(box.state), box.bar_count, box.low, box.high) for box in replayed.of("derived.boxes")),
        history.rows(_BOXES),
    )
    setups = _set_difference(
        (
            (event.setup_id, event.sequence, str(event.state), str(event.outcome or ""), event.ts_event, event.stop_price, event.targets)
            for event in replayed.of("setups.events")
        ),
        ((*row[:-1], tuple(row[-1])) for row in history.rows(_SETUPS)),
    )
    trades = history.rows("SELECT count() FROM market_trades_latest")[0][0]
    return {
        "trades": int(trades),
        "trades_in_file": replayed.trades,
        "bars": bars,
        "boxes": boxes,
        "setups": setups,
        "equal": not (bars["different"] or boxes["different"] or setups["different"]) and int(trades) == replayed.trades,
    }


def pandas_bars(source: Any) -> pd.DataFrame:
    """Return the bars of every resolution as pandas computes them from the file's prints, independently of our folds."""
    import pandas as pd

    events = [event for symbol in source.symbols for event in source.symbol_events(symbol, *source.span_ms) if hasattr(event, "price")]
    prints = eligible(pd.DataFrame(events).sort_values(["symbol", "ts_ms", "sequence"], kind="stable", ignore_index=True))
    moment = pd.to_datetime(prints["ts_ms"], unit="ms", utc=True)
    frames = []
    for resolution, floor in _FLOORS.items():
        frames.append(_aggregate(prints, moment.dt.floor(floor), resolution))
    # A trading day runs from 20:00 to 20:00 in New York.
    overnight = pd.Timedelta(hours=4)
    days = (moment.dt.tz_convert(NEW_YORK).dt.tz_localize(None) + overnight).dt.normalize() - overnight
    frames.append(_aggregate(prints, days.dt.tz_localize(NEW_YORK).dt.tz_convert("UTC"), "D1"))
    return pd.concat(frames)


def eligible(prints: pd.DataFrame) -> pd.DataFrame:
    """Say of each print what of a bar it may change, by the tape's rules for its ``conditions``.

    Returns
    -------
    DataFrame
        Without prints that may change nothing; ``priced`` and ``extreme`` are the price where it may set open and close, and high and
        low, else missing; ``counted`` the size where it counts in the volume, else 0; ``notional`` price x counted.
    """
    import pandas as pd

    rules = pd.DataFrame(json.loads(RULES_FILE.read_text())["results"]).set_index("id")
    rules = rules.drop(index=EXTENDED_HOURS)
    codes = prints["conditions"].explode()
    allowed = pd.DataFrame({name: codes.map(rules[name].to_dict()).fillna(True).astype(bool).groupby(level=0).all() for name in _RULES})
    found = prints.assign(
        priced=prints["price"].where(allowed["updates_open_close"]),
        extreme=prints["price"].where(allowed["updates_high_low"]),
        counted=prints["size"].where(allowed["updates_volume"], 0),
    )
    found["notional"] = found["price"] * found["counted"]
    return found[allowed.any(axis=1)]


def _aggregate(prints: pd.DataFrame, window: pd.Series, resolution: str) -> pd.DataFrame:
    bars = prints.groupby(["symbol", window.rename("window_start")]).agg(
        open=("priced", "first"), high=("extreme", "max"), low=("extreme", "min"), close=("priced", "last"),
        volume=("counted", "sum"), notional=("notional", "sum"), trade_count=("price", "size"),
    ).dropna(subset=["open"])  # fmt: skip
    bars["vwap"] = bars["notional"] / bars["volume"]
    bars["resolution"] = resolution
    return bars.reset_index()


def _bar_differences(expected: pd.DataFrame, rows: Iterable[Any]) -> dict[str, Any]:
    found = {(row[0], row[1], int(row[2])): row[3:] for row in rows}
    different: list[str] = []
    bar: Any  # a named tuple with the frame's columns
    for bar in expected.itertuples(index=False):
        ours = found.pop((bar.symbol, bar.resolution, bar.window_start.value // 1_000), None)
        exact = (bar.open, bar.high, bar.low, bar.close, bar.volume, bar.trade_count)
        if ours is None or (*ours[:5], ours[6]) != exact or abs(ours[5] / bar.vwap - 1) > RELATIVE_VWAP_TOLERANCE:
            different.append(f"{bar.symbol} {bar.resolution} {bar.window_start}: expected {exact} vwap {bar.vwap}, found {ours}")
    different += [f"not in the file: {key}" for key in found]
    return {"expected": len(expected), "different": len(different), "first": different[:3]}


def _set_difference(expected: Iterable[Any], found: Iterable[Any]) -> dict[str, Any]:
    wanted, have = set(expected), {tuple(row) for row in found}
    different = sorted(map(str, wanted ^ have))
    return {"expected": len(wanted), "different": len(different), "first": different[:3]}
