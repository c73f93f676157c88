"""The topics of stage.reference, by their logical names; here so that the list of units need not import the work."""

from __future__ import annotations

EVENTS, EARNINGS, EARNINGS_DATES = "reference.calendar-events", "reference.earnings", "reference.earnings-dates"
GAPPERS, PINS, WATCHLISTS = "reference.gappers", "reference.watchlist-pins", "reference.watchlists"
READS = (GAPPERS, PINS, EVENTS, EARNINGS, EARNINGS_DATES, WATCHLISTS)
WRITES = (WATCHLISTS, EVENTS, EARNINGS_DATES)
