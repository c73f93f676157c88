"""Which of a view's numbers are not to be trusted, because the feed that brought them is bad or down (its ticks say so)."""

from __future__ import annotations

from collections.abc import Mapping

from schemas.records import FeedState, MarketView

FEED_UNFIT = "FEED_UNFIT"
"""Gate that refuses what a decision would do on such numbers."""
_FLAGS = {"market.trades": "bad_trades", "market.quotes": "bad_quotes"}
_PRICES = frozenset({"feed_down", "bad_trades"})
_ALL = _PRICES | {"bad_quotes"}


def flags_of(unfit: Mapping[str, str]) -> tuple[str, ...]:
    """Return the view's flags for topics that are unfit."""
    found = {"feed_down" if unfit[topic] == FeedState.DOWN.value else flag for topic, flag in _FLAGS.items() if topic in unfit}
    return tuple(sorted(found))


def doubts(view: MarketView) -> tuple[str, ...]:
    """Return why the view is not to be acted on; empty when it may be."""
    return tuple(flag for flag in view.flags if flag in _ALL)


def prices_are_doubtful(view: MarketView) -> bool:
    """Tell whether the view's prices themselves may be wrong or missing."""
    return not _PRICES.isdisjoint(view.flags)
