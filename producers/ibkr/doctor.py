"""Step by step from the library to the first row of a book: what works, what does not, and what to do about it (IBK-35)."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

from infra.clock import MICROSECONDS, Clock, monotonic_seconds
from infra.errors import Retryable
from infra.vendor_settings import IbkrSettings
from producers.ibkr.client import LIBRARY, ClientIdTaken, Contract, TwsClient
from producers.ibkr.codes import Meaning, meaning
from producers.ibkr.condition import VendorCondition
from producers.ibkr.events import Depth, Event, Message, Tick
from producers.ibkr.resolver import Resolver
from producers.ibkr.universe import UniverseFile

UNIT = "feed.ibkr"
PORTS = {7496: "TWS, live", 7497: "TWS, paper", 4001: "Gateway, live", 4002: "Gateway, paper"}
_DOOR_SECONDS = 2.0
_SKEW_US = 2 * MICROSECONDS
_BY_MEANING = {
    Meaning.NOT_PERMITTED: "subscribe to the exchange's data in Client Portal > Settings > Market Data, and sign the API acknowledgement there",
    Meaning.COMPETING_SESSION: "log the other session of this user out: live data goes to one only",
    Meaning.TOO_MANY_BOOKS: "another client uses the depth slots: close it, or lower TAPEWIRE_IBKR__DEPTH_SLOTS",
    Meaning.TOO_MANY_LINES: "another client or a watch list uses the lines: close it, or lower TAPEWIRE_IBKR__LINES",
    Meaning.UNKNOWN_CONTRACT: "correct the symbol's line in the file of instruments",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One step's result.

    Attributes
    ----------
    fix
        What to do; None when the step is well.
    """

    step: str
    found: str
    fix: str | None = None

    @property
    def is_well(self) -> bool:
        return self.fix is None


async def examine(settings: IbkrSettings, clock: Clock, seconds: float) -> AsyncIterator[Finding]:
    """Yield a finding a step; ends with the first that later steps cannot do without.

    Parameters
    ----------
    seconds
        How long to wait for a quote, and for a book.
    """
    if LIBRARY is None:
        yield Finding("library", "neither ib_insync nor ib_async is installed", "pip install 'tapewire[ibkr]'")
        return
    yield Finding("library", LIBRARY)
    if not settings.host:
        yield Finding("settings", "TAPEWIRE_IBKR__HOST is empty, so the feeds stay off", "set it to where TWS or the Gateway runs, e.g. 127.0.0.1")
    door = await _door(settings)
    yield door
    if not door.is_well:
        return
    client = TwsClient(clock)
    try:
        login = await _login(client, settings)
        yield login
        if login.is_well:
            async for finding in _logged_in(client, settings, clock, seconds):
                yield finding
    finally:
        client.close()


async def _door(settings: IbkrSettings) -> Finding:
    host, kind = settings.host or "127.0.0.1", PORTS.get(settings.port, "unusual port")
    fault = await _knock(host, settings.port)
    if fault is None:
        return Finding("port", f"{host}:{settings.port} ({kind}) takes connections")
    others = [port for port in PORTS if port != settings.port and await _knock(host, port) is None]
    if others:
        named = ", ".join(f"{port} ({PORTS[port]})" for port in others)
        return Finding("port", f"nobody listens at {host}:{settings.port} ({kind}), but at {named}", f"set TAPEWIRE_IBKR__PORT={others[0]}")
    fix = (
        "start TWS or the Gateway and log in; in Configuration > API > Settings tick 'Enable ActiveX and Socket Clients' and note the port; "
        "from another machine, untick 'Allow connections from localhost only' and let the port through its firewall"
    )
    return Finding("port", f"nobody listens at {host}:{settings.port} ({kind}): {fault}", fix)


async def _knock(host: str, port: int) -> str | None:
    try:
        _, writer = await asyncio.wait_for(asyncio.open_connection(host, port), _DOOR_SECONDS)
    except (OSError, TimeoutError) as error:
        return str(error) or f"no answer within {_DOOR_SECONDS:g} s"
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
    return None


async def _login(client: TwsClient, settings: IbkrSettings) -> Finding:
    client_id = settings.client_id + settings.client_ids  # the ids of the running feed are left alone
    try:
        await client.connect(settings.host or "127.0.0.1", settings.port, client_id, settings.connect_seconds)
    except ClientIdTaken as error:
        return Finding("log-in", str(error), f"another program uses client id {client_id}: close it, or set another TAPEWIRE_IBKR__CLIENT_ID")
    except Retryable as error:
        fix = (
            "look at the Gateway's window: after its weekly re-authentication it waits for a log-in, after a start for a click; "
            "add this machine's address to Configuration > API > Settings > Trusted IPs"
        )
        return Finding("log-in", str(error), fix)
    return Finding("log-in", f"client id {client_id} is ours")


