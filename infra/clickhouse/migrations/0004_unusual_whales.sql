CREATE TABLE IF NOT EXISTS `market_price_levels` (
    `symbol` LowCardinality(String) COMMENT 'Ticker.',
    `ts_event` DateTime64(6, 'UTC') COMMENT 'Moment the vendor states; for a row of a whole session, midnight in New York at its start; when it states neither, ts_received. UTC microseconds.',
    `ts_received` DateTime64(6, 'UTC') COMMENT 'When our process read it from the vendor, before parsing, UTC microseconds.',
    `ts_published` DateTime64(6, 'UTC') COMMENT 'When the producer handed it to Kafka, UTC microseconds.',
    `source` LowCardinality(String) COMMENT 'Vendor the record came from, e.g. unusual_whales.',
    `licence` LowCardinality(String) COMMENT 'What the vendor\'s terms allow with this record.',
    `session_date` Date32 COMMENT 'New York date of the session, days since 1970-01-01.',
    `price` Float64 COMMENT 'US dollars, above 0.',
    `lit_volume` Int64 COMMENT 'Shares on exchange.',
    `off_exchange_volume` Int64 COMMENT 'Shares off exchange.',
    `lit_percent` Nullable(Float64) COMMENT 'Share of lit_volume in both, 0 to 100; null when both are 0.',
    `off_exchange_percent` Nullable(Float64) COMMENT '100 - lit_percent.',
    `_topic` LowCardinality(String) COMMENT 'Kafka topic the row came from.',
    `_partition` Int32 COMMENT 'Its partition.',
    `_offset` Int64 COMMENT 'Its offset.'
)
ENGINE = ReplacingMergeTree(`ts_received`)
ORDER BY (`symbol`, `source`, `session_date`, `price`)
SETTINGS non_replicated_deduplication_window = {deduplication_window}
COMMENT 'Shares traded on and off exchange by price, as a vendor counts them.';

CREATE OR REPLACE VIEW `market_price_levels_latest` AS SELECT * FROM `market_price_levels` FINAL;

CREATE TABLE IF NOT EXISTS `market_tide` (
    `symbol` LowCardinality(String) COMMENT 'MARKET, the ticker of a fund, or the vendor\'s name of a sector.',
    `ts_event` DateTime64(6, 'UTC') COMMENT 'When it happened at the source, UTC microseconds.',
    `ts_received` DateTime64(6, 'UTC') COMMENT 'When our process read it from the vendor, before parsing, UTC microseconds.',
    `ts_published` DateTime64(6, 'UTC') COMMENT 'When the producer handed it to Kafka, UTC microseconds.',
    `source` LowCardinality(String) COMMENT 'Vendor the record came from, e.g. unusual_whales.',
    `licence` LowCardinality(String) COMMENT 'What the vendor\'s terms allow with this record.',
    `session_date` Date32 COMMENT 'New York date of the session, days since 1970-01-01.',
    `net_call_premium` Float64 COMMENT 'US dollars; bought at the ask minus sold at the bid.',
    `net_put_premium` Float64 COMMENT 'US dollars; bought at the ask minus sold at the bid.',
    `net_volume` Nullable(Int64) COMMENT 'Net call contracts minus net put contracts.',
    `otm_only` Bool COMMENT 'True: the fields above cover out-of-the-money contracts alone.',
    `otm_net_call_premium` Nullable(Float64) COMMENT 'The same of out-of-the-money contracts. US dollars; bought at the ask minus sold at the bid.',
    `otm_net_put_premium` Nullable(Float64) COMMENT 'The same of out-of-the-money contracts. US dollars; bought at the ask minus sold at the bid.',
    `otm_net_volume` Nullable(Int64) COMMENT 'The same of out-of-the-money contracts.',
    `_topic` LowCardinality(String) COMMENT 'Kafka topic the row came from.',
    `_partition` Int32 COMMENT 'Its partition.',
    `_offset` Int64 COMMENT 'Its offset.'
)
ENGINE = ReplacingMergeTree(`ts_received`)
ORDER BY (`symbol`, `source`, `ts_event`, `otm_only`)
SETTINGS non_replicated_deduplication_window = {deduplication_window}
COMMENT 'Option premium of the market, a sector or a fund, bought minus sold.';

CREATE OR REPLACE VIEW `market_tide_latest` AS SELECT * FROM `market_tide` FINAL;

CREATE TABLE IF NOT EXISTS `market_halts` (
    `symbol` LowCardinality(String) COMMENT 'Ticker.',
    `ts_event` DateTime64(6, 'UTC') COMMENT 'When it happened at the source, UTC microseconds.',
    `ts_received` DateTime64(6, 'UTC') COMMENT 'When our process read it from the vendor, before parsing, UTC microseconds.',
    `ts_published` DateTime64(6, 'UTC') COMMENT 'When the producer handed it to Kafka, UTC microseconds.',
    `source` LowCardinality(String) COMMENT 'Vendor the record came from, e.g. unusual_whales.',
    `licence` LowCardinality(String) COMMENT 'What the vendor\'s terms allow with this record.',
    `state` String COMMENT 'In the vendor\'s words: halted, resumed, paused.',
    `reason` Nullable(String) COMMENT 'Code of the tape, e.g. LUDP for a volatility pause, T1 for news pending.',
    `_topic` LowCardinality(String) COMMENT 'Kafka topic the row came from.',
    `_partition` Int32 COMMENT 'Its partition.',
    `_offset` Int64 COMMENT 'Its offset.'
)
ENGINE = ReplacingMergeTree()
ORDER BY (`symbol`, `source`, `ts_event`, `state`)
SETTINGS non_replicated_deduplication_window = {deduplication_window}
COMMENT 'Changes of a symbol\'s trading state.';

CREATE OR REPLACE VIEW `market_halts_latest` AS SELECT * FROM `market_halts` FINAL;

CREATE TABLE IF NOT EXISTS `darkpool_prints` (
    `symbol` LowCardinality(String) COMMENT 'Ticker.',
    `ts_event` DateTime64(6, 'UTC') COMMENT 'When it happened at the source, UTC microseconds.',
    `ts_received` DateTime64(6, 'UTC') COMMENT 'When our process read it from the vendor, before parsing, UTC microseconds.',
    `ts_published` DateTime64(6, 'UTC') COMMENT 'When the producer handed it to Kafka, UTC microseconds.',
    `source` LowCardinality(String) COMMENT 'Vendor the record came from, e.g. unusual_whales.',
    `licence` LowCardinality(String) COMMENT 'What the vendor\'s terms allow with this record.',
    `print_id` String COMMENT 'Vendor\'s tracking id; made from the print\'s fields where it sends none.',
    `price` Float64 COMMENT 'US dollars, above 0.',
    `size` Int64 COMMENT 'Shares, above 0.',
    `premium` Float64 COMMENT 'US dollars: price x size.',
    `ts_reported` Nullable(DateTime64(6, 'UTC')) COMMENT 'When the trade reporting facility had it, UTC microseconds.',
    `bid` Nullable(Float64) COMMENT 'Best on exchange then. US dollars.',
    `ask` Nullable(Float64) COMMENT 'Best on exchange then. US dollars.',
    `bid_size` Nullable(Int64) COMMENT 'At the bid. Shares.',
    `ask_size` Nullable(Int64) COMMENT 'At the offer. Shares.',
    `volume` Nullable(Int64) COMMENT 'Traded today until then. Shares.',
    `market_center` Nullable(String) COMMENT 'Reporting facility, the tape\'s letter.',
    `settlement` Nullable(String) COMMENT 'e.g. regular_settlement.',
    `conditions` Array(String) COMMENT 'Sale conditions, trade code and extended-hours marks in the vendor\'s words.',
    `canceled` Bool COMMENT 'True when the print was taken back.',
    `_topic` LowCardinality(String) COMMENT 'Kafka topic the row came from.',
    `_partition` Int32 COMMENT 'Its partition.',
    `_offset` Int64 COMMENT 'Its offset.'
)
ENGINE = ReplacingMergeTree(`ts_received`)
ORDER BY (`symbol`, `source`, `print_id`)
SETTINGS non_replicated_deduplication_window = {deduplication_window}
COMMENT 'Trades made off exchange.';

