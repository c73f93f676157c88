"""All settings of a process: one frozen model, read once from TAPEWIRE_… variables, every default in one place (CFG-03).

A nested name is written with two underscores: ``TAPEWIRE_KAFKA__BOOTSTRAP_SERVERS``. Names carry their unit.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import time
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, model_validator

from infra.clock import Clock, ScaledClock, SystemClock
from infra.errors import ConfigurationError

PREFIX = "TAPEWIRE_"

Positive = Annotated[float, Field(gt=0)]
PositiveInt = Annotated[int, Field(gt=0)]
NotNegative = Annotated[float, Field(ge=0)]


class Section(BaseModel):
    """Base of all sections: frozen, and an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class StackSettings(Section):
    """Which stack this process belongs to."""

    name: str = Field("default", description="Name of the stack; two stacks on one machine differ in it.")
    data_folder: Path = Field(Path(".tapewire"), description="Where the stack keeps its files.")
    mode: Literal["live", "demo", "replay", "delayed"] = Field("live", description="Shown on every page and message.")
    capture_folder: str = Field("", description="Every feed records its payloads into a file of its name in this folder; empty records nothing.")
    version: str = Field("0.1.0", description="Version of this code, written into dead letters.")
    restarts: int = Field(0, ge=0, description="How often this process was started again; the supervisor sets it.")


class ClockSettings(Section):
    """Market time of this run; all processes of a run share it."""

    kind: Literal["system", "scaled"] = "system"
    start_us: int = Field(0, description="Scaled clock: market time at origin_us, microseconds since the epoch.")
    origin_us: int = Field(0, description="Scaled clock: wall-clock microseconds at which market time was start_us.")
    speed: Positive = Field(1.0, description="Scaled clock: market seconds a real second.")


class KafkaSettings(Section):
    bootstrap_servers: str = "127.0.0.1:9092"
    session_timeout_ms: PositiveInt = Field(10_000, description="A killed consumer's partitions move after this.")
    heartbeat_interval_ms: PositiveInt = 3_000
    producer_linger_ms: NotNegative = Field(5.0, description="Wait for more records before a produce request.")
    delivery_timeout_ms: PositiveInt = Field(120_000, description="Give up producing a record after this.")


class RegistrySettings(Section):
    url: str = "http://127.0.0.1:8081/apis/ccompat/v7"
    timeout_seconds: Positive = Field(10.0, description="Every registry call ends by then.")


class ClickHouseSettings(Section):
    host: str = "127.0.0.1"
    port: PositiveInt = 8123
    database: str = "tapewire"
    user: str = "tapewire"
    password: SecretStr = Field(SecretStr(""), description="Secret. Empty: the server must not ask for one.")
    batch_rows: PositiveInt = Field(50_000, description="A batch is cut at this many rows ...")
    batch_seconds: Positive = Field(0.5, description="... or this many real seconds after its first row ...")
    bulk_batch_rows: PositiveInt = Field(250_000, le=1_000_000, description="For a topic the catalogue calls bulk: so many rows ...")
    bulk_batch_seconds: Positive = Field(3.0, description="... or so many seconds.")
    batch_bytes: PositiveInt = Field(16_000_000, description="Any batch is cut at this many bytes of records.")
    buffered_rows: PositiveInt = Field(2_000_000, description="Reading pauses while this many rows wait for ClickHouse ...")
    buffered_bytes: PositiveInt = Field(100_000_000, description="... or this many bytes of records.")
    fetch_bytes: PositiveInt = Field(4_194_304, description="A fetch brings up to this many bytes of each partition.")
    answer_seconds: Positive = Field(60.0, description="A statement that takes longer is tried again.")
    deduplication_window: PositiveInt = Field(10_000, description="Insert tokens each table remembers.")


class PolygonSettings(Section):
    websocket_url: str = "wss://socket.massive.com/stocks"
    rest_url: str = "https://api.massive.com"
    api_key: SecretStr = Field(SecretStr(""), description="Secret. Empty: the feed stays off and says so.")
    symbols: tuple[str, ...] = Field((), description="Tickers to subscribe to.")
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


class TickSettings(Section):
    feeds: tuple[str, ...] = Field(("feed.polygon",), description="Feeds whose watermark holds the ticks back.")
    feed_holdback_real_seconds: Positive = Field(30.0, description="Wait for a silent feed this long, then follow the clock.")
    clock_lag_real_seconds: Positive = Field(1.0, description="Ticks that follow the clock stay this far behind it.")
    largest_gap_seconds: PositiveInt = Field(3_600, description="After a longer pause the ticks jump ahead.")
    tell_bad_feeds: bool = Field(True, description="Ticks name topics whose feed is bad, and decisions that need them are withheld.")


