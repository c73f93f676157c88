"""The SQL views for research against pandas on the same rows (REG-08); the notebook's questions run on them."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from dashboards.history import History
from infra.clickhouse.migrate import migrate
from infra.clock import to_microseconds
from infra.settings import ClickHouseSettings
from schemas.records import EconomicObservation, Finding, Regime, VolatilityPoint
from tests.support.dashboard_seed import Records, store
from tests.support.local_clickhouse import ClickHouseAddress
from tests.support.regime_seed import MINUTE, regime_records

NOW = to_microseconds(datetime(2020, 4, 15, 15, 42, 7, tzinfo=UTC))
NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "three_questions.ipynb"


@pytest.fixture(scope="module")
def records() -> Records:
    return regime_records(NOW)


@pytest.fixture(scope="module")
def database(clickhouse_server: ClickHouseAddress, records: Records) -> ClickHouseSettings:
    server = clickhouse_server
    settings = ClickHouseSettings(port=server.port, user=server.user, password=server.password, database="research_views")  # type: ignore[arg-type]
    migrate(settings)
    store(settings, records)
    return settings


@pytest.fixture
def history(database: ClickHouseSettings) -> History:
    return History(database)


def test_gauges_equal_pandas_on_the_same_figures(history: History, records: Records) -> None:
    """REG-08: the regime with its inputs, from VIX and risk reversal; yields and dollar beside them."""
    frame = pd.DataFrame(
        [
            (item.observation_date, item.series_id, item.value)
            for item in records["reference.economic-series"]
            if isinstance(item, EconomicObservation)
        ],
        columns=["day", "series", "value"],
    ).pivot_table(index="day", columns="series", values="value")
    skew = pd.Series(
        {
            item.session_date: item.risk_reversal
            for item in records["options.volatility"]
            if isinstance(item, VolatilityPoint) and item.expiry == item.session_date + 28
        },
        dtype=float,
    ).reindex(frame.index)

    def rank(series: pd.Series[float]) -> pd.Series[float]:
        before = [series.iloc[max(0, place - 252) : place].dropna() for place in range(len(series))]
        shares = [float((row < value).mean()) if len(row) >= 60 else np.nan for row, value in zip(before, series, strict=True)]
        return pd.Series(shares, index=series.index)

    vix_rank, skew_rank = rank(frame.VIXCLS), rank(skew)
    rows = history.rows(
        """
        SELECT toInt32(day), vix, vix_rank, volatility_regime, risk_reversal_25, skew_rank, skew_regime, yield_10y, curve_10y_2y,
               yield_10y_change_20d, dollar_change_20d_percent FROM research_market_gauges ORDER BY day
        """
    )
    found = pd.DataFrame(rows).set_index(0).astype(dict.fromkeys((1, 2, 4, 5, 7, 8, 9, 10), float))
    assert list(found.index) == list(frame.index)
    expected = {
        1: frame.VIXCLS, 2: vix_rank, 4: skew, 5: skew_rank, 7: frame.DGS10, 8: frame.DGS10 - frame.DGS2, 9: frame.DGS10.diff(20),
        10: (frame.DTWEXBGS / frame.DTWEXBGS.shift(20) - 1) * 100,
    }  # fmt: skip
    for place, series in expected.items():
        np.testing.assert_allclose(found[place].to_numpy(), series.to_numpy(), rtol=1e-9, atol=1e-12)
    labels = np.select([vix_rank.isna(), vix_rank >= 0.8, vix_rank <= 0.2], ["UNKNOWN", "STRESSED", "CALM"], "NORMAL")
    assert list(found[3]) == list(labels)
    assert {"UNKNOWN", "STRESSED", "NORMAL"} <= set(found[3])
    assert set(found[6]) <= {"UNKNOWN", "PUTS_DEAR", "CALLS_DEAR", "NORMAL"}


def test_outcomes_join_the_price_half_an_hour_later(history: History, records: Records) -> None:
    """The price 30 minutes after a regime and after a finding; null where none is known."""
    closes = {(bar.symbol, bar.window_end): bar.close for bar in records["derived.bars"] if bar.resolution == "M1"}  # type: ignore[attr-defined]
    regimes = [item for item in records["derived.regimes"] if isinstance(item, Regime)]
    rows = history.rows("SELECT symbol, toUnixTimestamp64Micro(window_end), change_bps_30m FROM research_regime_outcomes")
    found = {(symbol, end): change for symbol, end, change in rows}
    assert len(found) == len(regimes)
    for item in regimes:
        later = closes.get((item.symbol, item.window_end + 30 * MINUTE))
        change = found[item.symbol, item.window_end]
        assert change == (None if later is None else pytest.approx((later / item.close - 1) * 10_000, abs=1e-9))
    told = {item.finding_id: item for item in records["derived.findings"] if isinstance(item, Finding)}
    outcomes = history.rows("SELECT finding_id, change_bps_30m, gain_bps_30m FROM research_finding_outcomes")
    assert len(outcomes) == len(told)
    for finding_id, change, gain in outcomes:
        item = told[finding_id]
        minute = item.ts_event // MINUTE * MINUTE
        late = item.ts_event > NOW - 30 * MINUTE
        assert (change is None) == late
        if change is not None:
            assert change == pytest.approx((closes[item.symbol, minute + 31 * MINUTE] / closes[item.symbol, minute] - 1) * 10_000, abs=1e-9)
        assert gain == (None if item.direction is None or change is None else change * (1 if item.direction == "LONG" else -1))


def test_the_newest_posture_is_one_row(history: History) -> None:
    """SCH-07: upsert twice, one row with the latest values."""
    rows = history.rows("SELECT symbol, status, last_action, qty FROM derived_position_states_latest ORDER BY symbol")
    assert rows == [("BCRX", "LONG", "new-trend: new trend up", None), ("NVAX", "SHORT", "liquidity: thin: wide spread", None)]


def test_the_notebook_answers_its_three_questions(database: ClickHouseSettings, records: Records, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every cell runs; the answers equal pandas on the same rows."""
    for name, value in (("PORT", database.port), ("USER", database.user), ("PASSWORD", database.password.get_secret_value())):
        monkeypatch.setenv(f"TAPEWIRE_CLICKHOUSE__{name}", str(value))
    monkeypatch.setenv("TAPEWIRE_CLICKHOUSE__DATABASE", database.database)
    cells = json.loads(NOTEBOOK.read_text())["cells"]
    told: dict[str, Any] = {}
    for cell in cells:
        if cell["cell_type"] == "code":
            exec("".join(cell["source"]), told)  # a cell is code of ours
    told["client"].close()
    closes = {(bar.symbol, bar.window_end): bar.close for bar in records["derived.bars"] if bar.resolution == "M1"}  # type: ignore[attr-defined]
    frame = pd.DataFrame(
        [
            (item.label.value, (closes[place] / item.close - 1) * 10_000)
            for item in records["derived.regimes"]
            if isinstance(item, Regime) and (place := (item.symbol, item.window_end + 30 * MINUTE)) in closes
        ],
        columns=["label", "change"],
    )
    expected = frame.groupby("label").change.agg(["size", "mean"])
    found = told["after_regimes"].set_index("label")
    assert list(found.minutes) == list(expected["size"])
    sign = np.where(expected.index == "TRENDING_DOWN", -1.0, 1.0)
    np.testing.assert_allclose(found.mean_bps, expected["mean"] * sign, atol=1e-9)
    agents = told["agents"].set_index("agent")
    assert list(agents.index) == ["new-trend", "reversal", "volume-surge"] and agents.findings.sum() == 3
    assert pd.isna(agents.mean_gain_bps["volume-surge"]) and agents.mean_move_bps["volume-surge"] > 0
    assert told["regime_days"].days.sum() == 300 and len(told["newest"]) == 1


def test_days_of_the_seed_are_weekdays(records: Records) -> None:
    days = {date(1970, 1, 1) + timedelta(days=item.observation_date) for item in records["reference.economic-series"]}  # type: ignore[attr-defined]
    assert len(days) > 290 and max(day.weekday() for day in days) == 4
