CREATE TABLE IF NOT EXISTS `history_trades` (
    `symbol` LowCardinality(String) COMMENT 'Ticker as the exchange writes it, e.g. BCRX.',
    `ts_event_ns` Int64 COMMENT 'When it happened at the source, UTC nanoseconds.',
    `sequence` Int64 COMMENT 'Place of the print among those of its symbol and day; tells twins of one nanosecond apart.',
    `price` Float64 COMMENT 'US dollars per share; finite, above 0.',
    `size` Int64 COMMENT 'Shares, above 0.',
    `conditions` Nullable(String) COMMENT 'Vendor\'s sale condition codes, separated by commas.',
    `_topic` LowCardinality(String) COMMENT 'Kafka topic the row came from.',
    `_partition` Int32 COMMENT 'Its partition.',
    `_offset` Int64 COMMENT 'Its offset.'
)
ENGINE = ReplacingMergeTree()
ORDER BY (`symbol`, `ts_event_ns`, `sequence`)
SETTINGS non_replicated_deduplication_window = {deduplication_window}
COMMENT 'Prints of past days for recomputation in bulk, in their order per symbol.';

CREATE OR REPLACE VIEW `history_trades_latest` AS SELECT * FROM `history_trades` FINAL;

CREATE TABLE IF NOT EXISTS `history_bars` (
    `symbol` LowCardinality(String) COMMENT 'Ticker.',
    `window_start` DateTime64(6, 'UTC') COMMENT 'First moment of the minute, UTC microseconds.',
    `open` Float64 COMMENT 'First price, US dollars.',
    `high` Float64 COMMENT 'Highest price, US dollars.',
    `low` Float64 COMMENT 'Lowest price, US dollars.',
    `close` Float64 COMMENT 'Last price, US dollars.',
    `volume` Float64 COMMENT 'Shares.',
    `vwap` Float64 COMMENT 'Volume weighted mean price, US dollars.',
    `trade_count` Int64 COMMENT 'Number of trades.',
    `_topic` LowCardinality(String) COMMENT 'Kafka topic the row came from.',
    `_partition` Int32 COMMENT 'Its partition.',
    `_offset` Int64 COMMENT 'Its offset.'
)
ENGINE = ReplacingMergeTree()
ORDER BY (`symbol`, `window_start`)
SETTINGS non_replicated_deduplication_window = {deduplication_window}
COMMENT 'One-minute bars of past days; a minute is written when its symbol trades in a later one.';

CREATE OR REPLACE VIEW `history_bars_latest` AS SELECT * FROM `history_bars` FINAL;
