"""Records that would stop the market stage later are refused when they come."""

from __future__ import annotations

import pytest

from infra.errors import Permanent
from infra.settings import Settings
from processors.folds.market import MarketFold
from tests.support.toy_market import trade


def test_a_time_before_any_calendar_is_refused_at_once() -> None:
    """It becomes a dead letter; accepted, it would make every later tick of its symbol fail."""
    settings = Settings()
    fold = MarketFold(settings.bars, settings.boxes, settings.feature)
    with pytest.raises(Permanent, match="from 2005 on") as refusal:
        fold.step(fold.initial("A"), "market.trades", trade("A", 5_000_000))
    assert refusal.value.field_path == "ts_event"
