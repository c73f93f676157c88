"""`tapewire ibkr probe` and `doctor`: one order book from TWS, or the step that fails and its fix."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import typer
from rich.console import Console
from rich.table import Table

from infra.clock import monotonic_seconds
from infra.errors import Retryable
from infra.settings import Settings, clock_of, load

if TYPE_CHECKING:
    from producers.ibkr.doctor import Finding
    from schemas.records import BookSnapshot


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
