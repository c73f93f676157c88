CREATE TABLE IF NOT EXISTS `reference_watchlists` (
    `name` String COMMENT 'longlist: every gapper until the freeze; watchlist: the ranked ones of the day; manual: as written by hand.',
    `ts_event` DateTime64(6, 'UTC') COMMENT 'Market time for which the list holds, UTC microseconds.',
    `ts_published` DateTime64(6, 'UTC') COMMENT 'When it was handed to Kafka, UTC microseconds.',
    `session_date` Date32 COMMENT 'New York trading day, days since 1970-01-01.',
    `state` LowCardinality(String) COMMENT 'Whether symbols may still come and go.',
    `size_limit` Int32 COMMENT 'Most symbols the list may hold.',
    `candidates` Int32 COMMENT 'Symbols that qualified; above size_limit the lowest ranks were cut off.',
    `entries` Array(Tuple(rank Int32, symbol LowCardinality(String), pinned Bool, score Nullable(Float64), gap_percent Nullable(Float64), last_price Nullable(Float64), volume Nullable(Float64), ts_seen Nullable(DateTime64(6, 'UTC')))) COMMENT 'In the order of their ranks.',
    `_topic` LowCardinality(String) COMMENT 'Kafka topic the row came from.',
    `_partition` Int32 COMMENT 'Its partition.',
    `_offset` Int64 COMMENT 'Its offset.'
)
ENGINE = ReplacingMergeTree()
ORDER BY (`name`, `session_date`, `ts_event`, `ts_published`)
SETTINGS non_replicated_deduplication_window = {deduplication_window}
COMMENT 'The symbols of the day, whole lists; the newest record of a name counts, ClickHouse keeps them all.';

CREATE OR REPLACE VIEW `reference_watchlists_latest` AS SELECT * FROM `reference_watchlists` FINAL;

CREATE TABLE IF NOT EXISTS `reference_watchlist_pins` (
    `symbol` LowCardinality(String) COMMENT 'Ticker.',
    `ts_event` DateTime64(6, 'UTC') COMMENT 'Market time of the wish, UTC microseconds.',
    `pinned` Bool COMMENT 'False takes the pin away.',
    `pinned_by` String COMMENT 'Who or what asked, e.g. tapewire watchlist.',
    `_topic` LowCardinality(String) COMMENT 'Kafka topic the row came from.',
    `_partition` Int32 COMMENT 'Its partition.',
    `_offset` Int64 COMMENT 'Its offset.'
)
ENGINE = ReplacingMergeTree()
ORDER BY (`symbol`, `ts_event`)
SETTINGS non_replicated_deduplication_window = {deduplication_window}
COMMENT 'Symbols that people want on every list.';

CREATE OR REPLACE VIEW `reference_watchlist_pins_latest` AS SELECT * FROM `reference_watchlist_pins` FINAL;