CREATE OR REPLACE VIEW `darkpool_prints_latest` AS SELECT * FROM `darkpool_prints` FINAL;

CREATE TABLE IF NOT EXISTS `options_trades` (
    `symbol` LowCardinality(String) COMMENT 'Ticker of the underlying, e.g. SPY.',
    `ts_event` DateTime64(6, 'UTC') COMMENT 'When it happened at the source, UTC microseconds.',
    `ts_received` DateTime64(6, 'UTC') COMMENT 'When our process read it from the vendor, before parsing, UTC microseconds.',
    `ts_published` DateTime64(6, 'UTC') COMMENT 'When the producer handed it to Kafka, UTC microseconds.',
    `source` LowCardinality(String) COMMENT 'Vendor the record came from, e.g. unusual_whales.',
    `licence` LowCardinality(String) COMMENT 'What the vendor\'s terms allow with this record.',
    `trade_id` String COMMENT 'Vendor\'s id; flow alerts list it.',
    `option_symbol` String COMMENT 'Contract in OSI form without blanks, e.g. SPY250516C00590000.',
    `expiry` Date32 COMMENT 'Expiry date, days since 1970-01-01.',
    `strike` Float64 COMMENT 'US dollars, above 0.',
    `right` LowCardinality(String) COMMENT 'Call or put.',
    `price` Float64 COMMENT 'US dollars per share, not negative.',
    `size` Int64 COMMENT 'Contracts, above 0.',
    `premium` Float64 COMMENT 'US dollars: price x size x multiplier, 100 for all but a few index products.',
    `side` LowCardinality(String) COMMENT 'Where it lay in the spread.',
    `sentiment` Nullable(String) COMMENT 'Vendor\'s reading: bullish, bearish or neutral.',
    `tags` Array(String) COMMENT 'Vendor\'s other tags, e.g. etf, index, dividend.',
    `bid` Nullable(Float64) COMMENT 'US dollars per share.',
    `ask` Nullable(Float64) COMMENT 'US dollars per share.',
    `average_bid` Nullable(Float64) COMMENT 'Exponential mean of the bid. US dollars per share.',
    `average_ask` Nullable(Float64) COMMENT 'Exponential mean of the offer. US dollars per share.',
    `theoretical_price` Nullable(Float64) COMMENT 'From the middle of the quote. US dollars per share.',
    `underlying_price` Nullable(Float64) COMMENT 'US dollars; null for an index.',
    `implied_volatility` Nullable(Float64) COMMENT 'Per year; a fraction: 0.25 is 25 %.',
    `delta` Nullable(Float64) COMMENT '-1 to 1.',
    `gamma` Nullable(Float64) COMMENT 'Change of delta per dollar.',
    `theta` Nullable(Float64) COMMENT 'US dollars per share and day.',
    `vega` Nullable(Float64) COMMENT 'US dollars per share and point of volatility.',
    `rho` Nullable(Float64) COMMENT 'US dollars per share and point of interest.',
    `volume` Nullable(Int64) COMMENT 'Contracts traded today, this trade included.',
    `open_interest` Nullable(Int64) COMMENT 'Contracts open at the last close.',
    `ask_volume` Nullable(Int64) COMMENT 'Traded near the ask today. Contracts.',
    `bid_volume` Nullable(Int64) COMMENT 'Traded near the bid today. Contracts.',
    `mid_volume` Nullable(Int64) COMMENT 'Traded between bid and ask today. Contracts.',
    `no_side_volume` Nullable(Int64) COMMENT 'Traded today on a side not told. Contracts.',
    `multi_leg_volume` Nullable(Int64) COMMENT 'Traded today as part of multi-leg orders. Contracts.',
    `stock_multi_leg_volume` Nullable(Int64) COMMENT 'Traded today together with the stock. Contracts.',
    `exchange` Nullable(String) COMMENT 'OPRA exchange, e.g. XCBO.',
    `conditions` Array(String) COMMENT 'OPRA condition names, e.g. auto, slan.',
    `report_flags` Array(String) COMMENT 'Vendor\'s flags of unusual reports, e.g. cross_trade.',
    `canceled` Bool COMMENT 'True when the print was taken back.',
    `_topic` LowCardinality(String) COMMENT 'Kafka topic the row came from.',
    `_partition` Int32 COMMENT 'Its partition.',
    `_offset` Int64 COMMENT 'Its offset.'
)
ENGINE = ReplacingMergeTree(`ts_received`)
ORDER BY (`symbol`, `ts_event`, `trade_id`)
SETTINGS non_replicated_deduplication_window = {deduplication_window}
COMMENT 'Option prints with quote and greeks at the print.';

CREATE OR REPLACE VIEW `options_trades_latest` AS SELECT * FROM `options_trades` FINAL;

