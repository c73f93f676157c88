CREATE TABLE IF NOT EXISTS `market_price_snapshots` (
    `symbol` LowCardinality(String) COMMENT 'Ticker as the exchange writes it, e.g. BCRX; crypto as BTC-USD.',
    `source` LowCardinality(String) COMMENT 'Vendor of the bars, e.g. polygon, or tapewire for our own.',
    `resolution` LowCardinality(String) COMMENT 'Length of the bars.',
    `starts` DateTime64(6, 'UTC') COMMENT 'First moment asked for, UTC microseconds.',
    `ends` DateTime64(6, 'UTC') COMMENT 'Moment before which bars were asked for, UTC microseconds.',
    `rows` Int64 COMMENT 'Bars in the file; 0: the vendor has none.',
    `file` String COMMENT 'Name of the Parquet file inside the cache folder.',
    `sha256` String COMMENT 'SHA-256 of the file, hex.',
    `ts_event` DateTime64(6, 'UTC') COMMENT 'When it was stored, UTC microseconds.',
    `_topic` LowCardinality(String) COMMENT 'Kafka topic the row came from.',
    `_partition` Int32 COMMENT 'Its partition.',
    `_offset` Int64 COMMENT 'Its offset.'
)
ENGINE = ReplacingMergeTree(`ts_event`)
ORDER BY (`symbol`, `source`, `resolution`, `starts`, `ends`)
SETTINGS non_replicated_deduplication_window = {deduplication_window}
COMMENT 'Frames of bars that the data layer stored as Parquet files, one record a frame.';

CREATE OR REPLACE VIEW `market_price_snapshots_latest` AS SELECT * FROM `market_price_snapshots` FINAL;

ALTER TABLE `market_books` ADD COLUMN IF NOT EXISTS `update_count` Nullable(Int64) COMMENT 'Updates of the book since the snapshot before of the same subscription, 4,096 at most; null where they are not counted.' AFTER `asks`;

CREATE OR REPLACE VIEW `market_books_latest` AS SELECT * FROM `market_books` FINAL;

ALTER TABLE `derived_features` ADD COLUMN IF NOT EXISTS `vwap_sigma` Nullable(Float64) COMMENT 'US dollars; volume weighted standard deviation of the session\'s prices about session_vwap: its bands lie at session_vwap ± k x this. Null when session_vwap is, and until the next session if an earlier version began this one.' AFTER `day_low`;

ALTER TABLE `derived_features` ADD COLUMN IF NOT EXISTS `donchian_high` Nullable(Float64) COMMENT 'US dollars; highest high of the feature.channel_bars bars before this one, so a close above it is a break. Null while warming up.' AFTER `vwap_sigma`;

ALTER TABLE `derived_features` ADD COLUMN IF NOT EXISTS `donchian_low` Nullable(Float64) COMMENT 'US dollars; lowest low of the same bars. Null while warming up.' AFTER `donchian_high`;

ALTER TABLE `derived_features` ADD COLUMN IF NOT EXISTS `close_z_score` Nullable(Float64) COMMENT 'Standard deviations of close above the mean of the last feature.z_score_bars closes, this one included. Null while warming up and when they are all alike.' AFTER `donchian_low`;

ALTER TABLE `derived_features` ADD COLUMN IF NOT EXISTS `relative_volume_same_time` Nullable(Float64) COMMENT 'Volume of this bar / mean volume of the same time of day on earlier days, from five-minute buckets of 04:00 to 20:00 New York. Null until feature.least_volume_days days are known, overnight and on D1.' AFTER `close_z_score`;

ALTER TABLE `derived_features` ADD COLUMN IF NOT EXISTS `day_high_at` Nullable(DateTime64(6, 'UTC')) COMMENT 'Start of the first second that traded at day_high. Null when an earlier version saw it.' AFTER `relative_volume_same_time`;

ALTER TABLE `derived_features` ADD COLUMN IF NOT EXISTS `day_low_at` Nullable(DateTime64(6, 'UTC')) COMMENT 'Start of the first second that traded at day_low. Null when an earlier version saw it.' AFTER `day_high_at`;

CREATE OR REPLACE VIEW `derived_features_latest` AS SELECT * FROM `derived_features` FINAL;

CREATE TABLE IF NOT EXISTS `derived_regimes` (
    `symbol` LowCardinality(String) COMMENT 'Ticker as the exchange writes it, e.g. BCRX; crypto as BTC-USD.',
    `resolution` LowCardinality(String) COMMENT 'Length of the bars.',
    `window_end` DateTime64(6, 'UTC') COMMENT 'End of the newest bar that went in, UTC microseconds.',
    `ts_event` DateTime64(6, 'UTC') COMMENT 'The tick that closed or revised the bar this record is due to, UTC microseconds.',
    `label` LowCardinality(String) COMMENT 'The regime by the rule of formula_version; UNKNOWN says why in reasons.',
    `bar_count` Int32 COMMENT 'Bars in the window.',
    `close` Float64 COMMENT 'US dollars; close of the newest bar.',
    `input_age_seconds` Float64 COMMENT 'Seconds from the end of the newest bar to ts_event.',
    `kalman_price` Nullable(Float64) COMMENT 'Filtered price, US dollars; null while warming up.',
    `kalman_velocity_per_minute` Nullable(Float64) COMMENT 'Filtered velocity, US dollars a minute; null while warming up.',
    `kalman_price_sd` Nullable(Float64) COMMENT 'Standard deviation of the filtered price, US dollars; 1.96 of them either way hold the price 95 times of 100; null while warming up.',
    `kalman_velocity_sd_per_minute` Nullable(Float64) COMMENT 'Standard deviation of the filtered velocity, US dollars a minute; null while warming up.',
    `rise_probability` Nullable(Float64) COMMENT 'Probability that the velocity is above 0, 0 to 1; null while warming up and for a price that never moved.',
    `drift_score` Nullable(Float64) COMMENT 'Mean of the newest returns in standard errors from 0; null while warming up and for a price that never moved.',
    `realised_volatility` Nullable(Float64) COMMENT 'Annualised volatility of the newest returns, a fraction: 0.25 is 25 % a year; null while warming up.',
    `volatility_rank` Nullable(Float64) COMMENT 'Share of its earlier values below it, 0 to 1; null until there are enough.',
    `adx_14` Nullable(Float64) COMMENT 'Average directional index over 14 bars, 0 to 100; null while warming up.',
    `variance_ratio_5` Nullable(Float64) COMMENT 'Variance of 5-bar returns over five times that of 1-bar returns; below 1 prices turn back; null while warming up and for a price that never moved.',
    `variance_ratio_score` Nullable(Float64) COMMENT 'Its distance from 1 in standard deviations, robust to changing volatility; null where the ratio is.',
    `reasons` Array(String) COMMENT 'Why numbers are missing: warming_up with how far, no_movement.',
    `formula_version` String COMMENT 'Version of the formulas and the rule, e.g. regime-1.',
    `revision` Int32 COMMENT '0 for the first record of a window_end; +1 each time a late trade changed a bar of its window.',
    `_topic` LowCardinality(String) COMMENT 'Kafka topic the row came from.',
    `_partition` Int32 COMMENT 'Its partition.',
    `_offset` Int64 COMMENT 'Its offset.'
)
ENGINE = ReplacingMergeTree(`revision`)
ORDER BY (`symbol`, `resolution`, `window_end`)
SETTINGS non_replicated_deduplication_window = {deduplication_window}
COMMENT 'How each symbol\'s price behaves, at each closed minute.';

