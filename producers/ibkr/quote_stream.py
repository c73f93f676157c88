"""An open connection to TWS as the supervisor's `Stream` of quotes: lines, tape and options under one roof."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from infra.clock import MICROSECONDS, Clock
from infra.errors import Retryable
from infra.market_calendar import trading_day
from infra.vendor_settings import IbkrSettings
from producers.ibkr.client import Contract, TwsClient
from producers.ibkr.condition import VendorCondition
from producers.ibkr.gateways import Gateways
from producers.ibkr.instrument import Instrument
from producers.ibkr.link import TwsLink, linked
from producers.ibkr.option_choice import nearest_options
from producers.ibkr.parse_history import history_body
from producers.ibkr.quote_desk import UNIT, QuoteDesk
from producers.ibkr.resolver import Resolver
from producers.ibkr.sequences import Sequences
from producers.ibkr.tape_desk import TapeDesk
from producers.ibkr.universe import UniverseFile
from producers.source import Payload

ENDPOINT = "tws-quotes"
_CHOOSE_US = 60 * MICROSECONDS  # options are chosen anew as the price moves


class QuoteBook:
    """What outlives a connection: the file of instruments, contracts and numbers."""

    def __init__(self, settings: IbkrSettings, now_us: int, foreign: frozenset[str]) -> None:
        self.settings, self.foreign = settings, foreign
        self.file = UniverseFile(settings.universe_path)
        self.resolver = Resolver()
        self.sequences = Sequences(max(1, now_us // 1_000))
        self.options: dict[str, list[str]] = {}

    @property
    def quoted(self) -> list[Instrument]:
        """What is quoted, in the order in which it gets lines; the last ones are options."""
        universe = self.file.universe
        chosen = [name for names in self.options.values() for name in names]
        return universe.named((*self.settings.quotes, *universe.snapshots, *universe.options, *chosen))

    @property
    def instruments(self) -> list[Instrument]:
        """All whose contracts are needed: what is quoted, and whose tape is read."""
        quoted = self.quoted
        known = {each.symbol for each in quoted}
        return quoted + [each for each in self.file.universe.named(self.file.universe.ticks) if each.symbol not in known]

    async def choose_options(self, client: TwsClient, desk: QuoteDesk, now_us: int) -> None:
        """Look at the prices of the underlyings, and at what options there are."""
        universe = self.file.universe
        found: dict[str, list[str]] = {}
        for symbol in universe.options:
            contract, price = self.resolver.contracts.get(symbol), desk.last_price(symbol)
            if contract is None or price is None:
                found[symbol] = self.options.get(symbol, [])
                continue
            expiries, strikes = await client.option_chain(contract, self.settings.connect_seconds)
            ticker = contract.instrument.ticker
            found[symbol] = nearest_options(ticker, price, trading_day(now_us), expiries, strikes, self.settings.option_strikes)
        self.options = found


class QuoteStream:
    """A connection whose instruments are quoted."""

    def __init__(self, link: TwsLink, book: QuoteBook, clock: Clock) -> None:
        self._link, self._book, self._clock = link, book, clock
        self._condition = VendorCondition(UNIT, book.settings.depth_mode == "demo")
        self._quotes = QuoteDesk(link.client, book.settings, self._condition, book.sequences)
        self._tape = TapeDesk(link.client, book.settings.tick_requests, book.sequences, book.foreign)
        self._choose_at_us = 0
        self._history: deque[bytes] = deque()
        self._warmed: set[str] = set()
        self._cold: list[str] = []

    @property
    def complete_until_us(self) -> int | None:
        return None if self._condition.lost is not None else self._link.client.answered_us

    @property
    def detail(self) -> str | None:
        unknown = [f"{name} ({reason})" for name, reason in sorted(self._book.resolver.unknown.items())]
        parts = [
            *self._condition.parts, *self._quotes.parts, *self._tape.parts, *([f"unknown: {', '.join(unknown)}"] if unknown else []),
            *([f"no past bars of {', '.join(self._cold)}"] if self._cold else []),
            *([self._book.file.problem] if self._book.file.problem else []),
        ]  # fmt: skip
        return "; ".join(parts) or None

    async def receive(self, timeout_seconds: float) -> Payload | None:
        """Return the next quote or ticks, or None when nothing was due in time.

        Raises
        ------
        Retryable
            When the connection is over, or TWS does not even answer a request for the time.
        """
        return await self._link.next_payload(self._turn, timeout_seconds)

    async def begin(self) -> None:
        """Resolve everything and take the first lines.

        Raises
        ------
        Retryable
            If the vendor does not answer, or knows nothing of it.
        """
        await self._resolve(self._clock.now_us())
        if not self._book.resolver.contracts:
            raise Retryable("expected TWS to know an instrument of the file, found none")

    def close(self) -> None:
        """Give everything up."""
        self._quotes.close()
        self._tape.close()

    async def _turn(self) -> Payload | None:
        now_us = self._clock.now_us()
        for event in self._link.events():
            self._quotes.take(event, now_us)
            self._tape.take(event, now_us)
        if self._link.looks_at_files():
            await self._renew(now_us)
        self._quotes.turn(now_us)
        self._tape.turn(now_us)
        self._link.probe()
        body = self._history.popleft() if self._history else self._tape.due() or self._quotes.due(now_us)
        return None if body is None else Payload(ENDPOINT, body, now_us)

    async def _renew(self, now_us: int) -> None:
        book = self._book
        changed = book.file.changed()
        if self._book.file.universe.options and now_us >= self._choose_at_us and self._condition.lost is None:
            before = book.options
            await book.choose_options(self._link.client, self._quotes, now_us)
            changed = changed or book.options != before
            if all(book.options.get(symbol) for symbol in book.file.universe.options):
                self._choose_at_us = now_us + _CHOOSE_US
        if changed or book.resolver.due(book.instruments, now_us):
            await self._resolve(now_us)

    async def _resolve(self, now_us: int) -> None:
        book, universe = self._book, self._book.file.universe
        await book.resolver.resolve(self._link.client, book.instruments, now_us, book.settings.connect_seconds)
        known = book.resolver.contracts
        self._quotes.adopt([known[each.symbol] for each in book.quoted if each.symbol in known], universe.snapshots, now_us)
        tapes = [known[name] for name in universe.ticks if name in known]
        for contract in tapes:
            if contract.instrument.symbol not in book.foreign:
                await self._warm_up(contract, now_us)
        self._tape.adopt(tapes)

    async def _warm_up(self, contract: Contract, now_us: int) -> None:
        """Fetch past bars, once a contract and connection, so that they are on their topic before its first live tick (ING-47)."""
        count, name = self._book.settings.history_bars, f"{contract.instrument.symbol} {contract.local_symbol}"
        if count and name not in self._warmed:
            self._warmed.add(name)
            try:
                bars = await self._link.client.history(contract, count + 1, self._book.settings.connect_seconds)  # one more: the last may grow
            except Retryable:
                bars = []  # the tape is worth more than its past; that the connection is over shows in the next turn
            bodies = list(history_body(contract.instrument.symbol, bars, count, now_us))
            self._history += bodies
            if not bodies:
                self._cold.append(contract.instrument.symbol)


@asynccontextmanager
async def open_quotes(book: QuoteBook, clock: Clock, gateways: Gateways) -> AsyncIterator[QuoteStream]:
    """Connect, resolve and take the first lines; give everything up at the end.

    Raises
    ------
    Retryable
        If no TWS answers; the message names the step.
    """
    settings = book.settings
    async with linked(settings, clock, gateways, settings.quotes_client_id) as link:
        stream = QuoteStream(link, book, clock)
        await stream.begin()
        gateways.succeeded()
        try:
            yield stream
        finally:
            stream.close()
