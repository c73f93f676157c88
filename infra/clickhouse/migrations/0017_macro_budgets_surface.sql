ALTER TABLE `derived_gamma_profiles` ADD COLUMN IF NOT EXISTS `surface_expiries` Array(Int32) COMMENT 'Points of the volatility surface, one after the other: date of expiry of each, days since 1970-01-01; of `expiries` alone. A point that no strikes surround is left out.' AFTER `formula_version`;

ALTER TABLE `derived_gamma_profiles` ADD COLUMN IF NOT EXISTS `surface_moneyness` Array(Float64) COMMENT 'ln(strike / spot) of each point.' AFTER `surface_expiries`;

ALTER TABLE `derived_gamma_profiles` ADD COLUMN IF NOT EXISTS `surface_volatility` Array(Float64) COMMENT 'Implied volatility of each point, out of the money: puts below spot, calls above; a year, fractions.' AFTER `surface_moneyness`;

ALTER TABLE `derived_gamma_profiles` ADD COLUMN IF NOT EXISTS `volatility_index` Nullable(Float64) COMMENT 'Newest close of the index of volatility of the underlying, points: the VIX for SPX and SPY, the VXN for NDX and QQQ; null where there is none, or none came.' AFTER `surface_volatility`;

ALTER TABLE `derived_gamma_profiles` ADD COLUMN IF NOT EXISTS `volatility_index_session` Nullable(Date32) COMMENT 'Session whose close it is, days since 1970-01-01.' AFTER `volatility_index`;

ALTER TABLE `derived_gamma_profiles` ADD COLUMN IF NOT EXISTS `volatility_index_gap` Nullable(Float64) COMMENT 'volatility_index minus 100 x the 30-day volatility at the money at the end of the same session, points: what the wings cost. Null where that volatility is not known; the flag index_gap_vendor says that it is a vendor\'s, not ours.' AFTER `volatility_index_session`;

CREATE OR REPLACE VIEW `derived_gamma_profiles_latest` AS SELECT * FROM `derived_gamma_profiles` FINAL;

ALTER TABLE `views` ADD COLUMN IF NOT EXISTS `macro` Tuple(starts_at Nullable(DateTime64(6, 'UTC')), ends_at Nullable(DateTime64(6, 'UTC')), event_id Nullable(String), event Nullable(String), importance LowCardinality(Nullable(String))) COMMENT 'The window around an economic event that holds at the tick, as the tick says; null without one.' AFTER `missing`;

CREATE OR REPLACE VIEW `views_latest` AS SELECT * FROM `views` FINAL;

ALTER TABLE `signals` ADD COLUMN IF NOT EXISTS `size_factor` Nullable(Float64) COMMENT 'Share of the usual size that the symbol\'s regime allows, above 0 up to 1; null unless `strategies.size_by_regime` is on.' AFTER `setup_id`;

CREATE OR REPLACE VIEW `signals_latest` AS SELECT * FROM `signals` FINAL;

CREATE TABLE IF NOT EXISTS `distribution_budgets` (
    `scope` LowCardinality(String) COMMENT 'What it is for.',
    `alerts_a_day` Nullable(Int32) COMMENT 'Setups told a New York day (from 20:00 of the evening before); 0: any number; null: what the settings say again.',
    `ts_event` DateTime64(6, 'UTC') COMMENT 'When it was asked for, market time, UTC microseconds.',
    `asked_by` String COMMENT 'Who or what asked, e.g. tapewire budget.',
    `_topic` LowCardinality(String) COMMENT 'Kafka topic the row came from.',
    `_partition` Int32 COMMENT 'Its partition.',
    `_offset` Int64 COMMENT 'Its offset.'
)
ENGINE = ReplacingMergeTree()
ORDER BY (`scope`, `ts_event`)
SETTINGS non_replicated_deduplication_window = {deduplication_window}
COMMENT 'How many setups a day may be told, as people want it while the system runs; the newest record of a scope counts.';

CREATE OR REPLACE VIEW `distribution_budgets_latest` AS SELECT * FROM `distribution_budgets` FINAL;

CREATE TABLE IF NOT EXISTS `distribution_held` (
    `setup_id` String COMMENT 'The setup; its later events are not told either.',
    `event_id` String COMMENT 'Its first event.',
    `symbol` LowCardinality(String) COMMENT 'Ticker as the exchange writes it, e.g. BCRX; crypto as BTC-USD.',
    `strategy` String COMMENT 'Id of the strategy.',
    `side` LowCardinality(String) COMMENT 'LONG or SHORT.',
    `day` Date32 COMMENT 'New York day it counts for, from 20:00 of the evening before; days since 1970-01-01.',
    `scope` LowCardinality(String) COMMENT 'Whose budget was spent; the symbol\'s comes first.',
    `number` Int32 COMMENT 'Which alert of that day and scope it would have been.',
    `limit` Int32 COMMENT 'How many there may be.',
    `ts_event` DateTime64(6, 'UTC') COMMENT 'When the setup began, UTC microseconds.',
    `ts_held` DateTime64(6, 'UTC') COMMENT 'When it was held, market time, UTC microseconds.',
    `_topic` LowCardinality(String) COMMENT 'Kafka topic the row came from.',
    `_partition` Int32 COMMENT 'Its partition.',
    `_offset` Int64 COMMENT 'Its offset.'
)
ENGINE = ReplacingMergeTree()
ORDER BY (`setup_id`)
SETTINGS non_replicated_deduplication_window = {deduplication_window}
COMMENT 'Setups that are not told, because a budget of the day was spent.';

CREATE OR REPLACE VIEW `distribution_held_latest` AS SELECT * FROM `distribution_held` FINAL;

CREATE OR REPLACE VIEW `research_volatility_surface` (
    `symbol` LowCardinality(String) COMMENT 'Ticker of the underlying.',
    `ts_event` DateTime64(6, 'UTC') COMMENT 'Tick of the profile, UTC.',
    `spot` Nullable(Float64) COMMENT 'Price of the underlying, US dollars.',
    `expiry` Date32 COMMENT 'Date of expiry.',
    `moneyness` Float64 COMMENT 'ln(strike / spot).',
    `volatility` Float64 COMMENT 'Implied, out of the money, a year; a fraction.'
) AS SELECT symbol, ts_event, spot, toDate32(point.1) AS expiry, point.2 AS moneyness, point.3 AS volatility
FROM `derived_gamma_profiles_latest` ARRAY JOIN arrayZip(surface_expiries, surface_moneyness, surface_volatility) AS point;
