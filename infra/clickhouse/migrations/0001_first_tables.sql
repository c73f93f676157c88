CREATE TABLE IF NOT EXISTS `market_trades` (
    `symbol` LowCardinality(String) COMMENT 'Ticker as the exchange writes it, e.g. BCRX; crypto as BTC-USD.',
    `ts_event` DateTime64(6, 'UTC') COMMENT 'When it happened at the source, UTC microseconds.',
    `ts_received` DateTime64(6, 'UTC') COMMENT 'When our process read it from the vendor, before parsing, UTC microseconds.',
    `ts_published` DateTime64(6, 'UTC') COMMENT 'When the producer handed it to Kafka, UTC microseconds.',
    `source` LowCardinality(String) COMMENT 'Vendor the record came from, e.g. polygon.',
    `trade_id` String COMMENT 'Exchange\'s id of the print; unique per symbol, exchange and day.',
    `sequence` Int64 COMMENT 'Vendor sequence number; rises per symbol, need not be consecutive.',
    `price` Float64 COMMENT 'US dollars per share; finite, above 0.',
    `size` Float64 COMMENT 'Shares; finite, above 0.',
    `exchange` Nullable(Int32) COMMENT 'Vendor\'s exchange id.',
    `conditions` Array(Int32) COMMENT 'Vendor\'s sale condition codes; 37 is an odd lot.',
    `backfilled` Bool COMMENT 'True when fetched over REST to fill a gap of the stream.',
    `_topic` LowCardinality(String) COMMENT 'Kafka topic the row came from.',
    `_partition` Int32 COMMENT 'Its partition.',
    `_offset` Int64 COMMENT 'Its offset.'
)
ENGINE = ReplacingMergeTree()
ORDER BY (`symbol`, `ts_event`, `sequence`, `trade_id`)
SETTINGS non_replicated_deduplication_window = {deduplication_window}
COMMENT 'Every print of the tape, in the vendor\'s order per symbol.';

CREATE OR REPLACE VIEW `market_trades_latest` AS SELECT * FROM `market_trades` FINAL;

CREATE TABLE IF NOT EXISTS `market_quotes` (
    `symbol` LowCardinality(String) COMMENT 'Ticker as the exchange writes it, e.g. BCRX; crypto as BTC-USD.',
    `ts_event` DateTime64(6, 'UTC') COMMENT 'When it happened at the source, UTC microseconds.',
    `ts_received` DateTime64(6, 'UTC') COMMENT 'When our process read it from the vendor, before parsing, UTC microseconds.',
    `ts_published` DateTime64(6, 'UTC') COMMENT 'When the producer handed it to Kafka, UTC microseconds.',
    `source` LowCardinality(String) COMMENT 'Vendor the record came from, e.g. polygon.',
    `sequence` Int64 COMMENT 'Vendor sequence number; rises per symbol.',
    `bid_price` Nullable(Float64) COMMENT 'US dollars; null when there is no bid.',
    `bid_size` Nullable(Float64) COMMENT 'Shares at the bid.',
    `ask_price` Nullable(Float64) COMMENT 'US dollars; null when there is no offer. Never below bid_price: a crossed quote is a dead letter.',
    `ask_size` Nullable(Float64) COMMENT 'Shares at the offer.',
    `bid_exchange` Nullable(Int32) COMMENT 'Vendor\'s exchange id of the bid.',
    `ask_exchange` Nullable(Int32) COMMENT 'Vendor\'s exchange id of the offer.',
    `conditions` Array(Int32) COMMENT 'Vendor\'s quote condition codes.',
    `backfilled` Bool COMMENT 'True when fetched over REST to fill a gap of the stream.',
    `_topic` LowCardinality(String) COMMENT 'Kafka topic the row came from.',
    `_partition` Int32 COMMENT 'Its partition.',
    `_offset` Int64 COMMENT 'Its offset.'
)
ENGINE = ReplacingMergeTree()
ORDER BY (`symbol`, `ts_event`, `sequence`)
SETTINGS non_replicated_deduplication_window = {deduplication_window}
COMMENT 'National best bid and offer after each change.';

CREATE OR REPLACE VIEW `market_quotes_latest` AS SELECT * FROM `market_quotes` FINAL;

CREATE TABLE IF NOT EXISTS `market_bars` (
    `symbol` LowCardinality(String) COMMENT 'Ticker as the exchange writes it, e.g. BCRX; crypto as BTC-USD.',
    `resolution` LowCardinality(String) COMMENT 'Length of the window.',
    `window_start` DateTime64(6, 'UTC') COMMENT 'First instant inside the window, UTC microseconds.',
    `window_end` DateTime64(6, 'UTC') COMMENT 'First instant after the window, UTC microseconds.',
    `open` Float64 COMMENT 'US dollars; price of the first eligible trade.',
    `high` Float64 COMMENT 'US dollars.',
    `low` Float64 COMMENT 'US dollars.',
    `close` Float64 COMMENT 'US dollars; price of the last eligible trade.',
    `volume` Float64 COMMENT 'Shares traded in the window.',
    `vwap` Nullable(Float64) COMMENT 'US dollars; sum(price x size) / sum(size). Null when the vendor sends none.',
    `trade_count` Nullable(Int64) COMMENT 'Number of trades in the window.',
    `revision` Int32 COMMENT '0 for the first version; +1 each time a late trade changed the bar.',
    `source` LowCardinality(String) COMMENT 'tapewire for our own bars, else the vendor.',
    `ts_event` DateTime64(6, 'UTC') COMMENT 'Our bars: the tick that closed or revised the window. Vendor bars: window_end.',
    `ts_received` Nullable(DateTime64(6, 'UTC')) COMMENT 'When our process read it from the vendor; null for our own bars.',
    `ts_published` Nullable(DateTime64(6, 'UTC')) COMMENT 'When the producer handed it to Kafka; null for our own bars (a pure function of their input).',
    `backfilled` Bool COMMENT 'True when fetched over REST to fill a gap of the stream.',
    `_topic` LowCardinality(String) COMMENT 'Kafka topic the row came from.',
    `_partition` Int32 COMMENT 'Its partition.',
    `_offset` Int64 COMMENT 'Its offset.'
)
ENGINE = ReplacingMergeTree(`revision`)
ORDER BY (`source`, `symbol`, `resolution`, `window_start`)
SETTINGS non_replicated_deduplication_window = {deduplication_window}
COMMENT 'Bars as vendors compute them, for comparison and warm-up.';

