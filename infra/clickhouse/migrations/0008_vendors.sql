ALTER TABLE `reference_gappers` MODIFY COLUMN `volume` Nullable(Float64) COMMENT 'Shares traded today; null where the vendor does not tell.';

CREATE OR REPLACE VIEW `reference_gappers_latest` AS SELECT * FROM `reference_gappers` FINAL;

CREATE TABLE IF NOT EXISTS `reference_economic_series` (
    `series_id` String COMMENT 'The source\'s name of the series, e.g. DGS10.',
    `observation_date` Date32 COMMENT 'Day or first day of the period it is of, days since 1970-01-01.',
    `published_date` Date32 COMMENT 'First day on which the source said so; a revision has a later one. Days since 1970-01-01.',
    `value` Float64 COMMENT 'In the series\' own unit, e.g. percent a year for DGS10.',
    `ts_event` DateTime64(6, 'UTC') COMMENT 'Midnight in New York at the start of observation_date, UTC microseconds.',
    `ts_received` DateTime64(6, 'UTC') COMMENT 'When our process read it from the vendor, before parsing, UTC microseconds.',
    `ts_published` DateTime64(6, 'UTC') COMMENT 'When the producer handed it to Kafka, UTC microseconds.',
    `source` LowCardinality(String) COMMENT 'Vendor the record came from, e.g. fred.',
    `licence` LowCardinality(String) COMMENT 'What the vendor\'s terms allow with this record.',
    `_topic` LowCardinality(String) COMMENT 'Kafka topic the row came from.',
    `_partition` Int32 COMMENT 'Its partition.',
    `_offset` Int64 COMMENT 'Its offset.'
)
ENGINE = ReplacingMergeTree(`ts_received`)
ORDER BY (`source`, `series_id`, `observation_date`, `published_date`)
SETTINGS non_replicated_deduplication_window = {deduplication_window}
COMMENT 'Figures of economic time series, revisions included.';

CREATE OR REPLACE VIEW `reference_economic_series_latest` AS SELECT * FROM `reference_economic_series` FINAL;

CREATE TABLE IF NOT EXISTS `ops_request_counts` (
    `feed` LowCardinality(String) COMMENT 'Unit name, e.g. feed.financial_modeling_prep.',
    `day` String COMMENT 'Date in the zone of the feed\'s catalogue, e.g. 2026-11-18.',
    `requests_of_day` Int64 COMMENT 'Requests sent on that date, answered or not.',
    `month` String COMMENT 'e.g. 2026-11.',
    `requests_of_month` Int64 COMMENT 'Requests sent in that month.',
    `ts_published` DateTime64(6, 'UTC') COMMENT 'When the producer handed it to Kafka, UTC microseconds.',
    `_topic` LowCardinality(String) COMMENT 'Kafka topic the row came from.',
    `_partition` Int32 COMMENT 'Its partition.',
    `_offset` Int64 COMMENT 'Its offset.'
)
ENGINE = ReplacingMergeTree(`requests_of_day`)
ORDER BY (`feed`, `day`)
SETTINGS non_replicated_deduplication_window = {deduplication_window}
COMMENT 'How many of a vendor\'s requests of the day and the month are used up; the newest record of a feed counts.';

CREATE OR REPLACE VIEW `ops_request_counts_latest` AS SELECT * FROM `ops_request_counts` FINAL;

CREATE TABLE IF NOT EXISTS `ops_commands` (
    `target` String COMMENT 'Unit name, e.g. feed.yahoo, or feed.yahoo/minutes for one endpoint.',
    `action` LowCardinality(String) COMMENT 'What to do.',
    `factor` Nullable(Float64) COMMENT 'For THROTTLE, above 1: of so many calls that are due one is made; null for the others.',
    `ts_event` DateTime64(6, 'UTC') COMMENT 'When it was asked for, market time, UTC microseconds.',
    `asked_by` String COMMENT 'Who or what asked, e.g. tapewire feeds.',
    `_topic` LowCardinality(String) COMMENT 'Kafka topic the row came from.',
    `_partition` Int32 COMMENT 'Its partition.',
    `_offset` Int64 COMMENT 'Its offset.'
)
ENGINE = ReplacingMergeTree()
ORDER BY (`target`, `ts_event`)
SETTINGS non_replicated_deduplication_window = {deduplication_window}
COMMENT 'What people want of feeds and endpoints while they run; the newest command of a target holds.';

CREATE OR REPLACE VIEW `ops_commands_latest` AS SELECT * FROM `ops_commands` FINAL;
