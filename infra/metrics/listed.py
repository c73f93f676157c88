"""Every metric there is, with its unit and meaning; docs/metrics.md is made from this list.

Real seconds are a person's; market seconds pass faster in a demo and equal real ones in production.
"""

from __future__ import annotations

from infra.metrics.metric import CALL_SECONDS, FAST_SECONDS, LATE_SECONDS, RECORDS, Metric, MetricList

_ALL = MetricList()
_READING = ("stage.*", "sink.*")
_PROMISING = ("sink.*", "!sink.clickhouse", "!sink.fanout")
_CHANNELS = ("sink.*", "!sink.clickhouse", "!sink.fanout", "!sink.release")
CATALOG_FEEDS = (
    "feed.unusual_whales", "feed.polygon_rest", "feed.alpha_vantage", "feed.financial_modeling_prep", "feed.finnhub", "feed.fred",
    "feed.nasdaq", "feed.trading_economics", "feed.twelve_data", "feed.yahoo",
)  # fmt: skip
"""Feeds that poll a REST catalogue."""
_TIERS = {"tier": ("premium", "basic", "free")}

# -- the process

PROCESS_RESTARTS = _ALL.counter(
    "tapewire_process_restarts_total", "restarts", "How often the supervisor has started this process again.", labels=()
)
PROCESS_INFO = _ALL.gauge(
    "tapewire_process_info", "1", "Always 1; its labels say what runs.", labels=("process", "stack", "mode", "version")
)
_ALL.foreign("process_cpu_seconds_total", "counter", "seconds", "Processor time of the process.")
_ALL.foreign("process_resident_memory_bytes", "gauge", "bytes", "Memory of the process that is not swapped out.")
_ALL.foreign("process_virtual_memory_bytes", "gauge", "bytes", "Address space of the process.")
_ALL.foreign("process_start_time_seconds", "gauge", "seconds", "When the process started, seconds since the epoch.")
_ALL.foreign("process_open_fds", "gauge", "descriptors", "Open files and sockets.")
_ALL.foreign("process_max_fds", "gauge", "descriptors", "Files and sockets that may be open.")

# -- every unit, by its own word

_ALL.told("tapewire_unit_ready", "gauge", "1", "1 while the unit does its work; 0 while it joins, recovers or waits.", lambda of: float(of.ready))
_ALL.told("tapewire_unit_alive", "gauge", "1", "0 when work waits and nothing moves, or nothing is heard of the unit.", lambda of: float(of.alive))
_ALL.told(
    "tapewire_unit_report_age_seconds", "gauge", "seconds", "Real seconds since the unit last told its condition.",
    lambda of: of.report_age_seconds,
)  # fmt: skip
_ALL.told(
    "tapewire_unit_recovery_seconds", "gauge", "seconds", "Real seconds the last start, rebalance or outage took until the unit was ready again.",
    lambda of: of.recovery_seconds, only_when="before the unit was ready for the first time",
)  # fmt: skip
_ALL.told(
    "tapewire_unit_lag_seconds", "gauge", "seconds", "Market seconds by which the unit is behind the head of its input.",
    lambda of: of.lag_seconds, only_when="before the first record; a unit that is off",
)  # fmt: skip
_ALL.told(
    "tapewire_unit_lag_records", "gauge", "records", "Records of its input that the unit has not finished or not read.",
    lambda of: of.lag_records, units=_READING, only_when="before the unit owns a partition; a unit that is off",
)  # fmt: skip
_ALL.told(
    "tapewire_unit_in_flight_records", "gauge", "records", "Records that were read (a feed: sent) and are not finished.",
    lambda of: of.in_flight, units=("feed.*", *_READING), only_when="before the unit owns a partition; a unit that is off",
)  # fmt: skip
_ALL.told("tapewire_unit_records_in_total", "counter", "records", "Records read since the process started.", lambda of: of.records_in)
_ALL.told("tapewire_unit_records_out_total", "counter", "records", "Records written since the process started.", lambda of: of.records_out)

# -- every unit, as it works