CREATE TABLE IF NOT EXISTS `options_flow_alerts` (
    `symbol` LowCardinality(String) COMMENT 'Ticker of the underlying, e.g. SPY.',
    `ts_event` DateTime64(6, 'UTC') COMMENT 'When it happened at the source, UTC microseconds.',
    `ts_received` DateTime64(6, 'UTC') COMMENT 'When our process read it from the vendor, before parsing, UTC microseconds.',
    `ts_published` DateTime64(6, 'UTC') COMMENT 'When the producer handed it to Kafka, UTC microseconds.',
    `source` LowCardinality(String) COMMENT 'Vendor the record came from, e.g. unusual_whales.',
    `licence` LowCardinality(String) COMMENT 'What the vendor\'s terms allow with this record.',
    `alert_id` String COMMENT 'Vendor\'s id; made from contract, time and rule where it sends none.',
    `rule` Nullable(String) COMMENT 'Vendor\'s name of the rule, e.g. RepeatedHits.',
    `option_symbol` String COMMENT 'Contract in OSI form without blanks, e.g. SPY250516C00590000.',
    `expiry` Date32 COMMENT 'Expiry date, days since 1970-01-01.',
    `strike` Float64 COMMENT 'US dollars, above 0.',
    `right` LowCardinality(String) COMMENT 'Call or put.',
    `ts_first_trade` Nullable(DateTime64(6, 'UTC')) COMMENT 'First trade of the alert, UTC microseconds.',
    `ts_last_trade` Nullable(DateTime64(6, 'UTC')) COMMENT 'Last trade of the alert, UTC microseconds.',
    `price` Float64 COMMENT 'US dollars per share of the last trade.',
    `bid` Nullable(Float64) COMMENT 'Of the contract after the last trade. US dollars.',
    `ask` Nullable(Float64) COMMENT 'Of the contract after the last trade. US dollars.',
    `underlying_price` Nullable(Float64) COMMENT 'US dollars.',
    `total_premium` Float64 COMMENT 'US dollars paid in all trades of the alert.',
    `ask_side_premium` Nullable(Float64) COMMENT 'Paid near the ask; with the next less than total_premium where trades lay between. US dollars.',
    `bid_side_premium` Nullable(Float64) COMMENT 'Paid near the bid. US dollars.',
    `total_size` Int64 COMMENT 'Contracts in all trades of the alert.',
    `trade_count` Int64 COMMENT 'Trades of the alert.',
    `expiry_count` Nullable(Int64) COMMENT 'Different expiries among them, mostly 1.',
    `volume` Int64 COMMENT 'Contracts traded today, alert included.',
    `open_interest` Nullable(Int64) COMMENT 'Contracts open at the last close.',
    `volume_to_open_interest` Nullable(Float64) COMMENT 'volume / open_interest, computed here: the stream sends it cut to a whole number. Null without open interest.',
    `ask_volume` Nullable(Int64) COMMENT 'Traded near the ask today. Contracts.',
    `bid_volume` Nullable(Int64) COMMENT 'Traded near the bid today. Contracts.',
    `mid_volume` Nullable(Int64) COMMENT 'Traded between bid and ask today. Contracts.',
    `no_side_volume` Nullable(Int64) COMMENT 'Traded today on a side not told. Contracts.',
    `multi_leg_volume` Nullable(Int64) COMMENT 'Traded today as part of multi-leg orders. Contracts.',
    `stock_multi_leg_volume` Nullable(Int64) COMMENT 'Traded today together with the stock. Contracts.',
    `has_sweep` Nullable(Bool) COMMENT 'True when a trade swept several exchanges.',
    `has_floor` Nullable(Bool) COMMENT 'True when a trade was made on a floor.',
    `has_single_leg` Nullable(Bool) COMMENT 'True when a trade was a single leg.',
    `has_multi_leg` Nullable(Bool) COMMENT 'True when a trade was part of a multi-leg order.',
    `all_opening` Nullable(Bool) COMMENT 'True when every trade is known to open positions; false says nothing.',
    `trade_ids` Array(String) COMMENT 'Ids of the trades on options.trades; empty over REST.',
    `conditions` Array(String) COMMENT 'OPRA condition names of the trades, e.g. auto.',
    `exchanges` Array(String) COMMENT 'OPRA exchanges, e.g. XCBO.',
    `issue_type` Nullable(String) COMMENT 'Kind of the underlying in the vendor\'s words, e.g. Common Stock.',
    `_topic` LowCardinality(String) COMMENT 'Kafka topic the row came from.',
    `_partition` Int32 COMMENT 'Its partition.',
    `_offset` Int64 COMMENT 'Its offset.'
)
ENGINE = ReplacingMergeTree(`ts_received`)
ORDER BY (`symbol`, `ts_event`, `alert_id`)
SETTINGS non_replicated_deduplication_window = {deduplication_window}
COMMENT 'Option trades that matched a vendor\'s rule, added up.';

CREATE OR REPLACE VIEW `options_flow_alerts_latest` AS SELECT * FROM `options_flow_alerts` FINAL;

CREATE TABLE IF NOT EXISTS `options_exposures` (
    `symbol` LowCardinality(String) COMMENT 'Ticker of the underlying, e.g. SPY.',
    `ts_event` DateTime64(6, 'UTC') COMMENT 'Moment the vendor states; for a row of a whole session, midnight in New York at its start; when it states neither, ts_received. UTC microseconds.',
    `ts_received` DateTime64(6, 'UTC') COMMENT 'When our process read it from the vendor, before parsing, UTC microseconds.',
    `ts_published` DateTime64(6, 'UTC') COMMENT 'When the producer handed it to Kafka, UTC microseconds.',
    `source` LowCardinality(String) COMMENT 'Vendor the record came from, e.g. unusual_whales.',
    `licence` LowCardinality(String) COMMENT 'What the vendor\'s terms allow with this record.',
    `session_date` Nullable(Date32) COMMENT 'New York date of the session the numbers belong to; days since 1970-01-01.',
    `scope` LowCardinality(String) COMMENT 'What is added up.',
    `unit` LowCardinality(String) COMMENT 'Unit of every exposure in this record; never mix the two.',
    `basis` LowCardinality(String) COMMENT 'What the greeks are multiplied with.',
    `strike` Nullable(Float64) COMMENT 'Strike, US dollars; null when all strikes are added up.',
    `expiry` Nullable(Date32) COMMENT 'Expiry date, days since 1970-01-01; null when all expiries are added up.',
    `call_delta` Nullable(Float64) COMMENT 'delta of the calls, in `unit`.',
    `call_gamma` Nullable(Float64) COMMENT 'gamma of the calls, in `unit`.',
    `call_charm` Nullable(Float64) COMMENT 'charm of the calls, in `unit`.',
    `call_vanna` Nullable(Float64) COMMENT 'vanna of the calls, in `unit`.',
    `put_delta` Nullable(Float64) COMMENT 'delta of the puts, in `unit`, signed by the vendor: gamma of puts is negative.',
    `put_gamma` Nullable(Float64) COMMENT 'gamma of the puts, in `unit`, signed by the vendor: gamma of puts is negative.',
    `put_charm` Nullable(Float64) COMMENT 'charm of the puts, in `unit`, signed by the vendor: gamma of puts is negative.',
    `put_vanna` Nullable(Float64) COMMENT 'vanna of the puts, in `unit`, signed by the vendor: gamma of puts is negative.',
    `net_delta` Nullable(Float64) COMMENT 'delta of calls and puts, in `unit`: their sum where both are told, else the vendor\'s total.',
    `net_gamma` Nullable(Float64) COMMENT 'gamma of calls and puts, in `unit`: their sum where both are told, else the vendor\'s total.',
    `net_charm` Nullable(Float64) COMMENT 'charm of calls and puts, in `unit`: their sum where both are told, else the vendor\'s total.',
    `net_vanna` Nullable(Float64) COMMENT 'vanna of calls and puts, in `unit`: their sum where both are told, else the vendor\'s total.',
    `underlying_price` Nullable(Float64) COMMENT 'US dollars, the spot the vendor computed with.',
    `_topic` LowCardinality(String) COMMENT 'Kafka topic the row came from.',
    `_partition` Int32 COMMENT 'Its partition.',
    `_offset` Int64 COMMENT 'Its offset.'
)
ENGINE = ReplacingMergeTree(`ts_received`)
ORDER BY (`symbol`, `source`, `unit`, `basis`, `scope`, `ts_event`, `strike`, `expiry`)
SETTINGS non_replicated_deduplication_window = {deduplication_window}, allow_nullable_key = 1
COMMENT 'Greek exposure as a vendor computes it, in the unit and on the basis each record states.';

