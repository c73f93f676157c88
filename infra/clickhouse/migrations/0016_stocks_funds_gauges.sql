ALTER TABLE `reference_gappers` ADD COLUMN IF NOT EXISTS `previous_volume` Nullable(Float64) COMMENT 'Shares traded in yesterday\'s session; null where the vendor does not tell.' AFTER `volume`;

CREATE OR REPLACE VIEW `reference_gappers_latest` AS SELECT * FROM `reference_gappers` FINAL;

CREATE TABLE IF NOT EXISTS `market_expiry_tide` (
    `symbol` LowCardinality(String) COMMENT 'MARKET: all underlyings of the kind together.',
    `ts_event` DateTime64(6, 'UTC') COMMENT 'When it happened at the source, UTC microseconds.',
    `ts_received` DateTime64(6, 'UTC') COMMENT 'When our process read it from the vendor, before parsing, UTC microseconds.',
    `ts_published` DateTime64(6, 'UTC') COMMENT 'When the producer handed it to Kafka, UTC microseconds.',
    `source` LowCardinality(String) COMMENT 'Vendor the record came from, e.g. unusual_whales.',
    `licence` LowCardinality(String) COMMENT 'What the vendor\'s terms allow with this record.',
    `session_date` Date32 COMMENT 'New York date of the session, days since 1970-01-01.',
    `expirations` String COMMENT 'Which options, in the vendor\'s words with commas: zero_dte expire this session, weekly within a week.',
    `underlyings` String COMMENT 'Which underlyings, in the vendor\'s word: all, equity_only, etf_only or index_only.',
    `moneyness` String COMMENT 'Which contracts by strike when they traded, in the vendor\'s word: all, itm, otm or atm.',
    `net_call_premium` Nullable(Float64) COMMENT 'US dollars; bought at the ask minus sold at the bid.',
    `net_put_premium` Nullable(Float64) COMMENT 'US dollars; bought at the ask minus sold at the bid.',
    `net_volume` Nullable(Float64) COMMENT 'Contracts, calls minus puts.',
    `underlying_price` Nullable(Float64) COMMENT 'Price beside it at that moment as the vendor chose it, US dollars.',
    `_topic` LowCardinality(String) COMMENT 'Kafka topic the row came from.',
    `_partition` Int32 COMMENT 'Its partition.',
    `_offset` Int64 COMMENT 'Its offset.'
)
ENGINE = ReplacingMergeTree(`ts_received`)
ORDER BY (`symbol`, `source`, `expirations`, `underlyings`, `moneyness`, `ts_event`)
SETTINGS non_replicated_deduplication_window = {deduplication_window}
COMMENT 'Option premium of what expires soon, bought minus sold, minute by minute.';

CREATE OR REPLACE VIEW `market_expiry_tide_latest` AS SELECT * FROM `market_expiry_tide` FINAL;

CREATE TABLE IF NOT EXISTS `market_stock_states` (
    `symbol` LowCardinality(String) COMMENT 'Ticker, e.g. SPY.',
    `ts_event` DateTime64(6, 'UTC') COMMENT 'When it happened at the source, UTC microseconds.',
    `ts_received` DateTime64(6, 'UTC') COMMENT 'When our process read it from the vendor, before parsing, UTC microseconds.',
    `ts_published` DateTime64(6, 'UTC') COMMENT 'When the producer handed it to Kafka, UTC microseconds.',
    `source` LowCardinality(String) COMMENT 'Vendor the record came from, e.g. unusual_whales.',
    `licence` LowCardinality(String) COMMENT 'What the vendor\'s terms allow with this record.',
    `session_date` Date32 COMMENT 'New York date of the session, days since 1970-01-01.',
    `session_part` String COMMENT 'Part of the day, in the vendor\'s word: premarket, regular or postmarket.',
    `open` Nullable(Float64) COMMENT 'US dollars.',
    `high` Nullable(Float64) COMMENT 'US dollars.',
    `low` Nullable(Float64) COMMENT 'US dollars.',
    `close` Float64 COMMENT 'Last price, US dollars.',
    `previous_close` Nullable(Float64) COMMENT 'Close of the session before, US dollars.',
    `volume` Nullable(Int64) COMMENT 'Shares of the part of the day, as the vendor counts them.',
    `total_volume` Nullable(Int64) COMMENT 'Shares of the whole day so far.',
    `_topic` LowCardinality(String) COMMENT 'Kafka topic the row came from.',
    `_partition` Int32 COMMENT 'Its partition.',
    `_offset` Int64 COMMENT 'Its offset.'
)
ENGINE = ReplacingMergeTree(`ts_received`)
ORDER BY (`symbol`, `source`, `ts_event`)
SETTINGS non_replicated_deduplication_window = {deduplication_window}
COMMENT 'Open, high, low, last price and volume of a stock\'s session so far, as a vendor states them.';

CREATE OR REPLACE VIEW `market_stock_states_latest` AS SELECT * FROM `market_stock_states` FINAL;