CREATE OR REPLACE VIEW `market_bars_latest` AS SELECT * FROM `market_bars` FINAL;

CREATE TABLE IF NOT EXISTS `market_books` (
    `symbol` LowCardinality(String) COMMENT 'Ticker as the exchange writes it, e.g. BCRX; crypto as BTC-USD.',
    `ts_event` DateTime64(6, 'UTC') COMMENT 'When it happened at the source, UTC microseconds.',
    `ts_received` DateTime64(6, 'UTC') COMMENT 'When our process read it from the vendor, before parsing, UTC microseconds.',
    `ts_published` DateTime64(6, 'UTC') COMMENT 'When the producer handed it to Kafka, UTC microseconds.',
    `source` LowCardinality(String) COMMENT 'Vendor the record came from, e.g. polygon.',
    `mode` LowCardinality(String) COMMENT 'Label every alert must carry.',
    `generation` Int32 COMMENT 'Rises with each new subscription; an update of an older generation is dropped.',
    `sequence` Int64 COMMENT 'Strictly rising per symbol.',
    `age_ms` Int32 COMMENT 'Milliseconds since the last update of the book when the snapshot was taken.',
    `bids` Array(Tuple(price Float64, size Float64, market_maker Nullable(String))) COMMENT 'Best first.',
    `asks` Array(Tuple(price Float64, size Float64, market_maker Nullable(String))) COMMENT 'Best first.',
    `_topic` LowCardinality(String) COMMENT 'Kafka topic the row came from.',
    `_partition` Int32 COMMENT 'Its partition.',
    `_offset` Int64 COMMENT 'Its offset.'
)
ENGINE = ReplacingMergeTree()
ORDER BY (`symbol`, `source`, `generation`, `sequence`)
SETTINGS non_replicated_deduplication_window = {deduplication_window}
COMMENT 'Order book snapshots with age and generation.';

CREATE OR REPLACE VIEW `market_books_latest` AS SELECT * FROM `market_books` FINAL;

CREATE TABLE IF NOT EXISTS `reference_gappers` (
    `symbol` LowCardinality(String) COMMENT 'Ticker as the exchange writes it, e.g. BCRX; crypto as BTC-USD.',
    `ts_event` DateTime64(6, 'UTC') COMMENT 'When it happened at the source, UTC microseconds.',
    `ts_received` DateTime64(6, 'UTC') COMMENT 'When our process read it from the vendor, before parsing, UTC microseconds.',
    `ts_published` DateTime64(6, 'UTC') COMMENT 'When the producer handed it to Kafka, UTC microseconds.',
    `source` LowCardinality(String) COMMENT 'Vendor the record came from, e.g. polygon.',
    `last_price` Float64 COMMENT 'US dollars.',
    `previous_close` Float64 COMMENT 'US dollars, yesterday\'s regular close.',
    `gap_percent` Float64 COMMENT '(last_price / previous_close - 1) x 100.',
    `volume` Float64 COMMENT 'Shares traded today.',
    `_topic` LowCardinality(String) COMMENT 'Kafka topic the row came from.',
    `_partition` Int32 COMMENT 'Its partition.',
    `_offset` Int64 COMMENT 'Its offset.'
)
ENGINE = ReplacingMergeTree()
ORDER BY (`symbol`, `ts_event`)
SETTINGS non_replicated_deduplication_window = {deduplication_window}
COMMENT 'Symbols trading away from yesterday\'s close, one record a symbol and poll.';

CREATE OR REPLACE VIEW `reference_gappers_latest` AS SELECT * FROM `reference_gappers` FINAL;

CREATE TABLE IF NOT EXISTS `raw_payloads` (
    `source` LowCardinality(String) COMMENT 'Vendor the record came from, e.g. polygon.',
    `endpoint` String COMMENT 'Channel or path, e.g. stocks-websocket or /v3/trades/{ticker}.',
    `parameters` Map(String, String) COMMENT 'Request parameters; never a key or token.',
    `ts_received` DateTime64(6, 'UTC') COMMENT 'When our process read it from the vendor, before parsing, UTC microseconds.',
    `ts_published` DateTime64(6, 'UTC') COMMENT 'When the producer handed it to Kafka, UTC microseconds.',
    `content_type` String COMMENT 'e.g. application/json.',
    `body` String COMMENT 'The bytes as received.',
    `_topic` LowCardinality(String) COMMENT 'Kafka topic the row came from.',
    `_partition` Int32 COMMENT 'Its partition.',
    `_offset` Int64 COMMENT 'Its offset.'
)
ENGINE = ReplacingMergeTree()
ORDER BY (`source`, `endpoint`, `ts_received`)
SETTINGS non_replicated_deduplication_window = {deduplication_window}
COMMENT 'Every vendor payload as received, before parsing.';

CREATE OR REPLACE VIEW `raw_payloads_latest` AS SELECT * FROM `raw_payloads` FINAL;

