ALTER TABLE `options_trades` ADD COLUMN IF NOT EXISTS `backfilled` Bool COMMENT 'True when fetched over REST to fill a gap of the stream.' AFTER `canceled`;

CREATE OR REPLACE VIEW `options_trades_latest` AS SELECT * FROM `options_trades` FINAL;

CREATE TABLE IF NOT EXISTS `options_gamma_levels` (
    `symbol` LowCardinality(String) COMMENT 'Ticker of the underlying, e.g. SPY.',
    `ts_event` DateTime64(6, 'UTC') COMMENT 'Moment the vendor states; for a row of a whole session, midnight in New York at its start; when it states neither, ts_received. UTC microseconds.',
    `ts_received` DateTime64(6, 'UTC') COMMENT 'When our process read it from the vendor, before parsing, UTC microseconds.',
    `ts_published` DateTime64(6, 'UTC') COMMENT 'When the producer handed it to Kafka, UTC microseconds.',
    `source` LowCardinality(String) COMMENT 'Vendor the record came from, e.g. unusual_whales.',
    `licence` LowCardinality(String) COMMENT 'What the vendor\'s terms allow with this record.',
    `session_date` Date32 COMMENT 'Session asked for, days since 1970-01-01.',
    `call_wall` Nullable(Float64) COMMENT 'Strike above the price with the largest positive net gamma. US dollars.',
    `put_wall` Nullable(Float64) COMMENT 'Strike below the price with the largest positive net gamma, not the most negative. US dollars.',
    `gamma_magnet` Nullable(Float64) COMMENT 'Strike with the largest absolute net gamma. US dollars.',
    `gamma_flip` Nullable(Float64) COMMENT 'Where the net gamma summed up strike by strike crosses zero, nearest to the price. Not the flip of recomputed profiles. US dollars.',
    `_topic` LowCardinality(String) COMMENT 'Kafka topic the row came from.',
    `_partition` Int32 COMMENT 'Its partition.',
    `_offset` Int64 COMMENT 'Its offset.'
)
ENGINE = ReplacingMergeTree()
ORDER BY (`symbol`, `source`, `ts_event`)
SETTINGS non_replicated_deduplication_window = {deduplication_window}
COMMENT 'Walls, magnet and flip of gamma as vendors compute them.';

CREATE OR REPLACE VIEW `options_gamma_levels_latest` AS SELECT * FROM `options_gamma_levels` FINAL;

CREATE TABLE IF NOT EXISTS `news_user_alerts` (
    `symbol` LowCardinality(String) COMMENT 'Ticker, option symbol or other name the rule watched.',
    `ts_event` DateTime64(6, 'UTC') COMMENT 'Moment the vendor states; for a row of a whole session, midnight in New York at its start; when it states neither, ts_received. UTC microseconds.',
    `ts_received` DateTime64(6, 'UTC') COMMENT 'When our process read it from the vendor, before parsing, UTC microseconds.',
    `ts_published` DateTime64(6, 'UTC') COMMENT 'When the producer handed it to Kafka, UTC microseconds.',
    `source` LowCardinality(String) COMMENT 'Vendor the record came from, e.g. unusual_whales.',
    `licence` LowCardinality(String) COMMENT 'What the vendor\'s terms allow with this record.',
    `alert_id` String COMMENT 'Vendor\'s id.',
    `rule_id` String COMMENT 'Vendor\'s id of the rule.',
    `rule` Nullable(String) COMMENT 'Name that the user gave the rule.',
    `kind` String COMMENT 'What the rule is about, in the vendor\'s word, e.g. flow_alerts.',
    `symbol_type` Nullable(String) COMMENT 'What the symbol is, in the vendor\'s word, e.g. stock.',
    `ts_alert` DateTime64(6, 'UTC') COMMENT 'When the vendor made the alert, UTC microseconds.',
    `details` Map(String, String) COMMENT 'What the vendor adds, by its own names; its fields depend on the kind.',
    `_topic` LowCardinality(String) COMMENT 'Kafka topic the row came from.',
    `_partition` Int32 COMMENT 'Its partition.',
    `_offset` Int64 COMMENT 'Its offset.'
)
ENGINE = ReplacingMergeTree(`ts_received`)
ORDER BY (`source`, `alert_id`)
SETTINGS non_replicated_deduplication_window = {deduplication_window}
COMMENT 'Alerts of the rules that the account has set up at a vendor.';

CREATE OR REPLACE VIEW `news_user_alerts_latest` AS SELECT * FROM `news_user_alerts` FINAL;