class TruthSettings(Section):
    """When a feed that is connected counts as bad; all times are real, shares go from 0 to 1."""

    lag_ms: Positive = Field(5_000.0, description="LATE: median from event to receipt above this.")
    clock_ms: Positive = Field(2_000.0, description="CLOCK: median of events stamped ahead of our clock by more than this.")
    crossed_share: Positive = Field(0.2, description="CROSSED: share of quotes or books whose bid is at or above the offer.")
    repeated_share: Positive = Field(0.25, description="REPEATED: share of records that come again.")
    disordered_share: Positive = Field(0.1, description="DISORDERED: share of records older than the one before of the same symbol.")
    unreadable_share: Positive = Field(0.05, description="UNREADABLE: share of what came that does not fit.")
    leaping_share: Positive = Field(0.2, description="LEAPING: share of prices that jump ...")
    leap_factor: Annotated[float, Field(gt=1)] = Field(5.0, description="... by this factor or more against the same symbol's price before.")
    least_records: PositiveInt = Field(20, description="Nothing is judged by fewer records, but for those that do not fit ...")
    least_refused: PositiveInt = Field(3, description="... of which so many suffice.")
    window_seconds: Positive = Field(1.0, description="The newest records count; where they are fewer than least_records ...")
    long_window_seconds: Positive = Field(10.0, description="... those of this stretch.")
    hold_seconds: Positive = Field(2.0, description="A fault stays for at least this long.")
    looks_a_second: PositiveInt = Field(800, description="Most records a feed looks at; the others are only counted.")


class TapeSettings(Section):
    """Whose prints and quotes count: one vendor for each kind of instrument, so that no print is folded twice."""

    stocks: str = Field("polygon", description="Vendor whose trades and quotes of stocks and funds go to market.trades and market.quotes.")
    crypto: str = Field("alpaca", description="The same of crypto pairs such as BTC-USD.")


class AlpacaSettings(Section):
    stock_stream_url: str = Field("wss://stream.data.alpaca.markets/v2", description="The name of the feed is added to it.")
    crypto_stream_url: str = "wss://stream.data.alpaca.markets/v1beta3/crypto/us"
    rest_url: str = "https://data.alpaca.markets"
    api_key: SecretStr = Field(SecretStr(""), description="Secret: the key id. Empty: the feeds stay off and say so.")
    api_secret: SecretStr = Field(SecretStr(""), description="Secret that belongs to the key id.")
    feed: Literal["iex", "sip", "delayed_sip"] = Field("iex", description="iex: one exchange; sip: all, paid; delayed_sip: 15 minutes late.")
    symbols: tuple[str, ...] = Field((), description="Tickers that feed.alpaca subscribes to.")
    crypto_symbols: tuple[str, ...] = Field(("BTC-USD", "ETH-USD"), description="Pairs that feed.alpaca_crypto subscribes to.")
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


class DivergenceSettings(Section):
    """When two sources contradict each other (C-24)."""

    pairs: tuple[str, ...] = Field(
        ("option-bid=unusual_whales:options.contracts:bid|ibkr:options.contracts:bid",),
        description="What is compared: NAME=SOURCE:TOPIC:FIELD|SOURCE:TOPIC:FIELD, of the same contract or symbol.",
    )
    warn_usd: Positive = Field(0.02, description="An alert from this difference on, for a tick of a cent ...")
    block_usd: Positive = Field(0.05, description="... and one that says that nobody may act on it.")
    fresh_seconds: Positive = Field(60.0, description="Values further apart in time are not compared.")


class BarSettings(Section):
    grace_seconds: NotNegative = Field(2.0, description="A window closes at the first tick this long after its end.")
    correction_horizon_seconds: PositiveInt = Field(900, description="A late trade revises bars that ended less than this ago.")
    known_seconds: PositiveInt = Field(90, description="Newest seconds with trades whose prints are known, to tell a repeated trade from a late one.")
    quote_fresh_seconds: Positive = Field(10.0, description="An older quote counts as missing.")
    view_interval_seconds: PositiveInt = Field(5, description="A view is written at least this often, changed or not ...")
    view_idle_seconds: PositiveInt = Field(14_400, description="... until nothing came for this long, which no setup outlives.")