CREATE OR REPLACE VIEW `derived_regimes_latest` AS SELECT * FROM `derived_regimes` FINAL;

CREATE TABLE IF NOT EXISTS `derived_findings` (
    `finding_id` String COMMENT 'Id of agent, symbol and ts_event: a repeat carries the same.',
    `ts_event` DateTime64(6, 'UTC') COMMENT 'The view it was noticed in, UTC microseconds.',
    `agent` String COMMENT 'Id of the agent, e.g. volume-surge.',
    `symbol` LowCardinality(String) COMMENT 'Ticker as the exchange writes it, e.g. BCRX; crypto as BTC-USD.',
    `score` Float64 COMMENT 'How strong, in the unit the agent states; for volume-surge the relative volume, e.g. 7.16.',
    `label` String COMMENT 'What it is in a few words, e.g. new trend up.',
    `direction` LowCardinality(Nullable(String)) COMMENT 'Which way it points; null for one without a direction.',
    `confidence` Float64 COMMENT 'How sure the agent is, 0 to 1.',
    `details` Map(String, Float64) COMMENT 'Name, unit included, to number; what was not known is left out.',
    `_topic` LowCardinality(String) COMMENT 'Kafka topic the row came from.',
    `_partition` Int32 COMMENT 'Its partition.',
    `_offset` Int64 COMMENT 'Its offset.'
)
ENGINE = ReplacingMergeTree()
ORDER BY (`finding_id`)
SETTINGS non_replicated_deduplication_window = {deduplication_window}
COMMENT 'What the agents noticed, at most one record a run.';

CREATE OR REPLACE VIEW `derived_findings_latest` AS SELECT * FROM `derived_findings` FINAL;

CREATE TABLE IF NOT EXISTS `derived_position_states` (
    `symbol` LowCardinality(String) COMMENT 'Ticker as the exchange writes it, e.g. BCRX; crypto as BTC-USD.',
    `status` LowCardinality(String) COMMENT 'Posture by the findings with a direction.',
    `qty` Nullable(Float64) COMMENT 'Shares of the position, negative when short; null: agents hold opinions, no shares.',
    `avg_price` Nullable(Float64) COMMENT 'Mean price paid, US dollars; null without a position.',
    `updated_at` DateTime64(6, 'UTC') COMMENT 'Time of the newest finding, UTC microseconds.',
    `last_action` String COMMENT 'That finding as agent: label.',
    `last_conf` Float64 COMMENT 'Its confidence, 0 to 1.',
    `ts_event` DateTime64(6, 'UTC') COMMENT 'Same as updated_at: the time of the record, UTC microseconds.',
    `_topic` LowCardinality(String) COMMENT 'Kafka topic the row came from.',
    `_partition` Int32 COMMENT 'Its partition.',
    `_offset` Int64 COMMENT 'Its offset.'
)
ENGINE = ReplacingMergeTree(`ts_event`)
ORDER BY (`symbol`)
SETTINGS non_replicated_deduplication_window = {deduplication_window}
COMMENT 'The agents\' posture on each symbol; the newest record of a symbol counts.';

CREATE OR REPLACE VIEW `derived_position_states_latest` AS SELECT * FROM `derived_position_states` FINAL;

CREATE TABLE IF NOT EXISTS `derived_symbol_events` (
    `symbol` LowCardinality(String) COMMENT 'Ticker it concerns.',
    `ts_event` DateTime64(6, 'UTC') COMMENT 'As on its own topic, UTC microseconds.',
    `ts_received` DateTime64(6, 'UTC') COMMENT 'When our process read it from the vendor, before parsing, UTC microseconds.',
    `event_id` String COMMENT 'Made of kind, source, the id on its own topic and the symbol.',
    `kind` LowCardinality(String) COMMENT 'Which topic it is from; says which of the fields below can be set.',
    `source` LowCardinality(String) COMMENT 'Vendor the record came from, e.g. unusual_whales.',
    `licence` LowCardinality(String) COMMENT 'What the vendor\'s terms allow with this record.',
    `reporter` Nullable(String) COMMENT 'Member of congress or relative who reported.',
    `transaction` Nullable(String) COMMENT 'In the report\'s words: Buy, Sell, Sell (partial), Exchange ...',
    `amount_low` Nullable(Float64) COMMENT 'US dollars, lower end of the reported range.',
    `amount_high` Nullable(Float64) COMMENT 'US dollars, upper end; null when open.',
    `headline` Nullable(String) COMMENT 'Text.',
    `publisher` Nullable(String) COMMENT 'Who wrote it, in the vendor\'s words.',
    `sentiment` Nullable(String) COMMENT 'Vendor\'s reading: positive, negative or neutral; null when it has none.',
    `is_major` Nullable(Bool) COMMENT 'True when the vendor calls it important; null when it does not say.',
    `_topic` LowCardinality(String) COMMENT 'Kafka topic the row came from.',
    `_partition` Int32 COMMENT 'Its partition.',
    `_offset` Int64 COMMENT 'Its offset.'
)
ENGINE = ReplacingMergeTree(`ts_received`)
ORDER BY (`symbol`, `event_id`)
SETTINGS non_replicated_deduplication_window = {deduplication_window}
COMMENT 'Trades of congress and headlines under the symbol they concern.';

