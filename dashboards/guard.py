"""Keeps errors off the pages: what goes wrong becomes a sentence and, where known, the remedy; the log has the rest."""

from __future__ import annotations

import logging
from collections.abc import Callable

import streamlit as st

from dashboards.history import HistoryNotReady, HistoryUnavailable
from dashboards.markup import empty_state, show

_log = logging.getLogger(__name__)


def guarded(body: Callable[[], None]) -> None:
    """Run a part of a page; show words instead of an exception."""
    try:
        body()
    except HistoryNotReady as error:
        show(empty_state("No history yet", f"ClickHouse answers, but {error}.", "tapewire clickhouse migrate (tapewire up does it, too)"))
    except HistoryUnavailable as error:
        show(empty_state("History is away", f"{error}. This page tries again by itself.", "tapewire up"))
    except Exception:
        _log.exception("page_failed")
        show(
            empty_state(
                "This part of the page could not be drawn", "The dashboard's log has the details. The other parts go on.", "tapewire logs dashboard"
            )
        )


def refreshing(seconds: float, body: Callable[[], None]) -> None:
    """Draw a part of a page now and again every so many seconds, without drawing the rest."""

    @st.fragment(run_every=seconds)
    def part() -> None:
        guarded(body)

    part()
