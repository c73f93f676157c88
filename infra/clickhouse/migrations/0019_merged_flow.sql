CREATE TABLE IF NOT EXISTS `derived_merged_flow` (
    `symbol` LowCardinality(String) COMMENT 'Ticker; of an option its underlying.',
    `ts_event` DateTime64(6, 'UTC') COMMENT 'When it happened at the source, UTC microseconds; the order.',
    `ts_received` DateTime64(6, 'UTC') COMMENT 'When our process read it from the vendor, before parsing, UTC microseconds.',
    `aggregation` String COMMENT 'Name of the entry of processors/aggregations.yaml that it was merged by.',
    `topic` String COMMENT 'Logical name of the topic it is from, e.g. options.trades; the order of equal moments.',
    `source` LowCardinality(String) COMMENT 'Vendor the record came from, e.g. unusual_whales.',
    `record_id` String COMMENT 'What names it on its own topic beside symbol and time, with / between, e.g. sequence and id of a trade.',
    `price` Float64 COMMENT 'US dollars per share, of an option per share of its underlying.',
    `size` Float64 COMMENT 'Shares, or contracts of an option.',
    `late` Bool COMMENT 'True when it came after its tick, and later ones may have been written: it is behind its place. All others are in order.',
    `sequence` Nullable(Int64) COMMENT 'Vendor\'s sequence number, the order of equal moments on one topic; null where the topic has none.',
    `premium` Nullable(Float64) COMMENT 'US dollars: what the source says, of shares price x size; null for an option whose topic does not say.',
    `side` LowCardinality(Nullable(String)) COMMENT 'Where it lay between bid and ask; null where the topic does not say.',
    `option_symbol` Nullable(String) COMMENT 'Contract in OSI form without blanks; null for shares.',
    `right` LowCardinality(Nullable(String)) COMMENT 'Call or put; null for shares.',
    `expiry` Nullable(Date32) COMMENT 'Expiry date, days since 1970-01-01; null for shares.',
    `strike` Nullable(Float64) COMMENT 'US dollars; null for shares.',
    `canceled` Nullable(Bool) COMMENT 'True when the trade was taken back; null where the topic does not say.',
    `licence` LowCardinality(Nullable(String)) COMMENT 'What the vendor\'s terms allow with this record; null where the topic does not say.',
    `_topic` LowCardinality(String) COMMENT 'Kafka topic the row came from.',
    `_partition` Int32 COMMENT 'Its partition.',
    `_offset` Int64 COMMENT 'Its offset.'
)
ENGINE = ReplacingMergeTree(`ts_received`)
ORDER BY (`symbol`, `aggregation`, `topic`, `ts_event`, `record_id`)
SETTINGS non_replicated_deduplication_window = {deduplication_window}
COMMENT 'Records of several topics in one order, that of their events, for the symbols that the settings name.';

CREATE OR REPLACE VIEW `derived_merged_flow_latest` AS SELECT * FROM `derived_merged_flow` FINAL;
