"""`tapewire ibkr probe`, `bars` and `doctor`: one order book or past bars from TWS, or the step that fails and its fix."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import typer
from rich.console import Console
from rich.table import Table

from infra.clock import monotonic_seconds
from infra.errors import Retryable
from infra.number_formats import exchange_moment
from infra.settings import Settings, clock_of, load
from processors.calc.indicators import seeded_mean_step

if TYPE_CHECKING:
    from producers.ibkr.doctor import Finding
    from schemas.records import Bar, BookSnapshot


def register(app: typer.Typer) -> None:
    ibkr = typer.Typer(help="Interactive Brokers.", no_args_is_help=True)
    app.add_typer(ibkr, name="ibkr")

    @ibkr.command()
    def probe(
        symbol: str = typer.Argument("SPY", help="SPY, QQQ@ISLAND, EUR.USD or BTC-USD."),
        seconds: float = typer.Option(10.0, help="How long to wait for a book."),
    ) -> None:
        """Print a book of ten levels, e.g. `tapewire ibkr probe SPY`; exits 1 and names the failing step when there is none."""
        settings = load()
        try:
            book = asyncio.run(probed(settings, symbol, seconds))
        except Retryable as error:
            print(error)
            raise typer.Exit(1) from error
        show(book, Console())

    @ibkr.command()
    def bars(
        symbol: str = typer.Argument("SPY", help="SPY, ES, EUR.USD or BTC-USD."),
        count: int = typer.Option(50, min=1, max=1_440, help="How many finished minutes."),
    ) -> None:
        """Print past minute bars and the means they make, e.g. `tapewire ibkr bars SPY --count 50`; exits 1 when there are none."""
        try:
            found = asyncio.run(fetched(load(), symbol, count))
        except Retryable as error:
            print(error)
            raise typer.Exit(1) from error
        show_bars(found, Console())

    @ibkr.command()
    def doctor(
        seconds: float = typer.Option(5.0, help="How long to wait for a quote, and for a book."),
        as_json: bool = typer.Option(False, "--json", help="Print for machines."),
    ) -> None:
        """Check each step from here to a book, e.g. `tapewire ibkr doctor`; names what fails and its fix, and exits 1 if anything does."""
        findings = asyncio.run(examined(load(), seconds))
        if as_json:
            print(json.dumps([{"step": each.step, "well": each.is_well, "found": each.found, "fix": each.fix} for each in findings]))
        else:
            for each in findings:
                print(f"{'ok   ' if each.is_well else 'FAULT'} {each.step:10} {each.found}")
                if each.fix:
                    print(f"      {'':10} fix: {each.fix}")
        if not all(each.is_well for each in findings):
            raise typer.Exit(1)


async def examined(settings: Settings, seconds: float) -> list[Finding]:
    """Return the findings of all steps."""
    from producers.ibkr.doctor import examine

    return [finding async for finding in examine(settings.ibkr, clock_of(settings), seconds)]


async def probed(settings: Settings, symbol: str, seconds: float) -> BookSnapshot:
    """Return the first book of a symbol.

    Raises
    ------
    Retryable
        If there is none in time; the message says which step failed, or what TWS had to say.
    """
    from producers.ibkr.gateways import Gateways, addresses
    from producers.ibkr.parse import parse_snapshot
    from producers.ibkr.rotation import Rotation
    from producers.ibkr.stream import open_stream
    from producers.source import Parsed, Stamps
    from schemas.records import BookSnapshot

    clock = clock_of(settings)
    # The ids of the running feed are left alone: whoever comes second is refused.
    vendor = settings.ibkr.model_copy(
        update={"symbols": (symbol,), "host": settings.ibkr.host or "127.0.0.1", "client_id": settings.ibkr.client_id + settings.ibkr.client_ids}
    )
    gateways = Gateways(addresses(vendor.host, vendor.port, vendor.standby), vendor.client_ids)
    async with open_stream(vendor, clock, Rotation(vendor, clock.now_us()), gateways) as stream:
        deadline = monotonic_seconds() + seconds
        while monotonic_seconds() < deadline:
            payload = await stream.receive(0.1)
            if payload is not None:
                now_us = clock.now_us()
                for item in parse_snapshot(payload.body, Stamps(payload.received_us, now_us, now_us)):
                    if isinstance(item, Parsed) and isinstance(item.record, BookSnapshot):
                        return item.record
                    raise Retryable(f"expected a book of {symbol}, found {item}")
        raise Retryable(f"expected a book of {symbol} within {seconds:g} s, found {stream.detail or 'no update'}")


async def fetched(settings: Settings, symbol: str, count: int) -> list[Bar]:
    """Return the newest finished minute bars of a symbol, the oldest first.

    Raises
    ------
    Retryable
        If there are none; the message says which step failed.
    """
    from producers.ibkr.gateways import Gateways, addresses
    from producers.ibkr.link import linked
    from producers.ibkr.parse_history import history_body
    from producers.ibkr.parse_quotes import parse_quotes
    from producers.ibkr.resolver import Resolver
    from producers.ibkr.universe import UniverseFile
    from producers.source import Parsed, Stamps
    from schemas.records import Bar

    clock, vendor = clock_of(settings), settings.ibkr
    resolver, wanted = Resolver(), UniverseFile(vendor.universe_path).universe.named((symbol,))
    # The ids of the running feeds are left alone.
    gateways = Gateways(addresses(vendor.host or "127.0.0.1", vendor.port, vendor.standby), vendor.client_ids)
    async with linked(vendor, clock, gateways, vendor.quotes_client_id + vendor.client_ids) as link:
        await resolver.resolve(link.client, wanted, clock.now_us(), vendor.connect_seconds)
        if symbol not in resolver.contracts:
            raise Retryable(f"expected TWS to know {symbol}, found {resolver.unknown.get(symbol, 'none')}")
        told = await link.client.history(resolver.contracts[symbol], count + 1, vendor.connect_seconds)
    now_us = clock.now_us()
    items = [item for body in history_body(symbol, told, count, now_us) for item in parse_quotes(body, Stamps(now_us, now_us, now_us))]
    found = [item.record for item in items if isinstance(item, Parsed) and isinstance(item.record, Bar)]
    if not found:
        raise Retryable(f"expected past bars of {symbol}, found none")
    return found


def show_bars(bars: list[Bar], console: Console) -> None:
    """Print bars with the 20 and the 50 minute exponential mean of their closes, seeded as the stage of the market seeds them."""
    table = Table(title=bars[0].symbol)
    for name in ("minute", "open", "high", "low", "close", "volume", "mean 20", "mean 50"):
        table.add_column(name, justify="right")
    columns = [exponential_means([bar.close for bar in bars], length) for length in (20, 50)]
    for bar, *means in zip(bars, *columns, strict=True):
        cells = (f"{value:g}" for value in (bar.open, bar.high, bar.low, bar.close, bar.volume))
        table.add_row(exchange_moment(bar.window_start), *cells, *("–" if mean is None else f"{mean:.4f}" for mean in means))
    console.print(table)


def exponential_means(closes: list[float], length: int) -> list[float | None]:
    """Return the mean after each close; None until there are enough."""
    found: list[float | None] = []
    mean = 0.0
    for number, close in enumerate(closes, 1):
        mean = seeded_mean_step(mean, close, number, length, 2 / (length + 1))
        found.append(mean if number >= length else None)
    return found


def show(book: BookSnapshot, console: Console) -> None:
    """Print a book, best first."""
    table = Table(title=f"{book.symbol}  {book.mode.value.lower()}  {book.age_ms} ms old")
    for name in ("venue", "bid size", "bid", "ask", "ask size", "venue"):
        table.add_column(name, justify="right")
    for row in range(max(len(book.bids), len(book.asks))):
        bid, ask = (side[row] if row < len(side) else None for side in (book.bids, book.asks))
        cells = (bid.market_maker or "", f"{bid.size:g}", f"{bid.price:g}") if bid else ("", "", "")
        table.add_row(*cells, *((f"{ask.price:g}", f"{ask.size:g}", ask.market_maker or "") if ask else ("", "", "")))
    console.print(table)