CREATE TABLE IF NOT EXISTS `market_stock_screens` (
    `symbol` LowCardinality(String) COMMENT 'Ticker, e.g. AAPL.',
    `ts_event` DateTime64(6, 'UTC') COMMENT 'When it came, for the session under way; midnight in New York at its start for a past one. UTC microseconds.',
    `ts_received` DateTime64(6, 'UTC') COMMENT 'When our process read it from the vendor, before parsing, UTC microseconds.',
    `ts_published` DateTime64(6, 'UTC') COMMENT 'When the producer handed it to Kafka, UTC microseconds.',
    `source` LowCardinality(String) COMMENT 'Vendor the record came from, e.g. unusual_whales.',
    `licence` LowCardinality(String) COMMENT 'What the vendor\'s terms allow with this record.',
    `session_date` Date32 COMMENT 'New York date of the session, days since 1970-01-01.',
    `issue_type` Nullable(String) COMMENT 'In the vendor\'s words, e.g. Common Stock, ETF, Index, ADR.',
    `sector` Nullable(String) COMMENT 'In the vendor\'s words; null of funds and indices.',
    `market_capitalisation` Nullable(Float64) COMMENT 'US dollars; of a fund its assets.',
    `close` Nullable(Float64) COMMENT 'Last price, US dollars.',
    `previous_close` Nullable(Float64) COMMENT 'Close of the session before, US dollars.',
    `week_52_high` Nullable(Float64) COMMENT 'US dollars.',
    `week_52_low` Nullable(Float64) COMMENT 'US dollars.',
    `relative_volume` Nullable(Float64) COMMENT 'The stock\'s volume today over its average of 30 days, a ratio.',
    `call_volume` Nullable(Int64) COMMENT 'Contracts traded.',
    `call_volume_ask_side` Nullable(Int64) COMMENT 'Contracts traded near the ask.',
    `call_volume_bid_side` Nullable(Int64) COMMENT 'Contracts traded near the bid.',
    `call_premium` Nullable(Float64) COMMENT 'US dollars.',
    `net_call_premium` Nullable(Float64) COMMENT 'US dollars; bought at the ask minus sold at the bid.',
    `call_open_interest` Nullable(Int64) COMMENT 'Contracts open.',
    `call_open_interest_before` Nullable(Int64) COMMENT 'Contracts open a session before.',
    `call_average_volume_3_days` Nullable(Float64) COMMENT 'Contracts a day.',
    `call_average_volume_7_days` Nullable(Float64) COMMENT 'Contracts a day.',
    `call_average_volume_30_days` Nullable(Float64) COMMENT 'Contracts a day.',
    `put_volume` Nullable(Int64) COMMENT 'Contracts traded.',
    `put_volume_ask_side` Nullable(Int64) COMMENT 'Contracts traded near the ask.',
    `put_volume_bid_side` Nullable(Int64) COMMENT 'Contracts traded near the bid.',
    `put_premium` Nullable(Float64) COMMENT 'US dollars.',
    `net_put_premium` Nullable(Float64) COMMENT 'US dollars; bought at the ask minus sold at the bid.',
    `put_open_interest` Nullable(Int64) COMMENT 'Contracts open.',
    `put_open_interest_before` Nullable(Int64) COMMENT 'Contracts open a session before.',
    `put_average_volume_3_days` Nullable(Float64) COMMENT 'Contracts a day.',
    `put_average_volume_7_days` Nullable(Float64) COMMENT 'Contracts a day.',
    `put_average_volume_30_days` Nullable(Float64) COMMENT 'Contracts a day.',
    `put_call_ratio` Nullable(Float64) COMMENT 'put_volume / call_volume as the vendor states it.',
    `bullish_premium` Nullable(Float64) COMMENT 'Calls bought and puts sold. US dollars.',
    `bearish_premium` Nullable(Float64) COMMENT 'Puts bought and calls sold. US dollars.',
    `implied_move` Nullable(Float64) COMMENT 'To the nearest end of a week, US dollars: 0.85 times the at-the-money straddle.',
    `implied_move_fraction` Nullable(Float64) COMMENT 'The same over the price, a fraction.',
    `volatility` Nullable(Float64) COMMENT 'Implied, at the money, of the nearest end of a week, a fraction a year.',
    `volatility_30_days` Nullable(Float64) COMMENT 'Implied over 30 days, a fraction a year.',
    `volatility_30_days_session_before` Nullable(Float64) COMMENT 'The same a session before, a fraction a year.',
    `volatility_30_days_week_before` Nullable(Float64) COMMENT 'The same a week before, a fraction a year.',
    `volatility_30_days_month_before` Nullable(Float64) COMMENT 'The same a month before, a fraction a year.',
    `iv_rank` Nullable(Float64) COMMENT 'Place of the volatility in its range of a year, 0 to 100.',
    `next_earnings_date` Nullable(Date32) COMMENT 'Days since 1970-01-01; null when unknown.',
    `next_earnings_time` Nullable(String) COMMENT 'In the vendor\'s word: premarket, afterhours or unknown.',
    `next_dividend_date` Nullable(Date32) COMMENT 'Days since 1970-01-01; null when unknown or none.',
    `_topic` LowCardinality(String) COMMENT 'Kafka topic the row came from.',
    `_partition` Int32 COMMENT 'Its partition.',
    `_offset` Int64 COMMENT 'Its offset.'
)
ENGINE = ReplacingMergeTree(`ts_received`)
ORDER BY (`symbol`, `source`, `ts_event`)
SETTINGS non_replicated_deduplication_window = {deduplication_window}
COMMENT 'Rows of a vendor\'s stock screener.';

