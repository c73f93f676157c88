"""A strategy is one file: what is registered and what is on disk are the same, and a new file decides at once."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

import processors.strategies
from infra.plugins import load_all
from infra.settings import Settings
from processors import strategy
from processors.folds.decisions import DecisionsFold
from processors.strategy import registered
from tests.support.views import view

TOY = """
from dataclasses import dataclass
from processors.strategy import strategy
from schemas.ids import deterministic_id
from schemas.records import Side, Signal


@dataclass(frozen=True, slots=True)
class Seen:
    views: int = 0


@strategy(id="toy", summary="Buys at every second view.", state=Seen, parameters=lambda settings: None)
def step(state, view, parameters):
    seen = Seen(state.views + 1)
    if seen.views % 2:
        return seen, ()
    return seen, (
        Signal(signal_id=deterministic_id("signal", "toy", view.symbol, view.ts_event), strategy="toy", symbol=view.symbol, side=Side.LONG,
               ts_event=view.ts_event, valid_until=view.ts_event, confidence=1.0, triggers=("second view",)),
    )
"""


def test_every_file_is_a_strategy() -> None:
    load_all("processors.strategies")
    (folder,) = processors.strategies.__path__
    on_disk = {f"processors.strategies.{path.stem}" for path in Path(folder).glob("*.py")} - {"processors.strategies.__init__"}
    ours = {found.step.__module__ for found in registered().values() if found.step.__module__.startswith("processors.strategies.")}
    assert ours == on_disk


def test_a_new_strategy_is_one_file_and_its_signal_is_complete(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """STR-21: strategy, direction, confidence and triggers."""
    (tmp_path / "toy_strategy.py").write_text(TOY)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(strategy, "_REGISTRY", {})
    __import__("toy_strategy")
    monkeypatch.delitem(sys.modules, "toy_strategy")
    fold = DecisionsFold(Settings(), registered())
    state, first = fold.step(fold.initial("BCRX"), "views", view(1, 6.4))
    _, second = fold.step(state, "views", view(2, 6.5))
    assert not first
    [(topic, signal)] = second
    assert topic == "signals"
    assert (signal.strategy, signal.side, signal.confidence, signal.triggers) == ("toy", "LONG", 1.0, ("second view",))  # type: ignore[attr-defined]