CREATE OR REPLACE VIEW `derived_symbol_events_latest` AS SELECT * FROM `derived_symbol_events` FINAL;

CREATE TABLE IF NOT EXISTS `derived_flow_metrics` (
    `symbol` LowCardinality(String) COMMENT 'Ticker of the underlying, e.g. SPY.',
    `ts_event` DateTime64(6, 'UTC') COMMENT 'The tick it was computed at, UTC microseconds: all records before it are in.',
    `formula_version` Int32 COMMENT 'Version of the formulas; rises when a number changes its meaning.',
    `session_date` Date32 COMMENT 'New York date that sums of the day are of, days since 1970-01-01.',
    `call_premium_usd` Nullable(Float64) COMMENT 'Premium of the day\'s call trades, US dollars.',
    `put_premium_usd` Nullable(Float64) COMMENT 'Premium of the day\'s put trades, US dollars.',
    `net_call_premium_usd` Nullable(Float64) COMMENT 'Calls bought minus sold today, US dollars.',
    `net_put_premium_usd` Nullable(Float64) COMMENT 'Puts bought minus sold today, US dollars.',
    `net_premium_usd` Nullable(Float64) COMMENT 'net_call_premium_usd - net_put_premium_usd: above 0 when more was paid for a rise.',
    `net_premium_60m_usd` Nullable(Float64) COMMENT 'The same of the last 60 minutes, the running one included.',
    `unknown_side_share` Nullable(Float64) COMMENT 'Share of the day\'s option premium whose side is not known, 0 to 1: it counts in no net number.',
    `option_trades` Nullable(Int64) COMMENT 'Option trades of the day that were counted.',
    `underlying_price` Nullable(Float64) COMMENT 'Of the newest option trade that told it, US dollars.',
    `vendor_net_premium_usd` Nullable(Float64) COMMENT 'Net premium of the day as the vendor computes it, US dollars.',
    `vendor_net_premium_60m_usd` Nullable(Float64) COMMENT 'The same of the last 60 minutes, from the vendor\'s minutes.',
    `net_premium_drift_usd` Nullable(Float64) COMMENT 'Ours minus the vendor\'s of the day, US dollars.',
    `asymmetry` Nullable(Float64) COMMENT 'Share of the stronger of calls and puts in the day\'s premium, 0.5 to 1, negative when puts are stronger.',
    `momentum_usd_per_minute` Nullable(Float64) COMMENT 'Slope of the cumulative net premium over the last 60 minutes, US dollars a minute.',
    `trend_usd_per_day` Nullable(Float64) COMMENT 'Slope of the daily net premium over the last three complete sessions, US dollars a session.',
    `off_exchange_share` Nullable(Float64) COMMENT 'Share of the day\'s volume made off exchange, 0 to 1, of the part of the tape the vendor counts.',
    `off_exchange_divergence` Nullable(Float64) COMMENT 'Off-exchange share minus lit share, -1 to 1.',
    `off_exchange_gap_bps` Nullable(Float64) COMMENT 'Mean off-exchange price above the mean lit price, basis points.',
    `darkpool_premium_usd` Nullable(Float64) COMMENT 'Off-exchange prints of the day, US dollars.',
    `darkpool_net_usd` Nullable(Float64) COMMENT 'Those bought minus those sold, US dollars.',
    `darkpool_unknown_side_share` Nullable(Float64) COMMENT 'Share of darkpool_premium_usd whose side is not known, 0 to 1.',
    `darkpool_score` Nullable(Float64) COMMENT 'Net dollars of the newest five minutes with prints, in standard deviations of those before: above 0 accumulation, below 0 distribution.',
    `smart_money_gap` Nullable(Float64) COMMENT 'Bullish share of large option trades minus that of small ones over the newest five minutes with both, -2 to 2.',
    `divergence_score` Nullable(Float64) COMMENT 'smart_money_gap in standard deviations of those before; its sign is the direction of large traders.',
    `sweeps_60m` Nullable(Int32) COMMENT 'Sweeps above the threshold in the last 60 minutes.',
    `sweep_premium_60m_usd` Nullable(Float64) COMMENT 'Their premium, US dollars.',
    `sweep_net_premium_60m_usd` Nullable(Float64) COMMENT 'Their premium, calls minus puts, US dollars.',
    `cumulative_delta_usd` Nullable(Float64) COMMENT 'Signed dollar delta of option trades in the afternoon window (14:00 to 15:30 New York; from two hours to half an hour before an early close), US dollars; null before it and after the close.',
    `vendor_cumulative_delta_shares` Nullable(Float64) COMMENT 'The vendor\'s net delta over the same window, shares.',
    `afternoon_asymmetry` Nullable(Float64) COMMENT 'asymmetry of the premium in the afternoon window.',
    `close_imbalance_usd` Nullable(Float64) COMMENT 'Predicted imbalance of the closing auction, US dollars to be bought (above 0) or sold.',
    `close_imbalance_confidence` Nullable(Float64) COMMENT 'Confidence of its direction, -1 to 1: the sign is the direction.',
    `close_expected_move_percent` Nullable(Float64) COMMENT 'Move expected of it, percent, signed; null at or below the threshold of confidence.',
    `congress_bought_usd` Nullable(Float64) COMMENT 'Least that congress reported to have bought within the look-back, US dollars.',
    `congress_sold_usd` Nullable(Float64) COMMENT 'Least that it reported to have sold, US dollars.',
    `congress_signal` Nullable(Int32) COMMENT '1 bought above the threshold and nobody sold, -1 the mirror of it, 0 neither.',
    `insider_sellers` Nullable(Int32) COMMENT 'Different insiders who filed a sale within the look-back, plans set up before left out.',
    `insider_sold_usd` Nullable(Float64) COMMENT 'What they sold, US dollars, as far as prices were told.',
    `darkpool_confirmations_60m` Nullable(Int32) COMMENT 'Flow alerts of the last 60 minutes that an off-exchange print of the same direction confirmed in time.',
    `book_imbalance` Nullable(Float64) COMMENT 'Imbalance of the five best levels of the newest order book, -1 to 1.',
    `flow_book_agreement` Nullable(Int32) COMMENT '1 when the minute\'s option flow and the order book lean the same way, -1 when they part.',
    `news_score` Nullable(Float64) COMMENT 'The vendor\'s sentiment of the newest headline: -1 negative, 0 neutral, 1 positive.',
    `news_headline` Nullable(String) COMMENT 'Text of the newest headline.',
    `news_is_major` Nullable(Bool) COMMENT 'True when the vendor calls it important: its impact, in the vendor\'s word.',
    `news_ts` Nullable(DateTime64(6, 'UTC')) COMMENT 'When it was published, UTC microseconds.',
    `vendor_toxicity` Nullable(Float64) COMMENT 'Mean one-sidedness of the vendor\'s minutes over the last 60, 0 to 1: a stand-in for VPIN.',
    `flags` Array(String) COMMENT 'What stands out: one_sided_calls, one_sided_puts, off_exchange_divergence, darkpool_accumulation, darkpool_distribution, smart_divergence, large_sweeps, close_imbalance, congress_buying, congress_selling, insider_selling, darkpool_confirms_flow.',
    `missing` Map(String, String) COMMENT 'Field that is null -> why: no_option_trades, no_side, warming_up, flat, no_underlying_price, no_delta, outside_window, no_vendor_premium, no_price_levels, no_prints, no_alerts, no_disclosures, no_headline, no_sentiment, no_depth, stale_depth, below_threshold.',
    `ages_seconds` Map(String, Float64) COMMENT 'Input topic -> seconds from its newest record to ts_event; a topic that never came is absent.',
    `unfit` Map(String, String) COMMENT 'Input topic -> why what came on it is not to be trusted, as the tick says.',
    `_topic` LowCardinality(String) COMMENT 'Kafka topic the row came from.',
    `_partition` Int32 COMMENT 'Its partition.',
    `_offset` Int64 COMMENT 'Its offset.'
)
ENGINE = ReplacingMergeTree()
ORDER BY (`symbol`, `ts_event`)
SETTINGS non_replicated_deduplication_window = {deduplication_window}
COMMENT 'Options flow, off-exchange prints, disclosures and news of a symbol in numbers, at most one record a second.';