BATCH_RECORDS = _ALL.histogram(
    "tapewire_unit_batch_records", "records", "Records taken at once: of a vendor's frame, a fetch, a poll.", RECORDS, ("feed.*", *_READING)
)
STEP_SECONDS = _ALL.histogram(
    "tapewire_unit_step_seconds", "seconds", "Real seconds from taking such a batch to having worked it off, waits for servers not counted.",
    FAST_SECONDS, ("feed.*", *_READING),
)  # fmt: skip
DEAD_LETTERS = _ALL.counter(
    "tapewire_unit_dead_letters_total", "records", "Records put aside because they could not be used, by the topic they came from or were meant for.",
    ("feed.*", *_READING), labels=("unit", "topic"),
)  # fmt: skip
PARTITIONS = _ALL.gauge(
    "tapewire_unit_partitions", "partitions", "Partitions of the input that this process owns.", _READING, only_when="a unit that is off"
)
REBALANCES = _ALL.counter("tapewire_unit_rebalances_total", "rebalances", "How often partitions were given to this process.", _READING)
COMMIT_AGE = _ALL.age(
    "tapewire_unit_commit_age_seconds", "Real seconds since the committed offsets last moved; 0 while nothing that was read waits for a commit.",
    _READING, only_when="a unit that is off",
)  # fmt: skip

# -- feeds

FEED_AGE = _ALL.age(
    "tapewire_feed_age_seconds", "Real seconds since the vendor last sent anything, data or the answer to a ping.", ("feed.*",),
    only_when="a feed that is off",
)  # fmt: skip
FEED_FRAMES = _ALL.counter("tapewire_feed_frames_total", "frames", "Payloads received over the feed's stream.", ("feed.*",))
FEED_RECONNECTS = _ALL.counter("tapewire_feed_reconnects_total", "connections", "Connections that failed or ended.", ("feed.*",))
FEED_RECOVERED = _ALL.counter(
    "tapewire_feed_recovered_records_total", "records", "Records that were missed live and fetched from history.", ("feed.*",)
)
DEPTH_DROPPED = _ALL.counter(
    "tapewire_depth_dropped_updates_total", "updates", "Updates of a book whose subscription was given up: their generation is old.", ("feed.ibkr",)
)
DEPTH_MESSAGES = _ALL.counter(
    "tapewire_depth_messages_total", "messages", "Messages of TWS that mean something, by what they mean.", ("feed.ibkr*",),
    labels=("unit", "meaning"), only_when="before the first such message; a feed that is off",
)  # fmt: skip
QUOTES_FLAGGED = _ALL.counter(
    "tapewire_quotes_flagged_total", "quotes", "Quotes of a broker that are crossed or end a silence, by reason.", ("feed.ibkr_quotes",),
    labels=("unit", "reason"), only_when="before the first; a feed that is off",
)  # fmt: skip
VENDOR_REQUEST_SECONDS = _ALL.histogram(
    "tapewire_vendor_request_seconds", "seconds", "Real seconds until a vendor's REST interface answered.", CALL_SECONDS, ("feed.*",),
    labels=("endpoint",), only_when="before the first request; a feed that is off",
)  # fmt: skip
VENDOR_RESPONSES = _ALL.counter(
    "tapewire_vendor_responses_total", "responses", "Answers of a vendor's REST interface by status; `none` where none came.", ("feed.*",),
    labels=("endpoint", "status"), only_when="before the first request; a feed that is off",
)  # fmt: skip
VENDOR_PACING_SECONDS = _ALL.counter(
    "tapewire_vendor_pacing_seconds_total", "seconds", "Real seconds requests waited for our own limit of requests a second.", ("feed.*",),
    labels=("endpoint",), only_when="before the first request; a feed that is off",
)  # fmt: skip

REST_SKIPS = _ALL.counter(
    "tapewire_rest_skips_total", "calls", "Calls of a REST catalogue that were due and not made, by reason.", CATALOG_FEEDS,
    labels=("unit", "endpoint", "reason"), only_when="before the first; a feed that is off",
)  # fmt: skip
REST_COST = _ALL.counter(
    "tapewire_rest_cost_dollars_total", "dollars", "What the calls of a REST catalogue cost, by the price in the file.", CATALOG_FEEDS,
    labels=("unit", "endpoint"), only_when="before the first request; a feed that is off",
)  # fmt: skip
REST_BUDGET_USED = _ALL.gauge(
    "tapewire_rest_budget_used_calls", "calls", "Calls of the last 60 market seconds, by priority.", CATALOG_FEEDS,
    labels=("unit", "priority"), only_when="a feed that is off",
)  # fmt: skip
REST_BREAKER_OPEN = _ALL.gauge(
    "tapewire_rest_breaker_open", "1", "1 while an endpoint is left alone because it fails, 0 after.", CATALOG_FEEDS,
    labels=("unit", "endpoint"), only_when="a feed that is off",
)  # fmt: skip

