"""Halts and resumptions as the tape tells them: by the condition of a quote."""

from __future__ import annotations

from collections.abc import Mapping

from schemas.records import Licence, Quote, TradingHalt

# Quote condition -> state and the tape's reason. Ids of the vendor's glossary of conditions and indicators.
_STATES: Mapping[int, tuple[str, str | None]] = {
    16: ("resumed", None),
    27: ("halted", "T1"),  # news pending
    36: ("halted", "MWC1"),  # market-wide circuit breaker
    37: ("halted", "MWC2"),
    38: ("halted", "MWC3"),
    43: ("paused", "LUDP"),  # limit up, limit down
}
_CODES = frozenset(_STATES)


def halt_of(quote: Quote) -> TradingHalt | None:
    """Return what a quote says of its symbol's trading state; None for nearly every quote."""
    if _CODES.isdisjoint(quote.conditions):
        return None
    state, reason = next(_STATES[code] for code in quote.conditions if code in _CODES)
    return TradingHalt(
        symbol=quote.symbol, ts_event=quote.ts_event, ts_received=quote.ts_received, ts_published=quote.ts_published,
        source=quote.source, licence=Licence.INTERNAL, state=state, reason=reason,
    )  # fmt: skip