class BoxSettings(Section):
    """When consecutive bars count as a compression box."""

    minimum_bars: PositiveInt = Field(8, description="Bars a box needs.")
    maximum_bars: PositiveInt = Field(45, description="A box older than this many bar lengths dissolves.")
    minimum_touches: PositiveInt = Field(2, description="Bars that must have come within a tenth of the height of each edge.")
    minimum_range_bps: NotNegative = Field(15.0, description="A flatter row of bars is no market, not a box.")
    maximum_range_bps: Positive = Field(150.0, description="Highest (high / low - 1) x 10,000 of a box.")
    maximum_range_to_atr: Positive = Field(2.5, description="Highest height in ATRs of its own resolution at its start.")
    maximum_compression_ratio: Positive = Field(0.7, description="Highest mean bar range inside / before.")
    break_buffer_atr: NotNegative = Field(0.1, description="A close counts as outside beyond the edge by this many ATRs.")


class SetupSettings(Section):
    """Gates and lives of the box setups."""

    maximum_spread_bps: Positive = Field(60.0, description="Gate SPREAD_CAP.")
    quote_required: bool = Field(True, description="Gate MISSING_QUOTE. False for tapes without quotes: the spread goes unmeasured.")
    minimum_relative_volume: NotNegative = Field(0.5, description="Gate RVOL_FLOOR, on the bar that breaks.")
    maximum_range_bps: Positive = Field(250.0, description="Gate RANGE_CAP, on the bar that breaks.")
    minimum_reward_to_risk: Positive = Field(1.5, description="Gate REWARD_TO_RISK, first target against stop.")
    armed_ttl_seconds: PositiveInt = Field(3_600, description="ARMED resolves EXPIRED after this.")
    primed_ttl_seconds: PositiveInt = Field(1_200, description="PRIMED resolves EXPIRED without a retest.")
    active_ttl_seconds: PositiveInt = Field(5_400, description="ACTIVE resolves EXPIRED without stop or target.")
    departure_atr: NotNegative = Field(0.75, description="Price must first go this far beyond the edge, or it cannot come back.")
    retest_tolerance_atr: NotNegative = Field(0.5, description="The retest must come this close to the edge.")
    retest_hold_seconds: PositiveInt = Field(20, description="Price must stay for this long after it came back.")
    retest_turn_atr: NotNegative = Field(0.35, description="The last price must be this much better than the retest's worst.")
    stop_buffer_atr: NotNegative = Field(0.25, description="Stop this far beyond the middle of the box or the retest's extreme.")
    signal_valid_seconds: PositiveInt = Field(60, description="Nobody may act on the trigger's signal later.")
    target_multiples: tuple[Positive, ...] = Field((1.0, 2.0), description="Targets in box heights, measured from the edge.")

    @model_validator(mode="after")
    def _departure_lies_beyond_the_retest(self) -> Self:
        if self.departure_atr < self.retest_tolerance_atr:
            raise ValueError(f"expected departure_atr of at least retest_tolerance_atr {self.retest_tolerance_atr:g}, found {self.departure_atr:g}")
        return self


class EmaCrossSettings(Section):
    enabled: bool = True
    valid_seconds: PositiveInt = Field(120, description="A crossover signal is valid this long.")


class TierSettings(Section):
    premium_delay_seconds: NotNegative = 0.0
    basic_delay_seconds: Annotated[float, Field(ge=60)] = Field(60.0, description="DIS-02: at least 60.")
    free_delay_seconds: Annotated[float, Field(ge=300)] = Field(300.0, description="DIS-03: at least 300.")
    premium_price_usd_per_month: Positive = 149.0
    basic_price_usd_per_month: Positive = 49.0
    expiry_seconds: PositiveInt = Field(3_600, description="A delivery this long overdue, in market seconds, is expired.")
    clock_skew_margin_ms: PositiveInt = Field(1_000, description="Real milliseconds our clock may differ from the broker's.")
    invitation_url: str = Field("https://tapewire.example/join", description="Where free messages invite to.")


class DiscordSettings(Section):
    bot_token: SecretStr = Field(SecretStr(""), description="Secret. Empty: the Discord channel stays off and says so.")
    api_url: str = Field("https://discord.com/api/v10", description="Base of the REST API.")
    premium_channel_id: str = ""
    basic_channel_id: str = ""
    free_channel_id: str = ""
    thread_archive_minutes: PositiveInt = Field(1_440, description="DIS-17.")


class DashboardSettings(Section):
    port: PositiveInt = 8501
    refresh_seconds: Positive = Field(1.0, description="Real seconds between two updates of the live lanes.")
    slow_refresh_seconds: Positive = Field(5.0, description="Real seconds between two updates of charts and tables.")
    feed_age_limit_seconds: Positive = Field(10.0, description="A feed or view this many real seconds behind turns red, amber at half.")