CREATE OR REPLACE VIEW `options_exposures_latest` AS SELECT * FROM `options_exposures` FINAL;

CREATE TABLE IF NOT EXISTS `options_net_premium` (
    `symbol` LowCardinality(String) COMMENT 'Ticker of the underlying, e.g. SPY.',
    `ts_event` DateTime64(6, 'UTC') COMMENT 'When it happened at the source, UTC microseconds.',
    `ts_received` DateTime64(6, 'UTC') COMMENT 'When our process read it from the vendor, before parsing, UTC microseconds.',
    `ts_published` DateTime64(6, 'UTC') COMMENT 'When the producer handed it to Kafka, UTC microseconds.',
    `source` LowCardinality(String) COMMENT 'Vendor the record came from, e.g. unusual_whales.',
    `licence` LowCardinality(String) COMMENT 'What the vendor\'s terms allow with this record.',
    `session_date` Date32 COMMENT 'New York date of the session, days since 1970-01-01.',
    `cumulative` Bool COMMENT 'True: sums since the session began; false: of the minute that starts at ts_event.',
    `net_call_premium` Float64 COMMENT 'US dollars; bought at the ask minus sold at the bid.',
    `net_put_premium` Float64 COMMENT 'US dollars; bought at the ask minus sold at the bid.',
    `net_call_volume` Nullable(Int64) COMMENT 'Contracts bought at the ask minus sold at the bid.',
    `net_put_volume` Nullable(Int64) COMMENT 'Contracts bought at the ask minus sold at the bid.',
    `net_delta` Nullable(Float64) COMMENT 'Shares; signed delta of what was bought and sold.',
    `call_volume` Nullable(Int64) COMMENT 'Contracts traded.',
    `call_volume_ask_side` Nullable(Int64) COMMENT 'Contracts traded near the ask.',
    `call_volume_bid_side` Nullable(Int64) COMMENT 'Contracts traded near the bid.',
    `put_volume` Nullable(Int64) COMMENT 'Contracts traded.',
    `put_volume_ask_side` Nullable(Int64) COMMENT 'Contracts traded near the ask.',
    `put_volume_bid_side` Nullable(Int64) COMMENT 'Contracts traded near the bid.',
    `_topic` LowCardinality(String) COMMENT 'Kafka topic the row came from.',
    `_partition` Int32 COMMENT 'Its partition.',
    `_offset` Int64 COMMENT 'Its offset.'
)
ENGINE = ReplacingMergeTree(`ts_received`)
ORDER BY (`symbol`, `source`, `cumulative`, `ts_event`)
SETTINGS non_replicated_deduplication_window = {deduplication_window}
COMMENT 'Premium and volume of calls and puts, bought minus sold.';

CREATE OR REPLACE VIEW `options_net_premium_latest` AS SELECT * FROM `options_net_premium` FINAL;

CREATE TABLE IF NOT EXISTS `options_greek_flow` (
    `symbol` LowCardinality(String) COMMENT 'Ticker of the underlying, e.g. SPY.',
    `ts_event` DateTime64(6, 'UTC') COMMENT 'When it happened at the source, UTC microseconds.',
    `ts_received` DateTime64(6, 'UTC') COMMENT 'When our process read it from the vendor, before parsing, UTC microseconds.',
    `ts_published` DateTime64(6, 'UTC') COMMENT 'When the producer handed it to Kafka, UTC microseconds.',
    `source` LowCardinality(String) COMMENT 'Vendor the record came from, e.g. unusual_whales.',
    `licence` LowCardinality(String) COMMENT 'What the vendor\'s terms allow with this record.',
    `expiry` Nullable(Date32) COMMENT 'Expiry date, days since 1970-01-01; null when all expiries are added up.',
    `directional_delta` Nullable(Float64) COMMENT 'Directional: bought minus sold delta of all trades; shares.',
    `directional_vega` Nullable(Float64) COMMENT 'Directional: bought minus sold vega of all trades; US dollars per point of volatility.',
    `total_delta` Nullable(Float64) COMMENT 'Total delta of all trades; shares.',
    `total_vega` Nullable(Float64) COMMENT 'Total vega of all trades; US dollars per point of volatility.',
    `otm_directional_delta` Nullable(Float64) COMMENT 'Directional: bought minus sold delta of out-of-the-money trades; shares.',
    `otm_directional_vega` Nullable(Float64) COMMENT 'Directional: bought minus sold vega of out-of-the-money trades; US dollars per point of volatility.',
    `otm_total_delta` Nullable(Float64) COMMENT 'Total delta of out-of-the-money trades; shares.',
    `otm_total_vega` Nullable(Float64) COMMENT 'Total vega of out-of-the-money trades; US dollars per point of volatility.',
    `trade_count` Nullable(Int64) COMMENT 'Trades of the minute.',
    `volume` Nullable(Int64) COMMENT 'Contracts of the minute.',
    `_topic` LowCardinality(String) COMMENT 'Kafka topic the row came from.',
    `_partition` Int32 COMMENT 'Its partition.',
    `_offset` Int64 COMMENT 'Its offset.'
)
ENGINE = ReplacingMergeTree(`ts_received`)
ORDER BY (`symbol`, `source`, `ts_event`, `expiry`)
SETTINGS non_replicated_deduplication_window = {deduplication_window}, allow_nullable_key = 1
COMMENT 'Delta and vega of option trades by minute.';

CREATE OR REPLACE VIEW `options_greek_flow_latest` AS SELECT * FROM `options_greek_flow` FINAL;

