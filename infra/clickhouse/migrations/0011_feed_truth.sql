ALTER TABLE `ops_heartbeats` ADD COLUMN IF NOT EXISTS `faults` Array(Tuple(kind LowCardinality(String), topics Array(String), measured Nullable(Float64), tolerated Nullable(Float64), since Int64, reason String)) COMMENT 'What is wrong although the feed is connected; empty while all is well.' AFTER `detail`;

ALTER TABLE `ops_heartbeats` ADD COLUMN IF NOT EXISTS `readings` Array(Tuple(topic String, records Int64, lag_p50_ms Nullable(Float64), lag_p99_ms Nullable(Float64), crossed_share Nullable(Float64), repeated_share Nullable(Float64), disordered_share Nullable(Float64))) COMMENT 'Of the topics on which something came.' AFTER `faults`;

ALTER TABLE `ops_heartbeats` ADD COLUMN IF NOT EXISTS `gaps` Int32 COMMENT 'Stretches that were missing and asked for again, since the process started.' AFTER `readings`;

ALTER TABLE `ops_heartbeats` ADD COLUMN IF NOT EXISTS `dead_letters` Int64 COMMENT 'Parts of payloads that did not fit, since the process started.' AFTER `gaps`;

ALTER TABLE `ops_heartbeats` ADD COLUMN IF NOT EXISTS `breakers_open` Array(String) COMMENT 'Endpoints that fail and are left alone for a while.' AFTER `dead_letters`;

ALTER TABLE `ops_heartbeats` ADD COLUMN IF NOT EXISTS `budget_used` Nullable(Int32) COMMENT 'Requests of the last 60 market seconds; null for a feed without a budget.' AFTER `breakers_open`;

ALTER TABLE `ops_heartbeats` ADD COLUMN IF NOT EXISTS `budget_limit` Nullable(Int32) COMMENT 'Requests a minute that we allow ourselves.' AFTER `budget_used`;

ALTER TABLE `ops_heartbeats` ADD COLUMN IF NOT EXISTS `mode` Nullable(String) COMMENT 'live, demo, replay or delayed.' AFTER `budget_limit`;

ALTER TABLE `ops_heartbeats` ADD COLUMN IF NOT EXISTS `licence` LowCardinality(Nullable(String)) COMMENT 'What the vendor\'s terms allow.' AFTER `mode`;

CREATE OR REPLACE VIEW `ops_heartbeats_latest` AS SELECT * FROM `ops_heartbeats` FINAL;

CREATE TABLE IF NOT EXISTS `ops_alerts` (
    `alert_id` String COMMENT 'uuid5 of kind, subject, level and ts_event.',
    `kind` String COMMENT 'What it is about, e.g. divergence:option-bid.',
    `level` LowCardinality(String) COMMENT 'How bad it is.',
    `unit` String COMMENT 'Who noticed.',
    `subject` String COMMENT 'Of what, e.g. an option symbol or a feed.',
    `ts_event` DateTime64(6, 'UTC') COMMENT 'When it happened, UTC microseconds.',
    `measured` Nullable(Float64) COMMENT 'What was measured, in measured_unit.',
    `tolerated` Nullable(Float64) COMMENT 'What is tolerated, in the same unit.',
    `measured_unit` Nullable(String) COMMENT 'E.g. USD.',
    `claims` Map(String, Float64) COMMENT 'Source -> what it says, in the same unit.',
    `reason` String COMMENT 'One sentence for people.',
    `_topic` LowCardinality(String) COMMENT 'Kafka topic the row came from.',
    `_partition` Int32 COMMENT 'Its partition.',
    `_offset` Int64 COMMENT 'Its offset.'
)
ENGINE = ReplacingMergeTree()
ORDER BY (`alert_id`)
SETTINGS non_replicated_deduplication_window = {deduplication_window}
COMMENT 'What people or other units must know of, one record a change of level, e.g. sources that contradict each other.';

CREATE OR REPLACE VIEW `ops_alerts_latest` AS SELECT * FROM `ops_alerts` FINAL;