CREATE OR REPLACE VIEW `derived_flow_metrics_latest` AS SELECT * FROM `derived_flow_metrics` FINAL;

CREATE TABLE IF NOT EXISTS `derived_book_metrics` (
    `symbol` LowCardinality(String) COMMENT 'Ticker.',
    `ts_event` DateTime64(6, 'UTC') COMMENT 'The tick, UTC microseconds; everything below is as of it.',
    `mode` LowCardinality(Nullable(String)) COMMENT 'Where the depth comes from; null without a book.',
    `generation` Nullable(Int32) COMMENT 'Subscription of the newest snapshot; null without a book.',
    `sequence` Nullable(Int64) COMMENT 'Number of the newest snapshot; null without a book.',
    `taken_at` Nullable(DateTime64(6, 'UTC')) COMMENT 'When the newest snapshot was taken, UTC microseconds; null without a book.',
    `age_ms` Nullable(Int64) COMMENT 'Milliseconds from the last change of the book to ts_event, 0 or more; null without a book.',
    `bid_price` Nullable(Float64) COMMENT 'Best bid, US dollars; null without bids, or when the book is stale.',
    `ask_price` Nullable(Float64) COMMENT 'Best ask, US dollars; null without asks, or when the book is stale.',
    `bid_size_5` Nullable(Float64) COMMENT 'Shares on the five best bids, 0 or more; null when the book is stale.',
    `ask_size_5` Nullable(Float64) COMMENT 'Shares on the five best asks, 0 or more; null when the book is stale.',
    `imbalance_5` Nullable(Float64) COMMENT '(bids - asks) / (bids + asks) in shares over five levels a side, -1 to 1; null when a side is empty or the book is stale.',
    `imbalance_10` Nullable(Float64) COMMENT 'The same over ten levels a side.',
    `imbalance_3s` Nullable(Float64) COMMENT 'Time-weighted mean of imbalance_5 over the last 3 s, -1 to 1: each snapshot counts until the next, 3 s at most; null when none stood in that time.',
    `pressure` Nullable(Float64) COMMENT 'Imbalance over five levels with each level divided by its place, -1 to 1; null when a side is empty or the book is stale.',
    `spread_bps` Nullable(Float64) COMMENT '(ask - bid) / mid x 10,000; null when a side is empty or the book is stale.',
    `microprice` Nullable(Float64) COMMENT 'Best prices weighted by the size of the other side, US dollars; null when a side is empty or the book is stale.',
    `grade` LowCardinality(Nullable(String)) COMMENT 'Liquidity grade of the newest snapshot; null without one in the last 60 s.',
    `grade_expires_at` Nullable(DateTime64(6, 'UTC')) COMMENT 'When the grade\'s life ends, UTC microseconds; null without a grade.',
    `update_rate` Nullable(Float64) COMMENT 'Updates of the book a second over the newest settled seconds, 0 or more; null when they were not counted.',
    `stuffing` Nullable(Bool) COMMENT 'Whether these updates are a burst that no trades explain; null while what is usual is not known.',
    `anomaly_score` Nullable(Float64) COMMENT 'Score of the isolation forest, 0 to 1, near 1 unlike other books; null without a model or a whole book.',
    `anomaly` Nullable(Bool) COMMENT 'Whether the score lies above the model\'s cut; null with it.',
    `anomaly_model` Nullable(String) COMMENT 'Version of the model; null without one.',
    `vpin` Nullable(Float64) COMMENT 'Volume-synchronised probability of informed trading over the last buckets, 0 to 1; null while warming up.',
    `vpin_buckets` Int32 COMMENT 'Volume buckets closed so far, up to the number that VPIN needs.',
    `kyle_lambda` Nullable(Float64) COMMENT 'Price change for each share of signed volume, US dollars a share; null while warming up or when the volume has one sign and size.',
    `kyle_explained` Nullable(Float64) COMMENT 'Share of the price\'s variance that the line explains, 0 to 1; null with kyle_lambda, or when the price never moved.',
    `pin` Nullable(Float64) COMMENT 'Probability of informed trading over the last days, 0 to 1, as of the newest close; null before enough days.',
    `pin_days` Int32 COMMENT 'Days with trades known to the estimate, 0 or more.',
    `hedge_shift` Nullable(Float64) COMMENT 'Change of the mean imbalance after the newest option sweep in the direction of a dealer\'s hedge, -2 to 2; null without a sweep that could be judged in the last minute.',
    `hedge_alert_id` Nullable(String) COMMENT 'Alert of that sweep; null with hedge_shift.',
    `flags` Array(String) COMMENT 'What stands out: quote_stuffing, anomaly, hedging.',
    `missing` Map(String, String) COMMENT 'Field that is null -> why: no_depth, stale, one_sided, feed_unfit, warming_up, no_trades, not_counted, no_model.',
    `_topic` LowCardinality(String) COMMENT 'Kafka topic the row came from.',
    `_partition` Int32 COMMENT 'Its partition.',
    `_offset` Int64 COMMENT 'Its offset.'
)
ENGINE = ReplacingMergeTree()
ORDER BY (`symbol`, `ts_event`)
SETTINGS non_replicated_deduplication_window = {deduplication_window}
COMMENT 'What book and signed volume say at a tick, at most once a second and symbol - pressure, rolling imbalance, grade, VPIN, lambda, what stands out.';