CREATE TABLE IF NOT EXISTS `derived_bars` (
    `symbol` LowCardinality(String) COMMENT 'Ticker as the exchange writes it, e.g. BCRX; crypto as BTC-USD.',
    `resolution` LowCardinality(String) COMMENT 'Length of the window.',
    `window_start` DateTime64(6, 'UTC') COMMENT 'First instant inside the window, UTC microseconds.',
    `window_end` DateTime64(6, 'UTC') COMMENT 'First instant after the window, UTC microseconds.',
    `open` Float64 COMMENT 'US dollars; price of the first eligible trade.',
    `high` Float64 COMMENT 'US dollars.',
    `low` Float64 COMMENT 'US dollars.',
    `close` Float64 COMMENT 'US dollars; price of the last eligible trade.',
    `volume` Float64 COMMENT 'Shares traded in the window.',
    `vwap` Nullable(Float64) COMMENT 'US dollars; sum(price x size) / sum(size). Null when the vendor sends none.',
    `trade_count` Nullable(Int64) COMMENT 'Number of trades in the window.',
    `revision` Int32 COMMENT '0 for the first version; +1 each time a late trade changed the bar.',
    `source` LowCardinality(String) COMMENT 'tapewire for our own bars, else the vendor.',
    `ts_event` DateTime64(6, 'UTC') COMMENT 'Our bars: the tick that closed or revised the window. Vendor bars: window_end.',
    `ts_received` Nullable(DateTime64(6, 'UTC')) COMMENT 'When our process read it from the vendor; null for our own bars.',
    `ts_published` Nullable(DateTime64(6, 'UTC')) COMMENT 'When the producer handed it to Kafka; null for our own bars (a pure function of their input).',
    `backfilled` Bool COMMENT 'True when fetched over REST to fill a gap of the stream.',
    `_topic` LowCardinality(String) COMMENT 'Kafka topic the row came from.',
    `_partition` Int32 COMMENT 'Its partition.',
    `_offset` Int64 COMMENT 'Its offset.'
)
ENGINE = ReplacingMergeTree(`revision`)
ORDER BY (`symbol`, `resolution`, `window_start`)
SETTINGS non_replicated_deduplication_window = {deduplication_window}
COMMENT 'Our own bars from trades, 1 second to 1 day, revised when a trade comes late.';

CREATE OR REPLACE VIEW `derived_bars_latest` AS SELECT * FROM `derived_bars` FINAL;

CREATE TABLE IF NOT EXISTS `derived_features` (
    `symbol` LowCardinality(String) COMMENT 'Ticker as the exchange writes it, e.g. BCRX; crypto as BTC-USD.',
    `resolution` LowCardinality(String) COMMENT 'Bar length the features are computed on.',
    `window_end` DateTime64(6, 'UTC') COMMENT 'End of the newest bar that went in.',
    `ts_event` DateTime64(6, 'UTC') COMMENT 'When it happened at the source, UTC microseconds.',
    `bar_count` Int32 COMMENT 'Bars known at this resolution in this session and before; tells warm-up.',
    `close` Float64 COMMENT 'US dollars; close of the newest bar.',
    `atr_wilder_14` Nullable(Float64) COMMENT 'US dollars; Wilder\'s average true range over 14 bars. Null while warming up.',
    `atr_simple_14` Nullable(Float64) COMMENT 'US dollars; simple mean of the last 14 true ranges.',
    `ema_20` Nullable(Float64) COMMENT 'US dollars; exponential mean, seeded with the simple mean of the first 20 closes.',
    `ema_50` Nullable(Float64) COMMENT 'US dollars; the same over 50 closes.',
    `momentum_bps` Nullable(Float64) COMMENT '(close / previous close - 1) x 10,000.',
    `session_vwap` Nullable(Float64) COMMENT 'US dollars; volume weighted since the session\'s 09:30 New York reset (pre-market has its own).',
    `vwap_distance_bps` Nullable(Float64) COMMENT '(close / session_vwap - 1) x 10,000.',
    `relative_volume` Nullable(Float64) COMMENT 'Volume of this bar / mean volume of the 20 bars before it. Null while warming up or when that mean is 0.',
    `range_bps` Float64 COMMENT '(high / low - 1) x 10,000 of the newest bar.',
    `spread_bps` Nullable(Float64) COMMENT '(ask - bid) / mid x 10,000 of the last quote before the tick; null without a fresh quote.',
    `day_high` Float64 COMMENT 'US dollars; highest price of the New York day.',
    `day_low` Float64 COMMENT 'US dollars; lowest price of the New York day.',
    `_topic` LowCardinality(String) COMMENT 'Kafka topic the row came from.',
    `_partition` Int32 COMMENT 'Its partition.',
    `_offset` Int64 COMMENT 'Its offset.'
)
ENGINE = ReplacingMergeTree()
ORDER BY (`symbol`, `resolution`, `window_end`)
SETTINGS non_replicated_deduplication_window = {deduplication_window}
COMMENT 'Indicators of a symbol at each bar close.';

CREATE OR REPLACE VIEW `derived_features_latest` AS SELECT * FROM `derived_features` FINAL;

CREATE TABLE IF NOT EXISTS `derived_boxes` (
    `symbol` LowCardinality(String) COMMENT 'Ticker as the exchange writes it, e.g. BCRX; crypto as BTC-USD.',
    `box_id` String COMMENT 'uuid5 of symbol, resolution and first bar.',
    `resolution` LowCardinality(String) COMMENT 'M1 or M2.',
    `state` LowCardinality(String) COMMENT 'What happened to the box at ts_event.',
    `ts_event` DateTime64(6, 'UTC') COMMENT 'When it happened at the source, UTC microseconds.',
    `window_start` DateTime64(6, 'UTC') COMMENT 'Start of the first bar inside.',
    `window_end` DateTime64(6, 'UTC') COMMENT 'End of the last bar inside.',
    `bar_count` Int32 COMMENT 'Bars inside.',
    `high` Float64 COMMENT 'US dollars; upper edge.',
    `low` Float64 COMMENT 'US dollars; lower edge.',
    `range_bps` Float64 COMMENT '(high / low - 1) x 10,000.',
    `range_to_atr` Nullable(Float64) COMMENT '(high - low) / ATR at the start of the box: below 1 is compression.',
    `compression_ratio` Nullable(Float64) COMMENT 'Mean bar range inside / mean bar range of as many bars before the box.',
    `mean_volume` Nullable(Float64) COMMENT 'Shares a bar inside the box.',
    `touches_high` Int32 COMMENT 'Bars whose high came within a tenth of the box height of the upper edge.',
    `touches_low` Int32 COMMENT 'The same at the lower edge.',
    `_topic` LowCardinality(String) COMMENT 'Kafka topic the row came from.',
    `_partition` Int32 COMMENT 'Its partition.',
    `_offset` Int64 COMMENT 'Its offset.'
)
ENGINE = ReplacingMergeTree()
ORDER BY (`symbol`, `box_id`, `ts_event`, `state`)
SETTINGS non_replicated_deduplication_window = {deduplication_window}
COMMENT 'Compression boxes as they form, grow and break.';

