ALTER TABLE `reference_gappers` ADD COLUMN IF NOT EXISTS `previous_volume` Nullable(Float64) COMMENT 'Shares traded in yesterday\'s session; null where the vendor does not tell.' AFTER `volume`;

CREATE OR REPLACE VIEW `reference_gappers_latest` AS SELECT * FROM `reference_gappers` FINAL;

ALTER TABLE `reference_watchlists` MODIFY COLUMN `entries` Array(Tuple(rank Int32, symbol LowCardinality(String), pinned Bool, score Nullable(Float64), gap_percent Nullable(Float64), last_price Nullable(Float64), volume Nullable(Float64), ts_seen Nullable(DateTime64(6, 'UTC')), relative_volume Nullable(Float64))) COMMENT 'In the order of their ranks.';

CREATE OR REPLACE VIEW `reference_watchlists_latest` AS SELECT * FROM `reference_watchlists` FINAL;