CREATE OR REPLACE VIEW `derived_book_metrics_latest` AS SELECT * FROM `derived_book_metrics` FINAL;

CREATE TABLE IF NOT EXISTS `derived_gamma_profiles` (
    `symbol` LowCardinality(String) COMMENT 'Ticker of the underlying, e.g. SPY.',
    `ts_event` DateTime64(6, 'UTC') COMMENT 'The tick it was computed at, UTC microseconds.',
    `spot` Nullable(Float64) COMMENT 'Price of the underlying, US dollars; null when none was ever seen: then nothing is computed and flags say no_spot.',
    `spot_age_seconds` Nullable(Float64) COMMENT 'ts_event minus the moment of spot.',
    `chain_age_seconds` Nullable(Float64) COMMENT 'ts_event minus the moment of the newest row of the chain.',
    `gamma_usd_per_1pct` Nullable(Float64) COMMENT 'Total gamma exposure, US dollars for a move of the underlying by 1 %. Naive model: dealers long calls, short puts. Null without a spot.',
    `flip_price` Nullable(Float64) COMMENT 'Price at which the profile recomputed over prices is zero, nearest to spot, US dollars; null where it is not within the profile\'s prices. Naive model: dealers long calls, short puts. Null without a spot.',
    `call_wall` Nullable(Float64) COMMENT 'Strike of the largest positive net gamma, US dollars; null where no strike has any. Naive model: dealers long calls, short puts. Null without a spot.',
    `put_wall` Nullable(Float64) COMMENT 'Strike of the largest negative net gamma, US dollars; null where no strike has any. Naive model: dealers long calls, short puts. Null without a spot.',
    `flow_gamma_usd_per_1pct` Nullable(Float64) COMMENT 'Total gamma exposure, US dollars for a move of the underlying by 1 %. Model FLOW; null while no signed trade of the chain is known.',
    `flow_flip_price` Nullable(Float64) COMMENT 'Price at which the profile recomputed over prices is zero, nearest to spot, US dollars; null where it is not within the profile\'s prices. Model FLOW; null while no signed trade of the chain is known.',
    `flow_call_wall` Nullable(Float64) COMMENT 'Strike of the largest positive net gamma, US dollars; null where no strike has any. Model FLOW; null while no signed trade of the chain is known.',
    `flow_put_wall` Nullable(Float64) COMMENT 'Strike of the largest negative net gamma, US dollars; null where no strike has any. Model FLOW; null while no signed trade of the chain is known.',
    `opened_gamma_usd_per_1pct` Nullable(Float64) COMMENT 'Total gamma exposure, US dollars for a move of the underlying by 1 %. Model OPENED; null while no change of open interest was seen.',
    `opened_flip_price` Nullable(Float64) COMMENT 'Price at which the profile recomputed over prices is zero, nearest to spot, US dollars; null where it is not within the profile\'s prices. Model OPENED; null while no change of open interest was seen.',
    `opened_call_wall` Nullable(Float64) COMMENT 'Strike of the largest positive net gamma, US dollars; null where no strike has any. Model OPENED; null while no change of open interest was seen.',
    `opened_put_wall` Nullable(Float64) COMMENT 'Strike of the largest negative net gamma, US dollars; null where no strike has any. Model OPENED; null while no change of open interest was seen.',
    `max_gamma_strike` Nullable(Float64) COMMENT 'Strike of the largest absolute net gamma, naive, US dollars.',
    `max_gamma_distance_pct` Nullable(Float64) COMMENT '(spot - that strike) / spot x 100.',
    `at_max_gamma` Bool COMMENT 'True when the distance is at most 0.1 % to either side.',
    `above_put_wall` Nullable(Bool) COMMENT 'True while spot is above the put wall, the support; null without one.',
    `below_call_wall` Nullable(Bool) COMMENT 'True while spot is below the call wall, the resistance; null without one.',
    `gross_gamma_usd_per_1pct` Nullable(Float64) COMMENT 'Gamma of calls and puts together, both counted positive, US dollars for a move of the underlying by 1 %: what the net is a small rest of.',
    `delta_usd` Nullable(Float64) COMMENT 'Naive delta exposure, US dollars of the underlying.',
    `vanna_usd_per_vol_point` Nullable(Float64) COMMENT 'Change of the delta exposure for one point of implied volatility, naive, US dollars.',
    `charm_usd_per_day` Nullable(Float64) COMMENT 'Change of the delta exposure in a calendar day that passes, naive, US dollars.',
    `max_pain` Nullable(Float64) COMMENT 'Strike at which holders of the nearest expiry are paid least, US dollars; null without open interest there.',
    `pin_low` Nullable(Float64) COMMENT 'Lowest strike of the pin zone around it, where they are paid at most 5 % more, US dollars.',
    `pin_high` Nullable(Float64) COMMENT 'Highest strike of the pin zone, US dollars.',
    `volatility_tomorrow` Nullable(Float64) COMMENT 'Implied at the money for the next trading day, a year; a fraction.',
    `move_tomorrow_usd` Nullable(Float64) COMMENT 'One standard deviation of the price over the next trading day, US dollars.',
    `volatility_30d` Nullable(Float64) COMMENT 'Implied at the money for 30 days, a year; a fraction.',
    `iv_rank` Nullable(Float64) COMMENT 'Place of volatility_30d between the lowest and the highest of the days known, 0 to 100; null with fewer than 20 days.',
    `iv_percentile` Nullable(Float64) COMMENT 'Share of those days with a lower volatility, 0 to 100; null with fewer than 20 days.',
    `iv_allows_buying` Nullable(Bool) COMMENT 'False above a rank of 80: options are dear; null without a rank.',
    `skew` Nullable(Float64) COMMENT 'Volatility of puts minus that of calls at a delta of 0.25, of the expiry nearest to 30 days; a fraction. Null where the chain does not reach that delta.',
    `skew_average_20d` Nullable(Float64) COMMENT 'Mean skew of the 20 sessions before; null until they are known.',
    `skew_shift_sd` Nullable(Float64) COMMENT 'Skew minus that mean in standard deviations; null until they are known. Beyond 1 either way flags say skew_shift.',
    `vendor_gamma_usd_per_1pct` Nullable(Float64) COMMENT 'Newest total by open interest of the vendor that publishes one, US dollars for a move of the underlying by 1 %; null when none came.',
    `vendor_age_seconds` Nullable(Float64) COMMENT 'ts_event minus the moment of the vendor\'s total.',
    `vendor_drift` Nullable(Float64) COMMENT '(ours - the vendor\'s) / gross_gamma_usd_per_1pct, naive; null without a vendor\'s total that is fresh.',
    `drift_level` LowCardinality(String) COMMENT 'CLEARED while the drift is tolerated or unknown.',
    `grid_prices` Array(Float64) COMMENT 'Prices the profile is recomputed at, US dollars, ascending; empty without a spot.',
    `grid_naive` Array(Float64) COMMENT 'Naive total at each of grid_prices, US dollars for a move of the underlying by 1 %.',
    `grid_flow` Array(Float64) COMMENT 'Model FLOW at each of them; empty while it knows nothing.',
    `grid_opened` Array(Float64) COMMENT 'Model OPENED at each of them; empty while it knows nothing.',
    `strikes` Array(Float64) COMMENT 'The strikes nearest to spot, US dollars, ascending; as many as the settings say.',
    `strike_gamma` Array(Float64) COMMENT 'Naive net gamma of each of strikes over all expiries, US dollars for a move of the underlying by 1 %.',
    `strike_gamma_flow` Array(Float64) COMMENT 'The same by model FLOW; empty while it knows nothing.',
    `strike_gamma_opened` Array(Float64) COMMENT 'The same by model OPENED; empty while it knows nothing.',
    `expiries` Array(Int32) COMMENT 'The nearest dates of expiry, days since 1970-01-01, ascending; as many as the settings say.',
    `expiry_gamma` Array(Float64) COMMENT 'Naive net gamma of each of expiries over all strikes, US dollars for a move of the underlying by 1 %.',
    `expiry_max_pain` Array(Float64) COMMENT 'Max pain of each of expiries, US dollars; 0 where nobody holds a contract.',
    `matrix_gamma` Array(Float64) COMMENT 'Naive net gamma by expiry and strike, one after the other: that of expiry i and strike j is at i x length of strikes + j. US dollars for a move of the underlying by 1 %.',
    `term_expiries` Array(Int32) COMMENT 'Dates of expiry with a volatility at the money, days since 1970-01-01.',
    `term_volatility` Array(Float64) COMMENT 'Implied at the money of each of them, a year; fractions.',
    `contracts_used` Int32 COMMENT 'Contracts in the sums.',
    `contracts_expired` Int32 COMMENT 'Left out: no time left.',
    `contracts_empty` Int32 COMMENT 'Left out without loss: no open interest, and no position by any model.',
    `contracts_without_volatility` Int32 COMMENT 'Left out: no implied volatility above 0 is known.',
    `contracts_without_open_interest` Int32 COMMENT 'Left out: open interest was never told.',
    `unsigned_share` Nullable(Float64) COMMENT 'Share of today\'s contracts traded on a side not told or between bid and ask, 0 to 1; model FLOW leaves them out. Null without trades.',
    `day_count` String COMMENT 'How time to expiry is counted, e.g. calendar-365.',
    `rate` Float64 COMMENT 'Interest a year the greeks were computed with; a fraction.',
    `dividend_yield` Float64 COMMENT 'Dividend yield a year they were computed with; a fraction.',
    `flags` Array(String) COMMENT 'What to know of the numbers: no_spot, stale_spot, stale_chain, no_flow, no_opened, stale_vendor, no_vendor, vendor_drift, skew_shift, chain_cut.',
    `formula_version` Int32 COMMENT 'Rises when a formula changes.',
    `_topic` LowCardinality(String) COMMENT 'Kafka topic the row came from.',
    `_partition` Int32 COMMENT 'Its partition.',
    `_offset` Int64 COMMENT 'Its offset.'
)
ENGINE = ReplacingMergeTree()
ORDER BY (`symbol`, `ts_event`)
SETTINGS non_replicated_deduplication_window = {deduplication_window}
COMMENT 'Dealers\' gamma of each underlying with an option chain, by our own computation; a record a minute and whenever the chain changed.';