CREATE OR REPLACE VIEW `derived_boxes_latest` AS SELECT * FROM `derived_boxes` FINAL;

CREATE TABLE IF NOT EXISTS `views` (
    `symbol` LowCardinality(String) COMMENT 'Ticker as the exchange writes it, e.g. BCRX; crypto as BTC-USD.',
    `ts_event` DateTime64(6, 'UTC') COMMENT 'The tick this view was taken at, UTC microseconds.',
    `session` LowCardinality(String) COMMENT 'Phase of the trading day.',
    `minutes_since_open` Nullable(Float64) COMMENT 'Minutes since the regular open; null outside the regular session.',
    `last_price` Nullable(Float64) COMMENT 'US dollars; close of the newest closed 1 s bar.',
    `last_trade_age_seconds` Nullable(Float64) COMMENT 'Seconds from the end of that bar to the tick.',
    `interval_high` Nullable(Float64) COMMENT 'US dollars; highest trade since the previous view; null without a trade.',
    `interval_low` Nullable(Float64) COMMENT 'US dollars; lowest trade since the previous view.',
    `interval_volume` Float64 COMMENT 'Shares since the previous view.',
    `bid_price` Nullable(Float64) COMMENT 'US dollars; null without a fresh quote.',
    `bid_size` Nullable(Float64) COMMENT 'Shares.',
    `ask_price` Nullable(Float64) COMMENT 'US dollars.',
    `ask_size` Nullable(Float64) COMMENT 'Shares.',
    `quote_age_seconds` Nullable(Float64) COMMENT 'Seconds from the quote to the tick.',
    `spread_bps` Nullable(Float64) COMMENT '(ask - bid) / mid x 10,000; null without a fresh quote.',
    `day_open` Nullable(Float64) COMMENT 'US dollars; first price of the regular session.',
    `day_high` Nullable(Float64) COMMENT 'US dollars; highest price of the New York day.',
    `day_low` Nullable(Float64) COMMENT 'US dollars; lowest price of the New York day.',
    `day_volume` Float64 COMMENT 'Shares in the New York day.',
    `session_vwap` Nullable(Float64) COMMENT 'US dollars; since the session\'s reset.',
    `vwap_distance_bps` Nullable(Float64) COMMENT '(last_price / session_vwap - 1) x 10,000.',
    `features_1m` Tuple(symbol LowCardinality(Nullable(String)), resolution LowCardinality(Nullable(String)), window_end Nullable(DateTime64(6, 'UTC')), ts_event Nullable(DateTime64(6, 'UTC')), bar_count Nullable(Int32), close Nullable(Float64), atr_wilder_14 Nullable(Float64), atr_simple_14 Nullable(Float64), ema_20 Nullable(Float64), ema_50 Nullable(Float64), momentum_bps Nullable(Float64), session_vwap Nullable(Float64), vwap_distance_bps Nullable(Float64), relative_volume Nullable(Float64), range_bps Nullable(Float64), spread_bps Nullable(Float64), day_high Nullable(Float64), day_low Nullable(Float64)) COMMENT 'Newest features of 1-minute bars.',
    `features_2m` Tuple(symbol LowCardinality(Nullable(String)), resolution LowCardinality(Nullable(String)), window_end Nullable(DateTime64(6, 'UTC')), ts_event Nullable(DateTime64(6, 'UTC')), bar_count Nullable(Int32), close Nullable(Float64), atr_wilder_14 Nullable(Float64), atr_simple_14 Nullable(Float64), ema_20 Nullable(Float64), ema_50 Nullable(Float64), momentum_bps Nullable(Float64), session_vwap Nullable(Float64), vwap_distance_bps Nullable(Float64), relative_volume Nullable(Float64), range_bps Nullable(Float64), spread_bps Nullable(Float64), day_high Nullable(Float64), day_low Nullable(Float64)) COMMENT 'Newest features of 2-minute bars.',
    `features_5m` Tuple(symbol LowCardinality(Nullable(String)), resolution LowCardinality(Nullable(String)), window_end Nullable(DateTime64(6, 'UTC')), ts_event Nullable(DateTime64(6, 'UTC')), bar_count Nullable(Int32), close Nullable(Float64), atr_wilder_14 Nullable(Float64), atr_simple_14 Nullable(Float64), ema_20 Nullable(Float64), ema_50 Nullable(Float64), momentum_bps Nullable(Float64), session_vwap Nullable(Float64), vwap_distance_bps Nullable(Float64), relative_volume Nullable(Float64), range_bps Nullable(Float64), spread_bps Nullable(Float64), day_high Nullable(Float64), day_low Nullable(Float64)) COMMENT 'Newest features of 5-minute bars.',
    `box_1m` Tuple(symbol LowCardinality(Nullable(String)), box_id Nullable(String), resolution LowCardinality(Nullable(String)), state LowCardinality(Nullable(String)), ts_event Nullable(DateTime64(6, 'UTC')), window_start Nullable(DateTime64(6, 'UTC')), window_end Nullable(DateTime64(6, 'UTC')), bar_count Nullable(Int32), high Nullable(Float64), low Nullable(Float64), range_bps Nullable(Float64), range_to_atr Nullable(Float64), compression_ratio Nullable(Float64), mean_volume Nullable(Float64), touches_high Nullable(Int32), touches_low Nullable(Int32)) COMMENT 'Live or just ended box on 1-minute bars; null when there is none.',
    `box_2m` Tuple(symbol LowCardinality(Nullable(String)), box_id Nullable(String), resolution LowCardinality(Nullable(String)), state LowCardinality(Nullable(String)), ts_event Nullable(DateTime64(6, 'UTC')), window_start Nullable(DateTime64(6, 'UTC')), window_end Nullable(DateTime64(6, 'UTC')), bar_count Nullable(Int32), high Nullable(Float64), low Nullable(Float64), range_bps Nullable(Float64), range_to_atr Nullable(Float64), compression_ratio Nullable(Float64), mean_volume Nullable(Float64), touches_high Nullable(Int32), touches_low Nullable(Int32)) COMMENT 'The same on 2-minute bars.',
    `closed_bars` Array(Tuple(symbol LowCardinality(String), resolution LowCardinality(String), window_start DateTime64(6, 'UTC'), window_end DateTime64(6, 'UTC'), open Float64, high Float64, low Float64, close Float64, volume Float64, vwap Nullable(Float64), trade_count Nullable(Int64), revision Int32, source LowCardinality(String), ts_event DateTime64(6, 'UTC'), ts_received Nullable(DateTime64(6, 'UTC')), ts_published Nullable(DateTime64(6, 'UTC')), backfilled Bool)) COMMENT 'Bars of 1 minute and longer that closed since the previous view, oldest first.',
    `flags` Array(String) COMMENT 'Why values are missing or not to be trusted: stale_quote, no_quote, warming_up, late_data, feed_down.',
    `_topic` LowCardinality(String) COMMENT 'Kafka topic the row came from.',
    `_partition` Int32 COMMENT 'Its partition.',
    `_offset` Int64 COMMENT 'Its offset.'
)
ENGINE = ReplacingMergeTree()
ORDER BY (`symbol`, `ts_event`)
SETTINGS non_replicated_deduplication_window = {deduplication_window}
COMMENT 'Everything known about a symbol at a tick; the only input of decisions.';