CREATE TABLE IF NOT EXISTS `options_flow_per_strike` (
    `symbol` LowCardinality(String) COMMENT 'Ticker of the underlying, e.g. SPY.',
    `ts_event` DateTime64(6, 'UTC') COMMENT 'When it happened at the source, UTC microseconds.',
    `ts_received` DateTime64(6, 'UTC') COMMENT 'When our process read it from the vendor, before parsing, UTC microseconds.',
    `ts_published` DateTime64(6, 'UTC') COMMENT 'When the producer handed it to Kafka, UTC microseconds.',
    `source` LowCardinality(String) COMMENT 'Vendor the record came from, e.g. unusual_whales.',
    `licence` LowCardinality(String) COMMENT 'What the vendor\'s terms allow with this record.',
    `session_date` Date32 COMMENT 'New York date of the session, days since 1970-01-01.',
    `cumulative` Bool COMMENT 'True: sums since the session began; false: of the minute that starts at ts_event.',
    `strike` Nullable(Float64) COMMENT 'Strike, US dollars; null when all strikes are added up.',
    `expiry` Nullable(Date32) COMMENT 'Expiry date, days since 1970-01-01; null when all expiries are added up.',
    `call_premium` Nullable(Float64) COMMENT 'US dollars.',
    `call_premium_ask_side` Nullable(Float64) COMMENT 'US dollars paid near the ask.',
    `call_premium_bid_side` Nullable(Float64) COMMENT 'US dollars paid near the bid.',
    `call_otm_premium` Nullable(Float64) COMMENT 'US dollars in out-of-the-money contracts.',
    `call_volume` Nullable(Int64) COMMENT 'Contracts.',
    `call_volume_ask_side` Nullable(Int64) COMMENT 'Contracts traded near the ask.',
    `call_volume_bid_side` Nullable(Int64) COMMENT 'Contracts traded near the bid.',
    `call_otm_volume` Nullable(Int64) COMMENT 'Contracts that were out of the money.',
    `call_trades` Nullable(Int64) COMMENT 'Trades.',
    `call_otm_trades` Nullable(Int64) COMMENT 'Trades in out-of-the-money contracts.',
    `put_premium` Nullable(Float64) COMMENT 'US dollars.',
    `put_premium_ask_side` Nullable(Float64) COMMENT 'US dollars paid near the ask.',
    `put_premium_bid_side` Nullable(Float64) COMMENT 'US dollars paid near the bid.',
    `put_otm_premium` Nullable(Float64) COMMENT 'US dollars in out-of-the-money contracts.',
    `put_volume` Nullable(Int64) COMMENT 'Contracts.',
    `put_volume_ask_side` Nullable(Int64) COMMENT 'Contracts traded near the ask.',
    `put_volume_bid_side` Nullable(Int64) COMMENT 'Contracts traded near the bid.',
    `put_otm_volume` Nullable(Int64) COMMENT 'Contracts that were out of the money.',
    `put_trades` Nullable(Int64) COMMENT 'Trades.',
    `put_otm_trades` Nullable(Int64) COMMENT 'Trades in out-of-the-money contracts.',
    `_topic` LowCardinality(String) COMMENT 'Kafka topic the row came from.',
    `_partition` Int32 COMMENT 'Its partition.',
    `_offset` Int64 COMMENT 'Its offset.'
)
ENGINE = ReplacingMergeTree(`ts_received`)
ORDER BY (`symbol`, `source`, `cumulative`, `ts_event`, `strike`, `expiry`)
SETTINGS non_replicated_deduplication_window = {deduplication_window}, allow_nullable_key = 1
COMMENT 'Option volume and premium by strike or by expiry.';

CREATE OR REPLACE VIEW `options_flow_per_strike_latest` AS SELECT * FROM `options_flow_per_strike` FINAL;

CREATE TABLE IF NOT EXISTS `options_volatility` (
    `symbol` LowCardinality(String) COMMENT 'Ticker of the underlying, e.g. SPY.',
    `ts_event` DateTime64(6, 'UTC') COMMENT 'Moment the vendor states; for a row of a whole session, midnight in New York at its start; when it states neither, ts_received. UTC microseconds.',
    `ts_received` DateTime64(6, 'UTC') COMMENT 'When our process read it from the vendor, before parsing, UTC microseconds.',
    `ts_published` DateTime64(6, 'UTC') COMMENT 'When the producer handed it to Kafka, UTC microseconds.',
    `source` LowCardinality(String) COMMENT 'Vendor the record came from, e.g. unusual_whales.',
    `licence` LowCardinality(String) COMMENT 'What the vendor\'s terms allow with this record.',
    `session_date` Date32 COMMENT 'New York date, days since 1970-01-01.',
    `measure` LowCardinality(String) COMMENT 'What is measured.',
    `expiry` Nullable(Date32) COMMENT 'Of TERM_STRUCTURE and RISK_REVERSAL, days since 1970-01-01.',
    `days` Nullable(Int64) COMMENT 'Days to expiry, of TERM_STRUCTURE and INTERPOLATED.',
    `delta` Nullable(Float64) COMMENT 'Of RISK_REVERSAL, in hundredths: 25 is a delta of 0.25.',
    `implied_volatility` Nullable(Float64) COMMENT 'Per year. A fraction: 0.25 is 25 %.',
    `implied_volatility_low` Nullable(Float64) COMMENT 'Lowest of the last year. A fraction: 0.25 is 25 %.',
    `implied_volatility_high` Nullable(Float64) COMMENT 'Highest of the last year. A fraction: 0.25 is 25 %.',
    `realized_volatility` Nullable(Float64) COMMENT 'Per year. A fraction: 0.25 is 25 %.',
    `realized_volatility_low` Nullable(Float64) COMMENT 'Lowest of the last year. A fraction: 0.25 is 25 %.',
    `realized_volatility_high` Nullable(Float64) COMMENT 'Highest of the last year. A fraction: 0.25 is 25 %.',
    `iv_rank` Nullable(Float64) COMMENT 'Place of implied volatility between the lowest and highest of a year, as the vendor scales it.',
    `iv_percentile` Nullable(Float64) COMMENT 'Share of days with a lower implied volatility, 0 to 100, as the vendor scales it.',
    `implied_move` Nullable(Float64) COMMENT 'US dollars expected up or down until expiry.',
    `implied_move_fraction` Nullable(Float64) COMMENT 'implied_move / price: 0.017 is 1.7 %.',
    `risk_reversal` Nullable(Float64) COMMENT 'Volatility of puts minus that of calls at `delta`, as the vendor signs it. A fraction.',
    `underlying_price` Nullable(Float64) COMMENT 'US dollars at the close.',
    `_topic` LowCardinality(String) COMMENT 'Kafka topic the row came from.',
    `_partition` Int32 COMMENT 'Its partition.',
    `_offset` Int64 COMMENT 'Its offset.'
)
ENGINE = ReplacingMergeTree(`ts_received`)
ORDER BY (`symbol`, `source`, `measure`, `session_date`, `ts_event`, `expiry`, `days`, `delta`)
SETTINGS non_replicated_deduplication_window = {deduplication_window}, allow_nullable_key = 1
COMMENT 'Implied and realised volatility, its rank, term structure and skew.';

CREATE OR REPLACE VIEW `options_volatility_latest` AS SELECT * FROM `options_volatility` FINAL;

