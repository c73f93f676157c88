"""Which symbols a day is about: the longlist until its freeze, the ranked watchlist, pins, fixed lists (WCH-01, 02, 03, 04, 08, 10, 12); pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from infra.clock import MICROSECONDS
from infra.reference_settings import WatchlistSettings
from processors.reference.gapper_day import DayMoments, GapperDay
from processors.reference.written_lists import MANUAL
from schemas.records import Gapper, Watchlist, WatchlistEntry, WatchlistState

LONGLIST, WATCHLIST = "longlist", "watchlist"
_EPOCH = date(1970, 1, 1)


def score(gapper: Gapper) -> float:
    """Return how much a gapper deserves attention: abs(gap in percent) x log10(1 + dollars traded today).

    Dollars stand for whether one can trade it at all, the logarithm for that ten times the money is not ten times the chance. Where no volume
    is told the score is 0: after everybody of whom it is known.
    """
    return abs(gapper.gap_percent) * math.log10(1.0 + max(gapper.last_price * (gapper.volume or 0.0), 0.0))


def relative_volume(gapper: Gapper) -> float | None:
    """Return the shares traded today over those of yesterday's whole session; None where the vendor does not tell both."""
    return gapper.volume / gapper.previous_volume if gapper.volume is not None and gapper.previous_volume else None


def longlist(day: GapperDay, settings: WatchlistSettings, now_us: int, published_us: int) -> Watchlist | None:
    """Return the longlist as it stands; from the freeze on it is that of the freeze; None before the day begins."""
    moments = day.moments
    if now_us < moments.begins_us:
        return None
    frozen = now_us >= moments.freeze_us
    at_us = moments.freeze_us if frozen else now_us
    ranked = _ranked(_qualified(day, settings, at_us))
    entries = _entries((), ranked, settings.longlist_size)
    state = WatchlistState.FROZEN if frozen else WatchlistState.FORMING
    return _list(LONGLIST, moments, at_us, published_us, state, settings.longlist_size, len(ranked), entries)


def watchlist(day: GapperDay, pins: Iterable[str], settings: WatchlistSettings, now_us: int, published_us: int) -> Watchlist | None:
    """Return the watchlist: pinned symbols first, then the longlist's by score, up to its size; None before the day begins.

    Until the freeze its symbols come and go with the longlist's; then they are fixed and only their order moves, until the ranking.
    A pin counts at any time and takes the place of the last symbol. Symbols that were not on the frozen longlist cannot join otherwise.
    Where a written list speaks it holds that list's symbols in their order, cut to the size of such a list.
    """
    moments = day.moments
    if now_us < moments.begins_us:
        return None
    final, frozen = now_us >= moments.final_us, now_us >= moments.freeze_us
    at_us = moments.final_us if final else now_us
    state = WatchlistState.FINAL if final else WatchlistState.FROZEN if frozen else WatchlistState.FORMING
    if written := day.written_at(at_us):
        kept = _written_entries(sorted(set(pins)), written[: settings.maximum_text_symbols], settings.size)
        return _list(WATCHLIST, moments, at_us, published_us, state, settings.size, len({*pins, *written}), kept)
    newest = day.until(at_us)
    members = longlist(day, settings, now_us, published_us)
    assert members is not None
    ranked = _ranked([newest[entry.symbol] for entry in members.entries if entry.symbol in newest])
    entries = _entries(sorted(set(pins)), ranked, settings.size, newest)
    return _list(WATCHLIST, moments, at_us, published_us, state, settings.size, len({*pins, *(one.symbol for one in ranked)}), entries)


def manual_list(symbols: Sequence[str], moments: DayMoments, settings: WatchlistSettings, published_us: int) -> Watchlist:
    """Return the list written by hand, in its order, cut to its size."""
    return _fixed(MANUAL, symbols, settings.maximum_text_symbols, moments, published_us)


def fixed_lists(moments: DayMoments, settings: WatchlistSettings, published_us: int) -> Sequence[Watchlist]:
    """Return the lists that stand in the settings for strategies: ``stocks`` and ``crypto``, those that have symbols."""
    named = (("stocks", settings.stocks), ("crypto", settings.crypto))
    return [_fixed(name, symbols, len(symbols), moments, published_us) for name, symbols in named if symbols]


def same_list(first: Watchlist, second: Watchlist) -> bool:
    """Return whether two records say the same symbols with the same numbers, whenever they were made."""
    return _what_it_says(first) == _what_it_says(second)


def _what_it_says(one: Watchlist) -> tuple[object, ...]:
    return one.name, one.session_date, one.state, one.size_limit, one.candidates, one.entries


def _qualified(day: GapperDay, settings: WatchlistSettings, at_us: int) -> Sequence[Gapper]:
    stale_us = at_us - round(settings.stale_minutes * 60 * MICROSECONDS)
    return [
        gapper
        for gapper in day.until(at_us).values()
        if abs(gapper.gap_percent) >= settings.minimum_gap_percent
        and gapper.last_price >= settings.minimum_price
        and (gapper.volume is None or gapper.volume >= settings.minimum_volume)  # a quote tells none: it is not held against it
        and ((share := relative_volume(gapper)) is None or share >= settings.minimum_relative_volume)
        and gapper.ts_received >= stale_us
    ]


def _ranked(gappers: Iterable[Gapper]) -> Sequence[Gapper]:
    return sorted(gappers, key=lambda gapper: (-score(gapper), gapper.symbol))  # the symbol decides a tie, so that a second run is equal


def _entries(
    pins: Sequence[str], ranked: Sequence[Gapper], limit: int, numbers: Mapping[str, Gapper] | None = None
) -> tuple[WatchlistEntry, ...]:
    known = numbers or {}
    rows: list[tuple[str, bool, Gapper | None]] = [(symbol, True, known.get(symbol)) for symbol in pins]
    rows += [(gapper.symbol, False, gapper) for gapper in ranked if gapper.symbol not in set(pins)]
    return tuple(
        WatchlistEntry(
            rank=rank,
            symbol=symbol,
            pinned=pinned,
            score=None if gapper is None else round(score(gapper), 6),
            gap_percent=None if gapper is None else gapper.gap_percent,
            last_price=None if gapper is None else gapper.last_price,
            volume=None if gapper is None else gapper.volume,
            ts_seen=None if gapper is None else gapper.ts_received,
            relative_volume=None if gapper is None else relative_volume(gapper),
        )
        for rank, (symbol, pinned, gapper) in enumerate(rows[:limit], 1)
    )


def _written_entries(pins: Sequence[str], symbols: Sequence[str], limit: int) -> tuple[WatchlistEntry, ...]:
    rows = [(symbol, True) for symbol in pins] + [(symbol, False) for symbol in symbols if symbol not in set(pins)]
    return tuple(WatchlistEntry(rank=rank, symbol=symbol, pinned=pinned) for rank, (symbol, pinned) in enumerate(rows[:limit], 1))


def _fixed(name: str, symbols: Sequence[str], limit: int, moments: DayMoments, published_us: int) -> Watchlist:
    entries = _written_entries((), symbols, limit)
    return _list(name, moments, moments.begins_us, published_us, WatchlistState.FINAL, limit, len(symbols), entries)


def _list(
    name: str, moments: DayMoments, at_us: int, published_us: int, state: WatchlistState, limit: int, candidates: int,
    entries: tuple[WatchlistEntry, ...],
) -> Watchlist:  # fmt: skip
    return Watchlist(
        name=name, ts_event=at_us, ts_published=published_us, session_date=(moments.day - _EPOCH).days, state=state, size_limit=limit,
        candidates=candidates, entries=entries,
    )  # fmt: skip