CREATE OR REPLACE VIEW `derived_gamma_profiles_latest` AS SELECT * FROM `derived_gamma_profiles` FINAL;

CREATE TABLE IF NOT EXISTS `derived_gamma_scores` (
    `symbol` LowCardinality(String) COMMENT 'Ticker of the underlying.',
    `session_date` Date32 COMMENT 'Session that was judged, New York; days since 1970-01-01.',
    `model` LowCardinality(String) COMMENT 'Whose word it was.',
    `ts_event` DateTime64(6, 'UTC') COMMENT 'The tick at which it was judged, UTC microseconds.',
    `ts_said` DateTime64(6, 'UTC') COMMENT 'When it was said: the last profile of the session before, UTC microseconds.',
    `said_spot` Float64 COMMENT 'Spot then, US dollars.',
    `said_gamma_usd_per_1pct` Float64 COMMENT 'Total gamma then, US dollars for a move of the underlying by 1 %.',
    `said_flip_price` Nullable(Float64) COMMENT 'US dollars.',
    `said_call_wall` Nullable(Float64) COMMENT 'US dollars.',
    `said_put_wall` Nullable(Float64) COMMENT 'US dollars.',
    `said_move_usd` Nullable(Float64) COMMENT 'One standard deviation of the next day by implied volatility, US dollars.',
    `open` Float64 COMMENT 'First spot of the judged session, US dollars.',
    `high` Float64 COMMENT 'Highest spot, US dollars.',
    `low` Float64 COMMENT 'Lowest spot, US dollars.',
    `close` Float64 COMMENT 'Last spot, US dollars.',
    `calm_was_right` Nullable(Bool) COMMENT 'Positive gamma says a calm day, negative a wild one: true when the close moved from said_spot by less, or more, than said_move_usd as the sign said. Null without said_move_usd.',
    `walls_held` Nullable(Bool) COMMENT 'True when the session stayed within the walls; null when a wall is missing or spot was outside already.',
    `flip_side_held` Nullable(Bool) COMMENT 'True when the close was on the side of the flip that said_spot was on; null without a flip.',
    `_topic` LowCardinality(String) COMMENT 'Kafka topic the row came from.',
    `_partition` Int32 COMMENT 'Its partition.',
    `_offset` Int64 COMMENT 'Its offset.'
)
ENGINE = ReplacingMergeTree()
ORDER BY (`symbol`, `session_date`, `model`)
SETTINGS non_replicated_deduplication_window = {deduplication_window}
COMMENT 'How each model of dealers\' positions did on the next day.';