CREATE OR REPLACE VIEW `views_latest` AS SELECT * FROM `views` FINAL;

CREATE TABLE IF NOT EXISTS `setups_events` (
    `event_id` String COMMENT 'uuid5 of setup_id and sequence.',
    `setup_id` String COMMENT 'uuid5 of box_id, side and arming tick; one thread per setup and tier.',
    `sequence` Int32 COMMENT '0, 1, 2 ... within the setup.',
    `strategy` String COMMENT 'Id of the strategy that owns the setup, e.g. box-break-retest.',
    `symbol` LowCardinality(String) COMMENT 'Ticker as the exchange writes it, e.g. BCRX; crypto as BTC-USD.',
    `side` LowCardinality(String) COMMENT 'LONG or SHORT.',
    `previous_state` LowCardinality(Nullable(String)) COMMENT 'Null for the first event.',
    `state` LowCardinality(String) COMMENT 'State after the transition.',
    `outcome` LowCardinality(Nullable(String)) COMMENT 'Only when RESOLVED.',
    `ts_event` DateTime64(6, 'UTC') COMMENT 'Tick of the view that caused it.',
    `expires_at` DateTime64(6, 'UTC') COMMENT 'Time to live of the state: the setup resolves EXPIRED at this tick.',
    `box_id` String COMMENT 'The box it trades.',
    `box_resolution` LowCardinality(String) COMMENT 'Bar length of that box.',
    `box_high` Float64 COMMENT 'US dollars.',
    `box_low` Float64 COMMENT 'US dollars.',
    `trigger_price` Float64 COMMENT 'US dollars; the edge that breaks.',
    `entry_price` Nullable(Float64) COMMENT 'US dollars; price at the trigger; null before ACTIVE.',
    `stop_price` Float64 COMMENT 'US dollars; the setup is wrong beyond it.',
    `targets` Array(Float64) COMMENT 'US dollars, nearest first.',
    `targets_reached` Int32 COMMENT 'How many of the targets were touched.',
    `reward_to_risk` Nullable(Float64) COMMENT '(first target - entry or trigger) / (entry or trigger - stop), positive for both sides.',
    `exit_price` Nullable(Float64) COMMENT 'US dollars; price that resolved it; null before RESOLVED or without a trade.',
    `result_r` Nullable(Float64) COMMENT '(exit - entry) / (entry - stop), signed; only after ACTIVE.',
    `last_price` Nullable(Float64) COMMENT 'US dollars; price in the view.',
    `spread_bps` Nullable(Float64) COMMENT 'From the view.',
    `relative_volume` Nullable(Float64) COMMENT 'From the view\'s features at the box\'s resolution.',
    `vwap_distance_bps` Nullable(Float64) COMMENT 'From the view.',
    `atr` Nullable(Float64) COMMENT 'US dollars; ATR at the box\'s resolution.',
    `bid_price` Nullable(Float64) COMMENT 'US dollars, from the view.',
    `ask_price` Nullable(Float64) COMMENT 'US dollars, from the view.',
    `depth_label` LowCardinality(String) COMMENT 'NONE: candle mode.',
    `reasons` Array(String) COMMENT 'Why, in plain words, most important first; at most three.',
    `_topic` LowCardinality(String) COMMENT 'Kafka topic the row came from.',
    `_partition` Int32 COMMENT 'Its partition.',
    `_offset` Int64 COMMENT 'Its offset.'
)
ENGINE = ReplacingMergeTree()
ORDER BY (`setup_id`, `sequence`)
SETTINGS non_replicated_deduplication_window = {deduplication_window}
COMMENT 'Transitions of setups, armed to resolved.';

CREATE OR REPLACE VIEW `setups_events_latest` AS SELECT * FROM `setups_events` FINAL;

CREATE TABLE IF NOT EXISTS `signals` (
    `signal_id` String COMMENT 'uuid5 of strategy, symbol, side and tick.',
    `strategy` String COMMENT 'Id of the strategy.',
    `symbol` LowCardinality(String) COMMENT 'Ticker as the exchange writes it, e.g. BCRX; crypto as BTC-USD.',
    `side` LowCardinality(String) COMMENT 'LONG or SHORT.',
    `ts_event` DateTime64(6, 'UTC') COMMENT 'Tick of the view that caused it.',
    `valid_until` DateTime64(6, 'UTC') COMMENT 'Nobody may act on it later.',
    `confidence` Float64 COMMENT '0 to 1, from the strategy\'s own stated rule.',
    `triggers` Array(String) COMMENT 'Conditions that held, each with its number.',
    `price` Nullable(Float64) COMMENT 'US dollars; last price at the tick.',
    `entry_price` Nullable(Float64) COMMENT 'US dollars.',
    `stop_price` Nullable(Float64) COMMENT 'US dollars.',
    `targets` Array(Float64) COMMENT 'US dollars, nearest first.',
    `reward_to_risk` Nullable(Float64) COMMENT 'See SetupEvent.',
    `setup_id` Nullable(String) COMMENT 'Setup it came from, if any.',
    `_topic` LowCardinality(String) COMMENT 'Kafka topic the row came from.',
    `_partition` Int32 COMMENT 'Its partition.',
    `_offset` Int64 COMMENT 'Its offset.'
)
ENGINE = ReplacingMergeTree()
ORDER BY (`signal_id`)
SETTINGS non_replicated_deduplication_window = {deduplication_window}
COMMENT 'Strategies\' calls to act, with direction, confidence and triggers.';

