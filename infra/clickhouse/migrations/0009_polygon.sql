ALTER TABLE `market_trades` ADD COLUMN IF NOT EXISTS `bar_parts` Int32 DEFAULT 7 COMMENT 'What of a bar the print may change, by the tape\'s rules for its conditions: 1 open and close + 2 high and low + 4 volume; 7 is all.' AFTER `backfilled`;

CREATE OR REPLACE VIEW `market_trades_latest` AS SELECT * FROM `market_trades` FINAL;

CREATE TABLE IF NOT EXISTS `market_price_bands` (
    `symbol` LowCardinality(String) COMMENT 'Ticker.',
    `ts_event` DateTime64(6, 'UTC') COMMENT 'When it happened at the source, UTC microseconds.',
    `ts_received` DateTime64(6, 'UTC') COMMENT 'When our process read it from the vendor, before parsing, UTC microseconds.',
    `ts_published` DateTime64(6, 'UTC') COMMENT 'When the producer handed it to Kafka, UTC microseconds.',
    `source` LowCardinality(String) COMMENT 'Vendor the record came from, e.g. polygon.',
    `licence` LowCardinality(String) COMMENT 'What the vendor\'s terms allow with this record.',
    `upper_price` Nullable(Float64) COMMENT 'US dollars; null when there is none.',
    `lower_price` Nullable(Float64) COMMENT 'US dollars; null when there is none.',
    `indicators` Array(Int32) COMMENT 'Vendor\'s indicator codes.',
    `sequence` Int64 COMMENT 'Vendor sequence number; rises per symbol, need not be consecutive.',
    `backfilled` Bool COMMENT 'True when fetched over REST to fill a gap of the stream.',
    `_topic` LowCardinality(String) COMMENT 'Kafka topic the row came from.',
    `_partition` Int32 COMMENT 'Its partition.',
    `_offset` Int64 COMMENT 'Its offset.'
)
ENGINE = ReplacingMergeTree()
ORDER BY (`symbol`, `source`, `ts_event`, `sequence`)
SETTINGS non_replicated_deduplication_window = {deduplication_window}
COMMENT 'Prices between which a symbol may trade, limit up and limit down.';

CREATE OR REPLACE VIEW `market_price_bands_latest` AS SELECT * FROM `market_price_bands` FINAL;

CREATE TABLE IF NOT EXISTS `reference_corporate_actions` (
    `symbol` LowCardinality(String) COMMENT 'Ticker.',
    `ts_event` DateTime64(6, 'UTC') COMMENT 'Midnight in New York at the start of the day on which it takes effect, which may lie ahead; UTC microseconds.',
    `ts_received` DateTime64(6, 'UTC') COMMENT 'When our process read it from the vendor, before parsing, UTC microseconds.',
    `ts_published` DateTime64(6, 'UTC') COMMENT 'When the producer handed it to Kafka, UTC microseconds.',
    `source` LowCardinality(String) COMMENT 'Vendor the record came from, e.g. polygon.',
    `licence` LowCardinality(String) COMMENT 'What the vendor\'s terms allow with this record.',
    `kind` LowCardinality(String) COMMENT 'Split or dividend.',
    `action_id` String COMMENT 'Vendor\'s id; unique per kind.',
    `effective_date` Date32 COMMENT 'First day the shares trade split, or without the dividend; days since 1970-01-01.',
    `split_from` Nullable(Float64) COMMENT 'Of a split: so many old shares ...',
    `split_to` Nullable(Float64) COMMENT '... become so many new ones.',
    `cash_amount` Nullable(Float64) COMMENT 'Of a dividend: in currency, per share.',
    `currency` Nullable(String) COMMENT 'Of cash_amount, e.g. USD; null when not told.',
    `dividend_type` Nullable(String) COMMENT 'Vendor\'s code: CD paid regularly, SC special cash, LT and ST capital gains.',
    `payments_a_year` Nullable(Int32) COMMENT '0 once, 1, 2, 4, 12; null when not told.',
    `declaration_date` Nullable(Date32) COMMENT 'Announced; days since 1970-01-01.',
    `record_date` Nullable(Date32) COMMENT 'Who holds the share then gets the dividend.',
    `pay_date` Nullable(Date32) COMMENT 'Paid.',
    `_topic` LowCardinality(String) COMMENT 'Kafka topic the row came from.',
    `_partition` Int32 COMMENT 'Its partition.',
    `_offset` Int64 COMMENT 'Its offset.'
)
ENGINE = ReplacingMergeTree(`ts_received`)
ORDER BY (`symbol`, `source`, `kind`, `action_id`)
SETTINGS non_replicated_deduplication_window = {deduplication_window}
COMMENT 'Splits and dividends of companies and funds, coming and past.';

CREATE OR REPLACE VIEW `reference_corporate_actions_latest` AS SELECT * FROM `reference_corporate_actions` FINAL;
