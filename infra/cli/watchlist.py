"""`tapewire watchlist show | pin | unpin`: the symbols of the day, and those that people want among them."""

from __future__ import annotations

import json

import typer
from rich.console import Console
from rich.table import Table

from infra.errors import ConfigurationError
from infra.kafka.codecs import CodecSet
from infra.kafka.producer import RecordProducer
from infra.kafka.topic_follower import TopicFollower
from infra.number_formats import exchange_moment
from infra.settings import Settings, clock_of, load
from processors.reference.symbol_text import symbols_in
from processors.reference.topics import PINS, WATCHLISTS
from schemas.record import Record
from schemas.records import Watchlist, WatchlistPin

_BY = "tapewire watchlist"
_FORMATS = ("+.1f", ",.2f", ",.0f", ".2f", ",.1f")


def register(app: typer.Typer) -> None:
    watchlist = typer.Typer(help="The symbols of the day.", no_args_is_help=True)
    app.add_typer(watchlist, name="watchlist")

    @watchlist.command()
    def show(
        name: str = typer.Argument("watchlist", help="watchlist, longlist, manual, stocks or crypto."),
        as_json: bool = typer.Option(False, "--json", help="Print for machines."),
    ) -> None:
        """Show a list as it stands, and what is pinned, e.g. `tapewire watchlist show longlist`; exits 1 if there is none yet."""
        settings = load()
        lists = {one.name: one for one in _records(settings, WATCHLISTS) if isinstance(one, Watchlist)}
        pins = pinned(_records(settings, PINS))
        found = lists.get(name)
        if as_json:
            print(json.dumps({"list": None if found is None else found.as_avro(), "pinned": pins}))
        elif found is None:
            print(f"no list called {name} yet; there are: {', '.join(sorted(lists)) or 'none'}")
        else:
            show_list(found, pins, Console())
        if found is None:
            raise typer.Exit(1)

    @watchlist.command()
    def pin(symbols: list[str] = typer.Argument(..., help="Tickers.")) -> None:
        """Keep symbols on the watchlist whatever they do, e.g. `tapewire watchlist pin SPY QQQ`."""
        _put(symbols, pinned=True)

    @watchlist.command()
    def unpin(symbols: list[str] = typer.Argument(..., help="Tickers.")) -> None:
        """Leave symbols to their score again, e.g. `tapewire watchlist unpin SPY`."""
        _put(symbols, pinned=False)


def show_list(found: Watchlist, pins: list[str], console: Console) -> None:
    """Print a list as a table."""
    title = f"{found.name}, {found.state.value.lower()}, {exchange_moment(found.ts_event)}: {len(found.entries)} of {found.candidates}"
    table = Table("", "symbol", title=title, title_justify="left")
    for column in ("gap %", "last", "shares", "of yesterday's", "score"):
        table.add_column(column, justify="right")
    for entry in found.entries:
        told = (entry.gap_percent, entry.last_price, entry.volume, entry.relative_volume, entry.score)
        numbers = ("–" if value is None else f"{value:{form}}" for value, form in zip(told, _FORMATS, strict=True))
        table.add_row(str(entry.rank), entry.symbol + (" (pinned)" if entry.pinned else ""), *numbers)
    console.print(table)
    console.print(f"pinned: {', '.join(pins) or 'none'}", highlight=False)


def pinned(records: list[Record]) -> list[str]:
    """Return the symbols whose newest record pins them."""
    newest = {record.symbol: record.pinned for record in records if isinstance(record, WatchlistPin)}
    return sorted(symbol for symbol, wanted in newest.items() if wanted)


def tickers(words: list[str]) -> list[str]:
    """Return the tickers that people typed, in capital letters, each once.

    Raises
    ------
    ConfigurationError
        If a word is no ticker.
    """
    found = []
    for word in words:
        if symbols_in(word.upper()) != [word.upper().removeprefix("$")]:
            raise ConfigurationError(f"expected a ticker such as BCRX or BRK.B, found {word}")
        found.append(word.upper().removeprefix("$"))
    return list(dict.fromkeys(found))


def _records(settings: Settings, topic: str) -> list[Record]:
    follower = TopicFollower(settings.kafka, CodecSet.from_registry(settings.registry, [topic]), topic)
    try:
        return follower.catch_up()
    finally:
        follower.close()


def _put(words: list[str], *, pinned: bool) -> None:
    symbols, settings = tickers(words), load()
    now_us = clock_of(settings).now_us()
    producer = RecordProducer(settings, CodecSet.from_registry(settings.registry, [PINS]), client_id=_BY)
    try:
        for symbol in symbols:
            producer.send(PINS, WatchlistPin(symbol=symbol, ts_event=now_us, pinned=pinned, pinned_by=_BY))
        producer.flush()
    finally:
        producer.close()
    print(f"{', '.join(symbols)}: {'pinned' if pinned else 'no longer pinned'}")
