"""Symbols that people wrote, as the sources ``textlist`` and ``manual`` of the watchlist (WCH-06, WCH-07, WCH-08); pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from infra.reference_settings import WatchlistSettings
from processors.reference.symbol_text import symbols_in

TEXTLIST, MANUAL = "textlist", "manual"


def written_lists(settings: WatchlistSettings) -> Mapping[str, Sequence[str]]:
    """Return the symbols of each written source in their order, each once; a source without any is left out."""
    of_backend = {"discord": settings.discord_symbols, "signal": settings.signal_symbols}
    told = {TEXTLIST: " ".join(of_backend[backend] for backend in settings.textlist_backends), MANUAL: settings.text}
    return {source: symbols for source, text in told.items() if (symbols := symbols_in(text))}