REST_FALLBACKS = _ALL.counter(
    "tapewire_rest_fallbacks_total", "calls", "Calls that another vendor was asked instead, by who answered; `nobody` where none could.",
    CATALOG_FEEDS, labels=("unit", "endpoint", "answered_by"), only_when="before the first; a feed that is off",
)  # fmt: skip

# -- stages

# These read their topics anew at each start and keep no table.
_TABLES = ("stage.*", "!stage.reference", "!stage.divergence", "!stage.symbol_events", "!stage.macro_gauges")
TABLE_KEYS = _ALL.gauge("tapewire_stage_table_keys", "keys", "Keys whose state this process holds.", _TABLES)
TABLE_BYTES = _ALL.gauge("tapewire_stage_table_bytes", "bytes", "Size of these states as the changelog holds them.", _TABLES)
CHECKPOINT_AGE = _ALL.age(
    "tapewire_stage_checkpoint_age_seconds", "Real seconds since state was last written; 0 while nothing changed since.", _TABLES
)
CHECKPOINT_SECONDS = _ALL.histogram(
    "tapewire_stage_checkpoint_seconds", "seconds", "Real seconds of a checkpoint: outputs acknowledged, state written.", CALL_SECONDS, _TABLES
)
WAITING_TICKS = _ALL.gauge("tapewire_stage_waiting_ticks", "ticks", "Ticks held back until everything before them is folded.", _TABLES)
HELD_BYTES = _ALL.gauge("tapewire_stage_held_bytes", "bytes", "Records and columns that wait for the tick that covers them, about.", _TABLES)

# -- fan-out and release

CLOCK_SKEW = _ALL.gauge(
    "tapewire_clock_skew_seconds", "seconds", "Our clock minus the broker's, as little as the measurement proves; 0 when it proves nothing.",
    ("sink.fanout", "sink.release"), only_when="before the first measurement",
)  # fmt: skip
TRANSACTION_SECONDS = _ALL.histogram(
    "tapewire_transaction_seconds", "seconds", "Real seconds of a Kafka transaction.", CALL_SECONDS, ("sink.fanout", "sink.release")
)
TRANSACTIONS_ABORTED = _ALL.counter(
    "tapewire_transactions_aborted_total", "transactions", "Transactions that were taken back and tried again.", ("sink.fanout", "sink.release")
)

# -- delivery

LATENESS = _ALL.histogram(
    "tapewire_delivery_lateness_seconds", "seconds",
    "Real seconds after the moment a message was promised: until it is public (sink.release), until the channel took it (the channel's unit).",
    LATE_SECONDS, _PROMISING, labels=("unit", "tier"), known=_TIERS,
)  # fmt: skip
ALERTS_HELD = _ALL.counter(
    "tapewire_alerts_held_total", "setups", "Setups that are not told, because a budget of the day was spent.",
    ("sink.fanout",), labels=("unit", "scope"), known={"scope": ("symbol", "all")},
)  # fmt: skip
EARLY = _ALL.counter(
    "tapewire_delivery_early_total", "messages", "Messages that went out before their time. Must stay 0.",
    _PROMISING, labels=("unit", "tier"), known=_TIERS,
)  # fmt: skip
DELIVERIES = _ALL.counter(
    "tapewire_deliveries_total", "messages", "Messages brought to their end.", _CHANNELS, labels=("unit", "tier", "outcome"),
    known={**_TIERS, "outcome": ("sent", "expired", "refused")},
)  # fmt: skip
CHANNEL_SECONDS = _ALL.histogram(
    "tapewire_channel_call_seconds", "seconds", "Real seconds until the platform took a message, its pauses included.", CALL_SECONDS, _CHANNELS
)

# -- history

CLICKHOUSE_ROWS = _ALL.counter(
    "tapewire_clickhouse_inserted_rows_total", "rows", "Rows that ClickHouse took.", ("sink.clickhouse",), labels=("unit", "table"),
    only_when="before the first row of a table",
)  # fmt: skip
CLICKHOUSE_SECONDS = _ALL.histogram("tapewire_clickhouse_insert_seconds", "seconds", "Real seconds of an insert.", CALL_SECONDS, ("sink.clickhouse",))
CLICKHOUSE_FAILURES = _ALL.counter(
    "tapewire_clickhouse_insert_failures_total", "inserts", "Inserts that failed and were tried again.", ("sink.clickhouse",)
)

METRICS: tuple[Metric, ...] = tuple(_ALL.declared)
"""All of them, in order."""

begin = _ALL.begin
