"""All settings of a process: one frozen model, read once from TAPEWIRE_… variables, every default in one place (CFG-03).

A nested name is written with two underscores: ``TAPEWIRE_KAFKA__BOOTSTRAP_SERVERS``. Names carry their unit.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr, ValidationError

from infra.clock import Clock, ScaledClock, SystemClock
from infra.environment_file import VARIABLE, environment_values
from infra.errors import ConfigurationError
from infra.feature_settings import FeatureSettings
from infra.flow_settings import AggregateSettings, FlowSettings
from infra.gamma_settings import GammaSettings
from infra.microstructure_settings import MicrostructureSettings
from infra.plays_settings import (
    BoxScanSettings,
    EmaCrossSettings,
    HighOfDayPlaySettings,
    SetupSettings,
    SigmaPlaySettings,
    StrategySettings,
    TrendSettings,
    VwapPlaySettings,
)
from infra.reference_settings import MacroSettings, WatchlistSettings
from infra.regime_settings import AgentSettings, MacroGaugeSettings, RegimeSettings, ResearchSettings
from infra.settings_section import Count, NotNegative, Positive, PositiveInt, Section
from infra.vendor_settings import (
    AlpacaSettings,
    AlphaVantageSettings,
    FinancialModelingPrepSettings,
    FinnhubSettings,
    FredSettings,
    IbkrSettings,
    NasdaqSettings,
    PolygonSettings,
    TradierSettings,
    TradingEconomicsSettings,
    TwelveDataSettings,
    UnusualWhalesSettings,
    YahooSettings,
)
from infra.view_settings import ViewSettings

PREFIX = "TAPEWIRE_"


class StackSettings(Section):
    """Which stack this process belongs to."""

    name: str = Field("default", description="Name of the stack; two stacks on one machine differ in it.")
    data_folder: Path = Field(Path(".tapewire"), description="Where the stack keeps its files.")
    mode: Literal["live", "demo", "replay", "delayed"] = Field("live", description="Shown on every page and message.")
    vendors: Literal["by_key", "simulated", "real"] = Field(
        "by_key", description="Whom `tapewire up` asks: the simulator on this machine, the real vendors, or these once Polygon's key is set."
    )
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
    vendor_bars: Literal["none", "1s", "1m"] = Field("none", description="Bars of the tape's vendor that stand in for trades where there are none.")
    vendor_bar_patience_seconds: NotNegative = Field(30.0, description="Such a symbol's windows close this long after their end, or with a bar.")
    vendor_bar_spread_seconds: PositiveInt = Field(10, description="Such symbols are folded over so many seconds, so that no tick folds them all.")


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


class TierSettings(Section):
    premium_delay_seconds: NotNegative = 0.0
    basic_delay_seconds: Annotated[float, Field(ge=60)] = Field(60.0, description="DIS-02: at least 60.")
    free_delay_seconds: Annotated[float, Field(ge=300)] = Field(300.0, description="DIS-03: at least 300.")
    premium_price_usd_per_month: Positive = 149.0
    basic_price_usd_per_month: Positive = 49.0
    expiry_seconds: PositiveInt = Field(3_600, description="A delivery this long overdue, in market seconds, is expired.")
    alerts_a_day_per_symbol: Count = Field(40, description="BOX-11: setups of a symbol told a day; 0: any number.")
    alerts_a_day: Count = Field(1_000, description="BOX-11: setups of all symbols told a day; 0: any number. `tapewire budget` changes both.")
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
    feature: FeatureSettings = FeatureSettings()
    boxes: BoxSettings = BoxSettings()
    views: ViewSettings = ViewSettings()
    regime: RegimeSettings = RegimeSettings()
    agents: AgentSettings = AgentSettings()
    flow: FlowSettings = FlowSettings()
    aggregate: AggregateSettings = AggregateSettings()
    research: ResearchSettings = ResearchSettings()
    strategies: StrategySettings = StrategySettings()
    setups: SetupSettings = SetupSettings()
    microstructure: MicrostructureSettings = MicrostructureSettings()
    gamma: GammaSettings = GammaSettings()
    ema_cross: EmaCrossSettings = EmaCrossSettings()
    scan: BoxScanSettings = BoxScanSettings()
    trend: TrendSettings = TrendSettings()
    vwap_play: VwapPlaySettings = VwapPlaySettings()
    sigma_play: SigmaPlaySettings = SigmaPlaySettings()
    high_of_day_play: HighOfDayPlaySettings = HighOfDayPlaySettings()
    tiers: TierSettings = TierSettings()
    discord: DiscordSettings = DiscordSettings()
    dashboard: DashboardSettings = DashboardSettings()
    metrics: MetricsSettings = MetricsSettings()
    tracing: TracingSettings = TracingSettings()
    stage: StageSettings = StageSettings()
    watchlists: WatchlistSettings = WatchlistSettings()
    macro: MacroSettings = MacroSettings()
    macro_gauges: MacroGaugeSettings = MacroGaugeSettings()
    simulator: SimulatorSettings = SimulatorSettings()


def load(environment: Mapping[str, str] | None = None) -> Settings:
    """Read the settings.

    Parameters
    ----------
    environment
        Variables; the process's own by default. They win over the file of the environment that `TAPEWIRE_ENVIRONMENT` names.

    Raises
    ------
    ConfigurationError
        Naming every wrong or unknown variable at once, with what was expected and what was found.
    """
    variables = os.environ if environment is None else environment
    nested, problems = _of_file(variables.get(VARIABLE, ""))
    for variable, text in sorted(variables.items()):
        if not variable.startswith(PREFIX) or variable == VARIABLE:
            continue
        section, _, key = variable.removeprefix(PREFIX).lower().partition("__")
        annotation = _annotation(section, key)
        if annotation is None:
            problems.append(f"{variable}: unknown setting; `tapewire config show` lists all")
        elif text or key not in nested.get(section, {}):  # an empty variable says no more than the file
            nested.setdefault(section, {})[key] = _parse(text, annotation)
    settings = Settings()
    try:
        settings = Settings.model_validate(nested)
    except ValidationError as error:
        problems += [_describe(issue) for issue in error.errors()]
    if problems:
        raise ConfigurationError("settings: " + "; ".join(problems))
    return settings


def _of_file(name: str) -> tuple[dict[str, dict[str, Any]], list[str]]:
    """Return what the environment's file says, and what is wrong with it."""
    told = environment_values(name) if name else {}
    nested: dict[str, dict[str, Any]] = {}
    problems: list[str] = []
    for section, keys in told.items():
        for key, value in keys.items():
            annotation = _annotation(section, key)
            if annotation is None:
                problems.append(f"{name}: {section}.{key}: unknown setting; `tapewire config show` lists all")
            elif annotation is SecretStr:
                problems.append(f"{name}: {section}.{key}: expected secrets in the environment's variables alone, found one in the file")
            else:
                nested.setdefault(section, {})[key] = value
    return nested, problems


def _annotation(section: str, key: str) -> Any:
    """Return the type of a setting, None if there is none of that name."""
    found = Settings.model_fields.get(section)
    field = None if found is None else found.annotation.model_fields.get(key)  # type: ignore[union-attr]
    return None if field is None else field.annotation


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