CREATE OR REPLACE VIEW `derived_gamma_scores_latest` AS SELECT * FROM `derived_gamma_scores` FINAL;

ALTER TABLE `views` MODIFY COLUMN `features_1m` Tuple(symbol LowCardinality(Nullable(String)), resolution LowCardinality(Nullable(String)), window_end Nullable(DateTime64(6, 'UTC')), ts_event Nullable(DateTime64(6, 'UTC')), bar_count Nullable(Int32), close Nullable(Float64), atr_wilder_14 Nullable(Float64), atr_simple_14 Nullable(Float64), ema_20 Nullable(Float64), ema_50 Nullable(Float64), momentum_bps Nullable(Float64), session_vwap Nullable(Float64), vwap_distance_bps Nullable(Float64), relative_volume Nullable(Float64), range_bps Nullable(Float64), spread_bps Nullable(Float64), day_high Nullable(Float64), day_low Nullable(Float64), vwap_sigma Nullable(Float64), donchian_high Nullable(Float64), donchian_low Nullable(Float64), close_z_score Nullable(Float64), relative_volume_same_time Nullable(Float64), day_high_at Nullable(DateTime64(6, 'UTC')), day_low_at Nullable(DateTime64(6, 'UTC'))) COMMENT 'Newest features of 1-minute bars.';

ALTER TABLE `views` MODIFY COLUMN `features_2m` Tuple(symbol LowCardinality(Nullable(String)), resolution LowCardinality(Nullable(String)), window_end Nullable(DateTime64(6, 'UTC')), ts_event Nullable(DateTime64(6, 'UTC')), bar_count Nullable(Int32), close Nullable(Float64), atr_wilder_14 Nullable(Float64), atr_simple_14 Nullable(Float64), ema_20 Nullable(Float64), ema_50 Nullable(Float64), momentum_bps Nullable(Float64), session_vwap Nullable(Float64), vwap_distance_bps Nullable(Float64), relative_volume Nullable(Float64), range_bps Nullable(Float64), spread_bps Nullable(Float64), day_high Nullable(Float64), day_low Nullable(Float64), vwap_sigma Nullable(Float64), donchian_high Nullable(Float64), donchian_low Nullable(Float64), close_z_score Nullable(Float64), relative_volume_same_time Nullable(Float64), day_high_at Nullable(DateTime64(6, 'UTC')), day_low_at Nullable(DateTime64(6, 'UTC'))) COMMENT 'Newest features of 2-minute bars.';

ALTER TABLE `views` MODIFY COLUMN `features_5m` Tuple(symbol LowCardinality(Nullable(String)), resolution LowCardinality(Nullable(String)), window_end Nullable(DateTime64(6, 'UTC')), ts_event Nullable(DateTime64(6, 'UTC')), bar_count Nullable(Int32), close Nullable(Float64), atr_wilder_14 Nullable(Float64), atr_simple_14 Nullable(Float64), ema_20 Nullable(Float64), ema_50 Nullable(Float64), momentum_bps Nullable(Float64), session_vwap Nullable(Float64), vwap_distance_bps Nullable(Float64), relative_volume Nullable(Float64), range_bps Nullable(Float64), spread_bps Nullable(Float64), day_high Nullable(Float64), day_low Nullable(Float64), vwap_sigma Nullable(Float64), donchian_high Nullable(Float64), donchian_low Nullable(Float64), close_z_score Nullable(Float64), relative_volume_same_time Nullable(Float64), day_high_at Nullable(DateTime64(6, 'UTC')), day_low_at Nullable(DateTime64(6, 'UTC'))) COMMENT 'Newest features of 5-minute bars.';

ALTER TABLE `views` ADD COLUMN IF NOT EXISTS `features_15m` Tuple(symbol LowCardinality(Nullable(String)), resolution LowCardinality(Nullable(String)), window_end Nullable(DateTime64(6, 'UTC')), ts_event Nullable(DateTime64(6, 'UTC')), bar_count Nullable(Int32), close Nullable(Float64), atr_wilder_14 Nullable(Float64), atr_simple_14 Nullable(Float64), ema_20 Nullable(Float64), ema_50 Nullable(Float64), momentum_bps Nullable(Float64), session_vwap Nullable(Float64), vwap_distance_bps Nullable(Float64), relative_volume Nullable(Float64), range_bps Nullable(Float64), spread_bps Nullable(Float64), day_high Nullable(Float64), day_low Nullable(Float64), vwap_sigma Nullable(Float64), donchian_high Nullable(Float64), donchian_low Nullable(Float64), close_z_score Nullable(Float64), relative_volume_same_time Nullable(Float64), day_high_at Nullable(DateTime64(6, 'UTC')), day_low_at Nullable(DateTime64(6, 'UTC'))) COMMENT 'Newest features of 15-minute bars.' AFTER `features_5m`;