CREATE OR REPLACE VIEW `signals_latest` AS SELECT * FROM `signals` FINAL;

CREATE TABLE IF NOT EXISTS `signals_refusals` (
    `refusal_id` String COMMENT 'uuid5 of its causes.',
    `strategy` String COMMENT 'Id of the strategy.',
    `symbol` LowCardinality(String) COMMENT 'Ticker as the exchange writes it, e.g. BCRX; crypto as BTC-USD.',
    `side` LowCardinality(Nullable(String)) COMMENT 'Null when the side was not yet known.',
    `ts_event` DateTime64(6, 'UTC') COMMENT 'Tick of the view.',
    `candidate_id` String COMMENT 'Box, setup or signal id that was refused.',
    `gate` String COMMENT 'Stable code in upper case, e.g. SPREAD_CAP, RVOL_FLOOR, RANGE_CAP, REWARD_TO_RISK, MISSING_QUOTE.',
    `value` Nullable(Float64) COMMENT 'What was measured; null when it was missing.',
    `limit` Nullable(Float64) COMMENT 'What was allowed.',
    `unit` String COMMENT 'Unit of both, e.g. bps, ratio.',
    `message` String COMMENT 'One sentence: expected and found.',
    `_topic` LowCardinality(String) COMMENT 'Kafka topic the row came from.',
    `_partition` Int32 COMMENT 'Its partition.',
    `_offset` Int64 COMMENT 'Its offset.'
)
ENGINE = ReplacingMergeTree()
ORDER BY (`refusal_id`)
SETTINGS non_replicated_deduplication_window = {deduplication_window}
COMMENT 'What a gate held back, and by how much it missed.';

CREATE OR REPLACE VIEW `signals_refusals_latest` AS SELECT * FROM `signals_refusals` FINAL;

CREATE TABLE IF NOT EXISTS `distribution_premium` (
    `alert_id` String COMMENT 'uuid5 of the setup event and the tier.',
    `event_id` String COMMENT 'Setup event it tells.',
    `setup_id` String COMMENT 'Thread it belongs to.',
    `sequence` Int32 COMMENT 'Place in the thread, 0 opens it.',
    `kind` LowCardinality(String) COMMENT 'What the subscriber may call it.',
    `symbol` LowCardinality(String) COMMENT 'Ticker as the exchange writes it, e.g. BCRX; crypto as BTC-USD.',
    `side` LowCardinality(String) COMMENT 'LONG or SHORT.',
    `state` LowCardinality(String) COMMENT 'State it tells.',
    `outcome` LowCardinality(Nullable(String)) COMMENT 'Only when RESOLVED.',
    `ts_event` DateTime64(6, 'UTC') COMMENT 'Tick of the decision, market time.',
    `ts_published` DateTime64(6, 'UTC') COMMENT 'When fan-out published it; the delay counts from here.',
    `not_before` DateTime64(6, 'UTC') COMMENT 'The tier may not see it earlier: ts_published + the tier\'s delay.',
    `expires_at` DateTime64(6, 'UTC') COMMENT 'After this a delivery is pointless: it goes to distribution.expired.',
    `trigger_price` Float64 COMMENT 'US dollars.',
    `entry_price` Nullable(Float64) COMMENT 'US dollars.',
    `bid_price` Nullable(Float64) COMMENT 'US dollars.',
    `ask_price` Nullable(Float64) COMMENT 'US dollars.',
    `stop_price` Float64 COMMENT 'US dollars.',
    `stop_percent` Float64 COMMENT '(stop / entry or trigger - 1) x 100, signed.',
    `targets` Array(Float64) COMMENT 'US dollars, nearest first.',
    `target_percents` Array(Float64) COMMENT 'Each target\'s distance in percent, signed.',
    `targets_reached` Int32 COMMENT 'How many were touched.',
    `reward_to_risk` Nullable(Float64) COMMENT 'See SetupEvent.',
    `shares_per_100_usd_risk` Nullable(Int64) COMMENT 'floor(100 / |entry or trigger - stop|): size for each 100 dollars put at risk.',
    `exit_price` Nullable(Float64) COMMENT 'US dollars.',
    `result_r` Nullable(Float64) COMMENT 'Multiple of the risk.',
    `box_high` Float64 COMMENT 'US dollars.',
    `box_low` Float64 COMMENT 'US dollars.',
    `box_resolution` LowCardinality(String) COMMENT 'Bar length of the box.',
    `relative_volume` Nullable(Float64) COMMENT 'Ratio.',
    `spread_bps` Nullable(Float64) COMMENT 'Basis points.',
    `vwap_distance_bps` Nullable(Float64) COMMENT 'Basis points.',
    `atr` Nullable(Float64) COMMENT 'US dollars.',
    `state_expires_at` DateTime64(6, 'UTC') COMMENT 'Time to live of the state.',
    `depth_label` LowCardinality(String) COMMENT 'NONE: candle mode.',
    `reasons` Array(String) COMMENT 'At most three.',
    `_topic` LowCardinality(String) COMMENT 'Kafka topic the row came from.',
    `_partition` Int32 COMMENT 'Its partition.',
    `_offset` Int64 COMMENT 'Its offset.'
)
ENGINE = ReplacingMergeTree()
ORDER BY (`alert_id`)
SETTINGS non_replicated_deduplication_window = {deduplication_window}
COMMENT 'Alerts for premium subscribers, at once.';

CREATE OR REPLACE VIEW `distribution_premium_latest` AS SELECT * FROM `distribution_premium` FINAL;

