"""Settings of the vendors: addresses, keys, plans, what is asked for."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, SecretStr, model_validator

from infra.settings_section import NotNegative, Positive, PositiveInt, Section


class PolygonSettings(Section):
    websocket_url: str = "wss://socket.massive.com/stocks"
    rest_url: str = "https://api.massive.com"
    api_key: SecretStr = Field(SecretStr(""), description="Secret. Empty: the feed stays off and says so.")
    symbols: tuple[str, ...] = Field((), description="Tickers to subscribe to.")
    bar_symbols: tuple[str, ...] = Field(
        (), description="Further tickers of which bars alone are wanted (channels A, AM); * for every one. See TAPEWIRE_BARS__VENDOR_BARS."
    )
    use_equity: bool = Field(True, description="False: no request for equity data leaves the process, e.g. in a sandbox without a licence (ING-04).")
    channels: tuple[Literal["T", "Q", "A", "AM", "LULD"], ...] = Field(
        ("T", "Q", "AM", "LULD"), description="T trades, Q quotes, A second bars, AM minute bars, LULD price bands; back-fill follows."
    )
    delayed_websocket_url: str = Field("wss://delayed.massive.com/stocks", description="Asked when the plan has no real-time data; empty: never.")
    delay_seconds: Positive = Field(900.0, description="How far the delayed host lies behind the market.")
    poll_rest: bool = Field(False, description="Run the REST catalogue too: option chains, bars of more lengths, splits, dividends.")
    catalog_path: str = Field("", description="REST catalogue to use, read again when it changes; empty: the one that comes with the product.")
    silence_seconds: Positive = Field(5.0, description="Real seconds without a frame or pong after which the connection is dropped.")
    quiet_seconds: Positive = Field(1.0, description="Real seconds without data after which the watermark follows the clock.")
    backoff_cap_seconds: Positive = Field(15.0, description="Longest wait between two connection attempts.")
    gapper_interval_seconds: Positive = Field(60.0, description="Market seconds between two polls of the gainers list.")
    future_tolerance_seconds: Positive = Field(60.0, description="A record further ahead of the clock, in market seconds, is a dead letter.")
    first_start_minutes: int = Field(60, ge=0, description="A feed that never ran first fetches the tape of so many minutes.")
    bar_history_minutes: PositiveInt = Field(60, description="Minutes of vendor bars fetched at start.")
    requests_per_second: Positive = Field(50.0, description="REST requests we allow ourselves, a real second.")
    capture_path: str = Field("", description="Record every payload into this .jsonl.gz file; empty records nothing.")
    speaks_within_seconds: Positive = Field(5.0, description="SILENT: no print and no quote for so many real seconds of the regular session.")

    def tickers_of(self, channel: str) -> tuple[str, ...]:
        """Return what a channel is subscribed for; ``*`` stands for every ticker."""
        if channel not in ("A", "AM"):
            return self.symbols
        return ("*",) if "*" in self.bar_symbols else tuple(dict.fromkeys((*self.symbols, *self.bar_symbols)))


class UnusualWhalesSettings(Section):
    rest_url: str = "https://api.unusualwhales.com"
    websocket_url: str = "wss://api.unusualwhales.com/socket"
    api_key: SecretStr = Field(SecretStr(""), description="Secret. Empty: the feeds stay off and say so.")
    symbols: tuple[str, ...] = Field(("SPY", "QQQ", "IWM"), description="Underlyings that endpoints without a list of their own are asked for.")
    catalog_path: str = Field("", description="REST catalogue to use, read again when it changes; empty: the one that comes with the product.")
    channels: tuple[str, ...] = Field(
        ("flow-alerts", "news", "option_trades", "gex", "gex_strike", "gex_strike_expiry"),
        description="WebSocket channels to join; CHANNEL:TICKER for one ticker alone.",
    )
    silence_seconds: Positive = Field(30.0, description="Real seconds without a frame or pong after which the connection is dropped.")
    capture_path: str = Field("", description="Record every frame into this .jsonl.gz file; empty records nothing.")
    speaks_within_seconds: Positive = Field(30.0, description="SILENT: no option trade for so many real seconds of the regular session.")
    backoff_cap_seconds: Positive = Field(15.0, description="Longest wait between two connection attempts.")
    backfill_minutes: NotNegative = Field(30.0, description="Option trades missed longer ago than this are not fetched over REST.")
    backfill_requests: PositiveInt = Field(20, description="Pages of 500 option trades at most a gap, one a second; beyond them the newest count.")
    delivery: Literal["websocket", "kafka"] = Field("websocket", description="How the stream comes: by WebSocket, or from the vendor's own Kafka.")
    kafka_servers: str = Field("stream.unusualwhales.com:9095", description="The vendor's brokers.")
    kafka_topics: tuple[str, ...] = Field(("all-option-trades", "flow-alerts"), description="The vendor's topics to read.")
    kafka_group: str = Field("", description="Consumer group that the vendor assigned. Empty: delivery by Kafka stays off and says so.")
    kafka_username: str = Field("", description="User of the vendor's brokers.")
    kafka_password: SecretStr = Field(SecretStr(""), description="Secret. Password of the user.")
    kafka_security: Literal["SASL_SSL", "SASL_PLAINTEXT", "SSL", "PLAINTEXT"] = Field("SASL_SSL", description="How the brokers are spoken to.")
    kafka_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = Field("PLAIN", description="How user and password are shown.")
    kafka_begin: Literal["latest", "earliest"] = Field("latest", description="Where a group begins that has read nothing yet.")


class PolledVendorSettings(Section):
    """A vendor that is polled as its REST catalogue says."""

    rest_url: str
    api_key: SecretStr = Field(SecretStr(""), description="Secret. Empty: the feed stays off and says so.")
    symbols: tuple[str, ...] = Field(("SPY", "QQQ", "IWM"), description="Tickers that endpoints without a list of their own are asked for.")
    catalog_path: str = Field("", description="REST catalogue to use, read again when it changes; empty: the one that comes with the product.")


class AlphaVantageSettings(PolledVendorSettings):
    rest_url: str = "https://www.alphavantage.co"


class FinancialModelingPrepSettings(PolledVendorSettings):
    rest_url: str = "https://financialmodelingprep.com"


class FinnhubSettings(PolledVendorSettings):
    rest_url: str = "https://finnhub.io"


class FredSettings(PolledVendorSettings):
    rest_url: str = "https://api.stlouisfed.org"


class TradingEconomicsSettings(PolledVendorSettings):
    rest_url: str = "https://api.tradingeconomics.com"


class TwelveDataSettings(PolledVendorSettings):
    rest_url: str = "https://api.twelvedata.com"


class NasdaqSettings(Section):
    rest_url: str = "https://api.nasdaq.com"
    enabled: bool = Field(False, description="The vendor asks for no key; false: the feed stays off and says so.")
    catalog_path: str = Field("", description="REST catalogue to use, read again when it changes; empty: the one that comes with the product.")


class YahooSettings(Section):
    rest_url: str = "https://query1.finance.yahoo.com"
    enabled: bool = Field(False, description="The vendor asks for no key; false: the feed stays off and says so.")
    symbols: tuple[str, ...] = Field(("SPY", "QQQ", "IWM"), description="Tickers that endpoints without a list of their own are asked for.")
    catalog_path: str = Field("", description="REST catalogue to use, read again when it changes; empty: the one that comes with the product.")


class IbkrSettings(Section):
    host: str = Field("", description="Where TWS or the Gateway listens. Empty: the feed stays off and says so.")
    port: PositiveInt = Field(7497, description="TWS: 7496 live, 7497 paper; Gateway: 4001 live, 4002 paper.")
    standby: tuple[str, ...] = Field((), description="Further addresses host:port, used while the first one fails.")
    client_id: int = Field(1, ge=0, description="First client id ...")
    client_ids: PositiveInt = Field(4, description="... of so many: the next is tried while one is taken.")
    universe_path: str = Field("", description="File of instruments, read again when it changes. Empty: the packaged producers/ibkr/universe.yaml.")
    symbols: tuple[str, ...] = Field(
        (), description="Books that take turns: SPY, QQQ@ISLAND for one exchange's book, ES, EUR.USD, BTC-USD. Empty: the file's `rotation`."
    )
    quotes: tuple[str, ...] = Field(("all",), description="Groups and names of the file of instruments that are quoted, in order; all is all.")
    lines: PositiveInt = Field(100, description="Quotes open at once; the vendor's usual allowance. The others wait in a queue.")
    tick_requests: PositiveInt = Field(5, description="Tick by tick requests open at once; the vendor allows one for twenty lines.")
    history_bars: int = Field(50, ge=0, le=1_440, description="Past minute bars asked for before an instrument's tape is read tick by tick; 0: none.")
    quotes_client_id: int = Field(11, ge=0, description="First client id of the feed of quotes.")
    quote_seconds: Positive = Field(5.0, description="A quote is written at least this often, in market seconds ...")
    quote_change_seconds: Positive = Field(0.25, description="... and when it changed, at most this often.")
    quote_gap_seconds: Positive = Field(30.0, description="A longer silence of an instrument, in market seconds, is flagged.")
    option_strikes: PositiveInt = Field(3, le=20, description="Strikes each side of the money, of the nearest expiry, that are quoted.")
    accounts: tuple[str, ...] = Field((), description="Accounts that feed.ibkr_account reads. Empty: all behind the login.")
    account_client_id: int = Field(21, ge=0, description="First client id of the feed of accounts; name it in TWS as master API client id.")
    depth_slots: PositiveInt = Field(3, le=60, description="Books open at once; the vendor's lowest allowance is three.")
    dwell_seconds: Positive = Field(15.0, description="Market seconds of a turn.")
    smart_choice: bool = Field(True, description="Lively books get more turns; false rotates plainly.")
    depth_mode: Literal["ibkr", "demo"] = Field("ibkr", description="demo labels every book as such, e.g. those of a simulator.")
    snapshot_seconds: Positive = Field(2.0, description="A book is written at least this often, in market seconds ...")
    change_seconds: Positive = Field(0.5, description="... and when it changed, at most this often.")
    probe_seconds: Positive = Field(1.0, description="Real seconds between two requests for TWS's time.")
    silence_seconds: Positive = Field(3.0, description="Real seconds without a byte after which the connection is dropped.")
    connect_seconds: Positive = Field(5.0, description="Each step of connecting ends by then.")
    backoff_cap_seconds: Positive = Field(5.0, description="Longest wait between two connection attempts.")
    lease_seconds: NotNegative = Field(
        0.0, description="Of several processes one leads; the next takes over after this silence, six at least on a usual broker. 0: no election."
    )
    capture_path: str = Field("", description="Record every snapshot with its updates into this .jsonl.gz file; empty records nothing.")
    speaks_within_seconds: Positive = Field(10.0, description="SILENT: no book for so many real seconds of the regular session.")

    @model_validator(mode="after")
    def _standby_is_addresses(self) -> Self:
        for address in self.standby:
            if not address.rpartition(":")[0] or not address.rpartition(":")[2].isdigit():
                raise ValueError(f"expected standby addresses as host:port, found {address}")
        return self


class AlpacaSettings(Section):
    stock_stream_url: str = Field("wss://stream.data.alpaca.markets/v2", description="The name of the feed is added to it.")
    crypto_stream_url: str = "wss://stream.data.alpaca.markets/v1beta3/crypto/us"
    rest_url: str = "https://data.alpaca.markets"
    api_key: SecretStr = Field(SecretStr(""), description="Secret: the key id. Empty: the feeds stay off and say so.")
    api_secret: SecretStr = Field(SecretStr(""), description="Secret that belongs to the key id.")
    feed: Literal["iex", "sip", "delayed_sip"] = Field("iex", description="iex: one exchange; sip: all, paid; delayed_sip: 15 minutes late.")
    symbols: tuple[str, ...] = Field((), description="Tickers that feed.alpaca subscribes to.")
    crypto_symbols: tuple[str, ...] = Field(("BTC-USD", "ETH-USD", "ADA-USD"), description="Pairs that feed.alpaca_crypto subscribes to.")
    silence_seconds: Positive = Field(10.0, description="Real seconds without a frame or pong after which the connection is dropped.")
    quiet_seconds: Positive = Field(1.0, description="Real seconds without data after which the watermark follows the clock.")
    backoff_cap_seconds: Positive = Field(15.0, description="Longest wait between two connection attempts.")
    first_start_minutes: int = Field(15, ge=0, description="A feed that never ran first fetches the tape of so many minutes.")
    bar_history_minutes: PositiveInt = Field(60, description="Minutes of vendor bars fetched at start.")
    requests_per_second: Positive = Field(3.0, description="REST requests we allow ourselves, a real second; the free plan has 200 a minute.")
    capture_path: str = Field("", description="Record every payload into this .jsonl.gz file; empty records nothing.")


class TradierSettings(Section):
    environment: Literal["sandbox", "prod"] = Field("sandbox", description="Chooses the addresses; sandbox is 15 minutes late, no stream.")
    rest_url: str = Field("", description="Empty: the address of the environment.")
    websocket_url: str = Field("", description="Empty: the address of the environment; sandbox has none.")
    access_token: SecretStr = Field(SecretStr(""), description="Secret. Empty: the feed stays off and says so.")
    symbols: tuple[str, ...] = Field((), description="Tickers to follow.")
    poll_seconds: Positive = Field(5.0, description="Sandbox: market seconds between two requests for quotes.")
    bar_interval_seconds: Positive = Field(60.0, description="Market seconds between two requests for each symbol's minute bars.")
    bar_history_minutes: PositiveInt = Field(60, description="Minutes of vendor bars fetched at start.")
    silence_seconds: Positive = Field(10.0, description="Real seconds without a frame or pong after which the connection is dropped.")
    backoff_cap_seconds: Positive = Field(15.0, description="Longest wait between two connection attempts.")
    requests_per_second: Positive = Field(1.0, description="REST requests we allow ourselves, a real second; sandbox has 60 a minute, prod 120.")
    capture_path: str = Field("", description="Record every payload into this .jsonl.gz file; empty records nothing.")
