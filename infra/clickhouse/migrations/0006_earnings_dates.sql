ALTER TABLE `reference_earnings` ADD COLUMN IF NOT EXISTS `sources` Array(String) COMMENT 'Of a merged report: who tells of it, in the order of our trust. Empty for what one vendor says.' AFTER `move_1_week_after`;

ALTER TABLE `reference_earnings` ADD COLUMN IF NOT EXISTS `conflict` Bool COMMENT 'True when the sources disagree about day or time of day; then the earliest is kept.' AFTER `sources`;

ALTER TABLE `reference_earnings` ADD COLUMN IF NOT EXISTS `conflict_detail` Nullable(String) COMMENT 'Who says what, where they disagree.' AFTER `conflict`;

ALTER TABLE `reference_earnings` ADD COLUMN IF NOT EXISTS `claimed_dates` Array(Int32) COMMENT 'Other days that a source claims, days since 1970-01-01.' AFTER `conflict_detail`;

CREATE OR REPLACE VIEW `reference_earnings_latest` AS SELECT * FROM `reference_earnings` FINAL;

CREATE TABLE IF NOT EXISTS `reference_earnings_dates` (
    `symbol` LowCardinality(String) COMMENT 'Ticker.',
    `ts_event` DateTime64(6, 'UTC') COMMENT 'Midnight in New York at the start of the report\'s day, which may lie ahead; UTC microseconds.',
    `ts_received` DateTime64(6, 'UTC') COMMENT 'When our process read it from the vendor, before parsing, UTC microseconds.',
    `ts_published` DateTime64(6, 'UTC') COMMENT 'When the producer handed it to Kafka, UTC microseconds.',
    `source` LowCardinality(String) COMMENT 'Vendor the record came from, e.g. unusual_whales.',
    `licence` LowCardinality(String) COMMENT 'What the vendor\'s terms allow with this record.',
    `report_date` Date32 COMMENT 'New York date, days since 1970-01-01.',
    `report_time` LowCardinality(String) COMMENT 'Before the open, after the close, or unknown.',
    `fiscal_quarter_end` Nullable(Date32) COMMENT 'Days since 1970-01-01.',
    `confirmed_by` Nullable(String) COMMENT 'Who stated the date, e.g. company or estimation.',
    `eps_estimate` Nullable(Float64) COMMENT 'US dollars per share, mean of analysts.',
    `eps_actual` Nullable(Float64) COMMENT 'US dollars per share; null before the report.',
    `expected_move` Nullable(Float64) COMMENT 'US dollars, from options before the report.',
    `expected_move_fraction` Nullable(Float64) COMMENT '0.036 is 3.6 %.',
    `close_before` Nullable(Float64) COMMENT 'US dollars.',
    `close_after` Nullable(Float64) COMMENT 'US dollars.',
    `reaction` Nullable(Float64) COMMENT 'close_after / close_before - 1.',
    `move_1_day_after` Nullable(Float64) COMMENT 'Fraction.',
    `move_1_week_after` Nullable(Float64) COMMENT 'Fraction.',
    `sources` Array(String) COMMENT 'Of a merged report: who tells of it, in the order of our trust. Empty for what one vendor says.',
    `conflict` Bool COMMENT 'True when the sources disagree about day or time of day; then the earliest is kept.',
    `conflict_detail` Nullable(String) COMMENT 'Who says what, where they disagree.',
    `claimed_dates` Array(Int32) COMMENT 'Other days that a source claims, days since 1970-01-01.',
    `_topic` LowCardinality(String) COMMENT 'Kafka topic the row came from.',
    `_partition` Int32 COMMENT 'Its partition.',
    `_offset` Int64 COMMENT 'Its offset.'
)
ENGINE = ReplacingMergeTree(`ts_received`)
ORDER BY (`symbol`, `report_date`)
SETTINGS non_replicated_deduplication_window = {deduplication_window}
COMMENT 'The next report of each company, one date out of several sources, with what they disagree about.';

CREATE OR REPLACE VIEW `reference_earnings_dates_latest` AS SELECT * FROM `reference_earnings_dates` FINAL;