CREATE TABLE IF NOT EXISTS `distribution_basic` (
    `alert_id` String COMMENT 'uuid5 of the setup event and the tier.',
    `event_id` String COMMENT 'Setup event it tells.',
    `setup_id` String COMMENT 'Thread it belongs to.',
    `sequence` Int32 COMMENT 'Place in the thread, 0 opens it.',
    `kind` LowCardinality(String) COMMENT 'What the subscriber may call it.',
    `symbol` LowCardinality(String) COMMENT 'Ticker as the exchange writes it, e.g. BCRX; crypto as BTC-USD.',
    `side` LowCardinality(String) COMMENT 'LONG or SHORT.',
    `state` LowCardinality(String) COMMENT 'State it tells.',
    `outcome` LowCardinality(Nullable(String)) COMMENT 'Only when RESOLVED.',
    `ts_event` DateTime64(6, 'UTC') COMMENT 'Tick of the decision, market time.',
    `ts_published` DateTime64(6, 'UTC') COMMENT 'When fan-out published it; the delay counts from here.',
    `not_before` DateTime64(6, 'UTC') COMMENT 'The tier may not see it earlier: ts_published + the tier\'s delay.',
    `expires_at` DateTime64(6, 'UTC') COMMENT 'After this a delivery is pointless: it goes to distribution.expired.',
    `trigger_price` Float64 COMMENT 'US dollars.',
    `entry_price` Nullable(Float64) COMMENT 'US dollars.',
    `stop_set` Bool COMMENT 'A stop exists; its price is premium.',
    `target_count` Int32 COMMENT 'How many targets exist; their prices are premium.',
    `targets_reached` Int32 COMMENT 'How many of them were touched; at what price is premium.',
    `_topic` LowCardinality(String) COMMENT 'Kafka topic the row came from.',
    `_partition` Int32 COMMENT 'Its partition.',
    `_offset` Int64 COMMENT 'Its offset.'
)
ENGINE = ReplacingMergeTree()
ORDER BY (`alert_id`)
SETTINGS non_replicated_deduplication_window = {deduplication_window}
COMMENT 'Alerts for basic subscribers, never before their delay has passed.';

CREATE OR REPLACE VIEW `distribution_basic_latest` AS SELECT * FROM `distribution_basic` FINAL;

CREATE TABLE IF NOT EXISTS `distribution_free` (
    `alert_id` String COMMENT 'uuid5 of the setup event and the tier.',
    `event_id` String COMMENT 'Setup event it tells.',
    `setup_id` String COMMENT 'Thread it belongs to.',
    `sequence` Int32 COMMENT 'Place in the thread, 0 opens it.',
    `kind` LowCardinality(String) COMMENT 'What the subscriber may call it.',
    `symbol` LowCardinality(String) COMMENT 'Ticker as the exchange writes it, e.g. BCRX; crypto as BTC-USD.',
    `side` LowCardinality(String) COMMENT 'LONG or SHORT.',
    `state` LowCardinality(String) COMMENT 'State it tells.',
    `outcome` LowCardinality(Nullable(String)) COMMENT 'Only when RESOLVED.',
    `ts_event` DateTime64(6, 'UTC') COMMENT 'Tick of the decision, market time.',
    `ts_published` DateTime64(6, 'UTC') COMMENT 'When fan-out published it; the delay counts from here.',
    `not_before` DateTime64(6, 'UTC') COMMENT 'The tier may not see it earlier: ts_published + the tier\'s delay.',
    `expires_at` DateTime64(6, 'UTC') COMMENT 'After this a delivery is pointless: it goes to distribution.expired.',
    `lesson` String COMMENT 'One sentence without a number.',
    `_topic` LowCardinality(String) COMMENT 'Kafka topic the row came from.',
    `_partition` Int32 COMMENT 'Its partition.',
    `_offset` Int64 COMMENT 'Its offset.'
)
ENGINE = ReplacingMergeTree()
ORDER BY (`alert_id`)
SETTINGS non_replicated_deduplication_window = {deduplication_window}
COMMENT 'Alerts for free readers, without a number of the trade.';

CREATE OR REPLACE VIEW `distribution_free_latest` AS SELECT * FROM `distribution_free` FINAL;

CREATE TABLE IF NOT EXISTS `distribution_subscriptions` (
    `subscriber_id` String COMMENT 'Stable id, e.g. house-premium or an account number.',
    `channel` LowCardinality(String) COMMENT 'discord, slack ...',
    `address` String COMMENT 'Channel\'s own address, e.g. a Discord channel id.',
    `tier` LowCardinality(String) COMMENT 'Entitlement.',
    `ts_event` DateTime64(6, 'UTC') COMMENT 'When it happened at the source, UTC microseconds.',
    `_topic` LowCardinality(String) COMMENT 'Kafka topic the row came from.',
    `_partition` Int32 COMMENT 'Its partition.',
    `_offset` Int64 COMMENT 'Its offset.'
)
ENGINE = ReplacingMergeTree(`ts_event`)
ORDER BY (`subscriber_id`)
SETTINGS non_replicated_deduplication_window = {deduplication_window}
COMMENT 'Who gets which tier where; the newest record counts.';

CREATE OR REPLACE VIEW `distribution_subscriptions_latest` AS SELECT * FROM `distribution_subscriptions` FINAL;

CREATE TABLE IF NOT EXISTS `distribution_receipts` (
    `delivery_id` String COMMENT 'uuid5 of alert_id, subscriber_id.',
    `alert_id` String COMMENT 'What was told.',
    `setup_id` String COMMENT 'Thread key.',
    `sequence` Int32 COMMENT 'Place in the thread.',
    `subscriber_id` String COMMENT 'Who.',
    `channel` LowCardinality(String) COMMENT 'Platform.',
    `address` String COMMENT 'Channel\'s own address.',
    `tier` LowCardinality(String) COMMENT 'Tier of the message.',
    `message_id` String COMMENT 'Platform\'s id of the message.',
    `thread_id` Nullable(String) COMMENT 'Platform\'s id of the thread.',
    `not_before` DateTime64(6, 'UTC') COMMENT 'Promise that was made.',
    `ts_sent` DateTime64(6, 'UTC') COMMENT 'When the platform accepted it.',
    `lateness_ms` Int64 COMMENT 'Market milliseconds from not_before to ts_sent; never negative.',
    `headline` String COMMENT 'First line as the subscriber saw it.',
    `_topic` LowCardinality(String) COMMENT 'Kafka topic the row came from.',
    `_partition` Int32 COMMENT 'Its partition.',
    `_offset` Int64 COMMENT 'Its offset.'
)
ENGINE = ReplacingMergeTree(`ts_sent`)
ORDER BY (`delivery_id`)
SETTINGS non_replicated_deduplication_window = {deduplication_window}
COMMENT 'Proof of each delivery and the message it became.';