CREATE OR REPLACE VIEW `market_stock_screens_latest` AS SELECT * FROM `market_stock_screens` FINAL;

CREATE TABLE IF NOT EXISTS `reference_short_availability` (
    `symbol` LowCardinality(String) COMMENT 'Ticker, e.g. SPY.',
    `ts_event` DateTime64(6, 'UTC') COMMENT 'When it happened at the source, UTC microseconds.',
    `ts_received` DateTime64(6, 'UTC') COMMENT 'When our process read it from the vendor, before parsing, UTC microseconds.',
    `ts_published` DateTime64(6, 'UTC') COMMENT 'When the producer handed it to Kafka, UTC microseconds.',
    `source` LowCardinality(String) COMMENT 'Vendor the record came from, e.g. unusual_whales.',
    `licence` LowCardinality(String) COMMENT 'What the vendor\'s terms allow with this record.',
    `fee_percent` Nullable(Float64) COMMENT 'What the borrower pays, per cent a year of the value; 0.42 is 0.42 %.',
    `rebate_percent` Nullable(Float64) COMMENT 'What the borrower\'s cash deposit earns after the fee, per cent a year; negative when he pays.',
    `shares_available` Nullable(Int64) COMMENT 'Shares to borrow.',
    `currency` Nullable(String) COMMENT 'Of fee and rebate, e.g. USD.',
    `name` Nullable(String) COMMENT 'The company\'s or fund\'s name.',
    `_topic` LowCardinality(String) COMMENT 'Kafka topic the row came from.',
    `_partition` Int32 COMMENT 'Its partition.',
    `_offset` Int64 COMMENT 'Its offset.'
)
ENGINE = ReplacingMergeTree(`ts_received`)
ORDER BY (`symbol`, `source`, `ts_event`)
SETTINGS non_replicated_deduplication_window = {deduplication_window}
COMMENT 'Shares to borrow for a short sale, and what they cost.';

CREATE OR REPLACE VIEW `reference_short_availability_latest` AS SELECT * FROM `reference_short_availability` FINAL;

CREATE TABLE IF NOT EXISTS `reference_fund_flows` (
    `symbol` LowCardinality(String) COMMENT 'Ticker of the fund, e.g. SPY.',
    `ts_event` DateTime64(6, 'UTC') COMMENT 'Midnight in New York at the session\'s start, UTC microseconds.',
    `ts_received` DateTime64(6, 'UTC') COMMENT 'When our process read it from the vendor, before parsing, UTC microseconds.',
    `ts_published` DateTime64(6, 'UTC') COMMENT 'When the producer handed it to Kafka, UTC microseconds.',
    `source` LowCardinality(String) COMMENT 'Vendor the record came from, e.g. unusual_whales.',
    `licence` LowCardinality(String) COMMENT 'What the vendor\'s terms allow with this record.',
    `session_date` Date32 COMMENT 'New York date of the session, days since 1970-01-01.',
    `shares` Int64 COMMENT 'Created less redeemed; negative: money left the fund.',
    `value` Nullable(Float64) COMMENT 'The same in US dollars.',
    `close` Nullable(Float64) COMMENT 'Close of the fund, US dollars.',
    `volume` Nullable(Int64) COMMENT 'Shares traded.',
    `is_fomc` Nullable(Bool) COMMENT 'Whether the vendor marks the day as one of a decision of the central bank.',
    `_topic` LowCardinality(String) COMMENT 'Kafka topic the row came from.',
    `_partition` Int32 COMMENT 'Its partition.',
    `_offset` Int64 COMMENT 'Its offset.'
)
ENGINE = ReplacingMergeTree(`ts_received`)
ORDER BY (`symbol`, `source`, `session_date`)
SETTINGS non_replicated_deduplication_window = {deduplication_window}
COMMENT 'Shares of funds created less those redeemed, session by session.';

CREATE OR REPLACE VIEW `reference_fund_flows_latest` AS SELECT * FROM `reference_fund_flows` FINAL;

ALTER TABLE `reference_watchlists` MODIFY COLUMN `entries` Array(Tuple(rank Int32, symbol LowCardinality(String), pinned Bool, score Nullable(Float64), gap_percent Nullable(Float64), last_price Nullable(Float64), volume Nullable(Float64), ts_seen Nullable(DateTime64(6, 'UTC')), relative_volume Nullable(Float64))) COMMENT 'In the order of their ranks.';

CREATE OR REPLACE VIEW `reference_watchlists_latest` AS SELECT * FROM `reference_watchlists` FINAL;

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