CREATE TABLE IF NOT EXISTS `options_contracts` (
    `symbol` LowCardinality(String) COMMENT 'Ticker of the underlying, e.g. SPY.',
    `ts_event` DateTime64(6, 'UTC') COMMENT 'Moment the vendor states; for a row of a whole session, midnight in New York at its start; when it states neither, ts_received. UTC microseconds.',
    `ts_received` DateTime64(6, 'UTC') COMMENT 'When our process read it from the vendor, before parsing, UTC microseconds.',
    `ts_published` DateTime64(6, 'UTC') COMMENT 'When the producer handed it to Kafka, UTC microseconds.',
    `source` LowCardinality(String) COMMENT 'Vendor the record came from, e.g. unusual_whales.',
    `licence` LowCardinality(String) COMMENT 'What the vendor\'s terms allow with this record.',
    `option_symbol` String COMMENT 'Contract in OSI form without blanks, e.g. SPY250516C00590000.',
    `expiry` Date32 COMMENT 'Expiry date, days since 1970-01-01.',
    `strike` Float64 COMMENT 'US dollars, above 0.',
    `right` LowCardinality(String) COMMENT 'Call or put.',
    `bid` Nullable(Float64) COMMENT 'US dollars per share.',
    `ask` Nullable(Float64) COMMENT 'US dollars per share.',
    `last_price` Nullable(Float64) COMMENT 'Last trade. US dollars per share.',
    `open` Nullable(Float64) COMMENT 'First trade today. US dollars per share.',
    `high` Nullable(Float64) COMMENT 'Highest trade today. US dollars per share.',
    `low` Nullable(Float64) COMMENT 'Lowest trade today. US dollars per share.',
    `average_price` Nullable(Float64) COMMENT 'Volume weighted mean of today. US dollars per share.',
    `previous_close` Nullable(Float64) COMMENT 'Close of the session before. US dollars per share.',
    `underlying_price` Nullable(Float64) COMMENT 'US dollars.',
    `implied_volatility` Nullable(Float64) COMMENT 'Per year; a fraction: 0.25 is 25 %.',
    `delta` Nullable(Float64) COMMENT '-1 to 1.',
    `gamma` Nullable(Float64) COMMENT 'Change of delta per dollar.',
    `theta` Nullable(Float64) COMMENT 'US dollars per share and day.',
    `vega` Nullable(Float64) COMMENT 'US dollars per share and point of volatility.',
    `rho` Nullable(Float64) COMMENT 'US dollars per share and point of interest.',
    `charm` Nullable(Float64) COMMENT 'Change of delta with time, as the vendor scales it.',
    `vanna` Nullable(Float64) COMMENT 'Change of delta with volatility, as the vendor scales it.',
    `ts_last_trade` Nullable(DateTime64(6, 'UTC')) COMMENT 'UTC microseconds; null when not told.',
    `volume` Nullable(Int64) COMMENT 'Contracts traded today.',
    `open_interest` Nullable(Int64) COMMENT 'Contracts open at the last close.',
    `previous_open_interest` Nullable(Int64) COMMENT 'Contracts open a session before.',
    `premium` Nullable(Float64) COMMENT 'US dollars paid today.',
    `trade_count` Nullable(Int64) COMMENT 'Trades today.',
    `ask_volume` Nullable(Int64) COMMENT 'Traded near the ask today. Contracts.',
    `bid_volume` Nullable(Int64) COMMENT 'Traded near the bid today. Contracts.',
    `mid_volume` Nullable(Int64) COMMENT 'Traded between bid and ask today. Contracts.',
    `no_side_volume` Nullable(Int64) COMMENT 'Traded today on a side not told. Contracts.',
    `multi_leg_volume` Nullable(Int64) COMMENT 'Traded today as part of multi-leg orders. Contracts.',
    `stock_multi_leg_volume` Nullable(Int64) COMMENT 'Traded today together with the stock. Contracts.',
    `sweep_volume` Nullable(Int64) COMMENT 'Traded in sweeps today. Contracts.',
    `floor_volume` Nullable(Int64) COMMENT 'Traded on a floor today. Contracts.',
    `cross_volume` Nullable(Int64) COMMENT 'Traded in crosses today. Contracts.',
    `_topic` LowCardinality(String) COMMENT 'Kafka topic the row came from.',
    `_partition` Int32 COMMENT 'Its partition.',
    `_offset` Int64 COMMENT 'Its offset.'
)
ENGINE = ReplacingMergeTree(`ts_received`)
ORDER BY (`symbol`, `source`, `option_symbol`, `ts_event`)
SETTINGS non_replicated_deduplication_window = {deduplication_window}
COMMENT 'Rows of option chains.';

CREATE OR REPLACE VIEW `options_contracts_latest` AS SELECT * FROM `options_contracts` FINAL;

CREATE TABLE IF NOT EXISTS `options_max_pain` (
    `symbol` LowCardinality(String) COMMENT 'Ticker of the underlying, e.g. SPY.',
    `ts_event` DateTime64(6, 'UTC') COMMENT 'Moment the vendor states; for a row of a whole session, midnight in New York at its start; when it states neither, ts_received. UTC microseconds.',
    `ts_received` DateTime64(6, 'UTC') COMMENT 'When our process read it from the vendor, before parsing, UTC microseconds.',
    `ts_published` DateTime64(6, 'UTC') COMMENT 'When the producer handed it to Kafka, UTC microseconds.',
    `source` LowCardinality(String) COMMENT 'Vendor the record came from, e.g. unusual_whales.',
    `licence` LowCardinality(String) COMMENT 'What the vendor\'s terms allow with this record.',
    `session_date` Date32 COMMENT 'New York date of the open interest, days since 1970-01-01.',
    `expiry` Date32 COMMENT 'Days since 1970-01-01.',
    `strike` Float64 COMMENT 'US dollars.',
    `_topic` LowCardinality(String) COMMENT 'Kafka topic the row came from.',
    `_partition` Int32 COMMENT 'Its partition.',
    `_offset` Int64 COMMENT 'Its offset.'
)
ENGINE = ReplacingMergeTree(`ts_received`)
ORDER BY (`symbol`, `source`, `session_date`, `expiry`)
SETTINGS non_replicated_deduplication_window = {deduplication_window}
COMMENT 'Strike at which an expiry\'s open contracts pay least.';

CREATE OR REPLACE VIEW `options_max_pain_latest` AS SELECT * FROM `options_max_pain` FINAL;