class MetricsSettings(Section):
    port: int = Field(0, description="Port of /metrics, /healthz, /readyz and /status; 0 turns them off.")
    host: str = Field("127.0.0.1", description="Address they listen on; 0.0.0.0 in a container, so that Prometheus gets in.")
    stall_seconds: Positive = Field(60.0, description="A sink whose input waits and does not move for this many real seconds counts as not alive.")


class Form(StrEnum):
    """How a hot fold is run; the results are the same to the byte."""

    RECORD = "record"
    COLUMNS = "columns"
    KERNEL = "kernel"


class TracingSettings(Section):
    ratio: float = Field(0.0, ge=0, le=1, description="Share of the vendors' frames traced to the messages they lead to; 0 turns tracing off.")
    endpoint: str = Field("http://127.0.0.1:4318/v1/traces", description="Where spans go: an OTLP collector over HTTP.")


class WatchlistSettings(Section):
    """Which symbols the day is about; times of day are New York's."""

    sources: tuple[str, ...] = Field(
        ("polygon", "alpha_vantage", "finnhub", "twelve_data"),
        description="Whose gappers count: the first vendor that has named somebody within stale_minutes; one name allows that vendor alone.",
    )
    minimum_gap_percent: Positive = Field(4.0, description="A symbol is a gapper from this distance to yesterday's close on, up or down.")
    minimum_price: NotNegative = Field(0.5, description="Cheaper symbols are left out, US dollars.")
    minimum_volume: NotNegative = Field(10_000.0, description="Symbols with fewer shares traded today are left out.")
    stale_minutes: Positive = Field(30.0, description="A symbol that has not traded, or is not named, for so long leaves the longlist.")
    freeze_at: time = Field(time(9, 10), description="From here on no symbol joins the longlist.")
    final_at: time = Field(time(9, 25), description="The watchlist is ranked with the numbers of this moment.")
    longlist_size: PositiveInt = Field(300, description="Most symbols of the longlist.")
    size: PositiveInt = Field(100, description="Most symbols of the watchlist, pinned ones included.")
    text: str = Field("", description="Symbols of the manual list, with spaces or commas.")
    maximum_text_symbols: PositiveInt = Field(25, description="Most symbols of the manual list; the first ones are kept.")
    history_folder: str = Field("", description="Write every list into a JSON file below this folder too; empty writes none.")

    @model_validator(mode="after")
    def _freezes_before_it_ranks(self) -> Self:
        if self.freeze_at > self.final_at:
            raise ValueError(f"expected freeze_at of at most final_at {self.final_at}, found {self.freeze_at}")
        return self


class MacroSettings(Section):
    """Whose economic calendar counts, and how long before and after an event its window reaches, by its importance; 0 and 0: no window."""

    calendar_providers: tuple[str, ...] = Field(
        (), description="The only sources of economic events that count, the most trusted first, e.g. schedule, fred; empty: all that tell any."
    )

    high_minutes_before: NotNegative = 10.0
    high_minutes_after: NotNegative = 10.0
    medium_minutes_before: NotNegative = 5.0
    medium_minutes_after: NotNegative = 5.0
    low_minutes_before: NotNegative = 0.0
    low_minutes_after: NotNegative = 0.0


class StageSettings(Section):
    checkpoint_ms: PositiveInt = Field(250, description="State goes to the changelog at most this often.")
    form: Form = Field(Form.KERNEL, description="How hot folds run: record (a Python call a record), columns (numpy), kernel (compiled).")
    raw_batches: bool = Field(True, description="Hot inputs come as whole record batches, decoded into columns; else record by record.")
    fetch_pause_ms: NotNegative = Field(2.0, description="After a small answer the next fetch waits this long, so that a trickle comes in batches.")
    data_folder: Path = Field(Path(".tapewire/stages"), description="Faust's own files, one folder a worker.")
    stall_seconds: Positive = Field(30.0, description="Real seconds without progress, while there is work, before the worker exits.")


class SimulatorSettings(Section):
    """The fake vendors of demos and tests."""

    port: PositiveInt = 8090
    tws_port: int = Field(0, ge=0, description="Where the fake TWS listens; 0 turns it off.")
    source: str = Field("scenario", description="'scenario' or the path of a captured tape.")
    seed: int = 7
    incidents_path: str = Field("", description="Script of incidents that the fake vendors play; empty: nothing goes wrong.")
    long_day: bool = Field(False, description="The scenario is open and busy from 04:00 to 20:00 in New York, for long runs.")
    state_folder: Path = Field(Path(".tapewire/vendorsim"), description="Where the fake Discord keeps what it got.")


