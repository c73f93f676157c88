CREATE TABLE IF NOT EXISTS `derived_macro_gauges` (
    `gauge` String COMMENT 'yield_2y, yield_5y, yield_10y, yield_30y, dollar or vix_basis.',
    `ts_event` DateTime64(6, 'UTC') COMMENT 'When the newest of its prices reached us, UTC microseconds.',
    `source` LowCardinality(String) COMMENT 'Vendor of the prices, e.g. ibkr.',
    `mode` LowCardinality(String) COMMENT 'Of the newest price: live, delayed or simulated.',
    `kind` LowCardinality(String) COMMENT 'What it says.',
    `percent` Float64 COMMENT 'Per cent: a year for a yield, of yesterday\'s close for the dollar, of cash for the basis.',
    `input_symbols` Array(String) COMMENT 'Instruments it is made of.',
    `input_prices` Array(Float64) COMMENT 'Their prices, in the same order: the middle of bid and offer, an index\'s last.',
    `input_age_ms` Int64 COMMENT 'Milliseconds by which the oldest of these prices was older than the newest.',
    `formula_version` String COMMENT 'Version of the formulas.',
    `_topic` LowCardinality(String) COMMENT 'Kafka topic the row came from.',
    `_partition` Int32 COMMENT 'Its partition.',
    `_offset` Int64 COMMENT 'Its offset.'
)
ENGINE = ReplacingMergeTree()
ORDER BY (`gauge`, `source`, `ts_event`)
SETTINGS non_replicated_deduplication_window = {deduplication_window}
COMMENT 'Yields, the dollar\'s strength and volatility\'s basis out of futures\' prices.';

CREATE OR REPLACE VIEW `derived_macro_gauges_latest` AS SELECT * FROM `derived_macro_gauges` FINAL;