CREATE TABLE IF NOT EXISTS `options_volumes` (
    `symbol` LowCardinality(String) COMMENT 'Ticker of the underlying; MARKET for all underlyings together.',
    `ts_event` DateTime64(6, 'UTC') COMMENT 'Moment the vendor states; for a row of a whole session, midnight in New York at its start; when it states neither, ts_received. UTC microseconds.',
    `ts_received` DateTime64(6, 'UTC') COMMENT 'When our process read it from the vendor, before parsing, UTC microseconds.',
    `ts_published` DateTime64(6, 'UTC') COMMENT 'When the producer handed it to Kafka, UTC microseconds.',
    `source` LowCardinality(String) COMMENT 'Vendor the record came from, e.g. unusual_whales.',
    `licence` LowCardinality(String) COMMENT 'What the vendor\'s terms allow with this record.',
    `session_date` Nullable(Date32) COMMENT 'New York date of the session, days since 1970-01-01.',
    `scope` LowCardinality(String) COMMENT 'What is added up.',
    `strike` Nullable(Float64) COMMENT 'Strike, US dollars; null when all strikes are added up.',
    `expiry` Nullable(Date32) COMMENT 'Expiry date, days since 1970-01-01; null when all expiries are added up.',
    `option_symbol` Nullable(String) COMMENT 'Contract in OSI form; null unless the scope is CONTRACT.',
    `call_volume` Nullable(Int64) COMMENT 'Contracts traded; of a record of one contract those of the session before, which made the change of open interest.',
    `call_volume_ask_side` Nullable(Int64) COMMENT 'Contracts traded near the ask, of the same session as the volume.',
    `call_volume_bid_side` Nullable(Int64) COMMENT 'Contracts traded near the bid, of the same session as the volume.',
    `call_open_interest` Nullable(Int64) COMMENT 'Contracts open.',
    `call_open_interest_change` Nullable(Int64) COMMENT 'Contracts more than a session before.',
    `call_premium` Nullable(Float64) COMMENT 'US dollars, of the same session as the volume.',
    `call_average_volume_3_days` Nullable(Float64) COMMENT 'Contracts a day.',
    `call_average_volume_7_days` Nullable(Float64) COMMENT 'Contracts a day.',
    `call_average_volume_30_days` Nullable(Float64) COMMENT 'Contracts a day.',
    `put_volume` Nullable(Int64) COMMENT 'Contracts traded; of a record of one contract those of the session before, which made the change of open interest.',
    `put_volume_ask_side` Nullable(Int64) COMMENT 'Contracts traded near the ask, of the same session as the volume.',
    `put_volume_bid_side` Nullable(Int64) COMMENT 'Contracts traded near the bid, of the same session as the volume.',
    `put_open_interest` Nullable(Int64) COMMENT 'Contracts open.',
    `put_open_interest_change` Nullable(Int64) COMMENT 'Contracts more than a session before.',
    `put_premium` Nullable(Float64) COMMENT 'US dollars, of the same session as the volume.',
    `put_average_volume_3_days` Nullable(Float64) COMMENT 'Contracts a day.',
    `put_average_volume_7_days` Nullable(Float64) COMMENT 'Contracts a day.',
    `put_average_volume_30_days` Nullable(Float64) COMMENT 'Contracts a day.',
    `volume` Nullable(Int64) COMMENT 'Contracts, calls and puts; null where a vendor tells them apart.',
    `open_interest` Nullable(Int64) COMMENT 'Open. Contracts, calls and puts; null where a vendor tells them apart.',
    `put_call_ratio` Nullable(Float64) COMMENT 'put_volume / call_volume; null without both or without calls.',
    `net_call_premium` Nullable(Float64) COMMENT 'US dollars; bought at the ask minus sold at the bid.',
    `net_put_premium` Nullable(Float64) COMMENT 'US dollars; bought at the ask minus sold at the bid.',
    `bullish_premium` Nullable(Float64) COMMENT 'Calls bought and puts sold. US dollars.',
    `bearish_premium` Nullable(Float64) COMMENT 'Puts bought and calls sold. US dollars.',
    `_topic` LowCardinality(String) COMMENT 'Kafka topic the row came from.',
    `_partition` Int32 COMMENT 'Its partition.',
    `_offset` Int64 COMMENT 'Its offset.'
)
ENGINE = ReplacingMergeTree(`ts_received`)
ORDER BY (`symbol`, `source`, `scope`, `session_date`, `ts_event`, `strike`, `expiry`, `option_symbol`)
SETTINGS non_replicated_deduplication_window = {deduplication_window}, allow_nullable_key = 1
COMMENT 'Option volume, open interest and their changes.';

CREATE OR REPLACE VIEW `options_volumes_latest` AS SELECT * FROM `options_volumes` FINAL;

CREATE TABLE IF NOT EXISTS `reference_congress_trades` (
    `trade_id` String COMMENT 'Made from reporter, asset, date, kind and amounts.',
    `symbol` LowCardinality(Nullable(String)) COMMENT 'Ticker; null for assets without one.',
    `ts_event` DateTime64(6, 'UTC') COMMENT 'Midnight in New York at the start of the day it was filed, or else traded; UTC microseconds.',
    `ts_received` DateTime64(6, 'UTC') COMMENT 'When our process read it from the vendor, before parsing, UTC microseconds.',
    `ts_published` DateTime64(6, 'UTC') COMMENT 'When the producer handed it to Kafka, UTC microseconds.',
    `source` LowCardinality(String) COMMENT 'Vendor the record came from, e.g. unusual_whales.',
    `licence` LowCardinality(String) COMMENT 'What the vendor\'s terms allow with this record.',
    `reporter` String COMMENT 'Member or relative who reported.',
    `politician_id` Nullable(String) COMMENT 'Vendor\'s id of the member.',
    `chamber` Nullable(String) COMMENT 'house, senate or other.',
    `transaction` String COMMENT 'In the vendor\'s words: Buy, Sell, Sell (partial), Exchange ...',
    `transaction_date` Date32 COMMENT 'Days since 1970-01-01.',
    `filed_date` Nullable(Date32) COMMENT 'When the report was filed, days since 1970-01-01.',
    `owner` Nullable(String) COMMENT 'Whose account, if told: self, spouse, joint ...',
    `amount_low` Nullable(Float64) COMMENT 'US dollars, lower end of the reported range.',
    `amount_high` Nullable(Float64) COMMENT 'US dollars, upper end; null when open.',
    `notes` Nullable(String) COMMENT 'Reporter\'s text.',
    `_topic` LowCardinality(String) COMMENT 'Kafka topic the row came from.',
    `_partition` Int32 COMMENT 'Its partition.',
    `_offset` Int64 COMMENT 'Its offset.'
)
ENGINE = ReplacingMergeTree(`ts_received`)
ORDER BY (`source`, `trade_id`)
SETTINGS non_replicated_deduplication_window = {deduplication_window}
COMMENT 'Trades that members of congress reported.';

CREATE OR REPLACE VIEW `reference_congress_trades_latest` AS SELECT * FROM `reference_congress_trades` FINAL;

CREATE TABLE IF NOT EXISTS `reference_insider_trades` (
    `symbol` LowCardinality(String) COMMENT 'Ticker of the company.',
    `ts_event` DateTime64(6, 'UTC') COMMENT 'Midnight in New York at the start of the day it was filed, or else traded; UTC microseconds.',
    `ts_received` DateTime64(6, 'UTC') COMMENT 'When our process read it from the vendor, before parsing, UTC microseconds.',
    `ts_published` DateTime64(6, 'UTC') COMMENT 'When the producer handed it to Kafka, UTC microseconds.',
    `source` LowCardinality(String) COMMENT 'Vendor the record came from, e.g. unusual_whales.',
    `licence` LowCardinality(String) COMMENT 'What the vendor\'s terms allow with this record.',
    `filing_id` String COMMENT 'Vendor\'s id.',
    `owner_name` String COMMENT 'The insider.',
    `officer_title` Nullable(String) COMMENT 'e.g. CEO.',
    `transaction_code` String COMMENT 'SEC code: P bought, S sold, A granted, M exercised ...',
    `transaction_date` Date32 COMMENT 'Days since 1970-01-01.',
    `filing_date` Nullable(Date32) COMMENT 'Days since 1970-01-01.',
    `form` Nullable(String) COMMENT 'SEC form, e.g. 4 or 144.',
    `amount` Float64 COMMENT 'Shares; negative when sold.',
    `price` Nullable(Float64) COMMENT 'US dollars per share; null when none was paid or told.',
    `transaction_count` Nullable(Int64) COMMENT 'Transactions added up in this row.',
    `shares_owned_before` Nullable(Float64) COMMENT 'Shares.',
    `shares_owned_after` Nullable(Float64) COMMENT 'Shares.',
    `is_director` Nullable(Bool) COMMENT 'True for a director.',
    `is_officer` Nullable(Bool) COMMENT 'True for an officer.',
    `is_ten_percent_owner` Nullable(Bool) COMMENT 'True for an owner of more than 10 %.',
    `is_planned` Nullable(Bool) COMMENT 'True when made under a plan set up before (rule 10b5-1).',
    `_topic` LowCardinality(String) COMMENT 'Kafka topic the row came from.',
    `_partition` Int32 COMMENT 'Its partition.',
    `_offset` Int64 COMMENT 'Its offset.'
)
ENGINE = ReplacingMergeTree(`ts_received`)
ORDER BY (`symbol`, `source`, `filing_id`)
SETTINGS non_replicated_deduplication_window = {deduplication_window}
COMMENT 'Transactions of company insiders as filed.';