class Settings(Section):
    """Everything one process is told."""

    stack: StackSettings = StackSettings()
    clock: ClockSettings = ClockSettings()
    kafka: KafkaSettings = KafkaSettings()
    registry: RegistrySettings = RegistrySettings()
    clickhouse: ClickHouseSettings = ClickHouseSettings()
    polygon: PolygonSettings = PolygonSettings()
    unusual_whales: UnusualWhalesSettings = UnusualWhalesSettings()
    ibkr: IbkrSettings = IbkrSettings()
    alpha_vantage: AlphaVantageSettings = AlphaVantageSettings()
    financial_modeling_prep: FinancialModelingPrepSettings = FinancialModelingPrepSettings()
    finnhub: FinnhubSettings = FinnhubSettings()
    fred: FredSettings = FredSettings()
    nasdaq: NasdaqSettings = NasdaqSettings()
    trading_economics: TradingEconomicsSettings = TradingEconomicsSettings()
    twelve_data: TwelveDataSettings = TwelveDataSettings()
    yahoo: YahooSettings = YahooSettings()
    ticks: TickSettings = TickSettings()
    truth: TruthSettings = TruthSettings()
    tape: TapeSettings = TapeSettings()
    alpaca: AlpacaSettings = AlpacaSettings()
    tradier: TradierSettings = TradierSettings()
    divergence: DivergenceSettings = DivergenceSettings()
    bars: BarSettings = BarSettings()
    boxes: BoxSettings = BoxSettings()
    setups: SetupSettings = SetupSettings()
    ema_cross: EmaCrossSettings = EmaCrossSettings()
    tiers: TierSettings = TierSettings()
    discord: DiscordSettings = DiscordSettings()
    dashboard: DashboardSettings = DashboardSettings()
    metrics: MetricsSettings = MetricsSettings()
    tracing: TracingSettings = TracingSettings()
    stage: StageSettings = StageSettings()
    watchlists: WatchlistSettings = WatchlistSettings()
    macro: MacroSettings = MacroSettings()
    simulator: SimulatorSettings = SimulatorSettings()


def load(environment: Mapping[str, str] | None = None) -> Settings:
    """Read the settings.

    Parameters
    ----------
    environment
        Variables; the process's own by default.

    Raises
    ------
    ConfigurationError
        Naming every wrong or unknown variable at once, with what was expected and what was found.
    """
    variables = os.environ if environment is None else environment
    nested: dict[str, Any] = {}
    problems: list[str] = []
    for variable, text in sorted(variables.items()):
        if not variable.startswith(PREFIX):
            continue
        path = variable.removeprefix(PREFIX).lower().split("__")
        section = Settings.model_fields.get(path[0])
        if section is None or len(path) != 2 or path[1] not in section.annotation.model_fields:  # type: ignore[union-attr]
            problems.append(f"{variable}: unknown setting; `tapewire config show` lists all")
            continue
        nested.setdefault(path[0], {})[path[1]] = _parse(text, section.annotation.model_fields[path[1]].annotation)  # type: ignore[union-attr]
    settings = Settings()
    try:
        settings = Settings.model_validate(nested)
    except ValidationError as error:
        problems += [_describe(issue) for issue in error.errors()]
    if problems:
        raise ConfigurationError("settings: " + "; ".join(problems))
    return settings


def environment_of(settings: Settings) -> dict[str, str]:
    """Return the variables that give another process the same settings; secrets included, so hand it to a process only."""
    variables = {}
    for section_name in Settings.model_fields:
        section = getattr(settings, section_name)
        for key in type(section).model_fields:
            value = getattr(section, key)
            if isinstance(value, SecretStr):
                value = value.get_secret_value()
            elif isinstance(value, tuple):
                value = ",".join(map(str, value))
            if value != "":
                variables[f"{PREFIX}{section_name}__{key}".upper()] = str(value)
    return variables


def clock_of(settings: Settings) -> Clock:
    """Return the clock the settings describe."""
    if settings.clock.kind == "scaled":
        return ScaledClock(settings.clock.start_us, settings.clock.speed, settings.clock.origin_us)
    return SystemClock()


def _parse(text: str, annotation: Any) -> Any:
    """Split lists written with commas; pydantic converts the rest."""
    if str(annotation).startswith("tuple"):
        return tuple(part.strip() for part in text.split(",") if part.strip())
    return text


def _describe(issue: Any) -> str:
    variable = PREFIX + "__".join(str(part) for part in issue["loc"][:2]).upper()
    secret = issue["loc"][-1] in ("password", "api_key", "api_secret", "access_token", "bot_token")
    return f"{variable}: {issue['msg'].lower()}, found {'a secret' if secret else repr(issue['input'])}"
