"""The Alpaca feeds: stocks and crypto are two streams of the vendor, each with its own connection, so each is a feed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

from infra.clock import Clock
from infra.settings import Settings
from infra.vendor_settings import AlpacaSettings
from producers.alpaca.backfill import History
from producers.alpaca.parse import SOURCE, Control, parse_frame
from producers.alpaca.parse_rest import parse_answer
from producers.alpaca.stream import open_stream
from producers.alpaca.symbols import theirs
from producers.feed_limits import FeedLimits
from producers.rest import RestClient
from producers.source import Parsed, Payload, Poll, Refused, Source, Stamps, Stream, feed
from producers.tape_authority import Tape

WRITES = ("market.trades", "market.quotes", "market.bars")
_DELAYED_SIP_SECONDS = 900


@dataclass(frozen=True, slots=True)
class Market:
    """What tells the two markets apart.

    Attributes
    ----------
    endpoint
        Name of the stream in payloads.
    path
        Of REST, before the kind of data.
    setting
        Field of the settings that names the symbols.
    """

    endpoint: str
    path: str
    setting: str


STOCKS = Market("stocks-websocket", "/v2/stocks", "symbols")
CRYPTO = Market("crypto-websocket", "/v1beta3/crypto/us", "crypto_symbols")


def _limits(vendor: AlpacaSettings, delay_seconds: int) -> FeedLimits:
    return FeedLimits(
        quiet_seconds=vendor.quiet_seconds,
        backoff_cap_seconds=vendor.backoff_cap_seconds,
        first_start_minutes=vendor.first_start_minutes,
        capture_path=vendor.capture_path,
        delay_seconds=delay_seconds,
    )


def stock_limits(settings: Settings) -> FeedLimits:
    """Return the tolerances of the feed of stocks."""
    return _limits(settings.alpaca, _DELAYED_SIP_SECONDS if settings.alpaca.feed == "delayed_sip" else 0)


def crypto_limits(settings: Settings) -> FeedLimits:
    """Return the tolerances of the feed of crypto."""
    return _limits(settings.alpaca, 0)


@feed(
    name="feed.alpaca",
    writes=WRITES,
    watermarked=("market.trades", "market.quotes"),
    summary="Alpaca: trades, quotes and minute bars of stocks live, back-fill over REST.",
    limits=stock_limits,
)
def alpaca(settings: Settings, clock: Clock) -> Source:
    """Return the feed for these settings."""
    return AlpacaSource(settings, clock, STOCKS, stock_limits(settings).delay_seconds)


@feed(
    name="feed.alpaca_crypto",
    writes=WRITES,
    watermarked=("market.trades", "market.quotes"),
    summary="Alpaca: trades, quotes and minute bars of crypto pairs live, round the clock.",
    limits=crypto_limits,
)
def alpaca_crypto(settings: Settings, clock: Clock) -> Source:
    """Return the feed for these settings."""
    return AlpacaSource(settings, clock, CRYPTO, 0)


class AlpacaSource:
    """One of Alpaca's markets as a `Source`."""

    def __init__(self, settings: Settings, clock: Clock, market: Market, delay_seconds: int) -> None:
        self._settings = settings.alpaca
        self._market = market
        self._clock = clock
        self._tape = Tape(settings, delay_seconds)
        self._symbols: tuple[str, ...] = getattr(self._settings, market.setting)
        key, secret = self._settings.api_key.get_secret_value(), self._settings.api_secret.get_secret_value()
        headers = {"APCA-API-KEY-ID": key, "APCA-API-SECRET-KEY": secret} if key else {}
        self._client = RestClient(self._settings.rest_url, headers, self._settings.requests_per_second, clock)
        # The late feed is the real-time one, asked for what is old enough.
        parameters = {} if market is CRYPTO else {"feed": "iex" if self._settings.feed == "iex" else "sip"}
        self._history = History(self._client, market.path, parameters, self._settings.bar_history_minutes, delay_seconds, clock)

    @property
    def unavailable(self) -> str | None:
        if not self._settings.api_key.get_secret_value():
            return "no key: set TAPEWIRE_ALPACA__API_KEY"
        if not self._settings.api_secret.get_secret_value():
            return "no secret: set TAPEWIRE_ALPACA__API_SECRET"
        return None if self._symbols else f"no symbols: set TAPEWIRE_ALPACA__{self._market.setting.upper()}"

    def connect(self) -> AbstractAsyncContextManager[Stream]:
        crypto = self._market is CRYPTO
        url = self._settings.crypto_stream_url if crypto else f"{self._settings.stock_stream_url}/{self._settings.feed}"
        tape, bars = [theirs(symbol) for symbol in self._on_tape(None)], [theirs(symbol) for symbol in self._symbols]
        channels = {"trades": tape, "quotes": tape, "bars": bars, "updatedBars": bars}
        return open_stream(url, self._market.endpoint, self._settings, channels, self._clock)

    def history(self, start_us: int, end_us: int | None, symbols: Sequence[str] | None = None) -> AsyncIterator[Payload]:
        return self._history.fetch(start_us, end_us, symbols or self._symbols, self._on_tape(symbols))

    def polls(self) -> Sequence[Poll]:
        return ()

    async def close(self) -> None:
        await self._client.close()

    def parse(self, payload: Payload, stamps: Stamps) -> Sequence[Parsed | Refused]:
        if payload.endpoint == self._market.endpoint:
            return [item for item in parse_frame(payload.body, stamps) if not isinstance(item, Control)]
        return parse_answer(payload, stamps)

    def _on_tape(self, symbols: Sequence[str] | None) -> list[str]:
        """Return those symbols of which we are the authority: the prints of others are not asked for."""
        return [symbol for symbol in symbols or self._symbols if self._tape.admits(SOURCE, symbol)]