CREATE OR REPLACE VIEW `reference_insider_trades_latest` AS SELECT * FROM `reference_insider_trades` FINAL;

CREATE TABLE IF NOT EXISTS `reference_earnings` (
    `symbol` LowCardinality(String) COMMENT 'Ticker.',
    `ts_event` DateTime64(6, 'UTC') COMMENT 'Midnight in New York at the start of the report\'s day, which may lie ahead; UTC microseconds.',
    `ts_received` DateTime64(6, 'UTC') COMMENT 'When our process read it from the vendor, before parsing, UTC microseconds.',
    `ts_published` DateTime64(6, 'UTC') COMMENT 'When the producer handed it to Kafka, UTC microseconds.',
    `source` LowCardinality(String) COMMENT 'Vendor the record came from, e.g. unusual_whales.',
    `licence` LowCardinality(String) COMMENT 'What the vendor\'s terms allow with this record.',
    `report_date` Date32 COMMENT 'New York date, days since 1970-01-01.',
    `report_time` LowCardinality(String) COMMENT 'Before the open, after the close, or unknown.',
    `fiscal_quarter_end` Nullable(Date32) COMMENT 'Days since 1970-01-01.',
    `confirmed_by` Nullable(String) COMMENT 'Who stated the date, e.g. company or estimation.',
    `eps_estimate` Nullable(Float64) COMMENT 'US dollars per share, mean of analysts.',
    `eps_actual` Nullable(Float64) COMMENT 'US dollars per share; null before the report.',
    `expected_move` Nullable(Float64) COMMENT 'US dollars, from options before the report.',
    `expected_move_fraction` Nullable(Float64) COMMENT '0.036 is 3.6 %.',
    `close_before` Nullable(Float64) COMMENT 'US dollars.',
    `close_after` Nullable(Float64) COMMENT 'US dollars.',
    `reaction` Nullable(Float64) COMMENT 'close_after / close_before - 1.',
    `move_1_day_after` Nullable(Float64) COMMENT 'Fraction.',
    `move_1_week_after` Nullable(Float64) COMMENT 'Fraction.',
    `_topic` LowCardinality(String) COMMENT 'Kafka topic the row came from.',
    `_partition` Int32 COMMENT 'Its partition.',
    `_offset` Int64 COMMENT 'Its offset.'
)
ENGINE = ReplacingMergeTree(`ts_received`)
ORDER BY (`symbol`, `source`, `report_date`)
SETTINGS non_replicated_deduplication_window = {deduplication_window}
COMMENT 'Quarterly reports, coming and past.';

CREATE OR REPLACE VIEW `reference_earnings_latest` AS SELECT * FROM `reference_earnings` FINAL;

CREATE TABLE IF NOT EXISTS `reference_calendar_events` (
    `event_id` String COMMENT 'Made from kind, event, period and symbol, so that a moved date replaces the old one.',
    `symbol` LowCardinality(Nullable(String)) COMMENT 'Ticker it concerns; null for the economy.',
    `ts_event` DateTime64(6, 'UTC') COMMENT 'When it is due, so mostly ahead; for an event with a date alone, midnight in New York at its start. UTC microseconds.',
    `ts_received` DateTime64(6, 'UTC') COMMENT 'When our process read it from the vendor, before parsing, UTC microseconds.',
    `ts_published` DateTime64(6, 'UTC') COMMENT 'When the producer handed it to Kafka, UTC microseconds.',
    `source` LowCardinality(String) COMMENT 'Vendor the record came from, e.g. unusual_whales.',
    `licence` LowCardinality(String) COMMENT 'What the vendor\'s terms allow with this record.',
    `kind` String COMMENT 'fda, or the vendor\'s word for an economic event: report, fed-speaker, fomc, 13F ...',
    `event` String COMMENT 'e.g. Consumer sentiment (final).',
    `reported_period` Nullable(String) COMMENT 'e.g. December.',
    `all_day` Bool COMMENT 'True when no time of day is known.',
    `date_end` Nullable(Date32) COMMENT 'Last day of the span in which it is due, days since 1970-01-01.',
    `forecast` Nullable(String) COMMENT 'As the vendor writes it, e.g. 69.4 or 2.1%.',
    `previous` Nullable(String) COMMENT 'As the vendor writes it.',
    `status` Nullable(String) COMMENT 'e.g. NDA.',
    `outcome` Nullable(String) COMMENT 'Once it is known.',
    `_topic` LowCardinality(String) COMMENT 'Kafka topic the row came from.',
    `_partition` Int32 COMMENT 'Its partition.',
    `_offset` Int64 COMMENT 'Its offset.'
)
ENGINE = ReplacingMergeTree(`ts_received`)
ORDER BY (`source`, `event_id`)
SETTINGS non_replicated_deduplication_window = {deduplication_window}
COMMENT 'Scheduled events of the economy and of drug approvals; the newest record of an event counts.';

CREATE OR REPLACE VIEW `reference_calendar_events_latest` AS SELECT * FROM `reference_calendar_events` FINAL;

CREATE TABLE IF NOT EXISTS `news_headlines` (
    `headline_id` String COMMENT 'Made from source, time and text.',
    `ts_event` DateTime64(6, 'UTC') COMMENT 'When it happened at the source, UTC microseconds.',
    `ts_received` DateTime64(6, 'UTC') COMMENT 'When our process read it from the vendor, before parsing, UTC microseconds.',
    `ts_published` DateTime64(6, 'UTC') COMMENT 'When the producer handed it to Kafka, UTC microseconds.',
    `source` LowCardinality(String) COMMENT 'Vendor the record came from, e.g. unusual_whales.',
    `licence` LowCardinality(String) COMMENT 'What the vendor\'s terms allow with this record.',
    `headline` String COMMENT 'Text.',
    `publisher` Nullable(String) COMMENT 'Who wrote it, in the vendor\'s words.',
    `symbols` Array(String) COMMENT 'Tickers the vendor tagged.',
    `tags` Array(String) COMMENT 'Vendor\'s subjects.',
    `sentiment` Nullable(String) COMMENT 'Vendor\'s reading: positive, negative or neutral.',
    `is_major` Nullable(Bool) COMMENT 'True when the vendor calls it important; null when it does not say.',
    `is_trump_post` Nullable(Bool) COMMENT 'True for a post of the US president on Truth Social; null when the vendor does not say.',
    `_topic` LowCardinality(String) COMMENT 'Kafka topic the row came from.',
    `_partition` Int32 COMMENT 'Its partition.',
    `_offset` Int64 COMMENT 'Its offset.'
)
ENGINE = ReplacingMergeTree(`ts_received`)
ORDER BY (`source`, `headline_id`)
SETTINGS non_replicated_deduplication_window = {deduplication_window}
COMMENT 'News headlines with the tickers they concern.';

CREATE OR REPLACE VIEW `news_headlines_latest` AS SELECT * FROM `news_headlines` FINAL;
