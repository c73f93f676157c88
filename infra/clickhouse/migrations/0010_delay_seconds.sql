ALTER TABLE `market_trades` ADD COLUMN IF NOT EXISTS `delay_seconds` Int32 COMMENT 'Seconds by which the vendor\'s plan holds its data back; 0 for real time.' AFTER `backfilled`;

CREATE OR REPLACE VIEW `market_trades_latest` AS SELECT * FROM `market_trades` FINAL;

ALTER TABLE `market_quotes` ADD COLUMN IF NOT EXISTS `delay_seconds` Int32 COMMENT 'Seconds by which the vendor\'s plan holds its data back; 0 for real time.' AFTER `backfilled`;

CREATE OR REPLACE VIEW `market_quotes_latest` AS SELECT * FROM `market_quotes` FINAL;

ALTER TABLE `market_bars` ADD COLUMN IF NOT EXISTS `delay_seconds` Int32 COMMENT 'Seconds by which the vendor\'s plan holds its data back; 0 for real time.' AFTER `backfilled`;

CREATE OR REPLACE VIEW `market_bars_latest` AS SELECT * FROM `market_bars` FINAL;

ALTER TABLE `derived_bars` ADD COLUMN IF NOT EXISTS `delay_seconds` Int32 COMMENT 'Seconds by which the vendor\'s plan holds its data back; 0 for real time.' AFTER `backfilled`;

CREATE OR REPLACE VIEW `derived_bars_latest` AS SELECT * FROM `derived_bars` FINAL;

ALTER TABLE `views` MODIFY COLUMN `closed_bars` Array(Tuple(symbol LowCardinality(String), resolution LowCardinality(String), window_start DateTime64(6, 'UTC'), window_end DateTime64(6, 'UTC'), open Float64, high Float64, low Float64, close Float64, volume Float64, vwap Nullable(Float64), trade_count Nullable(Int64), revision Int32, source LowCardinality(String), ts_event DateTime64(6, 'UTC'), ts_received Nullable(DateTime64(6, 'UTC')), ts_published Nullable(DateTime64(6, 'UTC')), backfilled Bool, delay_seconds Int32)) COMMENT 'Bars of 1 minute and longer that closed since the previous view, oldest first.';

CREATE OR REPLACE VIEW `views_latest` AS SELECT * FROM `views` FINAL;
