CREATE TABLE IF NOT EXISTS `derived_depth` (
    `symbol` LowCardinality(String) COMMENT 'Ticker.',
    `ts_event` DateTime64(6, 'UTC') COMMENT 'Time of the snapshot, UTC microseconds.',
    `mode` LowCardinality(String) COMMENT 'Where the depth comes from.',
    `generation` Int32 COMMENT 'Subscription of the snapshot.',
    `sequence` Int64 COMMENT 'Number of the snapshot.',
    `age_ms` Int32 COMMENT 'Milliseconds since the last update of the book when the snapshot was taken.',
    `bid_price` Nullable(Float64) COMMENT 'Best bid, US dollars.',
    `ask_price` Nullable(Float64) COMMENT 'Best ask, US dollars.',
    `bid_size_5` Float64 COMMENT 'Shares on the five best bids.',
    `ask_size_5` Float64 COMMENT 'Shares on the five best asks.',
    `spread_bps` Nullable(Float64) COMMENT '(ask - bid) / mid x 10,000.',
    `imbalance_5` Nullable(Float64) COMMENT '(bids - asks) / (bids + asks) in shares over five levels a side, -1 to 1.',
    `imbalance_10` Nullable(Float64) COMMENT 'The same over ten levels a side.',
    `microprice` Nullable(Float64) COMMENT 'Best prices weighted by the size of the other side, US dollars.',
    `_topic` LowCardinality(String) COMMENT 'Kafka topic the row came from.',
    `_partition` Int32 COMMENT 'Its partition.',
    `_offset` Int64 COMMENT 'Its offset.'
)
ENGINE = ReplacingMergeTree()
ORDER BY (`symbol`, `generation`, `sequence`)
SETTINGS non_replicated_deduplication_window = {deduplication_window}
COMMENT 'Spread, imbalance and microprice of each order book snapshot.';

CREATE OR REPLACE VIEW `derived_depth_latest` AS SELECT * FROM `derived_depth` FINAL;