ALTER TABLE `views` ADD COLUMN IF NOT EXISTS `depth` Tuple(ts_event Nullable(DateTime64(6, 'UTC')), mode LowCardinality(Nullable(String)), age_ms Nullable(Int64), imbalance_3s Nullable(Float64), imbalance_5 Nullable(Float64), imbalance_10 Nullable(Float64), microprice Nullable(Float64), spread_bps Nullable(Float64), pressure Nullable(Float64), grade LowCardinality(Nullable(String)), grade_expires_at Nullable(DateTime64(6, 'UTC')), vpin Nullable(Float64), kyle_lambda Nullable(Float64), pin Nullable(Float64), flags Array(String), missing Map(String, String)) COMMENT 'Order book numbers; null as `missing` says.' AFTER `flags`;

ALTER TABLE `views` ADD COLUMN IF NOT EXISTS `gamma` Tuple(ts_event Nullable(DateTime64(6, 'UTC')), spot Nullable(Float64), total_gamma_usd_per_1pct Nullable(Float64), flip_price Nullable(Float64), call_wall Nullable(Float64), put_wall Nullable(Float64), max_gamma_strike Nullable(Float64), max_gamma_distance_pct Nullable(Float64), max_pain Nullable(Float64), delta_usd Nullable(Float64), vanna_usd_per_vol_point Nullable(Float64), charm_usd_per_day Nullable(Float64), vendor_total_gamma_usd_per_1pct Nullable(Float64), flags Array(String)) COMMENT 'Dealers\' gamma; null as `missing` says.' AFTER `depth`;

ALTER TABLE `views` ADD COLUMN IF NOT EXISTS `flow` Tuple(ts_event Nullable(DateTime64(6, 'UTC')), net_premium_usd_60m Nullable(Float64), asymmetry Nullable(Float64), off_exchange_divergence Nullable(Float64), darkpool_score Nullable(Float64), divergence_score Nullable(Float64), sweep_premium_usd Nullable(Float64), cumulative_delta Nullable(Float64), close_imbalance_confidence Nullable(Float64), news_score Nullable(Float64), momentum_usd_per_minute Nullable(Float64), trend_usd_per_day Nullable(Float64), close_imbalance_usd Nullable(Float64), close_expected_move_percent Nullable(Float64), congress_signal Nullable(Int32), insider_sellers Nullable(Int32), flow_book_agreement Nullable(Int32), news_headline Nullable(String), news_is_major Nullable(Bool), unknown_side_share Nullable(Float64), flags Array(String)) COMMENT 'Options flow and disclosures; null as `missing` says.' AFTER `gamma`;

ALTER TABLE `views` ADD COLUMN IF NOT EXISTS `regime` Tuple(ts_event Nullable(DateTime64(6, 'UTC')), label LowCardinality(Nullable(String)), kalman_price Nullable(Float64), kalman_velocity_per_minute Nullable(Float64), kalman_price_sd Nullable(Float64), trend_probability Nullable(Float64), realised_volatility Nullable(Float64), volatility_rank Nullable(Float64)) COMMENT 'Regime and filtered price; null as `missing` says.' AFTER `flow`;

ALTER TABLE `views` ADD COLUMN IF NOT EXISTS `missing` Array(String) COMMENT 'Which of depth, gamma, flow and regime are null: no_… if none has ever come, stale_… if the newest is older than `views.…_life_seconds`.' AFTER `regime`;

CREATE OR REPLACE VIEW `views_latest` AS SELECT * FROM `views` FINAL;

ALTER TABLE `signals_refusals` ADD COLUMN IF NOT EXISTS `shortfall` Nullable(Float64) COMMENT 'Distance from what was measured to what would have passed, in the unit, 0 or more; null when nothing was measured.' AFTER `message`;

ALTER TABLE `signals_refusals` ADD COLUMN IF NOT EXISTS `near_miss` Bool COMMENT 'Whether the shortfall is small: a share of the limit up to `setups.near_miss_share`, or one touch.' AFTER `shortfall`;

CREATE OR REPLACE VIEW `signals_refusals_latest` AS SELECT * FROM `signals_refusals` FINAL;

CREATE TABLE IF NOT EXISTS `postures` (
    `symbol` LowCardinality(String) COMMENT 'Ticker as the exchange writes it, e.g. BCRX; crypto as BTC-USD.',
    `ts_event` DateTime64(6, 'UTC') COMMENT 'Tick of the view, UTC microseconds.',
    `resolution` LowCardinality(String) COMMENT 'Bar length whose closes are counted, `trend.interval`.',
    `window_end` DateTime64(6, 'UTC') COMMENT 'End of the newest bar.',
    `posture` LowCardinality(String) COMMENT 'After this bar.',
    `previous` LowCardinality(String) COMMENT 'Before this bar; another than posture when it flipped.',
    `since` DateTime64(6, 'UTC') COMMENT 'Tick at which the posture began.',
    `p_up` Nullable(Float64) COMMENT 'Probability of rise, 0 to 1: the logistic function of the score; null while a weighted feature of the interval is unknown.',
    `score` Nullable(Float64) COMMENT 'Log-odds of rise: mean of the scores of the bar lengths, weighted by `trend.mtf_weights`.',
    `scores` Map(String, Float64) COMMENT 'Bar length to its own log-odds; those whose features are unknown are left out.',
    `contributions` Map(String, Float64) COMMENT 'Feature to what it adds to the score, over all bar lengths; with the bias they sum to it.',
    `wanted` LowCardinality(String) COMMENT 'Posture that this bar alone asks for.',
    `persisted` Int32 COMMENT 'Bars in a row that asked for it; it is taken on at `trend.persist`.',
    `_topic` LowCardinality(String) COMMENT 'Kafka topic the row came from.',
    `_partition` Int32 COMMENT 'Its partition.',
    `_offset` Int64 COMMENT 'Its offset.'
)
ENGINE = ReplacingMergeTree()
ORDER BY (`symbol`, `ts_event`)
SETTINGS non_replicated_deduplication_window = {deduplication_window}
COMMENT 'Probability of rise and trend posture of a symbol at each close of a bar.';

CREATE OR REPLACE VIEW `postures_latest` AS SELECT * FROM `postures` FINAL;

ALTER TABLE `ops_heartbeats` ADD COLUMN IF NOT EXISTS `delay_seconds` Float64 COMMENT 'How late the vendor\'s plan is on purpose, market seconds; a feed is that much behind and still in time.' AFTER `budget_limit`;

CREATE OR REPLACE VIEW `ops_heartbeats_latest` AS SELECT * FROM `ops_heartbeats` FINAL;
