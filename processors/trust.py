"""Why a view is not to be acted on: the feed that brought its numbers is bad or down (its ticks say so), or the regime is not the strategy's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from schemas.records import FeedState, MarketView

FEED_UNFIT = "FEED_UNFIT"
"""Gate that refuses what a decision would do on such numbers."""
REGIME = "REGIME"
"""Gate that refuses what a strategy would do outside its regimes (REG-03)."""
REGIME_EXCLUDED = "regime_excluded"
"""Flag of the view that a strategy outside its regimes is shown; the view on the topic has none."""
_FLAGS = {"market.trades": "bad_trades", "market.quotes": "bad_quotes"}
_PRICES = frozenset({"feed_down", "bad_trades"})
_ALL = _PRICES | {"bad_quotes", REGIME_EXCLUDED}


def flags_of(unfit: Mapping[str, str]) -> tuple[str, ...]:
    """Return the view's flags for topics that are unfit."""
    found = {"feed_down" if unfit[topic] == FeedState.DOWN.value else flag for topic, flag in _FLAGS.items() if topic in unfit}
    return tuple(sorted(found))


def doubts(view: MarketView) -> tuple[str, ...]:
    """Return why the view is not to be acted on; empty when it may be."""
    return tuple(flag for flag in view.flags if flag in _ALL)


def outside_its_regimes(view: MarketView) -> MarketView:
    """Return the view as a strategy is shown it that may not begin anything in the view's regime."""
    return replace(view, flags=(*view.flags, REGIME_EXCLUDED))


def prices_are_doubtful(view: MarketView) -> bool:
    """Tell whether the view's prices themselves may be wrong or missing."""
    return not _PRICES.isdisjoint(view.flags)
