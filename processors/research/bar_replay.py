"""Signals and regime at each bar of one symbol, by the product's own folds: market, decisions, regime.

Where only bars are known, the way of the price inside them is not. It is taken as four prints, a quarter of the volume each: open, the extreme away
from the close, the other extreme, close. The bars that the market fold makes of them are the same; what depends on the way, such as whether a stop or
a target came first, is an assumption. There are no quotes, so the spread is not measured and the gate that asks for a quote is off.
"""

from __future__ import annotations

from math import ceil
from typing import NamedTuple

from infra.settings import Settings
from processors.calc.windows import SECOND_US
from processors.folds.decisions import DecisionsFold
from processors.folds.market import MarketFold
from processors.folds.regime import RegimeFold
from schemas.bar_parts import EVERY_PART
from schemas.record import Record
from schemas.records import Bar, MarketView, Regime, Resolution, Signal, Tick, Trade

_PRINTS = 4


class BarMeaning(NamedTuple):
    """What a bar led to."""

    signals: tuple[Signal, ...]
    regime: Regime


class BarReplay:
    """Takes the bars of one symbol, oldest first.

    Parameters
    ----------
    settings
        Of the folds.
    """

    def __init__(self, symbol: str, resolution: Resolution, settings: Settings) -> None:
        blind = settings.setups.model_copy(update={"quote_required": False})
        self._market = MarketFold(settings.bars, settings.boxes, settings.feature)
        self._decisions = DecisionsFold(settings.model_copy(update={"setups": blind}))
        self._regime = RegimeFold(settings.regime, resolution)
        self._market_state = self._market.initial(symbol)
        self._decisions_state = self._decisions.initial(symbol)
        self._regime_state = self._regime.initial(symbol)
        self._grace_us = ceil(settings.bars.grace_seconds) * SECOND_US
        self._newest_start = 0

    def add(self, bar: Bar) -> BarMeaning:
        """Fold one bar.

        Raises
        ------
        ValueError
            If it is not newer than the one before.
        infra.errors.Permanent
            If it has no usable price, or is of before 2005: no exchange calendar reaches back further.
        """
        if bar.window_start <= self._newest_start:
            raise ValueError(f"expected a bar after {self._newest_start}, found one that begins at {bar.window_start}")
        self._newest_start = bar.window_start
        signals: list[Signal] = []
        for record in _tape(bar, self._grace_us):
            signals += self._step(record)
        self._regime_state, outputs = self._regime.step(self._regime_state, "derived.bars", bar)
        [regime] = (output.record for output in outputs)
        assert isinstance(regime, Regime)
        return BarMeaning(tuple(signals), regime)

    def _step(self, record: Trade | Tick) -> list[Signal]:
        topic = "ops.ticks" if isinstance(record, Tick) else "market.trades"
        if isinstance(record, Tick) and not self._market.wants_tick(self._market_state, record):
            return []
        self._market_state, outputs = self._market.step(self._market_state, topic, record)
        found: list[Record] = []
        for view in (output.record for output in outputs if isinstance(output.record, MarketView)):
            self._decisions_state, decisions = self._decisions.step(self._decisions_state, "views", view)
            found += [decision.record for decision in decisions]
        return [record for record in found if isinstance(record, Signal)]


def _tape(bar: Bar, grace_us: int) -> list[Trade | Tick]:
    """Return the prints of a bar and the ticks that close them, the bar's own end last."""
    ticks = {_whole_second(bar.window_end) + grace_us}
    if bar.volume <= 0.0:
        return [Tick(ts_event=moment) for moment in sorted(ticks)]
    rises = bar.close >= bar.open
    path = (bar.open, bar.low if rises else bar.high, bar.high if rises else bar.low, bar.close)
    step = (bar.window_end - bar.window_start) // _PRINTS
    tape: list[Trade | Tick] = []
    for number, price in enumerate(path):
        moment = bar.window_start + number * step
        ticks.add(_whole_second(moment + 1) + grace_us)
        tape.append(
            Trade(
                symbol=bar.symbol, ts_event=moment, ts_received=moment, ts_published=moment, source=bar.source, trade_id=f"{moment}",
                sequence=number, price=price, size=bar.volume / _PRINTS, bar_parts=EVERY_PART,
            )
        )  # fmt: skip
    # A tick goes before a print of its own moment: it stands for all that came before it.
    tape += [Tick(ts_event=moment) for moment in ticks]
    return sorted(tape, key=lambda item: (item.ts_event, isinstance(item, Trade)))


def _whole_second(moment_us: int) -> int:
    return -(-moment_us // SECOND_US) * SECOND_US