async def _logged_in(client: TwsClient, settings: IbkrSettings, clock: Clock, seconds: float) -> AsyncIterator[Finding]:
    accounts = client.accounts
    missing = [account for account in settings.accounts if account not in accounts]
    if missing or not accounts:
        fix = "log in as a user who may see them, or correct TAPEWIRE_IBKR__ACCOUNTS"
        yield Finding("accounts", f"{', '.join(accounts) or 'none'}; missing: {', '.join(missing) or 'any'}", fix)
    else:
        yield Finding("accounts", ", ".join(accounts))
    link = await _link(client, clock, settings.connect_seconds)
    yield link
    if not link.is_well:
        return
    file = UniverseFile(settings.universe_path)
    wanted = file.universe.named(settings.symbols or file.universe.rotation)
    resolver = Resolver()
    try:
        await resolver.resolve(client, wanted, clock.now_us(), settings.connect_seconds)
    except Retryable as error:
        yield Finding("contracts", str(error), "wait until TWS has finished to log in, and try again")
        return
    if resolver.unknown:
        named = ", ".join(sorted(resolver.unknown))
        yield Finding("contracts", f"{named}: message 200, no such contract", _BY_MEANING[Meaning.UNKNOWN_CONTRACT])
    else:
        yield Finding("contracts", ", ".join(sorted(resolver.contracts)))
    for contract in list(resolver.contracts.values())[:1]:
        yield await _heard(client, "quotes", contract, seconds, client.open_quote(contract, False), (Tick,))
        smart = contract.instrument.has_smart_depth
        yield await _heard(client, "depth", contract, seconds, client.open_depth(contract, 10, smart), (Depth,))


async def _link(client: TwsClient, clock: Clock, seconds: float) -> Finding:
    """Ask for the time; by its answer TWS has told of its link and its farms too."""
    condition = VendorCondition(UNIT, is_demo=False)
    client.probe()
    await _until(client, seconds, lambda: client.answered_us is not None, lambda event: _note(condition, event))
    if client.answered_us is None:
        return Finding("link", f"TWS did not tell the time within {seconds:g} s", "restart TWS or the Gateway")
    if condition.lost is not None:
        fix = "TWS has lost the vendor: look at its network and at the vendor's system status; it comes back by itself"
        return Finding("link", condition.lost, fix)
    if condition.broken_farms:
        fix = "in TWS press Ctrl+Alt+F to connect the farms anew, or wait: it comes back by itself"
        return Finding("link", "; ".join(condition.broken_farms.values()), fix)
    told_us = client.told_us
    if told_us is not None and abs(told_us - clock.now_us()) > _SKEW_US:
        skew = (clock.now_us() - told_us) / MICROSECONDS
        return Finding("link", f"our clock is {skew:+.1f} s from TWS's", "set both machines' clocks by NTP")
    return Finding("link", "TWS is connected to the vendor, its data farms serve")


async def _heard(
    client: TwsClient, step: str, contract: Contract, seconds: float, request_id: int, kinds: tuple[type[Event], ...]
) -> Finding:
    """Wait for the first data of a request, or the message that refuses it."""
    answer: list[Event] = []

    def note(event: Event) -> None:
        if isinstance(event, (*kinds, Message)) and getattr(event, "request_id", None) == request_id:
            answer.append(event)

    symbol = contract.instrument.symbol
    await _until(client, seconds, lambda: any(_ends(event) for event in answer), note)
    if any(isinstance(event, kinds) for event in answer):
        return Finding(step, f"{symbol} streams")
    for event in answer:
        if isinstance(event, Message) and _ends(event):
            fix = _BY_MEANING.get(meaning(event.code), "look the message up in the vendor's list of message codes")
            return Finding(step, f"{symbol}: message {event.code}, {event.text}", fix)
    return Finding(step, f"{symbol}: nothing within {seconds:g} s", "outside trading hours this is usual; else see what TWS itself shows of it")


def _ends(event: Event) -> bool:
    return not isinstance(event, Message) or meaning(event.code) not in (Meaning.NOTE, Meaning.DELAYED)


def _note(condition: VendorCondition, event: Event) -> None:
    if isinstance(event, Message):
        condition.heed(event, None)


async def _until(client: TwsClient, seconds: float, done: Callable[[], bool], note: Callable[[Event], None]) -> None:
    deadline = monotonic_seconds() + seconds
    while True:
        client.arrived.clear()
        while client.events:
            note(client.events.popleft())
        left = deadline - monotonic_seconds()
        if done() or left <= 0 or client.over is not None:
            return
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(client.arrived.wait(), min(left, 0.1))