CREATE OR REPLACE VIEW `distribution_receipts_latest` AS SELECT * FROM `distribution_receipts` FINAL;

CREATE TABLE IF NOT EXISTS `distribution_expired` (
    `delivery_id` String COMMENT 'As in DeliveryReceipt.',
    `alert_id` String COMMENT 'What was not told.',
    `setup_id` String COMMENT 'Thread key.',
    `subscriber_id` String COMMENT 'Who did not get it.',
    `channel` LowCardinality(String) COMMENT 'Platform.',
    `tier` LowCardinality(String) COMMENT 'Tier of the message.',
    `not_before` DateTime64(6, 'UTC') COMMENT 'When it was due.',
    `expires_at` DateTime64(6, 'UTC') COMMENT 'When it became pointless.',
    `ts_event` DateTime64(6, 'UTC') COMMENT 'When it happened at the source, UTC microseconds.',
    `reason` String COMMENT 'Why it could not be sent in time.',
    `_topic` LowCardinality(String) COMMENT 'Kafka topic the row came from.',
    `_partition` Int32 COMMENT 'Its partition.',
    `_offset` Int64 COMMENT 'Its offset.'
)
ENGINE = ReplacingMergeTree()
ORDER BY (`delivery_id`)
SETTINGS non_replicated_deduplication_window = {deduplication_window}
COMMENT 'Deliveries that were due too long ago to be of use.';

CREATE OR REPLACE VIEW `distribution_expired_latest` AS SELECT * FROM `distribution_expired` FINAL;

CREATE TABLE IF NOT EXISTS `ops_heartbeats` (
    `feed` LowCardinality(String) COMMENT 'Unit name, e.g. feed.polygon.',
    `ts_event` DateTime64(6, 'UTC') COMMENT 'Watermark: every record with ts_event below it is published, late data excepted.',
    `ts_published` DateTime64(6, 'UTC') COMMENT 'When it was sent.',
    `state` LowCardinality(String) COMMENT 'Condition of the feed.',
    `positions` Array(Tuple(topic String, partition Int32, next_offset Int64)) COMMENT 'Per topic and partition.',
    `records_published` Int64 COMMENT 'Since the process started.',
    `reconnects` Int32 COMMENT 'Since the process started.',
    `detail` Nullable(String) COMMENT 'One sentence for people, e.g. why it is down.',
    `_topic` LowCardinality(String) COMMENT 'Kafka topic the row came from.',
    `_partition` Int32 COMMENT 'Its partition.',
    `_offset` Int64 COMMENT 'Its offset.'
)
ENGINE = ReplacingMergeTree()
ORDER BY (`feed`, `ts_published`)
SETTINGS non_replicated_deduplication_window = {deduplication_window}
COMMENT 'Each feed\'s condition, watermark and written offsets.';

CREATE OR REPLACE VIEW `ops_heartbeats_latest` AS SELECT * FROM `ops_heartbeats` FINAL;

CREATE TABLE IF NOT EXISTS `ops_clock_checks` (
    `unit` String COMMENT 'Unit that checks, e.g. sink.release.',
    `ts_event` DateTime64(6, 'UTC') COMMENT 'Market time of the check.',
    `ts_published` DateTime64(6, 'UTC') COMMENT 'The unit\'s wall clock when it sent the record; real time, also in a replay.',
    `previous_skew_ms` Nullable(Float64) COMMENT 'Result of the check before: our clock minus the broker\'s, 0 when the difference is within the round trip. Null at the first check.',
    `_topic` LowCardinality(String) COMMENT 'Kafka topic the row came from.',
    `_partition` Int32 COMMENT 'Its partition.',
    `_offset` Int64 COMMENT 'Its offset.'
)
ENGINE = ReplacingMergeTree()
ORDER BY (`unit`, `ts_published`)
SETTINGS non_replicated_deduplication_window = {deduplication_window}
COMMENT 'Probes by which the units that promise delays compare their clock with the broker\'s.';

CREATE OR REPLACE VIEW `ops_clock_checks_latest` AS SELECT * FROM `ops_clock_checks` FINAL;

CREATE TABLE IF NOT EXISTS `dead_letters` (
    `dead_letter_id` String COMMENT 'uuid5 of topic, partition, offset and stage, or of the payload\'s bytes.',
    `stage` LowCardinality(String) COMMENT 'Unit that refused it.',
    `version` String COMMENT 'Version of our code.',
    `topic` String COMMENT 'Kafka topic it came from; for vendor payloads the topic it was meant for.',
    `partition` Nullable(Int32) COMMENT 'Source partition, if it came from Kafka.',
    `offset` Nullable(Int64) COMMENT 'Source offset, if it came from Kafka.',
    `key` Nullable(String) COMMENT 'Key as received.',
    `value` Nullable(String) COMMENT 'Value as received.',
    `error` String COMMENT 'Class of the error.',
    `reason` String COMMENT 'What was expected and what was found.',
    `field_path` Nullable(String) COMMENT 'Field that did not fit, e.g. [3].p.',
    `ts_published` DateTime64(6, 'UTC') COMMENT 'When it was put aside.',
    `_topic` LowCardinality(String) COMMENT 'Kafka topic the row came from.',
    `_partition` Int32 COMMENT 'Its partition.',
    `_offset` Int64 COMMENT 'Its offset.'
)
ENGINE = ReplacingMergeTree()
ORDER BY (`dead_letter_id`)
SETTINGS non_replicated_deduplication_window = {deduplication_window}
COMMENT 'What readers of market.trades could not use.';

CREATE OR REPLACE VIEW `dead_letters_latest` AS SELECT * FROM `dead_letters` FINAL;
